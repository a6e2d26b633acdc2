"""Cells as the JSON API has them (``table_models.VALUES``): from JSON to what is kept, and back."""

import json
from datetime import UTC, date, datetime
from typing import Any

from widget_site.services.tables import cells
from widget_site.store.data.values import ColumnInfo, DataError, Stored, TableInfo


def stored(info: TableInfo, values: dict[str, Any]) -> Stored:
    """Return values by column as they are kept; DataError names what can't be in its column."""
    made: Stored = {}
    for name, value in values.items():
        column = info.column(name)
        made[column.id] = None if value is None else _stored(column, value)
    return made


def shown(column: ColumnInfo, value: Any) -> Any:
    """Return what is kept in a cell as JSON."""
    if value is None:
        return None
    if column.type == "datetime":
        return cells.to_value(0, 0, column, value).isoformat()
    if column.type == "media":
        kept = json.loads(value)
        return {"name": kept["name"], "type": kept["type"], "length": kept["length"]}
    return json.loads(value) if column.type in ("simpleObject", "link_multiple") else value


def _stored(column: ColumnInfo, value: Any) -> Any:
    if column.type == "media":
        raise DataError(f"Column '{column.name}' holds media, which code sets; here it can be emptied with null")
    if column.type == "link_single":
        return _row_id(column, value)
    if column.type == "link_multiple":
        if not isinstance(value, list):
            raise DataError(f"Column '{column.name}' is a list of rows: give their ids")
        return json.dumps([_row_id(column, one) for one in value])
    if column.type in ("date", "datetime"):
        value = _moment(column, value)
    return cells.to_stored(column, value)


def _row_id(column: ColumnInfo, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise DataError(f"Column '{column.name}' links to rows: give a row's id")
    return value


def _moment(column: ColumnInfo, value: Any) -> date | datetime:
    try:
        if column.type == "date":
            return date.fromisoformat(value)
        made = datetime.fromisoformat(value)
        if made.tzinfo is None:
            raise DataError(f"Column '{column.name}' is a datetime: say its offset, such as Z or +01:00")
        return made.astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        form = "2026-01-31" if column.type == "date" else "2026-01-31T12:00:00Z"
        raise DataError(f"Column '{column.name}' is a {column.type}: give it like {form}") from error
