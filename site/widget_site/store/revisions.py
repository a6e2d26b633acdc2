"""Revisions: immutable, numbered from 1 without gaps; the latest is what the public URL serves (decisions 5)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.changes import Summary, summary
from widget_model.files import FileContent
from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import packages, paging, permission, quotas, rules, tables, trees, widgets
from widget_site.store.store import Store
from widget_site.store.values import Page, Revision, Widget

_R = tables.revision.c
_SAVE = "change its files"
_TRIES = 8


@dataclass(frozen=True)
class Wish:
    """A revision that somebody wants made."""

    files: Mapping[str, FileContent]
    message: str
    #: Who wrote it.
    author_id: str | None
    drop_draft: bool = False
    #: The draft that may be dropped, 0 for none; None for any.
    draft_version: int | None = None
    #: What else is written in the same transaction, whether or not the files differ.
    also: Callable[[AsyncConnection, int], Awaitable[None]] | None = None


async def append(
    store: Store,
    slug: str,
    viewer: str | None,
    changes: Mapping[str, FileContent | None],
    *,
    base_revision: int | None = None,
    message: str = "",
    drop_draft: bool = False,
    draft_version: int | None = None,
) -> Revision:
    """Make a revision of the latest files with ``changes`` (None removes a file); the latest one when nothing differs.

    ConflictError when the latest revision is not ``base_revision``; its details hold ``revision`` and ``files``, so
    that the caller can show both sides; also when ``drop_draft`` would lose another draft than ``draft_version`` (None:
    any may go). Once this returns, every call of the widget anywhere runs the new files.
    """
    message = rules.message(message)

    async def wanted(widget: Widget, held: dict[str, FileContent]) -> Wish:
        _require_base(widget.revision, base_revision, held)
        merged = {**held, **changes}
        files = trees.canonical({path: content for path, content in merged.items() if content is not None})
        return Wish(files, message, viewer, drop_draft, draft_version)

    return await make(store, slug, viewer, wanted)


async def restore(store: Store, slug: str, viewer: str | None, number: int, *, keep_draft: bool = True) -> Revision:
    """Make a revision with the files of an earlier one.

    ``keep_draft``: a draft that differs from the latest revision becomes a revision of its own first; else it is lost.
    """
    old = await get(store, slug, viewer, number)
    await widgets.owned(store, slug, viewer, _SAVE)
    files = await trees.files_of(store, old.code)
    if keep_draft:
        await _keep_draft(store, slug, viewer, number)
    return await _make(store, slug, viewer, Wish(files, f"Restored revision {number}", viewer, drop_draft=True))


async def make(
    store: Store, slug: str, viewer: str | None, wanted: Callable[[Widget, dict[str, FileContent]], Awaitable[Wish]]
) -> Revision:
    """Make the revision that ``wanted`` asks for, given the viewer's widget and its latest files.

    It is asked again when somebody else was quicker: what it says must follow from what it is given alone.
    """
    for _ in range(_TRIES):
        widget = await widgets.owned(store, slug, viewer, _SAVE)
        held = await trees.files_of(store, widget.code)
        made = await _serve(store, widget, viewer, await wanted(widget, held), held)
        if made is not None:
            return made
    raise ConflictError("This widget is being changed by somebody else all the time. Try again.")


async def get(store: Store, slug: str, viewer: str | None, number: int) -> Revision:
    """Return one revision of a widget whose code the viewer may read."""
    async with store.database.reading() as db:
        widget = await widgets.read_visible(db, slug, viewer)
        permission.require_code(widget, viewer)
        return await _read(db, widget, number)


async def listed(
    store: Store, slug: str, viewer: str | None, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Revision]:
    """Return the revisions of a widget whose code the viewer may read, newest first."""
    limit = max(1, min(limit, paging.MAX_LIMIT))
    async with store.database.reading() as db:
        widget = await widgets.read_visible(db, slug, viewer)
        permission.require_code(widget, viewer)
        query = _query().where(_R.widget_id == widget.id).order_by(_R.number.desc()).limit(limit + 1)
        if after:
            query = query.where(paging.below([_R.number], paging.decode_cursor(after, int)))
        rows = (await db.execute(query)).all()
    return paging.page_of(rows, limit, _revision, lambda revision: (revision.number,))


async def _keep_draft(store: Store, slug: str, viewer: str | None, number: int) -> None:
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, _SAVE)
        draft = await db.scalar(select(tables.draft.c.files).where(tables.draft.c.widget_id == widget.id))
    if draft is not None:
        wish = Wish(dict(draft), f"Draft before revision {number} was restored", viewer, drop_draft=True)
        await _make(store, slug, viewer, wish)


async def _make(store: Store, slug: str, viewer: str | None, wish: Wish) -> Revision:
    async def wanted(_widget: Widget, _held: dict[str, FileContent]) -> Wish:
        return wish

    return await make(store, slug, viewer, wanted)


async def _serve(
    store: Store, widget: Widget, viewer: str | None, wish: Wish, held: Mapping[str, FileContent]
) -> Revision | None:
    """Write the revision on top of ``widget`` as it was read; None when that is no longer the latest."""
    tree = await trees.keep_blobs(store, wish.files)
    if tree["code"] == widget.code and not wish.drop_draft and wish.also is None:
        return await get(store, widget.slug, viewer, widget.revision)
    if tree["code"] != widget.code:
        await quotas.require_storage(store, widget.owner_id)
    # In a thread: comparing long files takes a while.
    changes = await asyncio.to_thread(summary, held, wish.files)
    async with store.gate.change(widget.id) as served:
        async with store.database.writing() as db:
            newest = await widgets.read_owned(db, widget.slug, viewer, _SAVE, lock=True)
            if newest.revision != widget.revision:
                return None
            if wish.drop_draft:
                await _drop_draft(db, widget.id, wish.draft_version)
            is_new = tree["code"] != newest.code
            if wish.also is not None:
                await wish.also(db, newest.revision + is_new)
            if not is_new:
                return await _read(db, newest, newest.revision)
            made = await _write(db, newest, wish, await trees.keep(db, tree), changes)
            await packages.want(db, newest.id, newest.owner_id, wish.files)
        served.generation, served.slug, served.revision = newest.generation + 1, newest.slug, made.number
    return made


async def _drop_draft(db: AsyncConnection, widget_id: str, seen: int | None) -> None:
    held = await db.scalar(select(tables.draft.c.version).where(tables.draft.c.widget_id == widget_id)) or 0
    if seen is not None and held != seen:
        raise ConflictError("This widget is being edited in another tab, whose text you have not seen yet.")
    await db.execute(delete(tables.draft).where(tables.draft.c.widget_id == widget_id))


async def _write(db: AsyncConnection, widget: Widget, wish: Wish, code: str, changes: Summary) -> Revision:
    now, number = time.time(), widget.revision + 1
    row = {"widget_id": widget.id, "number": number, "code": code, "author_id": wish.author_id}
    row |= {"message": wish.message, "created_at": now, "changes": changes.as_dict()}
    await db.execute(insert(tables.revision).values(**row))
    latest = {"revision": number, "code": code, "generation": widget.generation + 1, "changed_at": now}
    await db.execute(update(tables.widget).where(tables.widget.c.id == widget.id).values(**latest))
    return await _read(db, widget, number)


async def _read(db: AsyncConnection, widget: Widget, number: int) -> Revision:
    in_range = 0 < number < 2**31
    query = _query().where(_R.widget_id == widget.id, _R.number == number)
    row = (await db.execute(query)).first() if in_range else None
    if row is None:
        raise NotFoundError(f"The widget {widget.slug} has no revision {number}.")
    return _revision(row)


def _query() -> Select[Any]:
    join = tables.revision.outerjoin(tables.account, tables.account.c.id == _R.author_id)
    author = tables.account.c.username.label("author")
    return select(_R.number, _R.code, author, _R.message, _R.created_at, _R.changes).select_from(join)


def _revision(row: Row[Any]) -> Revision:
    changes = None if row.changes is None else Summary.from_dict(row.changes)
    return Revision(**{**row._mapping, "changes": changes})


def _require_base(latest: int, base: int | None, files: Mapping[str, FileContent]) -> None:
    if base is not None and base != latest:
        raise ConflictError(
            f"You started from revision {base}, and the latest is {latest}. Nothing was saved; compare the two.",
            details={"revision": latest, "files": dict(files)},
        )
