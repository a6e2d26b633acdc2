"""Widgets: made, found, listed, changed and forked; how they end is in ``deleted.py``."""

import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model import slugs
from widget_model.files import Files
from widget_model.ids import new_id
from widget_model.kinds import Kind
from widget_model.schedules import DEFAULT, Schedule
from widget_site.errors import (
    ConflictError,
    ForbiddenError,
    FormError,
    MovedError,
    NotFoundError,
    SignInError,
)
from widget_site.store import (
    names,
    packages,
    paging,
    permission,
    quotas,
    rules,
    schedule_rows,
    tables,
    tagging,
    trees,
    word_search,
)
from widget_site.store.gate import Change
from widget_site.store.store import Store
from widget_site.store.values import Account, Page, Widget

_W = tables.widget.c
_ORIGIN = tables.widget.alias("origin")
_NAME_TRIES = 20


@dataclasses.dataclass(frozen=True)
class WidgetChanges:
    """What ``change`` sets; None leaves a setting as it is."""

    title: str | None = None
    description: str | None = None
    visibility: str | None = None
    slug: str | None = None
    tags: Sequence[str] | None = None
    code_private: bool | None = None
    embeddable: bool | None = None
    keep_server_running: bool | None = None
    client_engine: str | None = None


# --- finding ---


async def by_slug(store: Store, slug: str, viewer: str | None) -> Widget:
    """Return the widget of this name; NotFoundError when there is none that the viewer (an account's id) may see.

    MovedError, which is one, for a name that it had before.
    """
    async with store.database.reading() as db:
        return await read_visible(db, slug, viewer)


async def owned(store: Store, slug: str, viewer: str | None, what: str) -> Widget:
    """Return the widget if the viewer owns it; else NotFoundError, SignInError or ForbiddenError ("… may ``what``")."""
    async with store.database.reading() as db:
        return await read_owned(db, slug, viewer, what)


async def owner_of(store: Store, widget_id: str) -> str:
    """Return the id of the account whose widget this is; NotFoundError when there is none of this id (any more)."""
    async with store.database.reading() as db:
        owner = await db.scalar(select(_W.owner_id).where(_W.id == widget_id))
    if owner is None:
        raise NotFoundError("There is no such widget any more.")
    return str(owner)


async def read_visible(db: AsyncConnection, slug: str, viewer: str | None, lock: bool = False) -> Widget:
    """``by_slug`` on an open connection; ``lock`` keeps the row from being changed until the transaction ends."""
    query = selected(viewer).where(_W.slug == slug, permission.is_visible_to(viewer))
    if lock:
        query = query.with_for_update(of=tables.widget)
    row = (await db.execute(query)).first() if is_plausible_slug(slug) else None
    if row is None:
        raise await _unknown(db, slug, viewer)
    return read_widget(row)


async def _unknown(db: AsyncConnection, slug: str, viewer: str | None) -> NotFoundError:
    """Return the error for a name that no widget has now."""
    if is_plausible_slug(slug):
        held = select(_W.slug).where(names.is_old_name(slug), permission.is_visible_to(viewer))
        if (now_called := await db.scalar(held)) is not None:
            return MovedError(now_called)
    return NotFoundError(f"There is no widget {slug[:70]!r}, or you may not see it.")


async def read_owned(db: AsyncConnection, slug: str, viewer: str | None, what: str, lock: bool = False) -> Widget:
    """``owned`` on an open connection."""
    widget = await read_visible(db, slug, viewer, lock)
    permission.require_owner(widget.owner_id, viewer, what)
    return widget


def is_plausible_slug(slug: str) -> bool:
    """Whether a widget could have this name at all; keeps NULs and megabytes away from the database."""
    try:
        slugs.check_slug(slug)
    except slugs.SlugError:
        return False
    return True


# --- lists ---


async def listed(
    store: Store,
    viewer: str | None,
    *,
    search: str = "",
    kind: str | None = None,
    owner: str | None = None,
    after: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
) -> Page[Widget]:
    """Return widgets, newest first: public ones and the viewer's own. Every word of ``search`` is in their text."""
    query, are_few = await word_search.narrowed(store, selected(viewer), search)
    query = query.where(permission.is_listed_for(viewer, leads=owner is None and not are_few)).order_by(_W.id.desc())
    if kind is not None:
        query = query.where(_W.kind == kind)
    if owner is not None:
        query = query.where(tables.account.c.username_key == owner.lower().replace("\0", ""))
    if after:
        query = query.where(paging.below([_W.id], paging.decode_cursor(after, str)))
    return await read_page(store, query, limit, lambda widget: (widget.id,))


