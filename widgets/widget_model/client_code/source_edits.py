"""Changes of a module's text at nodes of its tree; what is not changed stays as it is, to the letter."""

import ast
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """Replace what is between two places, in bytes."""

    begin: int
    end: int
    text: str


class Source:
    """A module's text with the places of its nodes: ast counts lines from 1 and columns in bytes."""

    def __init__(self, text: str) -> None:
        self.content = text.encode()
        self._begins = [0]
        for line in self.content.split(b"\n"):
            self._begins.append(self._begins[-1] + len(line) + 1)

    def line(self, number: int) -> int:
        """Return where a line begins; the one after the last line is the end."""
        return min(self._begins[number - 1], len(self.content))

    def begin(self, node: ast.stmt | ast.expr) -> int:
        """Return where a node begins."""
        return self._begins[node.lineno - 1] + node.col_offset

    def end(self, node: ast.stmt | ast.expr) -> int:
        """Return where a node ends."""
        return self._begins[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or node.col_offset)

    def text(self, node: ast.stmt | ast.expr) -> str:
        """Return a node as it is written."""
        return self.content[self.begin(node) : self.end(node)].decode()

    def whole_lines(self, first: ast.stmt, last: ast.stmt) -> tuple[int, int]:
        """Return where the lines of some statements begin and end, decorators and the last newline included."""
        decorators = getattr(first, "decorator_list", [])
        lineno = min([first.lineno, *(one.lineno for one in decorators)])
        return self.line(lineno), self.line((last.end_lineno or last.lineno) + 1)

    def stands_alone(self, first: ast.stmt, last: ast.stmt) -> bool:
        """Whether no other statement is on the lines of these."""
        begin, end = self.whole_lines(first, last)
        rest = self.content[self.end(last) : end].strip()
        return not self.content[begin : self.begin(first)].strip() and (not rest or rest.startswith(b"#"))

    def edited(self, edits: Iterable[Edit], begin: int = 0, end: int | None = None) -> str:
        """Return what is between two places, with these changes, which do not overlap."""
        made, done = [], begin
        for edit in sorted(edits, key=lambda one: (one.begin, one.end)):
            made += [self.content[done : edit.begin], edit.text.encode()]
            done = edit.end
        return b"".join([*made, self.content[done : len(self.content) if end is None else end]]).decode()


def indented(block: str, by: str) -> str:
    """Return lines of a block at another depth; lines within texts keep their distance to the first."""
    return textwrap.indent(textwrap.dedent(block), by)
