"""Accounts of people who sign in with a provider."""

import re
import secrets
import time

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import new_id
from widget_site.errors import ForbiddenError
from widget_site.store import tables
from widget_site.store.accounts import COLUMNS, account_of
from widget_site.store.store import Store
from widget_site.store.values import Account

_A = tables.account.c
_I = tables.oidc_identity.c
_TRIES = 20
_BUSY = "Somebody signed in with this at the same moment. Try again."


async def account_for(
    store: Store, issuer: str, subject: str, email: str, wanted_name: str, reserved: frozenset[str]
) -> Account:
    """Return the account of this identity; the first time one with the same proven address, or a new one.

    ``email`` was proven to the provider. An account that has this address without having proven it may be a
    stranger's who only typed it: it is never joined, and ForbiddenError says what to do.
    """
    async with store.database.writing_or_conflict(_BUSY) as db:
        known = select(*COLUMNS).join(tables.oidc_identity, _I.account_id == _A.id)
        row = (await db.execute(known.where(_I.issuer == issuer, _I.subject == subject))).first()
        if row is not None:
            return account_of(row)
        row = (await db.execute(select(*COLUMNS).where(_A.email_key == email.lower()))).first()
        if row is None:
            account = await _make(db, email, wanted_name, reserved)
        else:
            account = account_of(row)
            if account.email_verified_at is None:
                raise ForbiddenError(
                    "There is an account with your e-mail address, which was not confirmed here. Sign in with its "
                    "password, or set a new one with “Forgot your password?”, and confirm the address; then this works."
                )
        identity = {"issuer": issuer, "subject": subject, "account_id": account.id, "created_at": time.time()}
        await db.execute(insert(tables.oidc_identity).values(**identity))
    return account


async def _make(db: AsyncConnection, email: str, wanted_name: str, reserved: frozenset[str]) -> Account:
    username = await _free_name(db, wanted_name, reserved)
    now = time.time()
    account = Account(new_id(), username, email, False, now, email_verified_at=now)
    fields = {column.name: getattr(account, column.name) for column in COLUMNS}
    # No hash is "": no password fits.
    keys = {"username_key": username.lower(), "email_key": email.lower(), "password_hash": ""}
    await db.execute(insert(tables.account).values(**fields, **keys))
    return account


async def _free_name(db: AsyncConnection, wanted: str, reserved: frozenset[str]) -> str:
    base = re.sub(r"[^A-Za-z0-9_-]", "", wanted)[:30].strip("_-") or "somebody"
    for attempt in range(_TRIES):
        name = base if attempt == 0 and len(base) >= 2 else f"{base}-{secrets.token_hex(2)}"
        taken = await db.scalar(select(_A.id).where(_A.username_key == name.lower()))
        if taken is None and name.lower() not in reserved:
            return name
    raise ForbiddenError("No free user name was found for you. Try again.")
