"""What an index of SQLite knows of a condition (``indexes``): the few rows that may meet it.

All that meet it are among them, whatever FTS5 makes of words: texts and what is looked for in them go through the same
functions, and what an index can't say (a negation, two letters) it does not leave out. Where it would be many rows,
walking them in their order finds a page sooner, and nothing is narrowed.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, text
from sqlalchemy.sql.expression import TableClause

from widget_site.store.data.full_text import COMMON, stem
from widget_site.store.data.indexes import index_name
from widget_site.store.data.values import ColumnInfo

#: More rows than these are sooner found by a walk.
MOST = 1000
#: Of one condition: what is looked up in the index.
_GRAMS, _WORDS = 40, 40


def folded(value: str) -> str:
    """Return a text in small letters, each for one: what is alike whatever the case (``ilike``)."""
    # I with a dot would become two letters, and a sigma another one at the end of a word.
    return value.replace("\u0130", "i").replace("\u03a3", "\u03c3").lower()


def safe(word: str) -> str:
    """Return a word in ASCII, so that FTS5 has nothing to make of it; what one begins with, its form begins with."""
    return word if word.isascii() else "".join(one if one.isascii() else f"z{ord(one):06x}" for one in word)


def by_pattern(
    db: Connection, table: TableClause, column: ColumnInfo, literals: Sequence[str], exact: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition ``exact``, which holds only for texts with all ``literals`` in whatever case, narrowed."""
    grams = [folded(run)[at : at + 3] for run in literals for at in range(len(run) - 2)]
    wanted = " ".join(_quoted(gram) for gram in dict.fromkeys(grams[:_GRAMS]))
    return _narrowed(db, table, column, "trigram", wanted, exact)


def by_tree(
    db: Connection, table: TableClause, column: ColumnInfo, tree: list[Any], exact: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return the condition ``exact``, which is a full text query, narrowed."""
    wanted = _words(tree) if json.dumps(tree).count('"word"') <= _WORDS else None
    return _narrowed(db, table, column, "full_text", wanted or "", exact)


def _narrowed(
    db: Connection, table: TableClause, column: ColumnInfo, kind: str, wanted: str, exact: ColumnElement[bool]
) -> ColumnElement[bool]:
    if kind not in column.indexes or not wanted or db.dialect.name != "sqlite":
        return exact
    name = index_name(column, kind)
    source = f"{table.schema}.{name}" if table.schema else name
    asked = text(f"SELECT rowid FROM {source} WHERE {name} MATCH :wanted LIMIT :most")  # noqa: S608  # ours
    few = list(db.scalars(asked, {"wanted": wanted, "most": MOST + 1}))
    if len(few) > MOST:
        return exact
    # One variable, however many they are.
    rows = func.json_each(json.dumps(few)).table_valued("value", name="few")
    return and_(table.c.id.in_(select(rows.c.value)), exact)


def _words(tree: list[Any]) -> str | None:
    """Return what FTS5 is to look for, "" for a part that says nothing (common words), None for one it can't say."""
    kind, *rest = tree
    if kind == "word":
        word, is_prefix = rest
        return "" if word in COMMON else _quoted(safe(stem(word))) + (" *" if is_prefix else "")
    if kind == "!":
        return None
    parts = [_words(part) for part in rest]
    if kind == "|":
        if None in parts:
            return None
        said = [part for part in parts if part]
        return f"({' OR '.join(said)})" if said else ""
    known = [part for part in parts if part]
    if not known:
        return None if None in parts else ""
    return f"({' AND '.join(known)})"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def literals_of(parts: Sequence[tuple[bool, str]]) -> list[str]:
    """Return what stands between the wild characters of a pattern."""
    return re.split("\0+", "".join("\0" if is_wild else one for is_wild, one in parts))
