"""What a new widget starts with is a widget: its files are taken and its code compiles."""

import pytest

from widget_model.anvil_app import code_findings, read_app
from widget_model.client_code.light import unsupported
from widget_model.files import check_files
from widget_model.kinds import KINDS, Kind
from widget_model.starters import TITLES, Starter, first_file, starter, starters


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_is_built_has_a_starter_that_compiles(kind: Kind) -> None:
    files = starter(kind)

    check_files(files)
    assert first_file(kind) in files
    for path, source in files.items():
        assert not path.endswith(".py") or compile(str(source), path, "exec")
    assert TITLES[kind]


@pytest.mark.parametrize("one", starters(Kind.GUI), ids=lambda one: one.name)
def test_nothing_is_amiss_in_what_guis_start_as(one: Starter) -> None:
    files = starter(Kind.GUI, one.name)

    app = read_app(files)

    assert [*app.findings, *code_findings(files)] == []
    # Its code is for both engines.
    assert [lacking for source in app.modules.values() for lacking in unsupported(source)] == []
    for path, source in files.items():
        assert not path.endswith(".py") or compile(str(source), path, "exec")


def test_a_starter_that_there_is_not_is_refused() -> None:
    with pytest.raises(KeyError):
        starter(Kind.GUI, "spaceship")
    with pytest.raises(KeyError):
        starter(Kind.SCRIPT, "table")
