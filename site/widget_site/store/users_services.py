"""Which widgets have the Users service, and how it works there. The users themselves are rows of a Data Table."""

import dataclasses
import json

from sqlalchemy import Connection, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model.users_settings import UsersSettings, UsersSettingsError
from widget_site.errors import ConflictError, FormError, NotFoundError, UnavailableError
from widget_site.store import tables, widgets
from widget_site.store.data import users_table
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.users_table import User
from widget_site.store.data.values import DataBusyError, DataError
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store

_U = tables.users_service.c
WHAT = "see and change its users"


async def read(store: Store, widget_id: str) -> UsersSettings | None:
    """Return how the service of a widget works; None when it is off. Asks for no permission."""
    query = select(_U.settings).where(_U.widget_id == widget_id, _U.is_on)
    async with store.database.reading() as db:
        found = await db.scalar(query)
    return None if found is None else UsersSettings.of(json.loads(found))


async def of_widget(store: Store, slug: str, viewer: str | None) -> tuple[bool, UsersSettings]:
    """Return whether the viewer's widget has the service, and its settings, also when it is off."""
    async with store.database.reading() as db:
        widget = await widgets.read_owned(db, slug, viewer, WHAT)
        row = (await db.execute(select(_U.is_on, _U.settings).where(_U.widget_id == widget.id))).first()
    return (False, UsersSettings()) if row is None else (row.is_on, UsersSettings.of(json.loads(row.settings)))


async def choose(store: Store, slug: str, viewer: str | None, *, on: bool, settings: UsersSettings) -> None:
    """Switch the service of the viewer's widget on or off, and set how it works; FormError for what can't be.

    Once it is on, there is the table of users with the columns that it needs; nothing that is in it is touched.
    """
    try:
        settings = settings.checked()
    except UsersSettingsError as error:
        raise FormError(error.name, str(error)) from error
    widget = await widgets.owned(store, slug, viewer, WHAT)
    if on and store.data is not None:
        name = settings.user_table
        try:
            await store.data.homes.write(widget.id, lambda db: users_table.ensure(db, widget.id, name))
        except DataError as error:
            raise FormError("user_table", f"{error}.") from error
    async with store.database.writing() as db:
        await widgets.read_owned(db, slug, viewer, WHAT, lock=True)
        await _put(db, widget.id, on, json.dumps(settings.content))


async def table_renamed(store: Store, widget_id: str, old: str, new: str) -> None:
    """Have the service of a widget go on with its table of users, which has another name now, if it is that one."""
    query = select(_U.is_on, _U.settings).where(_U.widget_id == widget_id)
    async with store.database.writing() as db:
        row = (await db.execute(query)).first()
        settings = None if row is None else UsersSettings.of(json.loads(row.settings))
        if row is not None and settings is not None and settings.user_table == old:
            await _put(db, widget_id, row.is_on, json.dumps(dataclasses.replace(settings, user_table=new).content))


async def users(
    store: Store, slug: str, viewer: str | None, *, after: int = 0, limit: int = 50
) -> tuple[list[User], int]:
    """Return users of the viewer's widget in the order of their rows, and after which row there are more (0: none).

    None of them while the service is off; ConflictError when their table can't be read.
    """
    on, settings = await of_widget(store, slug, viewer)
    widget, data = await widgets.owned(store, slug, viewer, WHAT), _data(store)
    if not on:
        return [], 0

    def work(db: Connection) -> tuple[list[User], bool]:
        return users_table.page(db, users_table.find(db, widget.id, settings.user_table), after, limit)

    try:
        found, more = await data.homes.read(widget.id, work)
    except DataError as error:
        raise ConflictError(f"{error}. Make it again by saving the settings.") from error
    return found, found[-1].row_id if more else 0


async def set_enabled(store: Store, slug: str, viewer: str | None, row_id: int, on: bool) -> User:
    """Let a user of the viewer's widget in, or not any more: then every login of theirs ends. NotFoundError."""
    _, settings = await of_widget(store, slug, viewer)
    widget, data = await widgets.owned(store, slug, viewer, WHAT), _data(store)

    def work(db: Connection) -> User | None:
        info = users_table.find(db, widget.id, settings.user_table)
        users_table.change(db, info, row_id, enabled=on)
        return users_table.by_id(db, info, row_id)

    try:
        changed = await data.homes.write(widget.id, work) if 0 < row_id < 2**63 else None
    except DataBusyError as error:
        raise UnavailableError(f"{error}.", retry_after_s=2) from error
    except DataError as error:
        raise ConflictError(f"{error}.") from error
    if changed is None:
        raise NotFoundError("There is no such user any more.")
    return changed


def _data(store: Store) -> DataStore:
    if store.data is None:
        raise UnavailableError("This site keeps no tables now.")
    return store.data


async def _put(db: AsyncConnection, widget_id: str, on: bool, settings: str) -> None:
    values = {"is_on": on, "settings": settings}
    await db.execute(insert_unless_there(db, tables.users_service).values(widget_id=widget_id, **values))
    await db.execute(update(tables.users_service).where(_U.widget_id == widget_id).values(**values))
