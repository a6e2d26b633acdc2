"""Runs and what they said. A row is written before a run is handed over; it is finished once (decisions 8)."""

import dataclasses
import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.outcomes import REQUESTS, Status, Trigger
from widget_model.ticks import TickState
from widget_site.errors import NotFoundError
from widget_site.store import deliveries, paging, permission, quotas, run_files, tables, tallies, tasks, widgets
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_site.store.values import Page, Run
from widget_wire.runs import RunEvent, RunRecord

_R = tables.run.c
_E = tables.run_event.c
_SEE = "see its runs"
#: How many rows one statement takes: SQLite counts the parameters.
_BATCH = 500
_RUNS = frozenset({tables.run.name})


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A record to keep, with its events: the record's own, or those of its live stream."""

    record: RunRecord
    events: tuple[RunEvent, ...]
    #: Whether it counts as a run; one that a quota kept from beginning does not.
    counts: bool = True
    #: What it left besides text.
    files: tuple[run_files.StoredFile, ...] = ()


# --- the owner's view ---


async def get(store: Store, run_id: str, viewer: str | None) -> Run:
    """Return a run of the viewer's own widget; NotFoundError, SignInError or ForbiddenError else."""
    seen = (_R.id == run_id) & permission.is_visible_to(viewer)
    async with store.database.reading() as db:
        row = (await db.execute(select_runs().where(seen))).first() if _is_plausible_id(run_id) else None
    if row is None:
        raise NotFoundError(f"There is no run {run_id[:40]!r}, or you may not know of it.")
    permission.require_owner(row.owner_id, viewer, "see this run")
    return read_run(row)


async def listed(
    store: Store,
    slug: str,
    viewer: str | None,
    *,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Page[Run]:
    """Return the runs of the viewer's own widget, newest first; ``run_search`` finds among them."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _SEE)
        return await _page(db, select_runs().where(_R.widget_id == widget.id), after, limit)


async def recent_of(
    store: Store, owner_id: str, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Run]:
    """Return the runs of all widgets of an account, newest first; for its owner's eyes."""
    async with store.database.reading() as db:
        return await _page(db, select_runs().where(*of_owner(owner_id)), after, limit)


async def events(store: Store, run_id: str, after: int = 0, limit: int = 1000) -> list[RunEvent]:
    """Return the kept events with ``seq`` above ``after``, in order. Asks for no permission: ``get`` the run first."""
    found = select(_E.seq, _E.time, _E.kind, _E.text, _E.data).where(_E.run_id == run_id, _E.seq > after)
    async with store.database.reading() as db:
        rows = await db.execute(found.order_by(_E.seq).limit(limit))
    return [RunEvent(**row._mapping) for row in rows]


# --- from queued to finished; these ask for no permission ---


async def add(
    store: Store,
    run_id: str,
    *,
    widget_id: str,
    trigger: str,
    revision: int,
    args: Sequence[str | int | float] = (),
    form_values: dict[str, Any] | None = None,
    created_at: float | None = None,
    task: str = "",
) -> None:
    """Write the row of a run, ``queued``; committed when this returns.

    NotFoundError when the widget is gone; OverQuotaError when its owner's account may not run more now.
    """
    made = {"trigger": trigger, "revision": revision, "args": list(args), "status": Status.QUEUED, "error": ""}
    async with store.database.writing() as db:
        owner = select(tables.widget.c.owner_id).where(
            tables.widget.c.id == widget_id, tables.widget.c.deleted_at.is_(None)
        )
        owner_id = await db.scalar(owner.with_for_update(read=True))
        if owner_id is None:
            raise NotFoundError("The widget was deleted.")
        await quotas.require_runs(store, db, owner_id)
        row = {"id": run_id, "widget_id": widget_id, "owner_id": owner_id, "created_at": created_at or time.time()}
        row |= {"form_values": form_values, "task": task or None}
        await db.execute(insert(tables.run).values(**row, **made))


async def started(store: Store, run_id: str, started_at: float) -> bool:
    """Mark a queued run as running; False when it was not queued any more."""
    change = update(tables.run).where(_R.id == run_id, _R.status == Status.QUEUED)
    async with store.database.writing() as db:
        result = await db.execute(change.values(status=Status.RUNNING, started_at=started_at))
    return result.rowcount == 1


async def finish(store: Store, finished: Iterable[FinishedRun]) -> int:
    """Keep records and events in one transaction; return how many were new.

    A run that has an outcome already stays as it is, and one of a widget that is gone is dropped; so a batch can be
    handed in twice.
    """
    by_id = {one.record.id: one for one in finished}
    if not by_id:
        return 0
    # No schedule waits for the end of a request: each batch of them would cost the scheduler a round for nothing.
    waited_for = any(one.record.trigger not in REQUESTS for one in by_id.values())
    async with store.database.writing(untold=frozenset() if waited_for else _RUNS) as db:
        kept = 0
        ids = list(by_id)
        for start in range(0, len(ids), _BATCH):
            kept += await _finish_batch(store, db, [by_id[run_id] for run_id in ids[start : start + _BATCH]])
    return kept


async def unfinished(store: Store, before: float, limit: int = 500) -> list[Run]:
    """Return runs without an outcome made before this Unix time, oldest first."""
    # One that waits to be handed over is the scheduler's, not lost.
    handed_over = tables.tick.c.state.is_distinct_from(TickState.WAITING)
    query = select_runs().where(_R.status != Status.FINISHED, _R.created_at < before, handed_over)
    async with store.database.reading() as db:
        return [read_run(row) for row in await db.execute(query.order_by(_R.created_at).limit(limit))]


async def count_unfinished(store: Store, widget_id: str) -> int:
    """Count a widget's runs without an outcome."""
    query = _unfinished().where(_R.widget_id == widget_id)
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(query.subquery())) or 0


