"""Widgets' secrets as they are kept: encrypted, written and never shown. Who may is asked here, but for runs."""

import contextlib
import secrets as pysecrets
import time
from collections.abc import AsyncIterator, Callable

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import rules, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import SecretName, Widget

#: Of one widget. A run's output is searched for the values that it has read: their sum is bounded, too.
MAX_SECRETS = 50
MAX_SECRETS_BYTES = 32 * 1024
#: Of a key that is made here, before it is text.
_KEY_BYTES = 32

_S = tables.secret.c
#: What signs to webhooks is encrypted with the same keys.
_H = tables.webhook.c
#: And passwords of mail servers.
_R = tables.mail_route.c
#: And credentials of services.
_C = tables.service_credential.c
_WHAT = "see and change its secrets"

#: Widget id, name and value to what is kept.
Encrypt = Callable[[str, str, str], bytes]


async def listed(store: Store, slug: str, viewer: str | None) -> tuple[SecretName, ...]:
    """Return the names of the secrets of the viewer's widget, in order."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _WHAT)
        query = select(_S.name, _S.changed_at).where(_S.widget_id == widget.id).order_by(_S.name)
        return tuple(SecretName(**row._mapping) for row in await db.execute(query))


async def put(
    store: Store, slug: str, viewer: str | None, name: str, value: str, encrypt: Encrypt, *, only_new: bool = False
) -> None:
    """Set a secret of the viewer's widget; whoever asks from now on gets it.

    ConflictError for too many, and with ``only_new`` when there is one of this name.
    """
    name, value = rules.secret_name(name), rules.secret_value(value)
    async with _changing(store, slug, viewer) as (db, widget):
        mine = (_S.widget_id == widget.id, _S.name == name)
        others = select(func.count(), func.coalesce(func.sum(_S.size_bytes), 0)).where(
            _S.widget_id == widget.id, _S.name != name
        )
        count, size = (await db.execute(others)).one()
        if count >= MAX_SECRETS:
            raise ConflictError(f"This widget has {MAX_SECRETS} secrets, which is the most. Delete one first.")
        if size + len(value.encode()) > MAX_SECRETS_BYTES:
            raise ConflictError(f"The secrets of a widget have at most {MAX_SECRETS_BYTES} bytes together.")
        if only_new and await db.scalar(select(_S.name).where(*mine)) is not None:
            raise ConflictError(
                f"There is a secret {name!r} already, and what was encrypted with it could not be read any more. "
                "Delete it first, or take another name."
            )
        row = {"kept": encrypt(widget.id, name, value), "size_bytes": len(value.encode()), "changed_at": time.time()}
        if (await db.execute(update(tables.secret).where(*mine).values(**row))).rowcount == 0:
            await db.execute(insert(tables.secret).values(widget_id=widget.id, name=name, **row))


async def make_key(store: Store, slug: str, viewer: str | None, name: str, encrypt: Encrypt) -> None:
    """Make a secret that nobody knows, to encrypt with; ConflictError when there is a secret of this name."""
    await put(store, slug, viewer, name, pysecrets.token_urlsafe(_KEY_BYTES), encrypt, only_new=True)


async def remove(store: Store, slug: str, viewer: str | None, name: str) -> None:
    """Delete a secret of the viewer's widget; NotFoundError when there is none of this name."""
    async with _changing(store, slug, viewer) as (db, widget):
        gone = delete(tables.secret).where(_S.widget_id == widget.id, _S.name == _plausible(name))
        if (await db.execute(gone)).rowcount == 0:
            raise NotFoundError("This widget has no secret of that name.")


async def kept(store: Store, widget_id: str, name: str) -> bytes | None:
    """Return a secret as it is kept, for a run of its widget; None when there is none. Asks for no permission."""
    query = select(_S.kept).where(_S.widget_id == widget_id, _S.name == _plausible(name))
    async with store.database.reading() as db:
        found = await db.scalar(query)
    return None if found is None else bytes(found)


async def all_kept(store: Store) -> AsyncIterator[bytes]:
    """Yield every secret as it is kept. Asks for no permission."""
    async with store.database.reading() as db:
        for query in (select(_S.kept), select(_H.kept), select(_R.kept).where(_R.kept.is_not(None)), select(_C.kept)):
            for row in await db.execute(query):
                yield bytes(row.kept)


async def encrypt_all_anew(store: Store, encrypt_anew: Callable[[bytes], bytes]) -> int:
    """Replace what is kept of every secret, in one transaction; return how many there are. Asks for no permission."""
    async with store.database.writing() as db:
        rows = (await db.execute(select(_S.widget_id, _S.name, _S.kept).with_for_update())).all()
        for row in rows:
            mine = (_S.widget_id == row.widget_id, _S.name == row.name)
            await db.execute(update(tables.secret).where(*mine).values(kept=encrypt_anew(bytes(row.kept))))
        hooks = (await db.execute(select(_H.id, _H.kept).with_for_update())).all()
        for hook in hooks:
            await db.execute(update(tables.webhook).where(_H.id == hook.id).values(kept=encrypt_anew(bytes(hook.kept))))
        routes = select(_R.widget_id, _R.kept).where(_R.kept.is_not(None)).with_for_update()
        servers = (await db.execute(routes)).all()
        for one in servers:
            changed = update(tables.mail_route).where(_R.widget_id == one.widget_id)
            await db.execute(changed.values(kept=encrypt_anew(bytes(one.kept))))
        services = (await db.execute(select(_C.widget_id, _C.service, _C.kept).with_for_update())).all()
        for of in services:
            this = (_C.widget_id == of.widget_id, _C.service == of.service)
            anew = encrypt_anew(bytes(of.kept))
            await db.execute(update(tables.service_credential).where(*this).values(kept=anew))
    return len(rows) + len(hooks) + len(servers) + len(services)


@contextlib.asynccontextmanager
async def _changing(store: Store, slug: str, viewer: str | None) -> AsyncIterator[tuple[AsyncConnection, Widget]]:
    """Change secrets of the viewer's widget; a kept child may hold the old ones, so the next call gets a new one."""

    async def read(db: AsyncConnection, lock: bool) -> Widget:
        return await widgets.read_owned(db, slug, viewer, _WHAT, lock=lock)

    async with store.database.reading() as db:
        is_kept = (await read(db, False)).keep_server_running
    if is_kept:
        async with widgets.served_anew(store, read) as (db, widget):
            yield db, widget
    else:
        async with store.database.writing() as db:
            yield db, await read(db, True)


def _plausible(name: str) -> str:
    """Return a name as a query takes it: no database gets a NUL or a megabyte."""
    return name.replace("\0", "")[:100]
