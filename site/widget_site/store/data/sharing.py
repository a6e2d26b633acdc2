"""Tables that widgets of one owner share, as the owner says over the JSON API (T-16); who may is asked here."""

from dataclasses import dataclass

from sqlalchemy import Connection

from widget_site.errors import BadRequestError, ConflictError, NotFoundError
from widget_site.store import widgets
from widget_site.store.data import catalog, mounting
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.editing import Editing
from widget_site.store.data.values import Schema, TableInfo
from widget_site.store.store import Store


@dataclass(frozen=True)
class Share:
    """A widget that uses a table of another one."""

    #: Its slug.
    widget: str
    #: The table as it is there, with its name and permissions.
    table: TableInfo


class Sharing(Editing):
    """The tables of one widget that others of its owner use."""

    async def users(self, table: str) -> list[Share]:
        """Return the widgets that use a table of this one."""
        info = await self.read(lambda db: self._own(db, table))
        ids = (await self.read(lambda db: mounting.users_of(db, self.widget_id))).get(info.id, [])
        made = []
        for widget_id, slug in (await widgets.live_slugs(self.store, ids)).items():
            found = _mounted(await _schema(self.data, widget_id), self.widget_id, info.id)
            if found is not None:
                made.append(Share(slug, found))
        return made

    async def share(self, table: str, other: "Sharing", name: str, client: str, server: str) -> TableInfo:
        """Give another widget of the same owner the use of a table; return it as it is there."""
        if other.widget_id == self.widget_id:
            raise BadRequestError("A widget has its own tables already.")

        def allow(db: Connection) -> TableInfo:
            info = self._own(db, table)
            mounting.share(db, info.id, other.widget_id)
            return info

        info = await self.write(allow)

        def mount(db: Connection) -> TableInfo:
            made = catalog.mount_table(
                db, other.widget_id, self.widget_id, info, name or info.name, client=client, server=server
            )
            return catalog.read(db, other.widget_id).table(made)

        try:
            return await other.write(mount)
        except BaseException:
            if _mounted(await _schema(self.data, other.widget_id), self.widget_id, info.id) is None:
                await self.write(lambda db: mounting.unshare(db, info.id, other.widget_id))
            raise

    async def unshare(self, table: str, other: "Sharing") -> None:
        """End the use of a table by another widget; its columns that link to it go, too. NotFoundError."""
        info = await self.read(lambda db: self._own(db, table))
        found = _mounted(await _schema(self.data, other.widget_id), self.widget_id, info.id)
        if found is not None:
            await other.drop_table(found.name)
        elif not await self.write(lambda db: mounting.unshare(db, info.id, other.widget_id)):
            raise NotFoundError("That widget does not use this table.")

    def _own(self, db: Connection, table: str) -> TableInfo:
        info = self.table(db, table)
        if info.home_id is not None:
            raise BadRequestError(f"Table '{info.name}' lives in another widget: share it there.")
        return info


async def require_unused(store: Store, widget_id: str) -> None:
    """Raise ConflictError when other widgets use tables that live in this one: they would lose them with it."""
    if store.data is None or not await store.data.homes.having([widget_id]):
        return
    users = await store.data.homes.read(widget_id, lambda db: mounting.users_of(db, widget_id))
    if users:
        slugs = await widgets.live_slugs(store, {one for ids in users.values() for one in ids})
        if slugs:
            names = ", ".join(slugs.values())
            raise ConflictError(
                f"Tables of this widget are used by {names}. End that first: delete them there, which deletes no rows."
            )


async def _schema(data: DataStore, widget_id: str) -> Schema:
    if not await data.homes.having([widget_id]):
        return Schema({})
    return await data.homes.read(widget_id, lambda db: catalog.read(db, widget_id))


def _mounted(schema: Schema, home_id: str, source_id: int) -> TableInfo | None:
    at = (home_id, source_id)
    return next((one for one in schema.tables.values() if (one.home_id, one.source_id) == at), None)
