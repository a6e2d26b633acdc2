"""Forms made of tables and of arguments are apps: formatted, compiled, nothing amiss, for both engines."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from widget_model.anvil_app import code_findings, read_app
from widget_model.client_code.light import unsupported
from widget_model.files import Files
from widget_model.forms import form_of
from widget_model.made_forms import FormColumn, script_app, table_app

_TYPES = ("string", "number", "bool", "date", "datetime", "simpleObject", "media")
_EVERY = (
    *(FormColumn(kind, kind) for kind in _TYPES),
    FormColumn("boss", "link_single", "people", "name"),
    FormColumn("friends", "link_multiple", "people", None),
)
_ARGUMENTS = """
import argparse
parser = argparse.ArgumentParser(description="Greets.")
parser.add_argument("name", help="who is greeted: \\"all\\" for everybody, 'some' for some")
parser.add_argument("--times", type=int, default=1)
parser.add_argument("--colour", choices=["red", "green"])
parser.add_argument("--loud", action="store_true")
parser.add_argument("--a-name-that-is-longer-than-any-that-people-would-type-twice-in-a-day", action="append")
"""
_MAIN = """
from datetime import date, datetime
from enum import Enum
from typing import Literal
class Size(Enum):
    SMALL = 1
def main(name: str, day: date, at: datetime, size: Size, kind: Literal["a", 2], tags: list[int], loud: bool = True):
    "Greet: them."
"""


def check_app(files: Files) -> None:
    """Nothing is amiss in it, and every engine takes its code."""
    app = read_app(dict(files))
    assert [*app.findings, *code_findings(dict(files))] == []
    assert [lacking for source in app.modules.values() for lacking in unsupported(source)] == []


def unformatted(files: Files, folder: Path) -> str:
    """Return what ruff would change in the files' Python."""
    for number, (path, text) in enumerate(files.items()):
        if path.endswith(".py") and not path.startswith("script/"):
            folder.joinpath(f"f{number}.py").write_text(str(text))
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--diff", str(folder)]
    return subprocess.run(ruff, capture_output=True, text=True, check=False).stdout


def test_a_form_of_a_table_with_every_type_is_an_app_that_ruff_leaves_as_it_is(tmp_path: Path) -> None:
    files = table_app("people", 'People: "friends" & others', _EVERY)

    check_app(files)
    assert unformatted(files, tmp_path) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=100).filter(str.isprintable), st.sampled_from(_TYPES))))
def test_columns_of_any_name_make_an_app(named: list[tuple[str, str]]) -> None:
    files = table_app("t" * 63, "A table", [FormColumn("id", "number"), *(FormColumn(*one) for one in named)])

    check_app(files)
    # Every component of a form has a name of its own.
    for path, text in files.items():
        if path.endswith("form_template.yaml"):
            names = _names(yaml.safe_load(str(text))["components"])
            assert len(names) == len(set(names))


def test_lines_with_long_names_are_as_long_as_ruff_makes_them(tmp_path: Path) -> None:
    names = [
        "n" * 100,
        'It\'s "quoted"',
        "Höhe 高さ" * 12,
        "id",
        "ID",
        "1st",
        "…",
        "class",
        "a" * 62,
        "a" * 63,
        "a" * 64,
    ]
    columns = [FormColumn(f"{name} {kind}", kind) for name in names for kind in _TYPES]
    columns += [FormColumn(name, "link_single", "t" * 63, name) for name in names]
    columns += [FormColumn(f"{name} x", "link_multiple", "t" * 63, name) for name in names]

    assert unformatted(table_app("t" * 63, "T", columns), tmp_path) == ""


@pytest.mark.parametrize("source", [_ARGUMENTS, _MAIN], ids=["argparse", "main"])
def test_a_form_of_arguments_is_an_app_that_ruff_leaves_as_it_is(source: str, tmp_path: Path) -> None:
    form = form_of(source)
    assert form is not None

    files = script_app("Greets: people", form, {"main.py": source, "requirements.txt": "six\n", "README.md": "x"})

    check_app(files)
    assert unformatted(files, tmp_path) == ""
    assert files["script/main.py"] == source
    assert files["requirements.txt"] == "six\n"


def _names(components: list[dict[str, object]]) -> list[object]:
    found: list[object] = []
    for one in components:
        inside = one.get("components")
        found += [one["name"], *(_names(inside) if isinstance(inside, list) else [])]
    return found
