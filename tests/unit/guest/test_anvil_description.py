"""What the editor offers of the anvil library (D-12) is what the pinned library has: names and parameters."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[3]
DESCRIBED = json.loads((TOP / "site" / "browser" / "src" / "editor" / "anvil_api.json").read_text())
ADAPTER = TOP / "sandbox_images" / "guest" / "widget_guest" / "anvil_adapter.py"
#: Names that are the same function with other defaults.
SAME_AS = {"route": "http_endpoint"}
#: Beside the package's own file, where its names come from.
INSIDE = ("_server.py", "_threaded_server.py")


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    for package, members in DESCRIBED["packages"].items():
        for member in members:
            yield package, member


@pytest.fixture(scope="module")
def library(rootfs: Path) -> Path:
    return rootfs / "opt" / "anvil"


def sources(library: Path, package: str) -> list[ast.Module]:
    folder = library.joinpath(*package.split("."))
    own = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    files = [ADAPTER, own, *(library / "anvil" / name for name in INSIDE)]
    return [ast.parse(file.read_text()) for file in files]


def names_in(tree: ast.Module) -> set[str]:
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
    return found


def parameters_of(name: str, trees: list[ast.Module]) -> set[str]:
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == name:
                made = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
                return arguments(made[0]) if made else set()
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return arguments(node)
    raise AssertionError(name)


def arguments(function: ast.FunctionDef) -> set[str]:
    args = function.args
    more = {one.arg for one in (args.vararg, args.kwarg) if one}
    return {one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs)} | more


@pytest.mark.parametrize(
    ("package", "member"), list(described()), ids=lambda one: one if isinstance(one, str) else one["name"]
)
def test_d_12_what_is_offered_is_there_with_these_parameters(
    library: Path, package: str, member: dict[str, Any]
) -> None:
    trees = sources(library, package)

    assert any(member["name"] in names_in(tree) for tree in trees)
    assert member["doc"]
    if member["kind"] in ("function", "class"):
        call = ast.parse(f"def f({member['params']}): pass").body[0]
        assert isinstance(call, ast.FunctionDef)
        assert arguments(call) <= parameters_of(SAME_AS.get(member["name"], member["name"]), trees)


def test_d_12_the_modules_are_those_of_the_images_python(rootfs: Path) -> None:
    folder = rootfs / "usr" / "local" / "lib" / "python3.10"
    there = {path.name.partition(".")[0] for path in (*folder.iterdir(), *(folder / "lib-dynload").iterdir())}
    builtin = {
        "array",
        "atexit",
        "binascii",
        "builtins",
        "cmath",
        "errno",
        "faulthandler",
        "fcntl",
        "gc",
        "grp",
        "itertools",
        "marshal",
        "math",
        "mmap",
        "pwd",
        "pyexpat",
        "resource",
        "select",
        "spwd",
        "sys",
        "syslog",
        "termios",
        "time",
        "unicodedata",
        "zlib",
        "audioop",
        "ossaudiodev",
        "nis",
    }

    assert set(DESCRIBED["modules"]) - there - builtin == set()
