"""What links of accounts do, each in one transaction with the message that tells about it."""

import time

from sqlalchemy import delete, select, update

from widget_site.store import accounts, links, outbox, tables
from widget_site.store.links import AccountLink, Purpose
from widget_site.store.outbox import Kind
from widget_site.store.store import Store

_A = tables.account.c
_TAKEN = "Another account has this e-mail address."

find = links.find


async def keep_link(
    store: Store, purpose: Purpose, account_id: str | None, email: str, token_hash: str, text: str
) -> None:
    """Keep a link and the message that brings it; for nobody (None) the same work with no message left of it."""
    kind, subject = {
        Purpose.EMAIL: (Kind.VERIFY, "Confirm your e-mail address"),
        Purpose.RESET: (Kind.RESET, "Set a new password"),
    }[purpose]
    async with store.database.writing() as db:
        await links.add(db, purpose, account_id, email, token_hash)
        message_id = await outbox.put(db, kind, subject, text, account_id=account_id, address=email)
        nobodys = (tables.message.c.id == message_id) & tables.message.c.account_id.is_(None)
        await db.execute(delete(tables.message).where(nobodys))


async def prove_address(store: Store, token_hash: str) -> AccountLink | None:
    """Use a link up: its account has its address, proven; None when it works no more, ConflictError when it is taken.

    The address from before is told.
    """
    async with store.database.writing_or_conflict(_TAKEN) as db:
        link = await links.use(db, Purpose.EMAIL, token_hash)
        if link is None:
            return None
        before = await db.scalar(select(_A.email).where(_A.id == link.account_id))
        if before != link.email:
            text = f"The e-mail address of your account is {link.email} now, and {before} no more."
            await outbox.put(
                db, Kind.ACCOUNT, "Your e-mail address is changed", text, account_id=link.account_id, address=before
            )
        await accounts.set_email(db, link.account_id, link.email, time.time())
    return link


async def set_email(store: Store, account_id: str, email: str, *, proven: bool) -> None:
    """Replace an address; ConflictError when another account has it."""
    async with store.database.writing_or_conflict(_TAKEN) as db:
        await accounts.set_email(db, account_id, email, time.time() if proven else None)


async def reset(store: Store, token_hash: str, password_hash: str, *, proves_address: bool) -> bool:
    """Use a link up: a new password, and no sign-in and no other link from before; False when it works no more."""
    async with store.database.writing() as db:
        link = await links.use(db, Purpose.RESET, token_hash)
        if link is None:
            return False
        await accounts.write_password(db, link.account_id, password_hash)
        if proves_address:
            # Only if it is still the address that the link was mailed to.
            same = (_A.id == link.account_id) & (_A.email == link.email) & _A.email_verified_at.is_(None)
            await db.execute(update(tables.account).where(same).values(email_verified_at=time.time()))
    return True
