"""Rows of schedules in an open transaction, for widgets and schedules alike. Asks for no permission."""

from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_model.schedules import Schedule, parse
from widget_site.store import tables
from widget_site.store.values import StoredSchedule

_S = tables.schedule.c
#: The schedule of the whole widget, which is the only one that a scheduled widget has.
OWN = ""


async def read(db: AsyncConnection, widget_id: str, lock: bool = False) -> StoredSchedule | None:
    """Return a widget's schedule; ``lock`` keeps it from being changed until the transaction ends."""
    query = select(tables.schedule).where(_S.widget_id == widget_id, _S.name == OWN)
    row = (await db.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else _stored(row)


async def add(db: AsyncConnection, widget_id: str, schedule: Schedule, now: float) -> None:
    """Give a widget that has none a schedule, counted from ``now``."""
    next_at = None if schedule.paused else schedule.next_after(now, widget_id)
    row = {"id": new_id(), "widget_id": widget_id, "name": OWN, "spec": schedule.as_dict(), "retry_attempt": 0}
    await db.execute(insert(tables.schedule).values(**row, next_at=next_at, due_at=next_at))


async def copy(db: AsyncConnection, origin_id: str, widget_id: str, now: float) -> None:
    """Give a fork the schedule of its origin, off."""
    stored = await read(db, origin_id)
    if stored is not None:
        await add(db, widget_id, stored.schedule.for_fork(), now)


def _stored(row: Row[Any]) -> StoredSchedule:
    return StoredSchedule(row.id, row.widget_id, parse(row.spec), row.next_at, row.retry_at, row.failing_since)
