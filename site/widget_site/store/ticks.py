"""What is due, claimed and followed to its end by any number of schedulers. Asks for no permission.

Every transition is an UPDATE whose condition names the state before, and whose row count is checked: of two workers one
gets it. A tick and its run are one transaction, so a worker that dies loses none; handing over is repeated until it is
known to have worked, and Redis takes a run's id once (``widget_wire.submit``), so that no run is run twice.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    delete,
    exists,
    insert,
    literal,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model import ticks as rules
from widget_model.anvil_schedules import task_of
from widget_model.ids import new_id
from widget_model.limits import WIDGET_CONCURRENCY
from widget_model.outcomes import Outcome, Status, Trigger
from widget_model.schedules import ScheduleError, parse
from widget_model.ticks import Reason, Retry, Tick, TickState
from widget_site.store import notices, permission, tables
from widget_site.store.store import Store
from widget_site.store.values import seed_of
from widget_wire import background

log = logging.getLogger(__name__)

_S = tables.schedule.c
_T = tables.tick.c
_R = tables.run.c
_W = tables.widget.c
# The words of the partial indexes: SQLite uses one only where a query says the same, values and all.
_WAITING: ColumnElement[str] = literal_column(f"'{TickState.WAITING}'")
_HANDED_OVER: ColumnElement[str] = literal_column(f"'{TickState.HANDED_OVER}'")
_IS_OPEN = _T.state.in_((_WAITING, _HANDED_OVER))
_IS_WAITING, _IS_HANDED_OVER = _T.state == _WAITING, _T.state == _HANDED_OVER
#: How many more of an account's runs are looked at than it may have, for some may be of widgets that have enough.
_LOOK = 4
#: A waiting run: its tick, its widget.
_Waiting = tuple[str, str]


@dataclass(frozen=True)
class DueRun:
    """A run that waits to be handed over; its row is written."""

    tick_id: str
    run_id: str
    owner_id: str
    widget_id: str
    slug: str
    revision: int
    #: The background task that it is.
    task: str


@dataclass(frozen=True)
class OpenTicks:
    """How many runs of schedules are not over."""

    #: Whether any is to be handed over.
    is_waiting: bool
    #: Handed over, or being handed over.
    with_runners: int


async def claim(store: Store, now: float, limit: int = 200) -> int:
    """Claim up to ``limit`` schedules that are due: write a tick and its run for each; return how many were claimed.

    One whose last run is not over gets a tick that says so, and no run (W-13).
    """
    async with store.database.writing() as db:
        due = (await db.execute(_due(now, limit))).all()
        if not due:
            return 0
        open_now = await _with_open_tick(db, [row.id for row in due])
        claimed = [(row, tick) for row in due if (tick := await _advance(db, row, now)) is not None]
        seen = await _known_times(db, claimed)
        fresh = [(row, tick) for row, tick in claimed if (row.id, tick.tick_at, tick.attempt) not in seen]
        made = [_tick_row(row, tick, row.id in open_now, now) for row, tick in fresh]
        runs = [
            _run_row(row, values["run_id"], now)
            for (row, _), values in zip(fresh, made, strict=True)
            if values["run_id"] is not None
        ]
        if runs:
            await db.execute(insert(tables.run), runs)
        if made:
            await db.execute(insert(tables.tick), made)
    return len(claimed)


async def take(store: Store, now: float, limit: int, lease_s: float, after: str = "") -> list[DueRun]:
    """Take up to ``limit`` waiting runs for handing over, for ``lease_s``.

    Accounts take turns, beginning with the one behind ``after``, whose turn was the last. Of an account's runs those of
    an earlier minute go first, and within a minute those of one widget go together: its sandbox is warm then. No widget
    has more of them with the runners than it may run at once. What it costs does not grow with how many wait.
    """
    async with store.database.writing() as db:
        running = await _with_runners(db, now)
        full = [widget_id for widget_id, count in running.items() if count >= WIDGET_CONCURRENCY]
        free = _IS_WAITING & (_T.lease_until <= now) & _T.widget_id.not_in(full)
        owners = await _owners_in_turn(db, free, after, limit)
        share = -(-limit // len(owners)) * _LOOK if owners else 0
        ids = _in_turn([await _queue_of(db, free, owner, share) for owner in owners], running, limit)
        if not ids:
            return []
        lease = update(tables.tick).where(_T.id.in_(ids), free).values(lease_until=now + lease_s).returning(_T.id)
        mine = set(await db.scalars(lease))
        found = {row.tick_id: DueRun(**row._mapping) for row in await db.execute(_due_runs().where(_T.id.in_(mine)))}
        taken = [found[one] for one in ids if one in found]
        # From now on it counts as queued: who looks after lost runs goes by this.
        queued = (_R.id.in_([one.run_id for one in taken])) & (_R.status == Status.QUEUED)
        await db.execute(update(tables.run).where(queued).values(created_at=now))
    return taken


async def handed_over(store: Store, taken: Iterable[DueRun], revisions: dict[str, int]) -> None:
    """Note that the runners have these; ``revisions`` holds, by run, what they got when it was not the row's."""
    ids = [one.tick_id for one in taken]
    if not ids:
        return
    async with store.database.writing() as db:
        change = update(tables.tick).where(_T.id.in_(ids), _T.state == TickState.WAITING)
        await db.execute(change.values(state=TickState.HANDED_OVER))
        for run_id, revision in revisions.items():
            await db.execute(update(tables.run).where(_R.id == run_id).values(revision=revision))


