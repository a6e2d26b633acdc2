"""Rows of schedules in an open transaction, for widgets and schedules alike. Asks for no permission."""

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_model.outcomes import Outcome, Status
from widget_model.schedules import Schedule, parse
from widget_model.ticks import TickState
from widget_site.store import tables
from widget_site.store.values import StoredSchedule, seed_of

_S = tables.schedule.c
_T = tables.tick.c
_R = tables.run.c
#: The schedule of the whole widget, which scheduled widgets have; others are named for the task that they run.
OWN = ""
#: Schedules of one widget.
MOST = 20


async def read(db: AsyncConnection, widget_id: str, lock: bool = False, task: str = OWN) -> StoredSchedule | None:
    """Return a widget's schedule, or that of its ``task``; ``lock`` keeps it from being changed until the transaction
    ends.
    """
    query = select(tables.schedule).where(_S.widget_id == widget_id, _S.name == task)
    row = (await db.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else _stored(row)


async def read_all(db: AsyncConnection, widget_id: str, lock: bool = False) -> list[StoredSchedule]:
    """Return every schedule of a widget, its own first."""
    query = select(tables.schedule).where(_S.widget_id == widget_id).order_by(_S.name)
    return [_stored(row) for row in await db.execute(query.with_for_update() if lock else query)]


async def add(db: AsyncConnection, widget_id: str, schedule: Schedule, now: float, task: str = OWN) -> None:
    """Give a widget, or a task of it, that has none a schedule, counted from ``now``."""
    next_at = None if schedule.paused else schedule.next_after(now, seed_of(widget_id, task))
    row = {"id": new_id(), "widget_id": widget_id, "name": task, "spec": schedule.as_dict(), "retry_attempt": 0}
    await db.execute(insert(tables.schedule).values(**row, next_at=next_at, due_at=next_at))


async def copy(db: AsyncConnection, origin_id: str, widget_id: str, now: float) -> None:
    """Give a fork the schedules of its origin, off."""
    for stored in await read_all(db, origin_id):
        await add(db, widget_id, stored.schedule.for_fork(), now, stored.task)


async def stop(db: AsyncConnection, widget_id: str, now: float) -> None:
    """End the runs of a widget that wait for their place, and try none again."""
    await _stop(db, select(_S.id).where(_S.widget_id == widget_id), now, "Its widget was deleted.")
    no_retry = {"retry_at": None, "retry_tick_at": None, "retry_attempt": 0}
    await db.execute(update(tables.schedule).where(_S.widget_id == widget_id).values(due_at=None, **no_retry))


async def _stop(db: AsyncConnection, schedules: Any, now: float, why: str) -> None:
    waits = _T.schedule_id.in_(schedules) & (_T.state == TickState.WAITING)
    queued = _R.id.in_(select(_T.run_id).where(waits)) & (_R.status == Status.QUEUED)
    ended = {"status": Status.FINISHED, "outcome": Outcome.STOPPED, "finished_at": now}
    await db.execute(update(tables.run).where(queued).values(**ended, error=why))
    await db.execute(update(tables.tick).where(waits).values(state=TickState.DONE))


async def begin_anew(db: AsyncConnection, widget_id: str, now: float) -> None:
    """Count a widget's schedules from ``now``: what was missed is not made up for."""
    for stored in await read_all(db, widget_id, lock=True):
        if not stored.schedule.paused:
            next_at = stored.schedule.next_after(now, stored.seed)
            await db.execute(update(tables.schedule).where(_S.id == stored.id).values(next_at=next_at, due_at=next_at))


def _stored(row: Row[Any]) -> StoredSchedule:
    return StoredSchedule(
        row.id, row.widget_id, row.name, parse(row.spec), row.next_at, row.retry_at, row.failing_since
    )
