"""Bearer tokens of the API and links that work once; only hashes of the secrets are kept."""

import dataclasses
import time

from sqlalchemy import delete, insert, select, update

from widget_model.ids import new_id
from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import tables
from widget_site.store.accounts import COLUMNS, account_of
from widget_site.store.store import Store
from widget_site.store.values import Account, Token

_T = tables.api_token.c
_A = tables.account.c
_L = tables.one_time_link.c
_COLUMNS = (_T.id, _T.name, _T.scope, _T.created_at, _T.last_used_at, _T.expires_at)
MAX_TOKENS = 200
#: ``last_used_at`` is written at most this often.
_SEEN_EVERY_S = 300.0


@dataclasses.dataclass(frozen=True)
class Bearer:
    """Somebody who came with a token."""

    account: Account
    token: Token


async def create(
    store: Store,
    account_id: str,
    name: str,
    token_hash: str,
    *,
    scope: str = "write",
    expires_at: float | None = None,
) -> Token:
    """Keep a new token; ConflictError when the account has MAX_TOKENS."""
    token = Token(new_id(), name, scope, time.time(), None, expires_at)
    async with store.database.writing() as db:
        held = (await db.execute(select(_T.id).where(_T.account_id == account_id).limit(MAX_TOKENS))).all()
        if len(held) >= MAX_TOKENS:
            raise ConflictError(f"You have {MAX_TOKENS} tokens, which is the most. Revoke one first.")
        row = dataclasses.asdict(token)
        await db.execute(insert(tables.api_token).values(account_id=account_id, token_hash=token_hash, **row))
    return token


async def listed(store: Store, account_id: str) -> tuple[Token, ...]:
    """Return an account's tokens, newest first; also those that have expired."""
    query = select(*_COLUMNS).where(_T.account_id == account_id)
    async with store.database.reading() as db:
        return tuple(Token(**row._mapping) for row in await db.execute(query.order_by(_T.id.desc())))


async def revoke(store: Store, account_id: str, token_id: str) -> None:
    """Delete a token of this account; NotFoundError when it has none with this id."""
    plausible = len(token_id) == 26 and token_id.isalnum() and token_id.isascii()
    change = delete(tables.api_token).where(_T.id == token_id, _T.account_id == account_id)
    async with store.database.writing() as db:
        if not plausible or (await db.execute(change)).rowcount == 0:
            raise NotFoundError("You have no such token.")


async def bearer(store: Store, token_hash: str) -> Bearer | None:
    """Return whose token this is; None when it is nobody's. It may have expired."""
    token = [column.label(f"token_{column.name}") for column in _COLUMNS]
    query = select(*COLUMNS, *token).join(tables.api_token, _T.account_id == tables.account.c.id)
    async with store.database.reading() as db:
        row = (await db.execute(query.where(_T.token_hash == token_hash, _A.disabled_at.is_(None)))).first()
    if row is None:
        return None
    now = time.time()
    found = Bearer(account_of(row), Token(**{column.name: row._mapping[f"token_{column.name}"] for column in _COLUMNS}))
    if found.token.last_used_at is None or now - found.token.last_used_at > _SEEN_EVERY_S:
        async with store.database.writing() as db:
            await db.execute(update(tables.api_token).where(_T.id == found.token.id).values(last_used_at=now))
    return found


async def add_link(store: Store, purpose: str, token_hash: str, expires_at: float) -> None:
    """Keep a link that works once; earlier ones of the same purpose stop working."""
    async with store.database.writing() as db:
        await db.execute(delete(tables.one_time_link).where(_L.purpose == purpose))
        row = {"purpose": purpose, "token_hash": token_hash, "expires_at": expires_at}
        await db.execute(insert(tables.one_time_link).values(**row))


async def is_link(store: Store, purpose: str, token_hash: str) -> bool:
    """Whether this link would work now."""
    known = select(_L.token_hash).where(_L.purpose == purpose, _L.token_hash == token_hash, _L.expires_at > time.time())
    async with store.database.reading() as db:
        return await db.scalar(known) is not None


async def use_link(store: Store, purpose: str, token_hash: str) -> bool:
    """Use a link up; False when it is unknown, used or too old."""
    used = delete(tables.one_time_link).where(_L.purpose == purpose, _L.token_hash == token_hash)
    async with store.database.writing() as db:
        return (await db.execute(used.where(_L.expires_at > time.time()))).rowcount == 1
