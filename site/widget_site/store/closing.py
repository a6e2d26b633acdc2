"""The end of an account: shut at once, emptied widget by widget, then gone. What is left half done is done later."""

import time

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.errors import ConflictError
from widget_site.store import deleted, stars, tables
from widget_site.store.store import Store

_A = tables.account.c
_W = tables.widget.c


async def close(store: Store, account_id: str) -> None:
    """Shut an account for good: no sign-in, no token, no link works. ConflictError for the last administrator."""
    async with store.database.writing() as db:
        await require_another_admin(db, account_id)
        now = time.time()
        await db.execute(update(tables.account).where(_A.id == account_id).values(disabled_at=now, deleted_at=now))
        for table in (tables.web_session, tables.api_token, tables.account_link):
            await db.execute(delete(table).where(table.c.account_id == account_id))


async def require_another_admin(db: AsyncConnection, account_id: str) -> None:
    """Raise ConflictError when this account is the only administrator that can sign in; in the caller's transaction."""
    admins = select(_A.id).where(_A.is_admin, _A.disabled_at.is_(None)).order_by(_A.id).with_for_update()
    if list(await db.scalars(admins)) == [account_id]:
        raise ConflictError("This is the last administrator. Make somebody else one first.")


async def remove(store: Store, account_id: str) -> int:
    """Remove what a closed account has, then the account; return how many widgets went. Forks of others stay."""
    removed = 0
    while ids := await _some_widgets(store, account_id):
        for widget_id in ids:
            await deleted.purge(store, widget_id)
            removed += 1
    async with store.database.writing() as db:
        closed = (_A.id == account_id) & _A.deleted_at.is_not(None)
        await stars.take_all_back(db, account_id)
        await db.execute(delete(tables.account).where(closed))
    return removed


async def remove_closed(store: Store) -> int:
    """Remove the accounts that were closed and whose removal did not end; return how many (site worker)."""
    async with store.database.reading() as db:
        ids = list(await db.scalars(select(_A.id).where(_A.deleted_at.is_not(None)).limit(100)))
    for account_id in ids:
        await remove(store, account_id)
    return len(ids)


async def count_widgets(store: Store, account_id: str) -> int:
    """Count an account's widgets, those in its bin, too."""
    async with store.database.reading() as db:
        return await db.scalar(select(func.count()).select_from(tables.widget).where(_W.owner_id == account_id)) or 0


async def _some_widgets(store: Store, account_id: str) -> list[str]:
    async with store.database.reading() as db:
        return list(await db.scalars(select(_W.id).where(_W.owner_id == account_id).limit(100)))