async def give_back(store: Store, taken: Iterable[DueRun], until: float) -> None:
    """Let these wait until then: the runners' queue did not take them."""
    ids = [one.tick_id for one in taken]
    async with store.database.writing() as db:
        change = update(tables.tick).where(_T.id.in_(ids), _T.state == TickState.WAITING)
        await db.execute(change.values(lease_until=until))


async def count_open(store: Store, now: float) -> OpenTicks:
    """Count the runs that are not settled."""
    free = exists().where(_IS_WAITING, _T.lease_until <= now)
    async with store.database.reading() as db:
        is_waiting = bool(await db.scalar(select(free)))
        with_runners = (await _with_runners(db, now)).total()
    return OpenTicks(is_waiting, with_runners)


async def settle(store: Store, now: float, limit: int = 200, *, site_url: str = "") -> int:
    """Do what follows from runs that have ended: retry, or note that it began to fail and tell; return how many.

    ``site_url`` begins the links in what is told.
    """
    join = tables.tick.join(tables.schedule, _S.id == _T.schedule_id).outerjoin(tables.run, _R.id == _T.run_id)
    columns = (_T.id, _T.schedule_id, _T.run_id, _T.tick_at, _T.reason, _T.attempt, _T.missed, _R.outcome, _R.error)
    schedule = (_S.widget_id, _S.name, _S.spec, _S.next_at, _S.failing_since)
    ended = _IS_HANDED_OVER & ((_R.status == Status.FINISHED) | (_R.id.is_(None)))
    query: Select[Any] = select(*columns, *schedule).select_from(join)
    async with store.database.reading() as db:
        rows = (await db.execute(query.where(ended).limit(limit))).all()
    if not rows:
        return 0
    async with store.database.writing() as db:
        done = update(tables.tick).where(_T.id.in_([row.id for row in rows]), _IS_HANDED_OVER)
        mine = set(await db.scalars(done.values(state=TickState.DONE).returning(_T.id)))
        for row in rows:
            if row.id in mine:
                await _follow(db, row, now, site_url)
    return len(mine)


async def next_due_at(store: Store) -> float | None:
    """Return when the next schedule comes due."""
    shown = tables.schedule.join(tables.widget, (_W.id == _S.widget_id) & permission.is_in_use())
    async with store.database.reading() as db:
        first = select(_S.due_at).select_from(shown).where(_S.due_at.is_not(None)).order_by(_S.due_at).limit(1)
        found: float | None = await db.scalar(first)
    return found


