"""Keys by which programs outside connect to a widget (features.md K-01); only hashes of them are kept."""

import time
from collections.abc import Collection

from sqlalchemy import delete, func, insert, select

from widget_model.ids import new_id
from widget_site.errors import ConflictError, FormError, NotFoundError
from widget_site.store import permission, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import UplinkHolder, UplinkKey

#: Of one widget.
MAX_KEYS = 20
SERVER, CLIENT = KINDS = ("server", "client")
_K = tables.uplink_key.c
_W = tables.widget.c
_SHOWN = (_K.id, _K.kind, _K.created_at)
_WHAT = "see and change its uplinks"


async def listed(store: Store, slug: str, viewer: str | None) -> tuple[UplinkKey, ...]:
    """Return the keys of the viewer's widget, newest first."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT)
        query = select(*_SHOWN).where(_K.widget_id == widget.id).order_by(_K.id.desc())
        return tuple(UplinkKey(**row._mapping) for row in await db.execute(query))


async def add(store: Store, slug: str, viewer: str | None, kind: str, key_hash: str) -> UplinkKey:
    """Keep a new key of the viewer's widget; ConflictError when it has MAX_KEYS."""
    if kind not in KINDS:
        raise FormError("kind", f"A key is one of {' and '.join(KINDS)}.")
    key = UplinkKey(new_id(), kind, time.time())
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT, lock=True)
        count = await db.scalar(select(func.count()).where(_K.widget_id == widget.id))
        if (count or 0) >= MAX_KEYS:
            raise ConflictError(f"This widget has {MAX_KEYS} keys for uplinks, which is the most. Revoke one first.")
        row = {"id": key.id, "kind": kind, "created_at": key.created_at, "key_hash": key_hash}
        await db.execute(insert(tables.uplink_key).values(widget_id=widget.id, **row))
    return key


async def revoke(store: Store, slug: str, viewer: str | None, key_id: str) -> None:
    """Delete a key of the viewer's widget; whoever is connected by it is cut off. NotFoundError without such a key."""
    async with store.database.writing() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT, lock=True)
        gone = delete(tables.uplink_key).where(_K.widget_id == widget.id, _K.id == key_id.replace("\0", "")[:26])
        if (await db.execute(gone)).rowcount == 0:
            raise NotFoundError("This widget has no such key.")


async def holder(store: Store, key_hash: str) -> UplinkHolder | None:
    """Return whose key this is; None when it is nobody's, or its widget may not run. Asks for no permission."""
    columns = (_K.id.label("key_id"), _K.kind, _W.id.label("widget_id"), _W.slug)
    query = select(*columns).join(tables.widget, _W.id == _K.widget_id)
    async with store.database.reading() as db:
        row = (await db.execute(query.where(_K.key_hash == key_hash, permission.is_in_use()))).first()
    return None if row is None else UplinkHolder(**row._mapping)


async def still_good(store: Store, key_ids: Collection[str]) -> frozenset[str]:
    """Return those of these keys that are not revoked, and whose widget may run. Asks for no permission."""
    query = select(_K.id).join(tables.widget, _W.id == _K.widget_id)
    async with store.database.reading() as db:
        rows = await db.execute(query.where(_K.id.in_(sorted(key_ids)), permission.is_in_use()))
        return frozenset(row.id for row in rows)
