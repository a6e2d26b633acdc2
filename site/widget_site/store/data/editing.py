"""Tables as their owner makes, changes and fills them, over the JSON API; who may is asked here.

What is wrong with a name or a value is a BadRequestError that says so; what is not there, a NotFoundError.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Connection

from widget_site.errors import BadRequestError, NotFoundError, OverQuotaError, UnavailableError
from widget_site.store import widgets
from widget_site.store.data import catalog, rows
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.values import (
    ColumnInfo,
    DataBusyError,
    DataConflictError,
    DataError,
    DataQuotaError,
    NoSuchColumnError,
    Schema,
    Stored,
    TableInfo,
)
from widget_site.store.store import Store

T = TypeVar("T")
_WHAT = "see and change its tables"


class Editing:
    """The tables of one widget, for its owner."""

    def __init__(self, store: Store, data: DataStore, widget_id: str) -> None:
        self._store = store
        self._data = data
        self._widget_id = widget_id

    @classmethod
    async def of(cls, store: Store, slug: str, viewer: str | None) -> "Editing":
        """Return the tables of the viewer's widget; SiteError when it is not theirs."""
        widget = await widgets.owned(store, slug, viewer, _WHAT)
        if store.data is None:
            raise UnavailableError("This site keeps no tables now.")
        return cls(store, store.data, widget.id)

    async def schema(self) -> Schema:
        """Return every table."""
        if not await self._data.homes.having([self._widget_id]):
            return Schema({})
        return await self._read(lambda db: catalog.read(db, self._widget_id))

    async def set_auto_create(self, on: bool) -> None:
        """Say whether code makes columns by using them."""
        await self._write(lambda db: catalog.set_auto_create(db, self._widget_id, on))

    async def add_table(self, name: str, title: str, client: str, server: str) -> TableInfo:
        """Make a table."""
        return await self._write(
            lambda db: catalog.add_table(db, self._widget_id, name, title, client=client, server=server)
        )

    async def change_table(self, name: str, changes: dict[str, str]) -> TableInfo:
        """Change name, title and permissions of a table."""
        return await self._write(
            lambda db: catalog.change_table(db, self._widget_id, self._table(db, name).id, **changes)
        )

    async def drop_table(self, name: str) -> None:
        """Delete a table with its rows."""
        await self._write(lambda db: catalog.drop_table(db, self._widget_id, self._table(db, name).id))

    async def add_column(self, table: str, name: str, kind: str, target: str | None, hidden: bool) -> ColumnInfo:
        """Add a column; ``target`` is the name of the table that a link leads to."""

        def work(db: Connection) -> ColumnInfo:
            info = self._table(db, table)
            target_id = None if target is None else self._table(db, target).id
            return catalog.add_column(
                db, self._widget_id, info.id, name, kind, target_id=target_id, client_hidden=hidden
            )

        return await self._write(work)

    async def change_column(self, table: str, name: str, new_name: str | None, hidden: bool | None) -> ColumnInfo:
        """Rename a column, or hide it from clients."""

        def work(db: Connection) -> ColumnInfo:
            info = self._table(db, table)
            return catalog.change_column(
                db, self._widget_id, info.id, _column(info, name).name, new_name=new_name, client_hidden=hidden
            )

        return await self._write(work)

    async def drop_column(self, table: str, name: str) -> None:
        """Delete a column with its values."""

        def work(db: Connection) -> None:
            info = self._table(db, table)
            catalog.drop_column(db, self._widget_id, info.id, _column(info, name).name)

        await self._write(work)

    async def page(
        self, table: str, order: list[tuple[str, bool]], cursor: list[Any] | None, limit: int
    ) -> tuple[TableInfo, rows.RowPage, int]:
        """Return a page of a table's rows, and how many there are."""

        def work(db: Connection) -> tuple[TableInfo, rows.RowPage, int]:
            info = self._table(db, table)
            return info, rows.page(db, info, [], order, cursor, limit, info.columns), rows.count(db, info)

        return await self._read(work)

    async def add_row(self, table: str, stored: Callable[[TableInfo], Stored]) -> tuple[TableInfo, int, Stored]:
        """Add a row with the values that ``stored`` gives for the table."""
        await self._require(1)

        def work(db: Connection) -> tuple[TableInfo, int, Stored]:
            info = self._table(db, table)
            values = stored(info)
            return info, rows.add(db, info, [values])[0], values

        return await self._write(work)

    async def change_row(
        self, table: str, row_id: int, stored: Callable[[TableInfo], Stored]
    ) -> tuple[TableInfo, int, Stored]:
        """Set cells of a row; NotFoundError when it is gone."""
        await self._require(0)

        def work(db: Connection) -> tuple[TableInfo, int, Stored]:
            info = self._table(db, table)
            if not rows.change(db, info, row_id, stored(info)):
                raise NotFoundError(_no_row(info, row_id))
            return info, row_id, rows.by_ids(db, info, [row_id], info.columns)[row_id]

        return await self._write(work)

    async def remove_row(self, table: str, row_id: int) -> None:
        """Delete a row; NotFoundError when it is gone."""

        def work(db: Connection) -> None:
            info = self._table(db, table)
            if not rows.by_ids(db, info, [row_id], []):
                raise NotFoundError(_no_row(info, row_id))
            rows.remove_ids(db, info, [row_id])

        await self._write(work)

    def _table(self, db: Connection, name: str) -> TableInfo:
        for info in catalog.read(db, self._widget_id).tables.values():
            if info.name == name:
                return info
        raise NotFoundError(f"This widget has no table {name[:70]!r}.")

    async def _require(self, more: int) -> None:
        if self._data.usage is not None:
            with _told():
                await self._data.usage.require(self._widget_id, more, rows.ROW_BYTES)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        with _told():
            return await self._data.homes.read(self._widget_id, work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        with _told():
            return await self._data.homes.write(self._widget_id, work)


def _column(info: TableInfo, name: str) -> ColumnInfo:
    try:
        return info.column(name)
    except NoSuchColumnError as error:
        raise NotFoundError(f"{error}.") from error


def _no_row(info: TableInfo, row_id: int) -> str:
    return f"Table {info.name!r} has no row {row_id}."


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (DataBusyError, DataConflictError) as error:
        raise UnavailableError(f"{error}.", retry_after_s=2) from error
    except DataQuotaError as error:
        raise OverQuotaError(f"{error}.", details={"quota": "tables"}) from error
    except DataError as error:
        raise BadRequestError(f"{error}.") from error