async def recent_of(
    store: Store, owner_id: str, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Widget]:
    """Return all widgets of an account, last changed first; for its owner's eyes."""
    query = (
        selected(owner_id)
        .where(_W.owner_id == owner_id, _W.deleted_at.is_(None))
        .order_by(_W.changed_at.desc(), _W.id.desc())
    )
    if after:
        query = query.where(paging.below([_W.changed_at, _W.id], paging.decode_cursor(after, float, str)))
    return await read_page(store, query, limit, lambda widget: (widget.changed_at, widget.id))


async def forks_of(
    store: Store, widget_id: str, viewer: str | None, *, after: str | None = None, limit: int = paging.DEFAULT_LIMIT
) -> Page[Widget]:
    """Return a widget's forks, newest first: public ones and the viewer's own."""
    query = selected(viewer).where(_W.forked_from_id == widget_id, permission.is_listed_for(viewer, leads=False))
    if after:
        query = query.where(paging.below([_W.id], paging.decode_cursor(after, str)))
    return await read_page(store, query.order_by(_W.id.desc()), limit, lambda widget: (widget.id,))


async def most_forked(store: Store, limit: int = 6) -> tuple[Widget, ...]:
    """Return the public widgets that were forked most, those that ever were."""
    query = selected(None).where(permission.is_listed_for(None), _W.fork_count > 0)
    page = await read_page(
        store, query.order_by(_W.fork_count.desc(), _W.id.desc()), limit, lambda widget: (widget.id,)
    )
    return page.items


# --- changing ---


async def create(
    store: Store,
    owner: Account,
    kind: str,
    title: str,
    files: Files,
    *,
    description: str = "",
    visibility: str = permission.PUBLIC,
    schedule: Schedule | None = None,
    tasks: Mapping[str, Schedule] | None = None,
    tags: Sequence[str] = (),
    keep_server_running: bool = False,
    client_engine: str = "full",
) -> Widget:
    """Make a widget with its first revision and a name of three words; FormError for what can't be.

    A scheduled widget without a schedule gets ``schedules.DEFAULT``. ``tasks``: schedules of its background tasks, by
    name.
    """
    if kind not in set(Kind):
        raise FormError("kind", f"There is no kind {kind[:30]!r}; there are {', '.join(Kind)}.")
    if schedule is not None and kind != Kind.SCHEDULED:
        raise FormError("schedule", f"A widget of kind {kind} has no schedule.")
    for task in tasks or {}:
        rules.task_name(task)
    if len(tasks or {}) > schedule_rows.MOST - 1:
        raise FormError("scheduled_tasks", f"A widget has at most {schedule_rows.MOST} schedules.")
    await quotas.require_storage(store, owner.id)
    row = _new_row(owner, kind, rules.title(title), rules.description(description), rules.visibility(visibility))
    row["tags"] = rules.tags(tags)
    row["keep_server_running"] = rules.keep_server_running(keep_server_running, kind)
    row["client_engine"] = rules.client_engine(client_engine)
    files = trees.canonical(files)
    return await _insert(store, row, files, await trees.keep_blobs(store, files), schedule, tasks)


async def fork(store: Store, slug: str, account: Account) -> Widget:
    """Copy a widget whose code the account may read: no runs, no history, no drafts (W-07, security.md 61).

    Its Data Tables come as they are made, without a row.
    """
    async with store.database.reading() as db:
        origin = await read_visible(db, slug, account.id)
    if origin.hidden is not None:
        raise ForbiddenError("An administrator took this widget down. It can't be forked.")
    permission.require_code(origin, account.id)
    await quotas.require_storage(store, account.id)
    files = await trees.files_of(store, origin.code)
    row = _new_row(account, origin.kind, origin.title, origin.description, _fork_visibility(origin))
    row |= {"forked_from_id": origin.id, "forked_revision": origin.revision, "base_code": origin.code}
    row |= {"code_private": origin.code_private, "keep_server_running": origin.keep_server_running}
    row["client_engine"] = origin.client_engine
    tree = await trees.keep_blobs(store, files)
    if store.data is not None:
        # First: a fork has its tables from its first run on. Of what is not made after all, the site worker cleans up.
        await store.data.copy_schema(origin.id, row["id"])
    return await _insert(store, row, files, tree, None, origin_set_id=origin.package_set_id)


