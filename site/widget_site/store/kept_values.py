"""Values that a widget's code keeps by name, as JSON. They are the widget's: no function here asks for permission."""

import json
import time
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.errors import ConflictError
from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store

_V = tables.kept_value.c
#: Of one widget.
MAX_VALUES, MAX_BYTES = 1000, 5_000_000
#: Numbers that are added and that they come to.
MAX_NUMBER = 2**63


async def get(store: Store, widget_id: str, name: str) -> str | None:
    """Return a value as JSON; None when there is none."""
    query = select(_V.value).where(_V.widget_id == widget_id, _V.name == name)
    async with store.database.reading() as db:
        return await db.scalar(query)


async def names(store: Store, widget_id: str) -> list[str]:
    """Return the names of a widget's values, in order of their characters."""
    async with store.database.reading() as db:
        return sorted(await db.scalars(select(_V.name).where(_V.widget_id == widget_id)))


async def put(store: Store, widget_id: str, name: str, value: str) -> None:
    """Keep a value (JSON) under this name; ConflictError when the widget keeps too much."""
    async with store.database.writing() as db:
        await _put(db, widget_id, name, value)


async def add(store: Store, widget_id: str, name: str, by: float) -> float:
    """Add to the number of this name (0 when there is none) and return it; of many at once each counts.

    TypeError when another value has this name, or the number grows too large.
    """
    async with store.database.writing() as db:
        # The row is made first, so that there is one to lock.
        empty = {"widget_id": widget_id, "name": name, "value": "0", "size_bytes": len(name) + 1, "changed_at": 0.0}
        await db.execute(insert_unless_there(db, tables.kept_value).values(**empty))
        query = select(_V.value).where(_V.widget_id == widget_id, _V.name == name).with_for_update()
        before: Any = json.loads(await db.scalar(query) or "0")
        if isinstance(before, bool) or not isinstance(before, int | float):
            raise TypeError(f"{name!r} is no number")
        after: float = before + by
        if not abs(after) <= MAX_NUMBER:
            raise TypeError(f"{name!r} would be too large a number")
        await _put(db, widget_id, name, json.dumps(after))
    return after


async def remove(store: Store, widget_id: str, name: str) -> bool:
    """Forget a value; return whether there was one."""
    async with store.database.writing() as db:
        gone = delete(tables.kept_value).where(_V.widget_id == widget_id, _V.name == name)
        return (await db.execute(gone)).rowcount > 0


async def _put(db: AsyncConnection, widget_id: str, name: str, value: str) -> None:
    size = len(name.encode()) + len(value)
    others = select(func.count(), func.coalesce(func.sum(_V.size_bytes), 0))
    count, total = (await db.execute(others.where(_V.widget_id == widget_id, _V.name != name))).one()
    if count >= MAX_VALUES:
        raise ConflictError(f"A widget keeps {MAX_VALUES:,} values at most: forget some, or keep several in one.")
    if total + size > MAX_BYTES:
        raise ConflictError(f"The values of a widget have at most {MAX_BYTES // 1_000_000} MB together.")
    row = {"value": value, "size_bytes": size, "changed_at": time.time()}
    await db.execute(insert_unless_there(db, tables.kept_value).values(widget_id=widget_id, name=name, **row))
    await db.execute(update(tables.kept_value).where(_V.widget_id == widget_id, _V.name == name).values(**row))
