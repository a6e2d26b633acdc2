"""What the site worker removes of Data Tables: homes of widgets that are gone, and media that no cell names."""

import asyncio
import json

from sqlalchemy import Connection, select

from widget_model.ids import first_id_at
from widget_site.store import tables
from widget_site.store.data import mounting
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.sql_types import column_name, sql_table
from widget_site.store.store import Store


async def sweep(store: Store, before: float) -> int:
    """Remove what is nobody's since this Unix time; return how many homes and media went.

    A fork's tables are made before the fork, and media before the row that names them: what is newer stays.
    """
    data = store.data
    if data is None:
        return 0
    async with store.database.reading() as db:
        known = set(await db.scalars(select(tables.widget.c.id)))
    gone = 0
    for widget_id in await _homes(data):
        if widget_id not in known:
            if widget_id < first_id_at(before):
                await data.remove(widget_id)
                gone += 1
            continue
        used = await data.homes.read(widget_id, lambda db, one=widget_id: _digests(db, one))  # type: ignore[misc]
        gone += await data.media(widget_id).remove_unused("", used, before)
    return gone


async def _homes(data: DataStore) -> list[str]:
    """Return every widget that has tables, or a folder for their media."""
    folders = await asyncio.to_thread(lambda: {path.name for path in data.folder.glob("*") if path.is_dir()})
    return sorted(folders | set(await data.homes.widgets()))


def _digests(db: Connection, widget_id: str) -> set[str]:
    used: set[str] = set()
    for info in mounting.own_tables(db, widget_id).values():
        table = sql_table(info)
        for column in info.columns:
            if column.type == "media":
                cell = table.c[column_name(column)]
                used.update(json.loads(one)["digest"] for one in db.scalars(select(cell).where(cell.is_not(None))))
    return used
