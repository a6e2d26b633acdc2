"""Examples of the documentation that open as widgets.

A block of Python in a page of ``docs/`` is one when its fence says so, with a name of its own in that page::

    ```python example=visits kind=api title="Counts visits" packages="pandas" table="people: name string, age number"

``kind`` and ``title`` are needed. ``packages`` are lines of requirements, ``table`` a Data Table that the code needs,
``users=on`` switches the Users service on.
Every one is run by tests/services/public/test_examples.py. Any other block is part of a program, and only shown.
"""

import functools
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from widget_model.files import MAIN, README, Files
from widget_model.kinds import RUN, Kind
from widget_model.requirements import REQUIREMENTS, text_of

DOCS = Path(__file__).parent / "docs"
#: A GUI is more than one file.
_KINDS = (*RUN, Kind.API)
_KEYS = {"example", "kind", "title", "packages", "table", "users"}


@dataclass(frozen=True)
class ExampleTable:
    """A Data Table that an example needs: its name, and name and type of each column."""

    name: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Example:
    """A program of the documentation that is a whole widget."""

    #: ``page/name``; what an address asks for.
    name: str
    kind: Kind
    title: str
    code: str
    packages: tuple[str, ...] = ()
    table: ExampleTable | None = None
    #: Whether its code needs the Users service.
    users: bool = False

    @property
    def page(self) -> str:
        """The page of the documentation that shows it."""
        return self.name.partition("/")[0]

    @property
    def files(self) -> Files:
        """The files of a widget made of it."""
        readme = f"An example of the documentation: [{self.title}](/docs/{self.page}).\n"
        files: Files = {MAIN: self.code, README: readme}
        return {**files, REQUIREMENTS: text_of(self.packages)} if self.packages else files


def of_fence(page: str, info: str, code: str) -> Example | None:
    """Return the example that a fenced block is, None for one that is only shown.

    ValueError for a fence that is not understood.
    """
    language, *words = shlex.split(info) or [""]
    if language != "python" or not words:
        return None
    said = dict(word.partition("=")[::2] for word in words)
    name = f"{page}/{said.get('example', '')}"
    if not {"example", "kind", "title"} <= said.keys() <= _KEYS or said["kind"] not in _KINDS:
        raise ValueError(
            f"{name}: the fence of an example has example, kind and title; packages, table, users if need be"
        )
    table = _table(said["table"]) if "table" in said else None
    packages, users = tuple(said.get("packages", "").split()), said.get("users") == "on"
    return Example(name, Kind(said["kind"]), said["title"], code, packages, table, users)


@functools.cache
def examples() -> Mapping[str, Example]:
    """Return every example by its name; ValueError when two have one name."""
    found: dict[str, Example] = {}
    for path in sorted(DOCS.glob("*.md")):
        for example in _of_page(path):
            if example.name in found:
                raise ValueError(f"Two examples are called {example.name}")
            found[example.name] = example
    return found


def _of_page(path: Path) -> Iterator[Example]:
    for token in MarkdownIt("commonmark").parse(path.read_text()):
        if token.type == "fence" and (example := of_fence(path.stem, token.info, token.content)) is not None:
            yield example


def _table(text: str) -> ExampleTable:
    name, _, columns = text.partition(":")
    pairs = [column.split() for column in columns.split(",")]
    return ExampleTable(name.strip(), tuple((column, kind) for column, kind in pairs))
