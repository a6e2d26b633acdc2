"""Accounts as rows. Passwords arrive hashed; who may do this is decided in ``widget_site.accounts``."""

import time
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import outbox, tables
from widget_site.store.store import Store
from widget_site.store.values import Account

_A = tables.account.c
_CHANGED = (
    "The password of your account was changed, and every sign-in from before has ended. Tokens go on working: see them "
    "under Account.\n\nIf it was not you, set a new password with “Forgot your password?” at once.\n"
)
COLUMNS = (_A.id, _A.username, _A.email, _A.is_admin, _A.created_at, _A.email_verified_at, _A.disabled_at)


async def create(
    store: Store,
    username: str,
    email: str,
    password_hash: str,
    *,
    is_admin: bool = False,
    only_first: bool = False,
    is_verified: bool = False,
) -> Account:
    """Make an account.

    ConflictError when the name or the e-mail address is taken, or, ``only_first``, there is an administrator.
    """
    now = time.time()
    new = Account(new_id(), username, email, is_admin, now, email_verified_at=now if is_verified else None)
    keys = {"username_key": username.lower(), "email_key": email.lower(), "password_hash": password_hash}
    fields = {column.name: getattr(new, column.name) for column in COLUMNS}
    async with store.database.writing_or_conflict("That user name or e-mail address is taken.") as db:
        if only_first:
            await _require_no_admin(db)
        await db.execute(insert(tables.account).values(**fields, **keys))
    return new


async def by_username(store: Store, username: str) -> Account:
    """Return the account of this name; NotFoundError when there is none."""
    async with store.database.reading() as db:
        row = (await db.execute(select(*COLUMNS).where(_A.username_key == _key(username)))).first()
    if row is None:
        raise NotFoundError(f"There is nobody called {username[:40]!r}.")
    return account_of(row)


async def with_password(store: Store, username: str) -> tuple[Account, str] | None:
    """Return the account of this name (or e-mail address) and its password's hash; None when there is none."""
    column = _A.email_key if "@" in username else _A.username_key
    async with store.database.reading() as db:
        query = select(*COLUMNS, _A.password_hash).where(column == _key(username))
        row = (await db.execute(query)).first()
    return None if row is None else (account_of(row), row.password_hash)


async def by_id(store: Store, account_id: str) -> Account:
    """Return the account with this id; NotFoundError when there is none."""
    async with store.database.reading() as db:
        row = (await db.execute(select(*COLUMNS).where(_A.id == account_id[:26].replace("\0", "")))).first()
    if row is None:
        raise NotFoundError("There is no such account.")
    return account_of(row)


async def has_password(store: Store, account_id: str) -> bool:
    """Whether an account has a password; one that only signs in with the provider has none."""
    async with store.database.reading() as db:
        kept = await db.scalar(select(_A.password_hash).where(_A.id == account_id))
    return bool(kept)


async def set_password(store: Store, account_id: str, password_hash: str) -> None:
    """Replace a password's hash by a stronger one of the same password."""
    async with store.database.writing() as db:
        await db.execute(update(tables.account).where(_A.id == account_id).values(password_hash=password_hash))


async def change_password(store: Store, account_id: str, password_hash: str) -> None:
    """Replace a password; every sign-in and every link from before ends, and the account is told."""
    async with store.database.writing() as db:
        await write_password(db, account_id, password_hash)


async def write_password(db: AsyncConnection, account_id: str, password_hash: str) -> None:
    """``change_password`` in the caller's transaction."""
    await db.execute(update(tables.account).where(_A.id == account_id).values(password_hash=password_hash))
    await db.execute(delete(tables.web_session).where(tables.web_session.c.account_id == account_id))
    await db.execute(delete(tables.account_link).where(tables.account_link.c.account_id == account_id))
    await outbox.put(db, outbox.Kind.ACCOUNT, "Your password is changed", _CHANGED, account_id=account_id)


async def set_email(db: AsyncConnection, account_id: str, email: str, verified_at: float | None) -> None:
    """Replace an address in the caller's transaction; IntegrityError when another account has it.

    Links that were mailed before work no more: who reads the old address must not set a password with one.
    """
    await db.execute(delete(tables.account_link).where(tables.account_link.c.account_id == account_id))
    values = {"email": email, "email_key": email.lower(), "email_verified_at": verified_at}
    await db.execute(update(tables.account).where(_A.id == account_id).values(**values))


async def count(store: Store) -> int:
    """Count the accounts."""
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(tables.account)) or 0


async def has_admin(store: Store) -> bool:
    """Whether anybody administers the site; others may have come before."""
    async with store.database.reading() as db:
        return await db.scalar(select(_A.id).where(_A.is_admin).limit(1)) is not None


async def _require_no_admin(db: AsyncConnection) -> None:
    if db.dialect.name == "postgresql":
        # SQLite takes one writer anyway; here two first administrators would not see each other.
        await db.execute(text("LOCK TABLE account IN EXCLUSIVE MODE"))
    if await db.scalar(select(_A.id).where(_A.is_admin).limit(1)) is not None:
        raise ConflictError("There is an administrator already. Sign in.")


def account_of(row: Row[*tuple[Any, ...]]) -> Account:
    """Read COLUMNS of a row."""
    return Account(
        row.id, row.username, row.email, row.is_admin, row.created_at, row.email_verified_at, row.disabled_at
    )


def _key(name: str) -> str:
    # Postgres refuses NUL in text; no name has one.
    return name.lower().replace("\0", "")
