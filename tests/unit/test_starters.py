"""What a new widget starts with is a widget: its files are taken and its code compiles."""

import pytest

from widget_model.files import check_files
from widget_model.kinds import BUILT, Kind
from widget_model.starters import TITLES, starter


@pytest.mark.parametrize("kind", BUILT)
def test_every_kind_that_is_built_has_a_starter_that_compiles(kind: Kind) -> None:
    files = starter(kind)

    check_files(files)
    assert compile(str(files["main.py"]), "main.py", "exec")
    assert TITLES[kind]


def test_a_kind_that_is_not_built_has_no_starter() -> None:
    with pytest.raises(KeyError):
        starter(Kind.GUI)
