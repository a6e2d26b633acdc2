"""The files that a new widget starts with: one small program per kind, which runs as it is."""

import functools
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from widget_model.files import MAIN, FileContent
from widget_model.kinds import Kind

#: What a new widget is called until its owner says otherwise.
TITLES = {
    Kind.SCRIPT: "My script",
    Kind.SCHEDULED: "My scheduled task",
    Kind.API: "My HTTP API",
    Kind.GUI: "My GUI",
}
#: The file of a GUI that is shown of it: what its button does.
SHOWN = "client_code/Form1/__init__.py"


def starter(kind: Kind) -> dict[str, FileContent]:
    """Return the files of a new widget of this kind."""
    if kind == Kind.GUI:
        return dict(_tree(kind.value))
    return {MAIN: _text(f"{kind.value}.py"), "README.md": _text(f"{kind.value}.md")}


def first_file(kind: Kind) -> str:
    """Return the path of the file in which a widget of this kind begins."""
    return SHOWN if kind == Kind.GUI else MAIN


@functools.cache
def _text(name: str) -> str:
    return _folder().joinpath(name).read_text()


@functools.cache
def _tree(name: str) -> dict[str, str]:
    return dict(_files(_folder().joinpath(name), ""))


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        if item.is_dir():
            yield from _files(item, f"{path}{item.name}/")
        elif item.name.endswith((".py", ".yaml", ".md")):
            yield path + item.name, item.read_text()


def _folder() -> Traversable:
    return resources.files(__package__).joinpath("files")
