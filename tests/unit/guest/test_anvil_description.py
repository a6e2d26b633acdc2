"""What the editor offers of the anvil library (D-12) is what the pinned library has: names and parameters."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parents[3]
DESCRIBED = json.loads((TOP / "site" / "browser" / "src" / "editor" / "anvil_api.json").read_text())
GUEST = TOP / "sandbox_images" / "guest" / "widget_guest"
ADAPTER = GUEST / "anvil_adapter.py"
TASKS = GUEST / "tasks.py"
#: Packages that are ours, or that we add to the library.
OURS = {
    "anvil.http": "beside_anvil/http.py",
    "widgetry": "offered/widgetry",
    "widgetry.store": "offered/widgetry/store.py",
}
#: Where the members of packages come from that only pass them on.
BEHIND = {"anvil.tables": ("tables", "tables/v2"), "anvil.users": ("users",)}
#: Names that are the same function with other defaults.
SAME_AS = {"route": "http_endpoint", "not_": "none_of"}
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
    if package in OURS:
        return [ast.parse(file.read_text()) for file in _files(GUEST / OURS[package])]
    folder = library.joinpath(*package.split("."))
    own = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    behind = [file for place in BEHIND.get(package, ()) for file in _files(library / "anvil" / place)]
    files = [own, *behind, ADAPTER, TASKS, *(library / "anvil" / name for name in INSIDE)]
    return [ast.parse(file.read_text()) for file in files]


def _files(place: Path) -> list[Path]:
    return sorted(place.glob("*.py")) if place.is_dir() else [place]


def names_in(tree: ast.Module) -> set[str]:
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
    return found


def takes(name: str, wanted: set[str], trees: list[ast.Module]) -> bool:
    """Whether a function or class of this name takes these parameters."""
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == name:
                made = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
                bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
                if made and takes_all(made[0], wanted):
                    return True
                if not made and (not wanted or any(takes(base, wanted, trees) for base in bases)):
                    return True
            if isinstance(node, ast.FunctionDef) and node.name == name and takes_all(node, wanted):
                return True
    return False


def takes_all(function: ast.FunctionDef, wanted: set[str]) -> bool:
    return function.args.kwarg is not None or wanted <= arguments(function)


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
        assert takes(SAME_AS.get(member["name"], member["name"]), arguments(call), trees)


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
