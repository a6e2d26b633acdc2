"""Tables as their owner makes, changes and fills them, over the JSON API; who may is asked here.

What is wrong with a name or a value is a BadRequestError that says so; what is not there, a NotFoundError.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Self, TypeVar

from sqlalchemy import Connection

from widget_site.errors import BadRequestError, ConflictError, NotFoundError, OverQuotaError, UnavailableError
from widget_site.store import users_services, widgets
from widget_site.store.data import catalog, mounting, retyping
from widget_site.store.data.csv_import import CellsWrongError
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.retyping import Retyped
from widget_site.store.data.revisions import RowChangedError
from widget_site.store.data.values import (
    ColumnInfo,
    DataBusyError,
    DataConflictError,
    DataError,
    DataQuotaError,
    NoSuchColumnError,
    Schema,
    TableInfo,
)
from widget_site.store.store import Store

T = TypeVar("T")
_WHAT = "see and change its tables"


class Editing:
    """The tables of one widget, for its owner."""

    def __init__(self, store: Store, data: DataStore, widget_id: str) -> None:
        self.store = store
        self.data = data
        self.widget_id = widget_id

    @classmethod
    async def of(cls, store: Store, slug: str, viewer: str | None) -> Self:
        """Return the tables of the viewer's widget; SiteError when it is not theirs."""
        widget = await widgets.owned(store, slug, viewer, _WHAT)
        if store.data is None:
            raise UnavailableError("This site keeps no tables now.")
        return cls(store, store.data, widget.id)

    async def schema(self) -> Schema:
        """Return every table."""
        if not await self.data.homes.having([self.widget_id]):
            return Schema({})
        return await self.read(lambda db: catalog.read(db, self.widget_id))

    async def set_auto_create(self, on: bool) -> None:
        """Say whether code makes columns by using them."""
        await self.write(lambda db: catalog.set_auto_create(db, self.widget_id, on))

    async def add_table(self, name: str, title: str, client: str, server: str) -> TableInfo:
        """Make a table."""
        return await self.write(
            lambda db: catalog.add_table(db, self.widget_id, name, title, client=client, server=server)
        )

    async def change_table(self, name: str, changes: dict[str, str]) -> TableInfo:
        """Change name, title and permissions of a table; the Users service goes on with its table."""

        def work(db: Connection) -> TableInfo:
            return catalog.change_table(db, self.widget_id, self.table(db, name).id, **changes)

        changed = await self.write(work)
        if changed.name != name:
            await users_services.table_renamed(self.store, self.widget_id, name, changed.name)
        return changed

    async def drop_table(self, name: str) -> None:
        """Delete a table with its rows; ConflictError when other widgets use it.

        Of a table that lives in another widget, this one's use of it ends.
        """

        users = await self.read(lambda db: mounting.users_of(db, self.widget_id).get(self.table(db, name).id, []))
        if slugs := await widgets.live_slugs(self.store, users):
            raise ConflictError(f"Table '{name}' is used by {', '.join(slugs.values())}: end that first.")

        def work(db: Connection) -> TableInfo:
            info = self.table(db, name)
            catalog.drop_table(db, self.widget_id, info.id)
            return info

        dropped = await self.write(work)
        if dropped.home_id is not None:
            with told():
                await self.data.homes.write(
                    dropped.home_id, lambda db: mounting.unshare(db, dropped.kept_id, self.widget_id)
                )

    async def add_column(
        self, table: str, name: str, kind: str, target: str | None, hidden: bool, index: Sequence[str] = ()
    ) -> ColumnInfo:
        """Add a column; ``target`` is the name of the table that a link leads to."""

        def work(db: Connection) -> ColumnInfo:
            info = self.table(db, table)
            target_id = None if target is None else self.table(db, target).id
            return catalog.add_column(
                db, self.widget_id, info.id, name, kind, target_id=target_id, client_hidden=hidden, index=index
            )

        return await self.write(work)

    async def change_column(
        self, table: str, name: str, new_name: str | None, hidden: bool | None, index: Sequence[str] | None = None
    ) -> ColumnInfo:
        """Rename a column, hide it from clients, or say which indexes it has."""

        def work(db: Connection) -> ColumnInfo:
            info = self.table(db, table)
            return catalog.change_column(
                db,
                self.widget_id,
                info.id,
                _column(info, name).name,
                new_name=new_name,
                client_hidden=hidden,
                index=index,
            )

        return await self.write(work)

    async def drop_column(self, table: str, name: str) -> None:
        """Delete a column with its values."""

        def work(db: Connection) -> None:
            info = self.table(db, table)
            catalog.drop_column(db, self.widget_id, info.id, _column(info, name).name)

        await self.write(work)

    async def order_columns(self, table: str, names: Sequence[str]) -> TableInfo:
        """Put a table's columns into another order."""
        return await self.write(lambda db: catalog.order_columns(db, self.widget_id, self.table(db, table).id, names))

    async def retype(
        self, table: str, name: str, kind: str, target: str | None, *, is_preview: bool, may_lose: int | None
    ) -> tuple[ColumnInfo, Retyped]:
        """Give a column another type, or see what would become of its values."""

        def work(db: Connection) -> tuple[ColumnInfo, Retyped]:
            info = self.table(db, table)
            column = _column(info, name)
            target_id = None if target is None else self.table(db, target).id
            if is_preview:
                return column, retyping.preview(db, info, name, kind, target_id)
            made = retyping.retype(db, self.widget_id, info.id, name, kind, target_id, may_lose=may_lose)
            return self.table(db, table).column(name), made

        return await (self.read(work) if is_preview else self.write(work))

    def table(self, db: Connection, name: str) -> TableInfo:
        """Return a table by its name; NotFoundError."""
        for info in catalog.read(db, self.widget_id).tables.values():
            if info.name == name:
                return info
        raise NotFoundError(f"This widget has no table {name[:70]!r}.")

    async def require_room(self, more_rows: int, more_bytes: int) -> None:
        """Count what is about to be added; OverQuotaError when the account has no room for it."""
        if self.data.usage is not None:
            with told():
                await self.data.usage.require(self.widget_id, more_rows, more_bytes)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do work that changes nothing."""
        with told():
            return await self.data.homes.read(self.widget_id, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do work that is kept, whole."""
        with told():
            return await self.data.homes.write(self.widget_id, work)


def _column(info: TableInfo, name: str) -> ColumnInfo:
    try:
        return info.column(name)
    except NoSuchColumnError as error:
        raise NotFoundError(f"{error}.") from error


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Raise errors of tables as the API answers them."""
    try:
        yield
    except (DataBusyError, DataConflictError) as error:
        raise UnavailableError(f"{error}.", retry_after_s=2) from error
    except DataQuotaError as error:
        raise OverQuotaError(f"{error}.", details={"quota": "tables"}) from error
    except RowChangedError:
        raise
    except CellsWrongError as error:
        raise BadRequestError(f"{error}.", details={"errors": [asdict(one) for one in error.errors]}) from error
    except DataError as error:
        raise BadRequestError(f"{error}.") from error
