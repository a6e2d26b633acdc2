"""The bin: deleted widgets, which their owner may restore for a time; then they go for good.

A widget in the bin keeps its name and all that is its own. Nobody sees it, its address answers 404, no schedule runs it
and no webhook is told. It counts to its owner's storage until it is gone.
"""

import time
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.errors import NotFoundError, SignInError
from widget_site.store import deliveries, names, paging, schedule_rows, tables, tagging, widgets
from widget_site.store.data import sharing
from widget_site.store.store import Store
from widget_site.store.values import Page, Widget

_W = tables.widget.c
_PURGED_AT_ONCE = 200


async def discard(store: Store, slug: str, viewer: str | None) -> None:
    """Put the viewer's widget into the bin. Once this returns, nothing anywhere answers for it.

    ConflictError when other widgets use its tables.
    """
    before = await widgets.owned(store, slug, viewer, "delete it")
    await sharing.require_unused(store, before.id)
    async with store.gate.change(before.id) as served:
        async with store.database.writing() as db:
            widget = await widgets.read_owned(db, slug, viewer, "delete it", lock=True)
            now = time.time()
            gone = {"deleted_at": now, "generation": widget.generation + 1}
            await db.execute(update(tables.widget).where(_W.id == widget.id).values(gone))
            await _count_as_fork(db, widget.id, -1)
            await schedule_rows.stop(db, widget.id, now)
            await deliveries.give_up_of(db, widget.id, "The widget was deleted.")
        served.generation, served.slug = widget.generation + 1, widget.slug


async def listed(
    store: Store, owner_id: str, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Widget]:
    """Return what is in an account's bin, last deleted first; for its owner's eyes."""
    query = widgets.selected(owner_id).where(_W.owner_id == owner_id, _W.deleted_at.is_not(None))
    if after:
        query = query.where(paging.below([_W.deleted_at, _W.id], paging.decode_cursor(after, float, str)))
    query = query.order_by(_W.deleted_at.desc(), _W.id.desc())
    return await widgets.read_page(store, query, limit, lambda widget: (widget.deleted_at, widget.id))


async def restore(store: Store, slug: str, viewer: str | None) -> Widget:
    """Take the viewer's widget out of the bin, as it was; its schedule counts from now."""
    before = await _in_bin(store, slug, viewer)
    async with store.gate.change(before.id) as served:
        async with store.database.writing() as db:
            back = update(tables.widget).where(_W.id == before.id, _W.deleted_at.is_not(None))
            back = back.values(deleted_at=None, generation=_W.generation + 1, changed_at=time.time())
            row = (await db.execute(back.returning(_W.generation))).first()
            if row is None:
                raise NotFoundError(_nothing(slug))
            await _count_as_fork(db, before.id, 1)
            await schedule_rows.begin_anew(db, before.id, time.time())
            widget = await widgets.read_owned(db, slug, viewer, "restore it")
        served.generation, served.slug = row.generation, slug
    return widget


async def forget(store: Store, slug: str, viewer: str | None) -> None:
    """Delete what is in the viewer's bin for good."""
    await purge(store, (await _in_bin(store, slug, viewer)).id)


async def purge(store: Store, widget_id: str) -> None:
    """Delete a widget for good, wherever it is; its name is held back (security.md 63). Asks for no permission."""
    async with store.gate.change(widget_id) as served:
        async with store.database.writing() as db:
            columns = (_W.slug, _W.generation, _W.deleted_at)
            row = (await db.execute(select(*columns).where(_W.id == widget_id).with_for_update())).first()
            if row is None:
                return
            await names.hold(db, row.slug, widget_id)
            if row.deleted_at is None:
                await _count_as_fork(db, widget_id, -1)
            await db.execute(delete(tables.widget).where(_W.id == widget_id))
        served.generation, served.slug = row.generation + 1, row.slug
    if store.data is not None:
        # If this does not come to its end, the site worker finds what is nobody's (``data.sweeping``).
        await store.data.remove(widget_id)


async def purge_old(store: Store, before: float) -> int:
    """Delete for good what came into a bin before this Unix time, some at a time; return how many (site worker)."""
    query = select(_W.id).where(_W.deleted_at < before).order_by(_W.deleted_at).limit(_PURGED_AT_ONCE)
    async with store.database.reading() as db:
        ids = list(await db.scalars(query))
    for widget_id in ids:
        await purge(store, widget_id)
    return len(ids)


async def _in_bin(store: Store, slug: str, viewer: str | None) -> Widget:
    if viewer is None:
        raise SignInError("Sign in first: only its owner may restore a widget.")
    query = widgets.selected(viewer).where(_W.slug == slug, _W.owner_id == viewer, _W.deleted_at.is_not(None))
    async with store.database.reading() as db:
        row: Any = (await db.execute(query)).first() if widgets.is_plausible_slug(slug) else None
    if row is None:
        raise NotFoundError(_nothing(slug))
    return widgets.read_widget(row)


async def _count_as_fork(db: AsyncConnection, widget_id: str, step: int) -> None:
    origin = await db.scalar(select(_W.forked_from_id).where(_W.id == widget_id))
    if origin is not None:
        await tagging.count(db, origin, forks=step)


def _nothing(slug: str) -> str:
    return f"There is no deleted widget {slug[:70]!r} of yours."
