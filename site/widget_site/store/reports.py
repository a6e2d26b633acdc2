"""Reports: what people tell the administrators of a widget, and what those decide. Its owner learns of none.

Who lists or decides must be an administrator: nothing here checks that.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.ids import made_at, new_id
from widget_site.errors import ConflictError, ForbiddenError, NotFoundError
from widget_site.store import moderation, outbox, paging, rules, tables, widgets
from widget_site.store.store import Store
from widget_site.store.values import Page, Widget

_R = tables.report.c
_W = tables.widget.c
_REPORTER = tables.account.alias("reporter")
_ADMIN = tables.account.alias("decider")
OPEN: Final = "open"
DISMISSED: Final = "dismissed"
TAKEN_DOWN: Final = "taken_down"
#: Open reports of one widget that are kept: administrators know of it by then.
MOST_OPEN = 50


@dataclass(frozen=True)
class Report:
    """A report as administrators see it."""

    id: str
    slug: str
    title: str
    reason: str
    text: str
    state: str
    created_at: float
    decided_at: float | None
    #: User names; None for nobody known.
    reporter: str | None
    decider: str | None
    #: The widget as it is: its present name (None when it is deleted), and whether it is hidden already.
    present_slug: str | None
    owner: str | None
    hidden: str | None


async def add(store: Store, slug: str, reporter_id: str | None, reason: str, text: str) -> None:
    """Report a widget that the reporter (None: somebody without an account) sees; who did already changes their words.

    NotFoundError, FormError; ForbiddenError for one's own. The first one that waits is told to all administrators.
    """
    said = {"reason": rules.report_reason(reason), "text": rules.report_text(reason, text)}
    async with store.database.writing() as db:
        widget = await widgets.read_visible(db, slug, reporter_id, lock=True)
        if widget.owner_id == reporter_id:
            raise ForbiddenError("This widget is yours. Make it private, or delete it, in its settings.")
        if await _say_anew(db, widget, reporter_id, said):
            return
        if await _count_open(db, widget.id) >= MOST_OPEN:
            return
        if not await _count_open(db):
            await _tell_administrators(db)
        about = {"widget_id": widget.id, "slug": widget.slug, "title": widget.title, "reporter_id": reporter_id}
        await db.execute(insert(tables.report).values(id=new_id(), **about, **said, state=OPEN, created_at=time.time()))


async def listed(
    store: Store, *, is_open: bool = True, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Report]:
    """Return the reports that wait, or those that were decided; newest first."""
    joined = (
        tables.report.outerjoin(tables.widget, _W.id == _R.widget_id)
        .outerjoin(tables.account, tables.account.c.id == _W.owner_id)
        .outerjoin(_REPORTER, _REPORTER.c.id == _R.reporter_id)
        .outerjoin(_ADMIN, _ADMIN.c.id == _R.decided_by)
    )
    own = [_R.id, _R.slug, _R.title, _R.reason, _R.text, _R.state, _R.created_at, _R.decided_at]
    names = [_REPORTER.c.username.label("reporter"), _ADMIN.c.username.label("decider")]
    present = [_W.slug.label("present_slug"), tables.account.c.username.label("owner"), _W.hidden]
    query = select(*own, *names, *present).select_from(joined).order_by(_R.id.desc())
    query = query.where(_R.state == OPEN if is_open else _R.state != OPEN)
    if after:
        query = query.where(paging.below([_R.id], paging.decode_cursor(after, str)))
    async with store.database.reading() as db:
        rows = (await db.execute(query.limit(limit + 1))).all()
    return paging.page_of(rows, limit, lambda row: Report(**row._mapping), lambda one: (one.id,))


async def count_open(store: Store) -> int:
    """Count the reports that wait."""
    async with store.database.reading() as db:
        return await _count_open(db)


async def dismiss(store: Store, report_id: str, admin_id: str) -> None:
    """Decide that nothing is wrong. NotFoundError; ConflictError when it was decided already."""
    await _widget_of(store, report_id)
    async with store.database.writing() as db:
        await _decide(db, _R.id == report_id, DISMISSED, admin_id)


async def take_down(store: Store, report_id: str, admin_id: str, why: str) -> str:
    """Take the widget down, and its owner reads ``why``; every open report of it is decided. Returns its name.

    NotFoundError, also when the widget is deleted; ConflictError when the report was decided already.
    """
    widget_id = await _widget_of(store, report_id)
    async with store.database.reading() as db:
        row = (await db.execute(select(_W.slug, _W.hidden).where(_W.id == widget_id))).first()
    if row is None:
        raise NotFoundError("This widget is deleted. Dismiss the report.")
    if row.hidden != moderation.ADMIN:
        await moderation.take_down(store, row.slug, why)
    async with store.database.writing() as db:
        await _decide(db, _R.widget_id == widget_id, TAKEN_DOWN, admin_id)
    return str(row.slug)


async def forget_decided(store: Store, before: float) -> int:
    """Forget the reports that were decided before this time; return how many. Those that wait are kept."""
    async with store.database.writing() as db:
        return (await db.execute(delete(tables.report).where(_R.state != OPEN, _R.decided_at < before))).rowcount


async def _widget_of(store: Store, report_id: str) -> str | None:
    """Return the id of the widget of an open report, None when it is deleted."""
    query = select(_R.widget_id, _R.state).where(_R.id == report_id)
    async with store.database.reading() as db:
        row = (await db.execute(query)).first() if made_at(report_id) is not None else None
    if row is None:
        raise NotFoundError("There is no such report.")
    if row.state != OPEN:
        raise ConflictError("This report was decided already.")
    return None if row.widget_id is None else str(row.widget_id)


async def _decide(db: AsyncConnection, which: Any, state: str, admin_id: str) -> None:
    fields = {"state": state, "decided_at": time.time(), "decided_by": admin_id}
    await db.execute(update(tables.report).where(which, _R.state == OPEN).values(**fields))


async def _say_anew(db: AsyncConnection, widget: Widget, reporter_id: str | None, said: dict[str, str]) -> bool:
    """Change what this account said of the widget, if that still waits; whether it does."""
    if reporter_id is None:
        return False
    own = (_R.widget_id == widget.id) & (_R.reporter_id == reporter_id) & (_R.state == OPEN)
    return bool((await db.execute(update(tables.report).where(own).values(**said))).rowcount)


async def _count_open(db: AsyncConnection, widget_id: str | None = None) -> int:
    query = select(func.count()).select_from(tables.report).where(_R.state == OPEN)
    if widget_id is not None:
        query = query.where(_R.widget_id == widget_id)
    return await db.scalar(query) or 0


async def _tell_administrators(db: AsyncConnection) -> None:
    account = tables.account.c
    for admin_id in list(await db.scalars(select(account.id).where(account.is_admin, account.disabled_at.is_(None)))):
        text = "Somebody reported a widget. The reports that wait are under Site, Reports.\n"
        await outbox.put(db, outbox.Kind.WIDGET, "A widget was reported", text, account_id=admin_id)
