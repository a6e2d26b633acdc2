"""Tables as an export tells them: the schema as JSON, and each row as a line of JSON."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from widget_site.store.data import catalog, rows
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.values import ColumnInfo, Schema, TableInfo

_AT_ONCE = 1000


async def schema_of(data: DataStore, widget_id: str) -> Schema:
    """Return the tables of a widget; none when it never had any."""
    if not await data.homes.having([widget_id]):
        return Schema({})
    return await data.homes.read(widget_id, lambda db: catalog.read(db, widget_id))


async def lines_of(data: DataStore, widget_id: str, info: TableInfo) -> AsyncIterator[dict[str, Any]]:
    """Yield the rows of a table by column name; dates and times as ISO text, links as row ids."""
    cursor: list[Any] | None = None
    while True:

        def read(db: Connection, cursor: list[Any] | None = cursor) -> rows.RowPage:
            return rows.page(db, info, [], [], cursor, _AT_ONCE, info.columns)

        page = await data.homes.read(widget_id, read)
        for row_id, stored in page.rows:
            yield {"id": row_id} | {column.name: _told(column, stored.get(column.id)) for column in info.columns}
        if page.cursor is None:
            return
        cursor = page.cursor


def _told(column: ColumnInfo, value: Any) -> Any:
    if value is None:
        return None
    if column.type == "datetime":
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)).isoformat()
    return json.loads(value) if column.type in ("simpleObject", "media", "link_multiple") else value
