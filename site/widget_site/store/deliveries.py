"""What is sent to webhooks: written in the transaction of what it tells about, claimed, tried until it is taken.

A delivery is claimed for a while by a conditional update: of two workers one sends it, and what a killed one had is
tried again after that while. So it arrives at least once, always with the same id. Asks for no permission.
"""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_model.outcomes import REQUESTS, Outcome
from widget_site.store import outbox, permission, tables
from widget_site.store.outbox import Kind
from widget_site.store.queue import FAILED, WAITING, Queue
from widget_site.store.store import Store
from widget_wire.runs import RunRecord

log = logging.getLogger(__name__)

DONE = "done"
#: How long after each failed try the next one comes; after the last the delivery is given up.
BACKOFF_S = (60.0, 300.0, 1800.0, 7200.0, 21600.0)
#: A webhook is turned off after so many given up in a row.
MAX_GAVE_UP = 5
#: Deliveries of one webhook that may wait; what comes on top is dropped, and counted.
MAX_WAITING = 500
_MAX_ERROR = 2000
_QUEUE = Queue(tables.delivery, BACKOFF_S)
_H = tables.webhook.c
_D = tables.delivery.c
_W = tables.widget.c
_JOINED = tables.delivery.join(tables.webhook, _H.id == _D.webhook_id).join(tables.widget, _W.id == _H.widget_id)


@dataclass(frozen=True)
class Due:
    """A delivery that is claimed."""

    id: str
    webhook_id: str
    widget_id: str
    owner_id: str
    url: str
    #: What signs, encrypted.
    kept: bytes
    payload: dict[str, Any]
    attempts: int


@dataclass
class Sending:
    """How many deliveries a worker is sending: whose receivers answer slowly must not hold up the others'."""

    of_webhook: "Counter[str]" = field(default_factory=Counter)
    of_account: "Counter[str]" = field(default_factory=Counter)
    most_each: int = 2
    most_of_account: int = 4

    def has_room_for(self, webhook_id: str, owner_id: str) -> bool:
        """Whether one more of this webhook may be sent now."""
        return self.of_webhook[webhook_id] < self.most_each and self.of_account[owner_id] < self.most_of_account

    def add(self, webhook_id: str, owner_id: str) -> None:
        """Count one more."""
        self.of_webhook[webhook_id] += 1
        self.of_account[owner_id] += 1


@dataclass(frozen=True)
class Tried:
    """What came of one try. Without a status there was no answer, and ``error`` says why."""

    at: float
    took_s: float
    status: int | None = None
    answer: str = ""
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


# --- writing ---


async def tell_of_runs(db: AsyncConnection, records: Sequence[RunRecord]) -> None:
    """Write the deliveries of runs that have ended, in the transaction that keeps their ends.

    Of requests only those that failed are told: an API may have thousands a second.
    """
    hooks = await _hooks(db, {record.widget_id for record in records})
    for record in records:
        failed = record.outcome not in (Outcome.OK, Outcome.STOPPED)
        for hook in hooks.get(record.widget_id, ()):
            if failed or (hook.events == "all" and record.trigger not in REQUESTS):
                shown = {"slug": hook.slug, "title": hook.title}
                data = {"widget": shown, "run": _run(record)}
                await _add_bounded(db, hook.id, payload("run.finished", record.finished_at, data))


async def tell_widget(db: AsyncConnection, widget_id: str, event: str, at: float, data: dict[str, Any]) -> None:
    """Write a delivery of something else to every webhook of a widget that is on, in the caller's transaction."""
    for hook in (await _hooks(db, {widget_id})).get(widget_id, ()):
        shown = {"slug": hook.slug, "title": hook.title}
        await _add_bounded(db, hook.id, payload(event, at, {"widget": shown, **data}))


def payload(event: str, at: float, data: dict[str, Any]) -> dict[str, Any]:
    """Return what is sent."""
    return {"type": event, "timestamp": datetime.fromtimestamp(at, UTC).isoformat(), "data": data}


async def add(db: AsyncConnection, webhook_id: str, value: dict[str, Any]) -> str:
    """Write a delivery, due now; return its id."""
    created = datetime.now(UTC).timestamp()
    row = {"id": new_id(), "webhook_id": webhook_id, "event": value["type"], "payload": value, "state": WAITING}
    rest = {"attempts": 0, "due_at": created, "created_at": created, "answer": "", "error": ""}
    await db.execute(insert(tables.delivery).values(**row, **rest))
    return str(row["id"])


async def _hooks(db: AsyncConnection, widget_ids: Collection[str]) -> dict[str, list[Any]]:
    on = _H.widget_id.in_(widget_ids) & _H.disabled_at.is_(None) & permission.is_in_use()
    columns = (_H.id, _H.widget_id, _H.events, _W.slug, _W.title)
    joined = tables.webhook.join(tables.widget, _W.id == _H.widget_id)
    found: dict[str, list[Any]] = {}
    for row in await db.execute(select(*columns).select_from(joined).where(on)):
        found.setdefault(row.widget_id, []).append(row)
    return found


async def is_full(db: AsyncConnection, webhook_id: str) -> bool:
    """Whether as many deliveries of a webhook wait as may."""
    held = select(_D.id).where(_D.webhook_id == webhook_id, _D.due_at.is_not(None)).limit(MAX_WAITING).subquery()
    return (await db.scalar(select(func.count()).select_from(held)) or 0) >= MAX_WAITING


async def _add_bounded(db: AsyncConnection, webhook_id: str, value: dict[str, Any]) -> None:
    if await is_full(db, webhook_id):
        await db.execute(update(tables.webhook).where(_H.id == webhook_id).values(dropped=_H.dropped + 1))
    else:
        await add(db, webhook_id, value)


