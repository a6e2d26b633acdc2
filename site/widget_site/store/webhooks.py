"""Webhooks as their widget's owner sets and sees them. Who may is asked here; ``deliveries.py`` is what sends."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, delete, desc, func, insert, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_site.errors import ConflictError, FormError, NotFoundError
from widget_site.store import deliveries, paging, tables, widgets
from widget_site.store.queue import WAITING
from widget_site.store.store import Store
from widget_site.store.values import Delivery, Page, Webhook, Widget

#: Of one widget.
MAX_WEBHOOKS = 5
EVENTS = ("failed", "all")
_H = tables.webhook.c
_D = tables.delivery.c
_WHAT = "see and change its webhooks"
_SHOWN = tuple(column for column in _H if column.name not in ("kept", "widget_id"))

#: Widget id, name and value to what is kept.
Encrypt = Callable[[str, str, str], bytes]


async def listed(store: Store, slug: str, viewer: str | None) -> tuple[Webhook, ...]:
    """Return the webhooks of the viewer's widget, oldest first."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT)
        rows = await db.execute(select(*_SHOWN).where(_H.widget_id == widget.id).order_by(_H.id))
        return tuple(_webhook(row) for row in rows)


async def add(
    store: Store, slug: str, viewer: str | None, url: str, events: str, secret: str, encrypt: Encrypt
) -> Webhook:
    """Add a webhook to the viewer's widget; ``url`` was checked (``webhooks.address``). ConflictError for too many."""
    if events not in EVENTS:
        raise FormError("events", f"The events are one of {', '.join(EVENTS)}.")
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT, lock=True)
        count = await db.scalar(select(func.count()).where(_H.widget_id == widget.id))
        if (count or 0) >= MAX_WEBHOOKS:
            raise ConflictError(f"This widget has {MAX_WEBHOOKS} webhooks, which is the most. Delete one first.")
        made = Webhook(new_id(), url, events, time.time(), 0, 0, None, "")
        row = {**dataclasses.asdict(made), "widget_id": widget.id, "kept": encrypt(widget.id, name_of(made.id), secret)}
        await db.execute(insert(tables.webhook).values(**row))
    return made


async def remove(store: Store, slug: str, viewer: str | None, webhook_id: str) -> None:
    """Delete a webhook of the viewer's widget, and what waits for it."""
    async with store.database.writing() as db:
        _, webhook = await _read(db, slug, viewer, webhook_id)
        await db.execute(delete(tables.webhook).where(_H.id == webhook.id))


async def turn_on(store: Store, slug: str, viewer: str | None, webhook_id: str) -> Webhook:
    """Let a webhook that was turned off go on with what happens from now."""
    async with store.database.writing() as db:
        _, webhook = await _read(db, slug, viewer, webhook_id)
        change = update(tables.webhook).where(_H.id == webhook.id)
        await db.execute(change.values(disabled_at=None, why="", gave_up=0, dropped=0))
    return dataclasses.replace(webhook, disabled_at=None, why="", gave_up=0, dropped=0)


async def test(store: Store, slug: str, viewer: str | None, webhook_id: str) -> Delivery:
    """Send a delivery that says nothing but that it is a test; ConflictError while it is off, or full."""
    async with store.database.writing() as db:
        widget, webhook = await _read(db, slug, viewer, webhook_id)
        _require_on(widget, webhook)
        if await deliveries.is_full(db, webhook.id):
            raise ConflictError("Too many deliveries wait for this webhook already.")
        payload = deliveries.payload("test", time.time(), {"widget": {"slug": widget.slug, "title": widget.title}})
        made = await deliveries.add(db, webhook.id, payload)
        return _delivery((await db.execute(select(tables.delivery).where(_D.id == made))).one())


async def sent(
    store: Store,
    slug: str,
    viewer: str | None,
    webhook_id: str,
    *,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Page[Delivery]:
    """Return what was and will be sent to a webhook of the viewer's widget, newest first."""
    limit = max(1, min(limit, paging.MAX_LIMIT))
    async with store.database.reading() as db:
        _, webhook = await _read(db, slug, viewer, webhook_id)
        query = select(tables.delivery).where(_D.webhook_id == webhook.id).order_by(_D.id.desc()).limit(limit + 1)
        if after:
            query = query.where(paging.below([_D.id], paging.decode_cursor(after, str)))
        rows = (await db.execute(query)).all()
    return paging.page_of(rows, limit, _delivery, lambda one: (one.id,))


async def with_newest(store: Store, slug: str, viewer: str | None, limit: int) -> list[tuple[Webhook, list[Delivery]]]:
    """Return the webhooks of the viewer's widget, oldest first, each with its newest ``limit`` deliveries."""
    held = await listed(store, slug, viewer)
    newest = [
        select(tables.delivery).where(_D.webhook_id == one.id).order_by(_D.id.desc()).limit(limit).subquery().select()
        for one in held
    ]
    found: dict[str, list[Delivery]] = {one.id: [] for one in held}
    if newest:
        async with store.database.reading() as db:
            for row in await db.execute(union_all(*newest).order_by(desc("id"))):
                found[row.webhook_id].append(_delivery(row))
    return [(one, found[one.id]) for one in held]


async def redeliver(store: Store, slug: str, viewer: str | None, webhook_id: str, delivery_id: str) -> Delivery:
    """Send a delivery again, with the same id; one that waits is sent now. ConflictError while it is being sent."""
    now = time.time()
    async with store.database.writing() as db:
        widget, webhook = await _read(db, slug, viewer, webhook_id)
        _require_on(widget, webhook)
        mine = (_D.webhook_id == webhook.id) & (_D.id == _plausible(delivery_id))
        found = (await db.execute(select(tables.delivery).where(mine))).first()
        if found is None:
            raise NotFoundError("This webhook has no such delivery (any more).")
        # Only as it was read: a worker may take it at this moment.
        same = (
            mine
            & (_D.attempts == found.attempts)
            & (_D.state == found.state)
            & _D.due_at.is_not_distinct_from(found.due_at)
        )
        if found.state == WAITING and found.tried_at is None and found.attempts:
            raise ConflictError("It is being sent at this moment.")
        change = update(tables.delivery).where(same)
        again = await db.execute(change.values(state=WAITING, attempts=0, due_at=now))
        if again.rowcount != 1:
            raise ConflictError("It is being sent at this moment.")
        return _delivery((await db.execute(select(tables.delivery).where(mine))).one())


def name_of(webhook_id: str) -> str:
    """Return the name under which a webhook's secret is encrypted; no secret of a widget can have it."""
    return f"webhook {webhook_id}"


async def _read(db: AsyncConnection, slug: str, viewer: str | None, webhook_id: str) -> tuple[Widget, Webhook]:
    widget = await widgets.read_owned(db, slug, viewer, _WHAT, lock=True)
    mine = (_H.widget_id == widget.id) & (_H.id == _plausible(webhook_id))
    row = (await db.execute(select(*_SHOWN).where(mine))).first()
    if row is None:
        raise NotFoundError("This widget has no such webhook.")
    return widget, _webhook(row)


def _require_on(widget: Widget, webhook: Webhook) -> None:
    if widget.hidden is not None:
        raise ConflictError("This widget is taken down. Its webhooks send nothing until it is back.")
    if webhook.disabled_at is not None:
        raise ConflictError("This webhook is turned off. Turn it on first.")


def _plausible(text: str) -> str:
    """Return an id as a query takes it: no database gets a NUL or a megabyte."""
    return text.replace("\0", "")[:26]


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(**row._mapping)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**{name: value for name, value in row._mapping.items() if name != "webhook_id"})
