"""Lists that are read page by page, by key: a page costs the same however far down it is."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, tuple_

from widget_site.errors import BadRequestError
from widget_site.store.values import Page

_T = TypeVar("_T")
DEFAULT_LIMIT = 24
MAX_LIMIT = 100


def encode_cursor(*key: Any) -> str:
    """Return a page's end as text that callers hand back unread."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Read what ``encode_cursor`` wrote; BadRequestError for anything else."""
    try:
        key = read_cursor(cursor)
    except ValueError as error:
        raise BadRequestError("The page you ask for does not exist: use the value of `next` as it is.") from error
    if [type(part) for part in key] != list(kinds):
        raise BadRequestError("The page you ask for does not exist: use the value of `next` as it is.")
    if any(isinstance(part, str) and (len(part) > 100 or not part.isprintable()) for part in key):
        raise BadRequestError("The page you ask for does not exist: use the value of `next` as it is.")
    if any(isinstance(part, int) and abs(part) > 2**31 for part in key):
        raise BadRequestError("The page you ask for does not exist: use the value of `next` as it is.")
    return key


def read_cursor(cursor: str) -> list[Any]:
    """Return what ``encode_cursor`` was given, unchecked; ValueError for what it can't have written."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, RecursionError) as error:
        raise ValueError("no cursor") from error
    if not isinstance(key, list):
        raise ValueError("no cursor")
    return key


def below(columns: Sequence[ColumnElement[Any]], key: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for rows after ``key``, where the columns are sorted downwards."""
    return columns[0] < key[0] if len(columns) == 1 else tuple_(*columns) < tuple_(*key)


def page_of(
    rows: Sequence[Row[Any]], limit: int, read: Callable[[Row[Any]], _T], key: Callable[[_T], tuple[Any, ...]]
) -> Page[_T]:
    """Make a page of at most ``limit`` items from up to ``limit + 1`` rows."""
    items = tuple(read(row) for row in rows[:limit])
    return Page(items, encode_cursor(*key(items[-1])) if len(rows) > limit else None)
