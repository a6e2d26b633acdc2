"""The files that a new widget starts with: small programs that run as they are; a GUI's owner chooses among several."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Starter:
    """Something that a widget can start as."""

    #: What addresses and the JSON API call it.
    name: str
    title: str
    #: One sentence for who chooses.
    text: str


#: Those of GUIs, the usual one first.
GUI_STARTERS = (
    Starter("hello", "Hello", "A field and a button that asks the server."),
    Starter("blank", "Blank", "An empty page, to draw your own."),
    Starter("table", "Form with table", "People add entries, and see all of them in a list."),
    Starter("dashboard", "Dashboard with plot", "Key figures and a chart, for the months that one chooses."),
    Starter("login", "With login", "People sign up and log in, and have notes of their own."),
)
_FOLDERS = {one.name: "gui" if one.name == "hello" else f"gui-{one.name}" for one in GUI_STARTERS}


def starters(kind: Kind) -> tuple[Starter, ...]:
    """Return what a widget of this kind can start as; nothing where there is no choice."""
    return GUI_STARTERS if kind == Kind.GUI else ()


def starter(kind: Kind, name: str = "") -> dict[str, FileContent]:
    """Return the files of a new widget of this kind; KeyError for a name that is none of its ``starters``."""
    if kind == Kind.GUI:
        return dict(_tree(_FOLDERS[name or GUI_STARTERS[0].name]))
    if name:
        raise KeyError(name)
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
        elif item.name.endswith((".py", ".yaml", ".md", ".css")):
            yield path + item.name, item.read_text()


def _folder() -> Traversable:
    return resources.files(__package__).joinpath("files")
