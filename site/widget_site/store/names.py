"""Names of widgets: free, taken, or held for the widget that had them. An old name leads to its widget for good."""

import time

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_site.errors import ConflictError
from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store
from widget_site.store.values import Widget

_W = tables.widget.c
_H = tables.held_slug.c
#: Old names that a widget may have: names are for all.
MAX_OLD = 20


def is_old_name(slug: str) -> ColumnElement[bool]:
    """Return the condition for the widget that had this name; none has it now."""
    return _W.id == select(_H.widget_id).where(_H.slug == slug).scalar_subquery()


async def old_ones(store: Store, widget: Widget) -> list[str]:
    """Return the names that a widget had before, the last one first. Asks for no permission."""
    query = select(_H.slug).where(_H.widget_id == widget.id, _H.slug != widget.slug)
    async with store.database.reading() as db:
        return list(await db.scalars(query.order_by(_H.held_at.desc(), _H.slug)))


async def is_free(db: AsyncConnection, slug: str, widget_id: str | None = None) -> bool:
    """Whether a widget (None: a new one) may have this name."""
    if await db.scalar(select(_W.id).where(_W.slug == slug)) is not None:
        return False
    held = await db.scalar(select(_H.widget_id).where(_H.slug == slug))
    return held is None or held == widget_id


async def change(db: AsyncConnection, widget: Widget, slug: str) -> None:
    """Prepare a widget for another name, in the transaction that gives it; ConflictError when it can't have that."""
    if not await is_free(db, slug, widget.id):
        raise ConflictError(f"The name {slug!r} is taken. Choose another.")
    others = (_H.widget_id == widget.id) & _H.slug.not_in([slug, widget.slug])
    if (await db.scalar(select(func.count()).where(others)) or 0) >= MAX_OLD:
        raise ConflictError(f"This widget had {MAX_OLD} other names already. Choose one of those.")
    await hold(db, widget.slug, widget.id)


async def hold(db: AsyncConnection, slug: str, widget_id: str) -> None:
    """Keep a name for a widget: nobody else ever gets it, also when the widget is gone."""
    held = insert_unless_there(db, tables.held_slug)
    await db.execute(held.values(slug=slug, widget_id=widget_id, held_at=time.time()))
