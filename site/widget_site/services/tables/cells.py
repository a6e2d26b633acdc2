"""Values of cells: from what user code gives to what is kept, and back. What is kept: ``store.data.values.Stored``.

Content of media is kept before a row is (``Kept`` stands for it), so everything here is done at once.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from widget_site.services.tables.capabilities import is_row_ref, row_of
from widget_site.store.data.values import ColumnInfo, DataError
from widget_wire.values import LazyMedia, Media

MANAGER = "table-media"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Whole numbers that both databases keep.
_MOST = 2**63
_MAX_DEPTH = 100
_NAMES = {"link_single": "row", "link_multiple": "list of rows"}


@dataclass(frozen=True)
class Kept:
    """Content of media that is kept already."""

    digest: str
    length: int
    content_type: str | None
    name: str | None


def to_stored(column: ColumnInfo, value: Any) -> Any:
    """Return a value as the column keeps it; DataError when it can't be in that column."""
    if value is None:
        return None
    stored = _TO_STORED[column.type](column, value)
    if stored is None:
        raise DataError(
            f"Column '{column.name}' is a {_NAMES.get(column.type, column.type)} - cannot set it to a {name_of(value)}"
        )
    return stored


def kind_of(value: Any) -> tuple[str, int | None] | None:
    """Return the type of column that a value would make, and the table it links to; None when it can't be told."""
    if is_row_ref(value):
        return "link_single", row_of(value).view.id
    if isinstance(value, list) and value and all(is_row_ref(one) for one in value):
        return "link_multiple", row_of(value[0]).view.id
    for kinds, made in _KINDS:
        if isinstance(value, kinds):
            return made, None
    return None


def name_of(value: Any) -> str:
    """Return what a value is called in errors."""
    kind = kind_of(value)
    return type(value).__name__ if kind is None else _NAMES.get(kind[0], kind[0])


_KINDS: tuple[tuple[Any, str], ...] = (
    (str, "string"),
    (bool, "bool"),
    ((int, float), "number"),
    (datetime, "datetime"),
    (date, "date"),
    ((list, dict), "simpleObject"),
    ((Media, LazyMedia, Kept), "media"),
)


def microseconds(value: datetime) -> int:
    """Return a moment as it is kept."""
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def text_of(value: str, where: str) -> str:
    """Return a text that both databases keep; DataError for NUL and halves of characters."""
    if "\0" in value:
        raise DataError(f"{where} can't hold the character NUL")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError(f"{where} can't hold half a character (a lone surrogate)") from None
    return value


def simple_text(column: ColumnInfo, value: Any) -> str:
    """Return a Simple Object as JSON text; DataError for what is none."""
    _check_simple(column, value, 0)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _number(column: ColumnInfo, value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        if not -_MOST <= value < _MOST:
            raise DataError(f"Column '{column.name}' holds whole numbers of at most 64 bits")
        return value
    if math.isnan(value):
        raise DataError("Cannot store NaN in a data table")
    if math.isinf(value):
        raise DataError("Cannot store Infinity value in a data table")
    return value


def _check_simple(column: ColumnInfo, value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise DataError(f"Value for column '{column.name}' is not a valid Simple Object. It is nested too deeply.")
    where = f"Column '{column.name}'"
    if isinstance(value, str):
        text_of(value, where)
    elif isinstance(value, list):
        for one in value:
            _check_simple(column, one, depth + 1)
    elif isinstance(value, dict):
        for key, one in value.items():
            text_of(key, where)
            _check_simple(column, one, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"Value for column '{column.name}' is not a valid Simple Object. It holds {value}.")
    elif value is not None and not isinstance(value, bool | int | float):
        raise DataError(
            f"Value for column '{column.name}' is not a valid Simple Object. It can hold lists, dicts with string "
            f"keys, strings, numbers, True, False and None, but no {name_of(value)}."
        )


def _link(column: ColumnInfo, value: Any) -> int | None:
    if not is_row_ref(value):
        return None
    held = row_of(value)
    if held.view.id != column.target_id:
        raise DataError(f"Column '{column.name}' links to rows of another table")
    return held.id


def _links(column: ColumnInfo, value: Any) -> str | None:
    if not isinstance(value, list):
        return None
    if not all(is_row_ref(one) for one in value):
        raise DataError("All elements of a table-row list must be rows from the same table")
    return json.dumps([_link(column, one) for one in value], separators=(",", ":"))


def _media(column: ColumnInfo, value: Any) -> str | None:
    if not isinstance(value, Kept):
        return None
    kept = {"digest": value.digest, "length": value.length, "type": value.content_type, "name": value.name}
    return json.dumps(kept)


_TO_STORED: dict[str, Any] = {
    "string": lambda column, value: text_of(value, f"Column '{column.name}'") if isinstance(value, str) else None,
    "number": _number,
    "bool": lambda _, value: value if isinstance(value, bool) else None,
    "date": lambda _, value: value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else None,
    "datetime": lambda _, value: microseconds(value) if isinstance(value, datetime) else None,
    "simpleObject": simple_text,
    "media": _media,
    "link_single": _link,
    "link_multiple": _links,
}


def to_value(table_id: int, row_id: int, column: ColumnInfo, stored: Any) -> Any:
    """Return a cell as user code gets it; rows that it links to as their ids."""
    if stored is None:
        return None
    if column.type == "date":
        return date.fromisoformat(stored)
    if column.type == "datetime":
        return _EPOCH + stored * _MICROSECOND
    if column.type in ("simpleObject", "link_multiple"):
        return json.loads(stored)
    if column.type == "media":
        kept = json.loads(stored)
        where = json.dumps([table_id, row_id, column.id, kept["digest"]], separators=(",", ":"))
        return LazyMedia(MANAGER, where, kept["type"], kept["name"], kept["length"])
    return stored


def place_of(media_id: str) -> tuple[int, str]:
    """Return the table and the digest of the content that a cell's media names; its signature was checked."""
    table_id, _, _, digest = json.loads(media_id)
    return int(table_id), str(digest)
