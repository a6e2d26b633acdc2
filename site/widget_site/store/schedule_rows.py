"""Rows of schedules in an open transaction, for widgets and schedules alike. Asks for no permission."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_model.outcomes import Outcome, Status
from widget_model.schedules import Schedule, parse
from widget_model.ticks import TickState
from widget_site.store import tables
from widget_site.store.values import StoredSchedule

_S = tables.schedule.c
_T = tables.tick.c
_R = tables.run.c
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


async def stop(db: AsyncConnection, widget_id: str, now: float) -> None:
    """End the runs of a widget that wait for their place, and try none again."""
    mine = select(_S.id).where(_S.widget_id == widget_id)
    waits = _T.schedule_id.in_(mine) & (_T.state == TickState.WAITING)
    queued = _R.id.in_(select(_T.run_id).where(waits)) & (_R.status == Status.QUEUED)
    ended = {"status": Status.FINISHED, "outcome": Outcome.STOPPED, "finished_at": now}
    await db.execute(update(tables.run).where(queued).values(**ended, error="Its widget was deleted."))
    await db.execute(update(tables.tick).where(waits).values(state=TickState.DONE))
    no_retry = {"retry_at": None, "retry_tick_at": None, "retry_attempt": 0}
    await db.execute(update(tables.schedule).where(_S.widget_id == widget_id).values(due_at=None, **no_retry))


async def begin_anew(db: AsyncConnection, widget_id: str, now: float) -> None:
    """Count a widget's schedule from ``now``: what was missed is not made up for."""
    stored = await read(db, widget_id, lock=True)
    if stored is not None and not stored.schedule.paused:
        next_at = stored.schedule.next_after(now, widget_id)
        await db.execute(update(tables.schedule).where(_S.id == stored.id).values(next_at=next_at, due_at=next_at))


def _stored(row: Row[Any]) -> StoredSchedule:
    return StoredSchedule(row.id, row.widget_id, parse(row.spec), row.next_at, row.retry_at, row.failing_since)
