"""Schedules as their owner sets and sees them. Who may is asked here; ``ticks.py`` is what the scheduler uses."""

import dataclasses
from typing import Any

from sqlalchemy import delete, select, update

from widget_model.kinds import Kind
from widget_model.schedules import Schedule
from widget_site.errors import FormError, NotFoundError
from widget_site.store import schedule_rows, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import ScheduleTick, StoredSchedule

_S = tables.schedule.c
_T = tables.tick.c
_R = tables.run.c


async def of_widget(store: Store, widget_id: str) -> StoredSchedule | None:
    """Return a widget's schedule. Asks for no permission."""
    async with store.database.reading() as db:
        return await schedule_rows.read(db, widget_id)


async def save(store: Store, slug: str, viewer: str | None, schedule: Schedule | None, now: float) -> None:
    """Set, or with None remove, the schedule of the viewer's scheduled widget.

    New times begin from ``now``; unchanged ones keep their next run (B-23). What was missed while it was paused is not
    made up for.
    """
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, "change its schedule", lock=True)
        if widget.kind != Kind.SCHEDULED:
            raise FormError("schedule", f"A widget of kind {widget.kind} has no schedule.")
        if schedule is None:
            await db.execute(delete(tables.schedule).where(_S.widget_id == widget.id, _S.name == schedule_rows.OWN))
            return
        before = await schedule_rows.read(db, widget.id, lock=True)
        if before is None:
            await schedule_rows.add(db, widget.id, schedule, now)
            return
        change = update(tables.schedule).where(_S.id == before.id)
        await db.execute(change.values(spec=schedule.as_dict(), **_next(before, schedule, now)))


async def resume(store: Store, slug: str, viewer: str | None, *, paused: bool, now: float) -> None:
    """Pause the schedule of the viewer's widget, or let it go on."""
    widget = await widgets.owned(store, slug, viewer, "change its schedule")
    stored = await of_widget(store, widget.id)
    if stored is None:
        raise NotFoundError("This widget has no schedule.")
    await save(store, slug, viewer, dataclasses.replace(stored.schedule, paused=paused), now)


async def ticks(store: Store, widget_id: str, limit: int = 20) -> list[ScheduleTick]:
    """Return the newest times at which the widget was due, and what became of them. Asks for no permission."""
    join = tables.tick.join(tables.schedule, _S.id == _T.schedule_id).outerjoin(tables.run, _R.id == _T.run_id)
    columns = (_T.tick_at, _T.reason, _T.attempt, _T.missed, _T.state, _T.run_id, _R.status, _R.outcome)
    query = select(*columns, _R.error).select_from(join).where(_S.widget_id == widget_id)
    async with store.database.reading() as db:
        rows = await db.execute(query.order_by(_T.id.desc()).limit(limit))
    return [ScheduleTick(**row._mapping) for row in rows]


def _next(before: StoredSchedule, schedule: Schedule, now: float) -> dict[str, Any]:
    """Return the columns that follow from a changed schedule."""
    no_retry = {"retry_at": None, "retry_tick_at": None, "retry_attempt": 0}
    if schedule.paused:
        return {"next_at": None, "due_at": None, **no_retry}
    if before.next_at is not None and schedule.same_times(before.schedule):
        return {}
    next_at = schedule.next_after(now, before.widget_id)
    return {"next_at": next_at, "due_at": next_at, **no_retry}
