"""Stars: who liked which widget. A star is counted with its widget, and tells nobody who gave it."""

import time
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.errors import ForbiddenError
from widget_site.store import paging, permission, tables, tagging, widgets
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_site.store.values import Page, Widget

_S = tables.star.c


async def give(store: Store, slug: str, account_id: str) -> int:
    """Star a widget that the account may see; returns how many stars it has then. Twice is once.

    ForbiddenError for one that was taken down.
    """
    async with store.database.writing() as db:
        widget = await widgets.read_visible(db, slug, account_id, lock=True)
        if widget.hidden is not None:
            raise ForbiddenError("An administrator took this widget down. It can't be starred.")
        given = insert_unless_there(db, tables.star).values(
            account_id=account_id, widget_id=widget.id, created_at=time.time()
        )
        new: int = (await db.execute(given)).rowcount
        if new:
            await tagging.count(db, widget.id, stars=1)
    return widget.star_count + new


async def take_back(store: Store, slug: str, account_id: str) -> int:
    """Undo ``give``; returns how many stars the widget has then."""
    async with store.database.writing() as db:
        widget = await widgets.read_visible(db, slug, account_id, lock=True)
        gone: int = (await db.execute(delete(tables.star).where(_is(account_id, widget.id)))).rowcount
        if gone:
            await tagging.count(db, widget.id, stars=-1)
    return widget.star_count - gone


async def is_given(store: Store, widget_id: str, account_id: str | None) -> bool:
    """Whether this account starred the widget."""
    if account_id is None:
        return False
    async with store.database.reading() as db:
        return await db.scalar(select(_S.widget_id).where(_is(account_id, widget_id))) is not None


async def given_by(
    store: Store, account_id: str, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Widget]:
    """Return the widgets that an account starred and may still see, the last starred first; for its own eyes."""
    limit = max(1, min(limit, paging.MAX_LIMIT))
    query = widgets.selected(account_id).add_columns(_S.created_at.label("starred_at"))
    query = query.join(tables.star, _S.widget_id == tables.widget.c.id)
    query = query.where(_S.account_id == account_id, permission.is_visible_to(account_id))
    query = query.order_by(_S.created_at.desc(), _S.widget_id.desc()).limit(limit + 1)
    if after:
        query = query.where(paging.below([_S.created_at, _S.widget_id], paging.decode_cursor(after, float, str)))
    async with store.database.reading() as db:
        rows = (await db.execute(query)).all()
    items = tuple(_starred(row) for row in rows[:limit])
    is_more = len(rows) > limit
    return Page(items, paging.encode_cursor(rows[limit - 1].starred_at, items[-1].id) if is_more else None)


async def take_all_back(db: AsyncConnection, account_id: str) -> None:
    """Uncount every star of an account that ends."""
    starred = select(_S.widget_id).where(_S.account_id == account_id)
    widget_id = tables.widget.c.id
    # In one order: two accounts that end at once wait for each other, and not each for the other.
    await db.execute(select(widget_id).where(widget_id.in_(starred)).order_by(widget_id).with_for_update())
    await tagging.count(db, starred, stars=-1)
    await db.execute(delete(tables.star).where(_S.account_id == account_id))


def _is(account_id: str, widget_id: str) -> Any:
    return (_S.account_id == account_id) & (_S.widget_id == widget_id)


def _starred(row: Any) -> Widget:
    return Widget(**{name: value for name, value in row._mapping.items() if name != "starred_at"})
