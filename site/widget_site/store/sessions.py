"""Sign-ins of browsers; a session's id is the hash of what its cookie holds."""

import time
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from widget_site.errors import SignInError
from widget_site.store import tables
from widget_site.store.accounts import COLUMNS, account_of
from widget_site.store.store import Store
from widget_site.store.values import Account, WebSession

_S = tables.web_session.c
_OWN = (
    _S.id.label("session_id"),
    _S.created_at.label("since"),
    _S.seen_at,
    _S.expires_at,
    _S.address,
    _S.device,
)
#: ``seen_at`` is written at most this often.
_SEEN_EVERY_S = 600.0
MAX_SESSIONS = 50


async def create(
    store: Store, session_id: str, account: Account, lasts_s: float, *, address: str = "", device: str = ""
) -> WebSession:
    """Keep a new sign-in of an account that is open; of those of an account beyond MAX_SESSIONS the oldest end."""
    now = time.time()
    session = WebSession(session_id, account, now, now, now + lasts_s, address[:64], device[:100])
    row = {"id": session_id, "created_at": now, "seen_at": now, "expires_at": session.expires_at}
    row |= {"address": session.address, "device": session.device}
    async with store.database.writing() as db:
        is_open = (tables.account.c.id == account.id) & tables.account.c.disabled_at.is_(None)
        if await db.scalar(select(tables.account.c.id).where(is_open).with_for_update(read=True)) is None:
            raise SignInError("This account was disabled at this moment.")
        newest = select(_S.created_at).where(_S.account_id == account.id).order_by(_S.created_at.desc())
        oldest_kept = await db.scalar(newest.offset(MAX_SESSIONS - 1).limit(1))
        if oldest_kept is not None:
            old = (_S.account_id == account.id) & (_S.created_at <= oldest_kept)
            await db.execute(delete(tables.web_session).where(old))
        await db.execute(insert(tables.web_session).values(account_id=account.id, **row))
    return session


async def get(store: Store, session_id: str, idle_s: float) -> WebSession | None:
    """Return a sign-in that still holds: not expired, and seen within ``idle_s``."""
    now = time.time()
    query = select(*COLUMNS, *_OWN).join(tables.web_session, _S.account_id == tables.account.c.id)
    is_open = tables.account.c.disabled_at.is_(None)
    held = (_S.id == session_id, _S.expires_at > now, _S.seen_at > now - idle_s, is_open)
    async with store.database.reading() as db:
        row = (await db.execute(query.where(*held))).first()
    if row is None:
        return None
    if now - row.seen_at > _SEEN_EVERY_S:
        async with store.database.writing() as db:
            await db.execute(update(tables.web_session).where(_S.id == session_id).values(seen_at=now))
    return _session(row)


async def of_account(store: Store, account_id: str, idle_s: float) -> tuple[WebSession, ...]:
    """Return an account's sign-ins that hold, the last used first; at most MAX_SESSIONS."""
    now = time.time()
    query = select(*COLUMNS, *_OWN).join(tables.web_session, _S.account_id == tables.account.c.id)
    held = (_S.account_id == account_id, _S.expires_at > now, _S.seen_at > now - idle_s)
    async with store.database.reading() as db:
        rows = await db.execute(query.where(*held).order_by(_S.seen_at.desc(), _S.id).limit(MAX_SESSIONS))
        return tuple(_session(row) for row in rows)


def _session(row: Row[*tuple[Any, ...]]) -> WebSession:
    times = (row.since, row.seen_at, row.expires_at)
    return WebSession(row.session_id, account_of(row), *times, row.address, row.device)


async def end(store: Store, session_id: str) -> None:
    """End a sign-in."""
    async with store.database.writing() as db:
        await db.execute(delete(tables.web_session).where(_S.id == session_id))


async def end_one(store: Store, account_id: str, session_id: str) -> bool:
    """End a sign-in of this account; False when it has none with this id."""
    mine = (_S.id == session_id[:64].replace("\0", "")) & (_S.account_id == account_id)
    async with store.database.writing() as db:
        return (await db.execute(delete(tables.web_session).where(mine))).rowcount == 1


async def end_all(store: Store, account_id: str, *, keep: str | None = None) -> int:
    """End an account's sign-ins but the one with the id ``keep``; return how many."""
    ended = delete(tables.web_session).where(_S.account_id == account_id)
    async with store.database.writing() as db:
        return (await db.execute(ended if keep is None else ended.where(_S.id != keep))).rowcount


async def forget_old(store: Store, idle_s: float) -> int:
    """Delete sign-ins that hold no more; return how many."""
    now = time.time()
    async with store.database.writing() as db:
        old = delete(tables.web_session).where(or_(_S.expires_at <= now, _S.seen_at <= now - idle_s))
        return (await db.execute(old)).rowcount