async def forget_old(store: Store, before: float, limit: int = 10_000) -> int:
    """Delete up to ``limit`` settled ticks made before this Unix time; return how many."""
    old = select(_T.id).where(_T.created_at < before, ~_IS_OPEN).limit(limit)
    async with store.database.writing() as db:
        result = await db.execute(delete(tables.tick).where(_T.id.in_(old)))
    return result.rowcount


# --- claiming ---


def _due(now: float, limit: int) -> Select[Any]:
    join = tables.schedule.join(tables.widget, _W.id == _S.widget_id)
    query = select(tables.schedule, _W.owner_id, _W.revision).select_from(join)
    # What is taken down misses its times, and makes up for them by one run when it is put back.
    query = query.where(_S.due_at <= now, permission.is_in_use())
    # Skipped where another worker claims them just now, or their owner changes or deletes them: nobody waits.
    return query.order_by(_S.due_at).limit(limit).with_for_update(skip_locked=True)


async def _with_open_tick(db: AsyncConnection, schedule_ids: Sequence[str]) -> set[str]:
    return set(await db.scalars(select(_T.schedule_id).where(_IS_OPEN, _T.schedule_id.in_(schedule_ids))))


async def _known_times(db: AsyncConnection, claimed: Sequence[tuple[Row[Any], Tick]]) -> set[tuple[str, float, int]]:
    """Return the times that were run before: clocks may have been put back."""
    mine = _T.schedule_id.in_([row.id for row, _ in claimed]) & _T.tick_at.in_({tick.tick_at for _, tick in claimed})
    query = select(_T.schedule_id, _T.tick_at, _T.attempt).where(mine)
    return {(row.schedule_id, row.tick_at, row.attempt) for row in await db.execute(query)}


async def _advance(db: AsyncConnection, row: Row[Any], now: float) -> Tick | None:
    """Move a due schedule on to its next time; None when it was not due any more."""
    change = update(tables.schedule).where(_S.id == row.id, _S.due_at == row.due_at)
    retry = None if row.retry_at is None else Retry(row.retry_tick_at, row.retry_attempt, row.retry_at)
    try:
        step = rules.step(parse(row.spec), seed_of(row.widget_id, row.name), row.next_at, retry, now)
    except ScheduleError:
        # A time zone that left the world, say: it must not hold up all the others.
        log.exception("the schedule of widget %s can't be read any more; it is stopped", row.widget_id)
        await db.execute(change.values(due_at=None))
        return None
    following = {"next_at": step.next_at, "due_at": step.next_at}
    result = await db.execute(change.values(**following, retry_at=None, retry_tick_at=None, retry_attempt=0))
    return step.tick if result.rowcount == 1 else None