def _run(record: RunRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "trigger": record.trigger,
        "revision": record.revision,
        "outcome": record.outcome,
        "error": clean(record.error[:_MAX_ERROR]),
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "duration_ms": round((record.finished_at - record.started_at) * 1000),
        "exit_code": record.exit_code,
        "request": record.request,
    }


def clean(text: str) -> str:
    """Return text that JSON and every database take: no NUL, no halves of characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


async def give_up_of(db: AsyncConnection, widget_id: str, why: str) -> None:
    """End what still waits to be sent for a widget, in the caller's transaction."""
    mine = _D.webhook_id.in_(select(_H.id).where(_H.widget_id == widget_id)) & _D.due_at.is_not(None)
    await db.execute(update(tables.delivery).where(mine).values(state=FAILED, due_at=None, error=why))


# --- sending ---


async def claim(store: Store, now: float, limit: int, lease_s: float, sending: Sending | None = None) -> list[Due]:
    """Take up to ``limit`` deliveries that are due, for ``lease_s``, of those that ``sending`` has room for.

    Accounts take turns, and so do the webhooks of one. What belongs to a widget that is taken down waits.
    """
    sending = sending or Sending()
    async with store.database.reading() as db:
        due = (await db.execute(_due(now, limit, sending))).all()
    rows = []
    for row in due:
        if sending.has_room_for(row.webhook_id, row.owner_id):
            sending.add(row.webhook_id, row.owner_id)
            rows.append(row)
    if not rows:
        return []
    async with store.database.writing() as db:
        mine = [row.id for row in await _QUEUE.take(db, rows, now + lease_s, [_D.id], tried_at=None)]
        columns = (_D.id, _D.webhook_id, _H.widget_id, _W.owner_id, _H.url, _H.kept, _D.payload, _D.attempts)
        found = await db.execute(select(*columns).select_from(_JOINED).where(_D.id.in_(mine)))
        return [Due(**{**row._mapping, "kept": bytes(row.kept)}) for row in found]


def _due(now: float, limit: int, sending: Sending) -> Select[Any]:
    full = [hook for hook, count in sending.of_webhook.items() if count >= sending.most_each]
    full_accounts = [owner for owner, count in sending.of_account.items() if count >= sending.most_of_account]
    free = (_D.due_at <= now) & permission.is_in_use() & _D.webhook_id.not_in(full) & _W.owner_id.not_in(full_accounts)
    turn = func.row_number().over(partition_by=_D.webhook_id, order_by=_D.due_at).label("turn")
    columns = (_D.id, _D.due_at, _D.webhook_id, _W.owner_id)
    ranked = select(*columns, turn).select_from(_JOINED).where(free).subquery()
    order = (ranked.c.turn, ranked.c.due_at)
    owners_turn = func.row_number().over(partition_by=ranked.c.owner_id, order_by=order).label("owners_turn")
    few = select(ranked, owners_turn).where(ranked.c.turn <= sending.most_each).subquery()
    fair = select(few).where(few.c.owners_turn <= sending.most_of_account)
    return fair.order_by(few.c.owners_turn, few.c.due_at).limit(limit)


async def settle(store: Store, due: Due, tried: Tried, *, forever: bool = False) -> None:
    """Note what came of a try: done, tried again later, or given up (at once with ``forever``)."""
    values: dict[str, Any] = {
        "tried_at": tried.at,
        "took_s": tried.took_s,
        "status": tried.status,
        "answer": clean(tried.answer)[:1000],
        "error": clean(tried.error)[:500],
    }
    wanted = DONE if tried.is_taken else FAILED if forever else WAITING
    async with store.database.writing() as db:
        state = await _QUEUE.settle(db, due, wanted, tried.at, **values)
        hook = update(tables.webhook).where(_H.id == due.webhook_id)
        if state == DONE:
            await db.execute(hook.where(_H.gave_up > 0).values(gave_up=0))
        elif state == FAILED:
            count = await db.scalar(hook.values(gave_up=_H.gave_up + 1).returning(_H.gave_up))
            if forever or (count or 0) >= MAX_GAVE_UP:
                await _turn_off(db, due, tried)


async def _turn_off(db: AsyncConnection, due: Due, tried: Tried) -> None:
    last = tried.error or f"it answered {tried.status}"
    change = update(tables.webhook).where(_H.id == due.webhook_id, _H.disabled_at.is_(None))
    if (await db.execute(change.values(disabled_at=tried.at, why=clean(last)[:500]))).rowcount != 1:
        return
    waiting = (_D.webhook_id == due.webhook_id) & _D.due_at.is_not(None)
    left = update(tables.delivery).where(waiting)
    await db.execute(left.values(state=FAILED, due_at=None, error="The webhook was turned off."))
    widget = (await db.execute(select(_W.owner_id, _W.slug, _W.title).where(_W.id == due.widget_id))).one()
    log.warning("webhook %s of widget %s is turned off: %s", due.webhook_id, due.widget_id, last)
    text = (
        f"The webhook of your widget {widget.title} ({widget.slug}) to {due.url} is turned off: what was sent there "
        f"was not taken ({last}). Once it works, turn it on again on the page of its webhooks, "
        f"/w/{widget.slug}/webhooks\n"
    )
    await outbox.put(db, Kind.WIDGET, f"A webhook of {widget.title} is turned off", text, account_id=widget.owner_id)


async def forget_old(store: Store, before: float, limit: int = 10_000) -> int:
    """Delete up to ``limit`` deliveries that are over and made before this Unix time; return how many."""
    old = select(_D.id).where(_D.created_at < before, _D.due_at.is_(None)).limit(limit)
    async with store.database.writing() as db:
        return (await db.execute(delete(tables.delivery).where(_D.id.in_(old)))).rowcount
