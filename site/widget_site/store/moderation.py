"""What administrators see of accounts and widgets, and do to them. Who asks must be one: nothing here checks that."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, case, delete, exists, func, or_, select, update

from widget_model.outcomes import Status
from widget_site.errors import NotFoundError
from widget_site.store import accounts, closing, outbox, paging, tables, widgets
from widget_site.store.outbox import Kind
from widget_site.store.store import Store
from widget_site.store.values import Account, Page

_A = tables.account.c
_W = tables.widget.c
ADMIN, ACCOUNT = "admin", "account"


@dataclass(frozen=True)
class AccountLine:
    """An account in the list of all."""

    account: Account
    widgets: int


@dataclass(frozen=True)
class WidgetLine:
    """A widget in the list of all, private ones too; of its code nothing."""

    id: str
    slug: str
    title: str
    kind: str
    visibility: str
    hidden: str | None
    #: Since when it is in its owner's bin.
    deleted_at: float | None
    owner: str
    changed_at: float


# --- accounts ---


async def list_accounts(
    store: Store, search: str = "", *, only: str = "", after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[AccountLine]:
    """Return accounts, newest first, whose name or address holds ``search``; ``only`` "disabled" or "admins"."""
    owned = select(func.count()).select_from(tables.widget).where(_W.owner_id == _A.id).scalar_subquery()
    query = select(*accounts.COLUMNS, owned.label("widgets")).order_by(_A.id.desc()).where(_A.deleted_at.is_(None))
    if word := _word(search):
        query = query.where(or_(_contains(_A.username_key, word), _contains(_A.email_key, word)))
    if only == "disabled":
        query = query.where(_A.disabled_at.is_not(None))
    elif only == "admins":
        query = query.where(_A.is_admin)
    rows = await _rows(store, query, _A.id, after, limit)
    return paging.page_of(
        rows, limit, lambda row: AccountLine(accounts.account_of(row), row.widgets), lambda line: (line.account.id,)
    )


async def disable(store: Store, account_id: str) -> None:
    """Shut an account: its sign-ins end, its tokens and widgets answer no more. ConflictError for the last admin.

    Nothing of it can start from when this returns on; what runs still is ``unfinished_runs``.
    """
    async with store.database.writing() as db:
        await closing.require_another_admin(db, account_id)
        shut = update(tables.account).where(_A.id == account_id, _A.disabled_at.is_(None))
        await db.execute(shut.values(disabled_at=time.time()))
        for table in (tables.web_session, tables.account_link):
            await db.execute(delete(table).where(table.c.account_id == account_id))
    await _settle_hidden(store, account_id)


async def enable(store: Store, account_id: str) -> None:
    """Open an account again, with its widgets but those that were taken down themselves; sign-ins stay ended."""
    async with store.database.writing() as db:
        mine = update(tables.account).where(_A.id == account_id, _A.deleted_at.is_(None))
        await db.execute(mine.values(disabled_at=None))
    await _settle_hidden(store, account_id)


async def unfinished_runs(store: Store, account_id: str) -> list[str]:
    """Return the ids of the runs of an account's widgets that have no outcome yet."""
    query = select(tables.run.c.id).where(tables.run.c.owner_id == account_id, tables.run.c.status != Status.FINISHED)
    async with store.database.reading() as db:
        return list(await db.scalars(query.order_by(tables.run.c.id).limit(1000)))


async def set_admin(store: Store, account_id: str, is_admin: bool) -> None:
    """Make an account an administrator, or none any more; ConflictError for the last one. The account is told."""
    async with store.database.writing() as db:
        if not is_admin:
            await closing.require_another_admin(db, account_id)
        change = update(tables.account).where(_A.id == account_id, _A.is_admin.is_(not is_admin))
        if (await db.execute(change.values(is_admin=is_admin))).rowcount:
            subject = "You are an administrator now" if is_admin else "You are no administrator any more"
            text = "An administrator of this site changed that."
            await outbox.put(db, Kind.ACCOUNT, subject, text, account_id=account_id)


# --- widgets ---


