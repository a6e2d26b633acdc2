"""Queries as JSON, and the SQL conditions that they mean.

A query is a list: its kind, then what it is about. It is plain JSON because it travels in capabilities (views,
searches), and it is compiled against the table as it is then: a column that is gone is an error, never a wider search::

    ["all" | "any" | "none", query, ...]        ["null", column]
    ["is", column, value]                       ["<" | "<=" | ">" | ">=", column, value]
    ["like" | "ilike", column, pattern]         ["contains", column, JSON text]
    ["text", column, words, raw]

A value is written as ``written`` does: numbers and datetimes as text, since JSON of other languages has one kind of
number. ``none`` is true where what it holds is false or unknown (an empty cell).
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, cast, func, literal, not_, or_, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import TableClause

from widget_site.store.data import full_text, narrowing
from widget_site.store.data.sql_types import INDEXED_CHARS, column_name
from widget_site.store.data.values import ORDERED, ColumnInfo, DataError, TableInfo

Query = list[Any]
EVERYTHING: Query = ["all"]
MAX_TERMS = 1000
#: What JSON has for a type; the others are text.
_WRITTEN: dict[str, Any] = {"bool": bool, "link_single": int}
_COMPARED = ("string", "number", "date", "datetime")


def written(column: ColumnInfo, value: Any) -> Any:
    """Return a stored value as queries carry it."""
    return str(value) if column.type in ("number", "datetime") and value is not None else value


def read_back(column: ColumnInfo, value: Any) -> Any:
    """Return the stored value of what ``written`` wrote; DataError for anything else."""
    if value is None:
        return None
    kind: str = column.type
    if type(value) is not _WRITTEN.get(kind, str):
        raise DataError(f"A query of column '{column.name}' is not in order")
    if kind == "datetime" or (kind == "number" and re.fullmatch(r"-?\d{1,19}", value)):
        value = int(value)
    elif kind == "number":
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"A query of column '{column.name}' is not in order")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise DataError(f"A query of column '{column.name}' is not in order")
    return value


def has_text(column: ColumnInfo, part: str) -> Query:
    """Return the query for cells of a text column that have this part, whatever its case."""
    return ["ilike", column.name, f"%{escaped(part)}%"]


def escaped(text: str) -> str:
    """Return a text as a pattern of ``like`` that matches just it."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def condition(db: Connection, info: TableInfo, table: TableClause, query: Query) -> ColumnElement[bool]:
    """Return the condition in SQL; NoSuchColumnError, DataError when the query is not in order."""
    try:
        return _Compiler(db, info, table).of(query)
    except (TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise DataError("This query is not in order") from error


class _Compiler:
    def __init__(self, db: Connection, info: TableInfo, table: TableClause) -> None:
        self._db = db
        self._info = info
        self._table = table
        self._is_sqlite = db.dialect.name == "sqlite"
        self._terms = 0

    def of(self, query: Query) -> ColumnElement[bool]:
        """Return what one query means."""
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise DataError(f"A query has at most {MAX_TERMS} terms")
        kind, *rest = query
        for text in rest:
            if isinstance(text, str):
                _check(text)
        if kind in ("all", "any", "none"):
            parts = [self.of(part) for part in rest]
            if kind == "all":
                return and_(true(), *parts)
            either = or_(literal(1) == 0, *parts)
            return either if kind == "any" else not_(func.coalesce(either, literal(1) == 0))
        column = self._info.column(rest[0])
        cell = self._table.c[column_name(column)]
        if kind == "null":
            return cell.is_(None)
        if kind == "text":
            tree = full_text.tree_of(str(rest[1]), raw=bool(rest[2]))
            exact = full_text.matches(self._db, self._table, column, tree)
            return narrowing.by_tree(self._db, self._table, column, tree, exact)
        return self._of_value(kind, column, cell, rest[1])

    def _of_value(self, kind: str, column: ColumnInfo, cell: Any, given: Any) -> ColumnElement[bool]:
        if kind in ("like", "ilike") and column.type == "string":
            parts = _pattern(str(given))
            exact = self._like(cell, parts, whatever_case=kind == "ilike")
            return narrowing.by_pattern(self._db, self._table, column, narrowing.literals_of(parts), exact)
        if kind == "contains" and column.type in ("simpleObject", "link_multiple"):
            return self._contains(cell, str(given))
        value = read_back(column, given)
        if kind == "is" and column.type in (*ORDERED, "link_single"):
            return self._equals(column, cell, value)
        if kind in _OPERATORS and column.type in _COMPARED:
            return _OPERATORS[kind](cell, value)  # type: ignore[no-any-return]  # of a column without a type
        raise DataError(f"Column '{column.name}' can't be searched like this")

    def _equals(self, column: ColumnInfo, cell: Any, value: Any) -> ColumnElement[bool]:
        same: ColumnElement[bool] = cell == value
        if column.type == "string" and not self._is_sqlite:
            # What the index holds.
            return and_(func.left(cell, INDEXED_CHARS) == value[:INDEXED_CHARS], same)
        return same

    def _contains(self, cell: Any, wanted: str) -> ColumnElement[bool]:
        json.loads(wanted)  # for what somebody wrote by hand
        if self._is_sqlite:
            return func.data_contains(cell, wanted) == 1
        return cast(cell, JSONB).op("@>", is_comparison=True)(cast(literal(wanted), JSONB))

    def _like(self, cell: Any, parts: Sequence[tuple[bool, str]], *, whatever_case: bool) -> ColumnElement[bool]:
        if not self._is_sqlite:
            like = "".join(text if is_wild else escaped(text) for is_wild, text in parts)
            # The columns' own order knows capitals of ASCII only; and an index is used for the one that it has.
            found = cell.collate("default")
            return found.ilike(like) if whatever_case else found.like(like)  # type: ignore[no-any-return]
        if whatever_case:
            wild = {"%": ".*", "_": "."}
            regular = "".join(wild[text] if is_wild else re.escape(narrowing.folded(text)) for is_wild, text in parts)
            return func.data_ilike(cell, regular) == 1
        # LIKE of SQLite knows no case, GLOB does.
        stars = {"%": "*", "_": "?"}
        glob = "".join(stars[text] if is_wild else re.sub(r"([*?\[])", r"[\1]", text) for is_wild, text in parts)
        return cell.op("GLOB", is_comparison=True)(glob)  # type: ignore[no-any-return]


_OPERATORS: dict[str, Any] = {
    "<": lambda cell, value: cell < value,
    "<=": lambda cell, value: cell <= value,
    ">": lambda cell, value: cell > value,
    ">=": lambda cell, value: cell >= value,
}


def _check(text: str) -> None:
    """Raise ValueError for a text that a database refuses."""
    if "\0" in text:
        raise ValueError
    text.encode()


def _pattern(pattern: str) -> list[tuple[bool, str]]:
    r"""Return the parts of a LIKE pattern, wild or not; ``\`` makes the character after it an ordinary one."""
    return [(part in "%_", part.removeprefix("\\")) for part in re.findall(r"\\.|.", pattern, re.DOTALL)]
