"""Who may call an API and how often (X-24). Each change raises the widget's generation: the next call sees it."""

import time
from contextlib import AbstractAsyncContextManager

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_model.kinds import Kind
from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import rules, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import ApiAccess, ApiKey, Widget

MAX_KEYS = 100
_A = tables.api_access.c
_K = tables.api_key.c
_W = tables.widget.c
_WHAT = "change who may call it"


async def of_widget(store: Store, slug: str, viewer: str | None) -> tuple[ApiAccess, tuple[ApiKey, ...]]:
    """Return the rules of the viewer's API, and its keys, newest first."""
    async with store.database.reading() as db:
        widget = await _read(db, slug, viewer)
        query = select(_K.id, _K.name, _K.created_at).where(_K.widget_id == widget.id).order_by(_K.id.desc())
        keys = tuple(ApiKey(**row._mapping) for row in await db.execute(query))
        return await read(db, widget.id), keys


async def read(db: AsyncConnection, widget_id: str) -> ApiAccess:
    """Return the rules that calls of a widget are held to. Asks for no permission."""
    row = (await db.execute(select(_A.keys_needed, _A.per_minute).where(_A.widget_id == widget_id))).first()
    keys = await db.execute(select(_K.key_hash, _K.name).where(_K.widget_id == widget_id))
    names = {key.key_hash: key.name for key in keys}
    return ApiAccess(bool(row.keys_needed), row.per_minute, names) if row else ApiAccess(names=names)


async def change(store: Store, slug: str, viewer: str | None, *, keys_needed: bool, per_minute: int | None) -> None:
    """Set the rules of the viewer's API."""
    per_minute = rules.per_minute(per_minute)
    async with _changing(store, slug, viewer) as (db, widget):
        row = {"keys_needed": keys_needed, "per_minute": per_minute}
        if (await db.execute(update(tables.api_access).where(_A.widget_id == widget.id).values(**row))).rowcount == 0:
            await db.execute(insert(tables.api_access).values(widget_id=widget.id, **row))


async def add_key(store: Store, slug: str, viewer: str | None, name: str, key_hash: str) -> ApiKey:
    """Keep a new key of the viewer's API; ConflictError when it has MAX_KEYS."""
    key = ApiKey(new_id(), rules.token_name(name), time.time())
    async with _changing(store, slug, viewer) as (db, widget):
        count = await db.scalar(select(func.count()).where(_K.widget_id == widget.id))
        if (count or 0) >= MAX_KEYS:
            raise ConflictError(f"This API has {MAX_KEYS} keys, which is the most. Revoke one first.")
        row = {"id": key.id, "name": key.name, "created_at": key.created_at}
        await db.execute(insert(tables.api_key).values(widget_id=widget.id, key_hash=key_hash, **row))
    return key


async def revoke_key(store: Store, slug: str, viewer: str | None, key_id: str) -> None:
    """Delete a key of the viewer's API; NotFoundError when it has none with this id."""
    async with _changing(store, slug, viewer) as (db, widget):
        gone = delete(tables.api_key).where(_K.widget_id == widget.id, _K.id == key_id.replace("\0", "")[:26])
        if (await db.execute(gone)).rowcount == 0:
            raise NotFoundError("This API has no such key.")


def _changing(
    store: Store, slug: str, viewer: str | None
) -> AbstractAsyncContextManager[tuple[AsyncConnection, Widget]]:
    """Change what the viewer's API is held to, and let no later call see what was before."""
    return widgets.served_anew(store, lambda db, lock: _read(db, slug, viewer, lock=lock))


async def _read(db: AsyncConnection, slug: str, viewer: str | None, lock: bool = False) -> Widget:
    widget = await widgets.read_owned(db, slug, viewer, _WHAT, lock=lock)
    if widget.kind != Kind.API:
        raise NotFoundError(f"A widget of kind {widget.kind} takes no requests.")
    return widget
