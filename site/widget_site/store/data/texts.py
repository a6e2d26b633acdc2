"""Cells as text, as spreadsheets and CSV have them: ``from_text`` reads what people and programs write.

Used where a column gets another type and where CSV comes in. Dates and moments are ISO 8601; a moment without an offset
is UTC. Rows that are linked to are their ids.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn

from widget_site.store.data.values import ColumnInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUE, _FALSE = frozenset({"true", "yes", "y", "t", "1"}), frozenset({"false", "no", "n", "f", "0"})
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?\s*(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_IDS = re.compile(r"\[?\s*(\d{1,18}(?:\s*[,;\s]\s*\d{1,18})*)?\s*\]?", re.ASCII)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def from_text(kind: str, text: str) -> Any:
    """Return what is kept of a text in a column of this type; ValueError, whose text says what such a cell holds.

    An empty text is an empty cell, but of text itself.
    """
    if kind == "string":
        return _storable(text)
    text = text.strip()
    return _READ[kind](text) if text else None


def to_text(column: ColumnInfo, stored: Any) -> str:
    """Return a cell as text; of media its name."""
    if stored is None:
        return ""
    if column.type == "datetime":
        return str((_EPOCH + stored * _MICROSECOND).isoformat())
    if column.type == "media":
        return str(json.loads(stored)["name"] or "")
    return str(stored)


def converted(column: ColumnInfo, stored: Any, kind: str) -> Any:
    """Return what becomes of a cell whose column gets another type; None for what can't be kept (never raises)."""
    if stored is None or kind == column.type:
        return stored
    if column.type == "datetime" and kind == "date":
        return (_EPOCH + stored * _MICROSECOND).date().isoformat()
    if column.type == "date" and kind == "datetime":
        return (datetime.combine(date.fromisoformat(stored), datetime.min.time(), UTC) - _EPOCH) // _MICROSECOND
    if kind == "simpleObject" and column.type in ("string", "number", "bool"):
        return _as_json(column, stored)
    if column.type == "media" and kind != "string":
        return None
    if column.type == "bool" and kind == "number":
        return int(stored)
    text = to_text(column, stored)
    if column.type == "simpleObject" and kind == "string" and text.startswith('"'):
        text = json.loads(text)
    try:
        return from_text(kind, text)
    except ValueError:
        return None


def _as_json(column: ColumnInfo, stored: Any) -> str | None:
    if column.type == "string":
        try:
            return str(_object(stored))
        except ValueError:
            pass
    return json.dumps(stored, ensure_ascii=False)


def _number(text: str) -> int | float:
    if _WHOLE.fullmatch(text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if not _DECIMAL.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError("a number, such as 12 or -3.5")
    return float(text)


def _bool(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("true or false")
    return text.lower() in _TRUE


def _date(text: str) -> str:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ValueError("a date, such as 2026-01-31")


def _datetime(text: str) -> int:
    try:
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(re.sub(r"\s+(?=[Z+-])", "", text).replace(",", "."))
            return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        pass
    raise ValueError("a date and time, such as 2026-01-31T12:00:00Z")


def _object(text: str) -> str:
    try:
        value = json.loads(text, parse_constant=_refuse)
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        written.encode()
        if not _NUL.search(written):
            return written
    except (ValueError, RecursionError):
        pass
    raise ValueError('JSON, such as {"a": [1, 2]}')


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _link(text: str) -> int:
    ids = _ids(text)
    if len(ids) != 1:
        raise ValueError("the id of a row")
    return ids[0]


def _links(text: str) -> str:
    return json.dumps(_ids(text), separators=(",", ":"))


def _ids(text: str) -> list[int]:
    found = _IDS.fullmatch(text)
    if found is None:
        raise ValueError("ids of rows, such as 1, 2")
    return [int(one) for one in re.findall(r"\d+", found[1] or "")]


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("text without the character NUL")
    return text


def _no_media(_: str) -> NoReturn:
    raise ValueError("a file, which can't be written as text")


_READ: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "bool": _bool,
    "date": _date,
    "datetime": _datetime,
    "simpleObject": _object,
    "media": _no_media,
    "link_single": _link,
    "link_multiple": _links,
}
