"""Full text search of a column (T-38): all words of a query, in whatever form, common words left out.

Postgres does it; on SQLite ``data_matches`` does the same with the same stemmer (Snowball's English one) and the same
common words. What a word is, is said here for both: letters and digits in a row; one with digits is its own stem. The
raw syntax (``to_tsquery``'s) is read here for both, so that what is no query is the same error:
``cat & (dog | !bird) & fat <-> rat & super:*``.
"""

import functools
import json
import re
from typing import Any

import snowballstemmer  # type: ignore[import-untyped]  # it has none
from sqlalchemy import ColumnElement, Connection, func, literal_column
from sqlalchemy.sql.expression import TableClause

from widget_site.store.data.sql_types import column_name
from widget_site.store.data.values import ColumnInfo, DataError

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
#: Of a longer text the beginning is looked through: Postgres takes no more words than have a megabyte.
SEARCHED_CHARS = 100_000
_TOKEN = re.compile(r"\s*(?:(<->)|([&|!()])|'((?:[^']|'')+)'(:\*)?|(\w+)(:\*)?)")
_MAX_CHARS = 10_000
COMMON = frozenset(
    """i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
    it its itself they them their theirs themselves what which who whom this that these those am is are was were be been
    being have has had having do does did doing a an the and but if or because as until while of at by for with about
    against between into through during before after above below to from up down in out on off over under again further
    then once here there when where why how all any both each few more most other some such no nor not only own same so
    than too very s t can will just don should now""".split()
)
_stemmer = snowballstemmer.stemmer("english")


def tree_of(words: str, *, raw: bool) -> list[Any]:
    """Return a query as a tree, ``["&", ["word", text, is_prefix], ...]``; DataError for a raw one that is none."""
    if len(words) > _MAX_CHARS:
        raise DataError(f"A full text query has at most {_MAX_CHARS:,} characters")
    return _Parser(words).parsed() if raw else ["&", *(["word", word, False] for word in _WORD.findall(words.lower()))]


def matches(db: Connection, table: TableClause, column: ColumnInfo, tree: list[Any]) -> ColumnElement[bool]:
    """Return the condition that a cell matches a query."""
    cell: Any = table.c[column_name(column)]
    if db.dialect.name == "sqlite":
        return func.data_matches(cell, json.dumps(tree)) == 1
    # Just as the index has it, or it is not used.
    found: ColumnElement[Any] = literal_column(vector_sql(f"{table.name}.{cell.name}"))
    return found.op("@@", is_comparison=True)(func.to_tsquery(literal_column("'english'::regconfig"), _written(tree)))


def vector_sql(cell: str) -> str:
    """Return what Postgres searches a cell by: its words, of which its parser would make addresses, paths and such."""
    return (
        f"to_tsvector('english', regexp_replace(left({cell}, {SEARCHED_CHARS}) COLLATE \"default\", "
        r"'[\W_]+', ' ', 'g'))"
    )


def matches_text(text: str | None, tree_text: str) -> bool:
    """Tell whether a text matches a query; what SQLite calls."""
    return text is not None and bool(_holds(_tree(tree_text), stems_of(text)))


def stems_of(text: str) -> list[str | None]:
    """Return the stems of a text's words, None for a common one."""
    words = _WORD.findall(text[:SEARCHED_CHARS].lower())
    return [None if word in COMMON else stem(word) for word in words]


def _written(tree: list[Any]) -> str:
    """Return a query for Postgres's ``to_tsquery``."""
    kind, *rest = tree
    if kind == "word":
        return f"'{rest[0]}'{':*' if rest[1] else ''}"
    if kind == "!":
        return f"!({_written(rest[0])})"
    return f" {kind} ".join(f"({_written(part)})" for part in rest)


@functools.lru_cache(256)
def _tree(text: str) -> Any:
    return json.loads(text)


@functools.lru_cache(100_000)
def stem(word: str) -> str:
    """Return the stem of a word in small letters."""
    return word if _DIGIT.search(word) else str(_stemmer.stemWord(word))


def _holds(tree: list[Any], stems: list[str | None]) -> bool | None:
    """Tell whether a part of a query holds; None for one of common words alone, which is left out."""
    kind, *rest = tree
    if kind == "word":
        places = _places(tree, stems)
        return None if places is None else bool(places)
    if kind == "<->":
        return _is_phrase(rest, stems)
    found = [one for one in (_holds(part, stems) for part in rest) if one is not None]
    if not found:
        return None
    if kind == "!":
        return not found[0]
    return all(found) if kind == "&" else any(found)


def _places(word: list[Any], stems: list[str | None]) -> set[int] | None:
    _, text, is_prefix = word
    if text in COMMON:
        return None
    wanted = stem(text)
    return {at for at, stem in enumerate(stems) if stem and (stem.startswith(wanted) if is_prefix else stem == wanted)}


def _is_phrase(words: list[Any], stems: list[str | None]) -> bool:
    places = [_places(word, stems) for word in words]
    starts = [{at - offset for at in found} for offset, found in enumerate(places) if found is not None]
    return bool(starts) and bool(set.intersection(*starts))


class _Parser:
    """Reads the syntax of ``to_tsquery``: ``!`` binds closest, then ``<->``, ``&``, ``|``."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, bool]] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise _invalid()
            at = found.end()
            phrase, sign, quoted, quoted_prefix, word, prefix = found.groups()
            if phrase or sign:
                self._tokens.append((phrase or sign, False))
            else:
                self._tokens.append(
                    ("word " + (word or quoted.replace("''", "'")).lower(), bool(prefix or quoted_prefix))
                )
        self._at = 0

    def parsed(self) -> list[Any]:
        """Return the query as a tree; DataError."""
        tree = self._joined("|", lambda: self._joined("&", lambda: self._joined("<->", lambda: self._one(0))))
        if self._at != len(self._tokens):
            raise _invalid()
        return tree

    def _joined(self, sign: str, part: Any) -> list[Any]:
        parts = [part()]
        while self._next(sign):
            parts.append(part())
        if sign == "<->" and len(parts) > 1 and any(one[0] != "word" for one in parts):
            raise DataError("In a raw full text query <-> stands between words")
        return parts[0] if len(parts) == 1 else [sign, *parts]

    def _one(self, depth: int) -> list[Any]:
        if depth > 100:
            raise _invalid()
        if self._next("!"):
            return ["!", self._one(depth + 1)]
        if self._next("("):
            inner = self._joined(
                "|", lambda: self._joined("&", lambda: self._joined("<->", lambda: self._one(depth + 1)))
            )
            if not self._next(")"):
                raise _invalid()
            return inner
        if self._at < len(self._tokens) and self._tokens[self._at][0].startswith("word "):
            text, is_prefix = self._tokens[self._at]
            self._at += 1
            words = [["word", word, is_prefix] for word in _WORD.findall(text[5:])]
            if not words:
                raise _invalid()
            return words[0] if len(words) == 1 else ["&", *words]
        raise _invalid()

    def _next(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == sign:
            self._at += 1
            return True
        return False


def _invalid() -> DataError:
    return DataError("This is no raw full text query: it has words with & | ! <-> and parentheses between them")
