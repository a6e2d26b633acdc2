"""What a new widget starts with is a widget: its files are taken and its code compiles."""

import pytest

from widget_model.files import check_files
from widget_model.kinds import KINDS, Kind
from widget_model.starters import TITLES, first_file, starter


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_is_built_has_a_starter_that_compiles(kind: Kind) -> None:
    files = starter(kind)

    check_files(files)
    assert first_file(kind) in files
    for path, source in files.items():
        assert not path.endswith(".py") or compile(str(source), path, "exec")
    assert TITLES[kind]