async def list_widgets(
    store: Store, search: str = "", *, only: str = "", after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[WidgetLine]:
    """Return all accounts' widgets, newest first; ``search`` is in their text or is their owner; ``only`` "hidden"."""
    columns = (
        _W.id,
        _W.slug,
        _W.title,
        _W.kind,
        _W.visibility,
        _W.hidden,
        _W.deleted_at,
        _A.username.label("owner"),
        _W.changed_at,
    )
    joined = tables.widget.join(tables.account, _A.id == _W.owner_id)
    query = select(*columns).select_from(joined).order_by(_W.id.desc())
    if word := _word(search):
        query = query.where(or_(_contains(_W.search, word), _A.username_key == word.removeprefix("@")))
    if only == "hidden":
        query = query.where(_W.hidden.is_not(None))
    rows = await _rows(store, query, _W.id, after, limit)
    return paging.page_of(rows, limit, lambda row: WidgetLine(**row._mapping), lambda line: (line.id,))


async def take_down(store: Store, slug: str, why: str) -> None:
    """Hide a widget from everybody but its owner, who is told ``why``; nothing runs it. NotFoundError."""
    row = await _widget(store, slug)
    await _set_hidden(store, row.id, update(tables.widget).values(hidden=ADMIN))
    async with store.database.writing() as db:
        text = (
            f"An administrator took your widget {row.title} ({slug}) down: nobody but you sees it, and nothing runs "
            f"it. Your code is kept.\n\n{why.strip() or 'No reason was given.'}\n"
        )
        await outbox.put(db, Kind.WIDGET, f"{row.title} was taken down", text, account_id=row.owner_id)


async def put_back(store: Store, slug: str) -> None:
    """Undo ``take_down``; the owner is told. NotFoundError."""
    row = await _widget(store, slug)
    mine = exists().where(_A.id == _W.owner_id, _A.disabled_at.is_not(None))
    await _set_hidden(store, row.id, update(tables.widget).values(hidden=case((mine, ACCOUNT), else_=None)))
    async with store.database.writing() as db:
        text = f"Your widget {row.title} ({slug}) is in use again, as it was before it was taken down.\n"
        await outbox.put(db, Kind.WIDGET, f"{row.title} is back", text, account_id=row.owner_id)


async def _widget(store: Store, slug: str) -> Any:
    query = select(_W.id, _W.title, _W.owner_id).where(_W.slug == slug)
    async with store.database.reading() as db:
        row = (await db.execute(query)).first() if widgets.is_plausible_slug(slug) else None
    if row is None:
        raise NotFoundError(f"There is no widget {slug[:70]!r}.")
    return row


async def _settle_hidden(store: Store, account_id: str) -> None:
    """Hide an account's widgets, or show them, as the account is shut or open now, each through its gate.

    Of two administrators who do the opposite at once both end with what the account is then.
    """
    while True:
        async with store.database.reading() as db:
            is_shut = await db.scalar(select(_A.disabled_at).where(_A.id == account_id)) is not None
            state, after = (_W.hidden.is_(None), ACCOUNT) if is_shut else (_W.hidden == ACCOUNT, None)
            ids = list(await db.scalars(select(_W.id).where(_W.owner_id == account_id, state).limit(200)))
        if not ids:
            return
        is_so = exists().where(
            _A.id == account_id, _A.disabled_at.is_not(None) if is_shut else _A.disabled_at.is_(None)
        )
        change = update(tables.widget).where(state, is_so).values(hidden=after)
        for widget_id in ids:
            await _set_hidden(store, widget_id, change)


async def _set_hidden(store: Store, widget_id: str, change: Update) -> None:
    async with store.gate.change(widget_id) as served:
        change = change.where(_W.id == widget_id).values(generation=_W.generation + 1)
        async with store.database.writing() as db:
            # Whoever shuts or opens the account meanwhile waits, and sees to this widget then.
            owner = select(_A.id).join(tables.widget, _W.owner_id == _A.id).where(_W.id == widget_id)
            await db.execute(owner.with_for_update(read=True, of=tables.account))
            row = (await db.execute(change.returning(_W.generation, _W.slug))).first()
        if row is not None:
            served.generation, served.slug = row.generation, row.slug


# --- parts ---


def _word(search: str) -> str:
    return search.strip().lower().replace("\0", "")[:100]


def _contains(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return column.contains(word, autoescape=True)


async def _rows(store: Store, query: Select[Any], key: ColumnElement[Any], after: str | None, limit: int) -> Any:
    if after:
        query = query.where(paging.below([key], paging.decode_cursor(after, str)))
    async with store.database.reading() as db:
        return (await db.execute(query.limit(limit + 1))).all()