def _tick_row(row: Row[Any], tick: Tick, is_open: bool, now: float) -> dict[str, Any]:
    return {
        "id": new_id(),
        "schedule_id": row.id,
        "owner_id": row.owner_id,
        "widget_id": row.widget_id,
        "minute": int(tick.tick_at // 60),
        "tick_at": tick.tick_at,
        "reason": tick.reason,
        "attempt": tick.attempt,
        "missed": tick.missed,
        "state": TickState.SKIPPED if is_open else TickState.WAITING,
        "run_id": None if is_open else new_id(),
        "lease_until": 0.0,
        "created_at": now,
    }


def _run_row(row: Row[Any], run_id: str, now: float) -> dict[str, Any]:
    made = {"id": run_id, "widget_id": row.widget_id, "owner_id": row.owner_id, "revision": row.revision}
    made["task"] = task_of(row.name) or background.OWN_SCRIPT
    return {**made, "trigger": Trigger.SCHEDULE, "status": Status.QUEUED, "args": [], "error": "", "created_at": now}


def _due_runs() -> Select[Any]:
    join = tables.tick.join(tables.run, _R.id == _T.run_id).join(tables.widget, _W.id == _R.widget_id)
    columns = (_T.id.label("tick_id"), _T.run_id, _T.owner_id, _R.widget_id, _W.slug, _R.revision, _R.task)
    return select(*columns).select_from(join)


# --- taking ---


async def _with_runners(db: AsyncConnection, now: float) -> Counter[str]:
    """Count, by widget, the runs that are handed over or being handed over: no more than runners have places."""
    leased = select(_T.widget_id).where(_IS_WAITING, _T.lease_until > now)
    return Counter(await db.scalars(union_all(select(_T.widget_id).where(_IS_HANDED_OVER), leased)))


async def _owners_in_turn(db: AsyncConnection, free: ColumnElement[bool], after: str, limit: int) -> list[str]:
    """Return up to ``limit`` accounts that have a free run, those behind ``after`` first."""
    owners = list(await db.scalars(_owners(free, after, limit)))
    if len(owners) < limit:
        owners += await db.scalars(_owners(free & (_T.owner_id <= after), "", limit - len(owners)))
    return owners


def _owners(free: ColumnElement[bool], after: str, limit: int) -> Select[Any]:
    """Return the query of accounts with a free run, behind ``after``: a step down an index for each of them."""

    def first(behind: ColumnElement[str]) -> ColumnElement[str]:
        query = select(_T.owner_id).where(free, _T.owner_id > behind).order_by(_T.owner_id).limit(1)
        return query.correlate_except(tables.tick).scalar_subquery().label("owner_id")

    walk = select(first(literal(after))).cte("owners", recursive=True)
    walk = walk.union_all(select(first(walk.c.owner_id)).where(walk.c.owner_id.is_not(None)))
    return select(walk.c.owner_id).where(walk.c.owner_id.is_not(None)).limit(limit)


async def _queue_of(db: AsyncConnection, free: ColumnElement[bool], owner_id: str, limit: int) -> list[_Waiting]:
    """Return the first free runs of an account."""
    query: Select[Any] = select(_T.id, _T.widget_id).where(free, _T.owner_id == owner_id)
    order = (_T.minute, _T.widget_id, _T.tick_at, _T.id)
    return [(row.id, row.widget_id) for row in await db.execute(query.order_by(*order).limit(limit))]


def _in_turn(queues: Iterable[list[_Waiting]], running: Counter[str], limit: int) -> list[str]:
    """Return the runs that go now: one of each queue, again and again, none of a widget that has enough running."""
    turns = deque(iter(queue) for queue in queues)
    chosen: list[str] = []
    while turns and len(chosen) < limit:
        queue = turns.popleft()
        for tick_id, widget_id in queue:
            if running[widget_id] < WIDGET_CONCURRENCY:
                running[widget_id] += 1
                chosen.append(tick_id)
                turns.append(queue)
                break
    return chosen


# --- settling ---


async def _follow(db: AsyncConnection, row: Row[Any], now: float, site_url: str) -> None:
    """Do what the end of a run asks for: note that its schedule works again, or try again, or note that it fails."""
    if not rules.is_failure(row.outcome or Outcome.STOPPED):
        # Only this run, the schedule's one, could have begun or ended the failing since the row was read.
        if row.outcome == Outcome.OK and row.failing_since is not None:
            failed = _S.failing_since.is_not(None)
            if await _change_schedule(db, row.schedule_id, failed, failing_since=None):
                await notices.tell(db, row, now, site_url, works=True)
        return
    schedule = parse(row.spec)
    tick = Tick(row.tick_at, Reason(row.reason), row.attempt, row.missed)
    retry = rules.retry_of(schedule, tick, row.next_at or 0.0, now)
    if retry is not None:
        # Only as long as its times are those that the decision was made from.
        same: ColumnElement[bool] = _S.due_at == row.next_at
        fields = {"retry_at": retry.at, "retry_tick_at": retry.tick_at, "retry_attempt": retry.attempt}
        await _change_schedule(db, row.schedule_id, same, due_at=retry.at, **fields)
    elif await _change_schedule(db, row.schedule_id, _S.failing_since.is_(None), failing_since=now):
        await notices.tell(db, row, now, site_url, works=False)


async def _change_schedule(db: AsyncConnection, schedule_id: str, *only: ColumnElement[bool], **values: Any) -> bool:
    result = await db.execute(update(tables.schedule).where(_S.id == schedule_id, *only).values(**values))
    return result.rowcount == 1
