"""Tables on Postgres: in the site's database, with a pool of connections of their own (see ``homes.Homes``)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from widget_site.store.data import catalog, catalog_tables
from widget_site.store.data.values import DataBusyError, DataConflictError

T = TypeVar("T")

#: Transactions that stay open at once in this process; calls of their own have the rest of the pool.
_OPEN = 24
_POOL, _MORE = 8, 32
_SETTINGS = {"lock_timeout": "20000", "idle_in_transaction_session_timeout": "60000"}
#: serialization_failure, deadlock_detected, lock_not_available; and tables that were changed under a transaction.
_CONFLICTS = frozenset({"40001", "40P01"})
_BUSY = frozenset({"55P03", "57014"})
_PREPARING = 0x7769646774


class PostgresHomes:
    """The tables of all widgets in one database."""

    def __init__(self, url: str) -> None:
        settings = {"server_settings": _SETTINGS}
        self._engine = create_async_engine(
            url, pool_size=_POOL, max_overflow=_MORE, pool_timeout=5, pool_pre_ping=True, connect_args=settings
        )
        self._places = asyncio.Semaphore(_OPEN)
        self._preparing = asyncio.Lock()
        self._is_prepared = False

    async def read(self, widget_id: str, work: Callable[[Connection], T]) -> T:
        """Do work that changes nothing, on one moment of the tables."""
        await self._prepare()
        with _conflicts():
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="REPEATABLE READ")
                return await connection.run_sync(work)

    async def write(self, widget_id: str, work: Callable[[Connection], T]) -> T:
        """Do work that is kept when this returns."""
        await self._prepare()
        try:
            with _conflicts():
                async with self._engine.begin() as connection:
                    return await connection.run_sync(work)
        except DataConflictError as error:
            raise DataBusyError("Others write to these tables at the same time. Try again.") from error

    async def begin(self, widget_id: str, *, relaxed: bool = False) -> "PostgresTransaction":
        """Open a transaction."""
        await self._prepare()
        try:
            async with asyncio.timeout(5):
                await self._places.acquire()
        except TimeoutError as error:
            raise DataConflictError("Too many transactions are open at once") from error
        try:
            with _conflicts():
                connection = self._engine.connect()
                await connection.start()
                level = "REPEATABLE READ" if relaxed else "SERIALIZABLE"
                await connection.execution_options(isolation_level=level)
        except BaseException:
            self._places.release()
            raise
        return PostgresTransaction(connection, self._places)

    async def remove(self, widget_id: str) -> None:
        """Drop a widget's tables."""
        await self.write(widget_id, lambda db: catalog.drop_all(db, widget_id))

    async def widgets(self) -> list[str]:
        """Return the ids of widgets that have tables or a setting."""

        def found(db: Connection) -> list[str]:
            mine = select(catalog_tables.tables.c.widget_id).union(select(catalog_tables.home.c.widget_id)).subquery()
            return list(db.scalars(select(mine.c.widget_id).distinct().order_by(mine.c.widget_id)))

        return await self.read("", found)

    async def having(self, widget_ids: Sequence[str]) -> list[str]:
        """Return those of these widgets that have tables."""
        mine = (
            select(catalog_tables.tables.c.widget_id)
            .where(catalog_tables.tables.c.widget_id.in_(widget_ids))
            .distinct()
        )
        return await self.read("", lambda db: list(db.scalars(mine)))

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def _prepare(self) -> None:
        if self._is_prepared:
            return
        async with self._preparing:
            if self._is_prepared:
                return
            with _conflicts():
                async with self._engine.begin() as connection:
                    # Two processes may be first at once.
                    await connection.execute(text(f"SELECT pg_advisory_xact_lock({_PREPARING})"))
                    await connection.run_sync(catalog_tables.metadata.create_all)
            self._is_prepared = True


class PostgresTransaction:
    """An open transaction (``homes.OpenTransaction``)."""

    def __init__(self, connection: AsyncConnection, places: asyncio.Semaphore) -> None:
        self._connection = connection
        self._places = places

    async def run(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        """Do work in it."""
        with _conflicts():
            async with self._connection.begin_nested():
                return await self._connection.run_sync(work)

    async def commit(self) -> None:
        """Keep what was done."""
        try:
            with _conflicts():
                await self._connection.commit()
        finally:
            await self._close()

    async def rollback(self) -> None:
        """Undo everything."""
        try:
            with contextlib.suppress(DBAPIError, OSError):
                await self._connection.rollback()
        finally:
            await self._close()

    async def _close(self) -> None:
        self._places.release()
        with contextlib.suppress(DBAPIError, OSError):
            await self._connection.close()


@contextlib.contextmanager
def _conflicts() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        raise DataBusyError("Too many calls use tables at once") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        if state in _CONFLICTS:
            raise DataConflictError("Another transaction has changed this data; aborting") from error
        if state in _BUSY:
            raise DataBusyError("Another transaction of this widget keeps these rows and takes too long") from error
        raise