async def live_slugs(store: Store, widget_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of these widgets by id, in order, without those that are in the bin or gone."""
    ids = list(widget_ids)
    if not ids:
        return {}
    wanted = select(_W.id, _W.slug).where(_W.id.in_(ids), _W.deleted_at.is_(None)).order_by(_W.slug)
    async with store.database.reading() as db:
        return {row.id: row.slug for row in await db.execute(wanted)}


async def change(store: Store, slug: str, viewer: str | None, changes: WidgetChanges) -> Widget:
    """Change settings of the viewer's widget; returns it as it is then. ConflictError when the new name is taken."""
    wanted = _checked(changes)
    before = await owned(store, slug, viewer, "change it")
    async with store.gate.change(before.id) as served:
        async with store.database.writing_or_conflict(f"The name {changes.slug!r} is taken. Choose another.") as db:
            widget = await read_owned(db, slug, viewer, "change it", lock=True)
            rules.keep_server_running(bool(changes.keep_server_running), widget.kind)
            rules.engine_of_kind(changes.client_engine, widget.kind)
            new = dataclasses.replace(widget, **wanted)
            if new == widget:
                return widget
            if new.slug != widget.slug:
                await names.change(db, widget, new.slug)
            new = dataclasses.replace(new, generation=widget.generation + 1, changed_at=time.time())
            fields = {name: getattr(new, name) for name in (*wanted, "generation", "changed_at")}
            fields["search"] = word_search.text_of(new.slug, new.title, new.description, new.tags)
            await db.execute(update(tables.widget).where(_W.id == widget.id).values(**fields))
            await word_search.keep(db, widget.id, fields["search"])
            if new.tags != widget.tags:
                await tagging.write(db, widget.id, new.tags, forks=widget.fork_count, stars=widget.star_count)
        served.generation, served.slug = new.generation, new.slug
    return new


@contextlib.asynccontextmanager
async def served_anew(
    store: Store, read: Callable[[AsyncConnection, bool], Awaitable[Widget]]
) -> AsyncIterator[tuple[AsyncConnection, Widget]]:
    """Change what calls of a widget find, inside the block; no call after it sees what was before.

    ``read`` returns the widget and raises where it may not be changed; asked twice, the second time to lock it.
    """
    async with store.database.reading() as db:
        before = await read(db, False)
    async with store.gate.change(before.id) as served:
        async with store.database.writing() as db:
            widget = await read(db, True)
            yield db, widget
            generation = widget.generation + 1
            await db.execute(update(tables.widget).where(_W.id == widget.id).values(generation=generation))
        served.generation, served.slug = generation, widget.slug


# --- parts ---


def selected(viewer: str | None) -> Select[Any]:
    """Return the query of all widgets, as this viewer may know where they came from; the caller narrows it."""
    # The origin of a fork is named only to those who may see it.
    join = tables.widget.join(tables.account, tables.account.c.id == _W.owner_id).outerjoin(
        _ORIGIN, (_ORIGIN.c.id == _W.forked_from_id) & permission.is_shown(_ORIGIN.c, viewer)
    )
    columns = [column for column in tables.widget.c if column.name not in ("search", "forked_from_id")]
    return select(*columns, tables.account.c.username.label("owner"), _ORIGIN.c.slug.label("forked_from")).select_from(
        join
    )


def read_widget(row: Row[Any]) -> Widget:
    """Read a row of a ``selected`` query."""
    return Widget(**row._mapping)


async def read_page(store: Store, query: Select[Any], limit: int, key: Any) -> Page[Widget]:
    """Return a page of what a ``selected`` query finds; ``key`` gives the values that it is ordered by."""
    limit = max(1, min(limit, paging.MAX_LIMIT))
    async with store.database.reading() as db:
        rows = (await db.execute(query.limit(limit + 1))).all()
    return paging.page_of(rows, limit, read_widget, key)


def _fork_visibility(origin: Widget) -> str:
    # A copy of what is not public must not become public by itself.
    return permission.PUBLIC if origin.visibility == permission.PUBLIC else permission.PRIVATE


def _new_row(owner: Account, kind: str, title: str, description: str, visibility: str) -> dict[str, Any]:
    now = time.time()
    return {
        "id": new_id(),
        "owner_id": owner.id,
        "kind": kind,
        "title": title,
        "description": description,
        "visibility": visibility,
        "tags": (),
        "revision": 1,
        "generation": 1,
        "forked_from_id": None,
        "fork_count": 0,
        "created_at": now,
        "changed_at": now,
    }


async def _require_open(db: AsyncConnection, account_id: str) -> None:
    """Raise SignInError when an account was shut while its request was under way: its widgets are hidden by then."""
    account = tables.account.c
    held = select(account.id).where(account.id == account_id, account.disabled_at.is_(None))
    if await db.scalar(held.with_for_update(read=True)) is None:
        raise SignInError


async def _insert(
    store: Store,
    row: dict[str, Any],
    files: Files,
    tree: dict[str, Any],
    schedule: Schedule | None,
    tasks: Mapping[str, Schedule] | None = None,
    origin_set_id: str | None = None,
) -> Widget:
    async with _gate_of_new(store, row) as served:
        made = await _write_new(store, row, files, tree, schedule, tasks, origin_set_id)
        served.generation, served.slug = made.generation, made.slug
    return made


def _gate_of_new(store: Store, row: dict[str, Any]) -> contextlib.AbstractAsyncContextManager[Change]:
    # Nothing of it is served yet; but a GUI may be the library that others wait for.
    return store.gate.change(row["id"]) if row["kind"] == Kind.GUI else contextlib.nullcontext(Change())


async def _write_new(
    store: Store,
    row: dict[str, Any],
    files: Files,
    tree: dict[str, Any],
    schedule: Schedule | None,
    tasks: Mapping[str, Schedule] | None,
    origin_set_id: str | None,
) -> Widget:
    async with store.database.writing_or_conflict("Something changed at the same time. Try again.") as db:
        await _require_open(db, row["owner_id"])
        row["code"] = await trees.keep(db, tree)
        row["slug"] = await _free_slug(db)
        row["search"] = word_search.text_of(row["slug"], row["title"], row["description"], row["tags"])
        await db.execute(insert(tables.widget).values(**row))
        await word_search.keep(db, row["id"], row["search"])
        if row["tags"]:
            await tagging.write(db, row["id"], row["tags"], forks=0, stars=0)
        first = {"widget_id": row["id"], "number": 1, "code": row["code"], "author_id": row["owner_id"]}
        await db.execute(insert(tables.revision).values(**first, message="", created_at=row["created_at"]))
        await packages.want(db, row["id"], row["owner_id"], files, origin_set_id=origin_set_id)
        if row["forked_from_id"] is not None:
            await tagging.count(db, row["forked_from_id"], forks=1)
            await _copy_users_service(db, row["forked_from_id"], row["id"])
        await _add_schedules(db, row, schedule, tasks or {})
        return await read_visible(db, row["slug"], row["owner_id"])


async def _copy_users_service(db: AsyncConnection, origin_id: str, widget_id: str) -> None:
    """Give a fork the Users service as its original has it set; its users are its own."""
    service = tables.users_service
    row = (
        await db.execute(select(service.c.is_on, service.c.settings).where(service.c.widget_id == origin_id))
    ).first()
    if row is not None:
        await db.execute(insert(service).values(widget_id=widget_id, is_on=row.is_on, settings=row.settings))


async def _add_schedules(
    db: AsyncConnection, row: dict[str, Any], schedule: Schedule | None, tasks: Mapping[str, Schedule]
) -> None:
    if row["forked_from_id"] is not None:
        await schedule_rows.copy(db, row["forked_from_id"], row["id"], row["created_at"])
        return
    if row["kind"] == Kind.SCHEDULED:
        await schedule_rows.add(db, row["id"], schedule or DEFAULT, row["created_at"])
    for task, one in tasks.items():
        await schedule_rows.add(db, row["id"], one, row["created_at"], task)


async def _free_slug(db: AsyncConnection) -> str:
    for _ in range(_NAME_TRIES):
        slug = slugs.new_slug()
        if await names.is_free(db, slug):
            return slug
    raise ConflictError("No free name was found for the widget. Try again.")


def _checked(changes: WidgetChanges) -> dict[str, Any]:
    wanted = {name: value for name, value in dataclasses.asdict(changes).items() if value is not None}
    # What is yes or no needs no rule.
    return {name: value if isinstance(value, bool) else getattr(rules, name)(value) for name, value in wanted.items()}
