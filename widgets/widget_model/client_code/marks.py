"""Places in an author's files that need a look, with what mends them."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from widget_model.client_code.light import MAX_CHARS

#: More than these help nobody.
MAX_MARKS = 200


@dataclass(frozen=True)
class Fix:
    """What mends a place: the new texts of files, some of which may be new."""

    title: str
    files: Mapping[str, str]
    #: What is told afterwards.
    done: str = ""


@dataclass(frozen=True)
class Mark:
    """A place; lines and columns count from 1, columns in characters. ``end_column`` 0 is the end of the line."""

    line: int
    column: int
    end_column: int
    severity: Literal["error", "warning", "info"]
    text: str
    fixes: tuple[Fix, ...] = field(default=())


def parsed(source: str) -> ast.Module | None:
    """Return the tree of a module; None for what is no Python, or too long to be looked at."""
    if len(source) > MAX_CHARS:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def mark_of(
    node: ast.stmt | ast.expr | ast.alias,
    source: str,
    severity: Literal["error", "warning", "info"],
    text: str,
    fixes: tuple[Fix, ...] = (),
) -> Mark:
    """Return a mark of a node of ``source``; of one with several lines its first is marked."""
    line = source.split("\n")[node.lineno - 1].encode()
    end = node.end_col_offset if node.end_lineno == node.lineno else None
    column = len(line[: node.col_offset].decode(errors="replace")) + 1
    end_column = len(line[:end].decode(errors="replace")) + 1
    return Mark(node.lineno, column, end_column, severity, text, fixes)
