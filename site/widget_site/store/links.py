"""Links that work once for an account: they prove an address or set a new password. Only hashes are kept."""

import time
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.store import tables
from widget_site.store.store import Store

_L = tables.account_link.c
LASTS_S = 3600.0


class Purpose(StrEnum):
    """What a link is for."""

    #: Proves the address that the account has, or takes the one that it is to have.
    EMAIL = "email"
    #: Sets a new password.
    RESET = "reset"


@dataclass(frozen=True)
class AccountLink:
    """A link that works now."""

    account_id: str
    email: str


async def add(db: AsyncConnection, purpose: Purpose, account_id: str | None, email: str, token_hash: str) -> None:
    """Keep a link for LASTS_S in the caller's transaction; the account's earlier ones of this purpose end."""
    await db.execute(delete(tables.account_link).where(_L.account_id == account_id, _L.purpose == purpose))
    row = {"purpose": purpose, "account_id": account_id, "email": email, "token_hash": token_hash}
    await db.execute(insert(tables.account_link).values(**row, expires_at=time.time() + LASTS_S))


async def find(store: Store, purpose: Purpose, token_hash: str) -> AccountLink | None:
    """Return what a link would do now; None when it is unknown, used or too old."""
    query = select(_L.account_id, _L.email).where(_L.token_hash == token_hash, _L.purpose == purpose)
    working = query.where(_L.expires_at > time.time(), _L.account_id.is_not(None))
    async with store.database.reading() as db:
        row = (await db.execute(working)).first()
    return None if row is None else AccountLink(**row._mapping)


async def use(db: AsyncConnection, purpose: Purpose, token_hash: str) -> AccountLink | None:
    """Use a link up in the caller's transaction: of two at once one gets it. None when it works no more."""
    used = delete(tables.account_link).where(_L.token_hash == token_hash, _L.purpose == purpose)
    used = used.where(_L.expires_at > time.time(), _L.account_id.is_not(None))
    row = (await db.execute(used.returning(_L.account_id, _L.email))).first()
    return None if row is None else AccountLink(**row._mapping)


async def end_all(db: AsyncConnection, account_id: str) -> None:
    """End every link of an account in the caller's transaction."""
    await db.execute(delete(tables.account_link).where(_L.account_id == account_id))


async def forget_old(store: Store) -> int:
    """Delete links that work no more; return how many."""
    async with store.database.writing() as db:
        return (await db.execute(delete(tables.account_link).where(_L.expires_at <= time.time()))).rowcount