async def count_unfinished_of(store: Store, owner_id: str) -> int:
    """Count the runs without an outcome of all widgets of an account, scheduled ones and background tasks aside: those
    are bounded by themselves.
    """
    others = _R.trigger.not_in((Trigger.SCHEDULE, Trigger.BACKGROUND))
    query = _unfinished().where(_R.owner_id == owner_id, others)
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(query.subquery())) or 0


async def count_tasks_of(store: Store, owner_id: str) -> int:
    """Count the background tasks without an outcome that the code of all widgets of an account has launched."""
    query = _unfinished().where(_R.owner_id == owner_id, _R.trigger == Trigger.BACKGROUND)
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(query.subquery())) or 0


async def is_finished(store: Store, run_id: str) -> bool:
    """Whether the run's row has an outcome."""
    async with store.database.reading() as db:
        return await db.scalar(select(_R.status).where(_R.id == run_id)) == Status.FINISHED


# --- parts ---


async def _finish_batch(store: Store, db: AsyncConnection, batch: list[FinishedRun]) -> int:
    ids = [one.record.id for one in batch]
    known = {row.id: row.status for row in await db.execute(select(_R.id, _R.status).where(_R.id.in_(ids)))}
    widget_ids = {one.record.widget_id for one in batch}
    # Locked against deletion until the rows that point to them are in.
    kept = select(tables.widget.c.id, tables.widget.c.owner_id).where(tables.widget.c.id.in_(widget_ids))
    owners = {row.id: row.owner_id for row in await db.execute(kept.with_for_update(read=True))}
    fresh = [one for one in batch if one.record.widget_id in owners and known.get(one.record.id) != Status.FINISHED]
    new = [_new_record_row(one, owners) for one in fresh if one.record.id not in known]
    written: set[str] = set()
    if new:
        # What is returned is what was not there: another worker may write the same batch at this moment.
        written.update(await db.scalars(insert_unless_there(db, tables.run).returning(_R.id), new))
    for one in fresh:
        if one.record.id in known:
            unfinished = (_R.id == one.record.id) & (_R.status != Status.FINISHED)
            change = await db.execute(update(tables.run).where(unfinished).values(**_record_fields(one)))
            written.update([one.record.id] * change.rowcount)
    fresh = [one for one in fresh if one.record.id in written]
    await tallies.count(db, [(one.record, owners[one.record.widget_id]) for one in fresh if one.counts])
    await deliveries.tell_of_runs(db, [one.record for one in fresh])
    said = [{"run_id": one.record.id, **dataclasses.asdict(event)} for one in fresh for event in one.events]
    for start in range(0, len(said), _BATCH):
        await db.execute(insert_unless_there(db, tables.run_event), said[start : start + _BATCH])
    await tasks.keep(db, [one.record for one in fresh])
    left = [(one.record.id, owners[one.record.widget_id], one.files) for one in fresh if one.files]
    await run_files.add(db, left, store.run_files_bytes)
    return len(fresh)


def _record_fields(one: FinishedRun) -> dict[str, Any]:
    record = one.record
    said = sum(len(event.text.encode("utf-8", "surrogatepass")) for event in one.events)
    names = ("outcome", "error", "started_at", "finished_at", "cpu_s", "rss_kb", "exit_code", "request", "returned")
    return {"status": Status.FINISHED, "output_bytes": said, **{name: getattr(record, name) for name in names}}


def _new_record_row(one: FinishedRun, owners: dict[str, str]) -> dict[str, Any]:
    record = one.record
    known = {"id": record.id, "widget_id": record.widget_id, "owner_id": owners[record.widget_id]}
    made = {"trigger": record.trigger, "revision": record.revision, "created_at": record.started_at, "args": []}
    return {**known, **made, **_record_fields(one)}


def select_runs() -> Select[Any]:
    """Return the query of runs that ``read_run`` reads; for the modules of the store."""
    columns = [column for column in tables.run.c if column.name != "owner_id"]
    tick = tables.tick.c
    join = tables.run.join(tables.widget, tables.widget.c.id == _R.widget_id).outerjoin(
        tables.tick, tick.run_id == _R.id
    )
    why = (tick.tick_at, tick.reason, tick.attempt, tick.missed)
    return select(*columns, *why, _R.owner_id, tables.widget.c.slug).select_from(join)


def of_owner(owner_id: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the runs of an account; those of its widgets in the bin are in there, too."""
    return _R.owner_id == owner_id, _R.widget_id.not_in(permission.in_bin_of(owner_id))


def _unfinished() -> Select[Any]:
    return select(_R.id).where(_R.status != Status.FINISHED)


async def _page(db: AsyncConnection, query: Select[Any], after: str | None, limit: int) -> Page[Run]:
    limit = max(1, min(limit, paging.MAX_LIMIT))
    query = query.order_by(_R.id.desc()).limit(limit + 1)
    if after:
        query = query.where(paging.below([_R.id], paging.decode_cursor(after, str)))
    rows = (await db.execute(query)).all()
    return paging.page_of(rows, limit, read_run, lambda run: (run.id,))


def read_run(row: Row[Any]) -> Run:
    """Read a row of ``select_runs``."""
    fields = {name: value for name, value in row._mapping.items() if name != "owner_id"}
    return Run(**{**fields, "args": tuple(fields["args"])})


def _is_plausible_id(run_id: str) -> bool:
    return len(run_id) == 26 and run_id.isascii() and run_id.isalnum()
