"""Schedules as their owner sets and sees them. Who may is asked here; ``ticks.py`` is what the scheduler uses."""

import dataclasses
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.kinds import Kind
from widget_model.schedules import Schedule
from widget_site.errors import ConflictError, FormError, NotFoundError
from widget_site.store import rules, schedule_rows, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import ScheduleTick, StoredSchedule

_S = tables.schedule.c
_T = tables.tick.c
_R = tables.run.c


async def of_widget(store: Store, widget_id: str, task: str = schedule_rows.OWN) -> StoredSchedule | None:
    """Return a widget's schedule, or that of its ``task``. Asks for no permission."""
    async with store.database.reading() as db:
        return await schedule_rows.read(db, widget_id, task=task)


async def all_of(store: Store, widget_id: str) -> list[StoredSchedule]:
    """Return every schedule of a widget: its own, if it has one, and those of its tasks. Asks for no permission."""
    async with store.database.reading() as db:
        return await schedule_rows.read_all(db, widget_id)


async def save(
    store: Store,
    slug: str,
    viewer: str | None,
    schedule: Schedule | None,
    now: float,
    task: str = schedule_rows.OWN,
) -> None:
    """Set, or with None remove, the schedule of the viewer's scheduled widget, or that of a task of any widget.

    New times begin from ``now``; unchanged ones keep their next run (B-23). What was missed while it was paused is not
    made up for.
    """
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, "change its schedule", lock=True)
        if task:
            rules.task_name(task)
        elif widget.kind != Kind.SCHEDULED:
            text = f"A widget of kind {widget.kind} has no schedule of its own; its background tasks may have some."
            raise FormError("schedule", text)
        if schedule is None:
            await db.execute(delete(tables.schedule).where(_S.widget_id == widget.id, _S.name == task))
            return
        before = await schedule_rows.read(db, widget.id, lock=True, task=task)
        if before is None:
            await _require_room(db, widget.id)
            await schedule_rows.add(db, widget.id, schedule, now, task)
            return
        change = update(tables.schedule).where(_S.id == before.id)
        await db.execute(change.values(spec=schedule.as_dict(), **_next(before, schedule, now)))


async def resume(
    store: Store, slug: str, viewer: str | None, *, paused: bool, now: float, task: str = schedule_rows.OWN
) -> None:
    """Pause the schedule of the viewer's widget, or of a task of it, or let it go on."""
    widget = await widgets.owned(store, slug, viewer, "change its schedule")
    stored = await of_widget(store, widget.id, task)
    if stored is None:
        raise NotFoundError("This widget has no such schedule." if task else "This widget has no schedule.")
    await save(store, slug, viewer, dataclasses.replace(stored.schedule, paused=paused), now, task)


async def ticks(store: Store, widget_id: str, limit: int = 20, task: str = schedule_rows.OWN) -> list[ScheduleTick]:
    """Return the newest times at which the widget, or its ``task``, was due, and what became of them. Asks for no
    permission.
    """
    join = tables.tick.join(tables.schedule, _S.id == _T.schedule_id).outerjoin(tables.run, _R.id == _T.run_id)
    columns = (_T.tick_at, _T.reason, _T.attempt, _T.missed, _T.state, _T.run_id, _R.status, _R.outcome)
    query = select(*columns, _R.error).select_from(join).where(_S.widget_id == widget_id, _S.name == task)
    async with store.database.reading() as db:
        rows = await db.execute(query.order_by(_T.id.desc()).limit(limit))
    return [ScheduleTick(**row._mapping) for row in rows]


async def _require_room(db: AsyncConnection, widget_id: str) -> None:
    count = await db.scalar(select(func.count()).select_from(tables.schedule).where(_S.widget_id == widget_id)) or 0
    if count >= schedule_rows.MOST:
        raise ConflictError(f"A widget has at most {schedule_rows.MOST} schedules. Remove one first.")


def _next(before: StoredSchedule, schedule: Schedule, now: float) -> dict[str, Any]:
    """Return the columns that follow from a changed schedule."""
    no_retry = {"retry_at": None, "retry_tick_at": None, "retry_attempt": 0}
    if schedule.paused:
        return {"next_at": None, "due_at": None, **no_retry}
    if before.next_at is not None and schedule.same_times(before.schedule):
        return {}
    next_at = schedule.next_after(now, before.seed)
    return {"next_at": next_at, "due_at": next_at, **no_retry}
