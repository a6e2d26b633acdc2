"""Tables on SQLite: a file for each widget, worked on in threads (see ``homes.Homes``)."""

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from widget_site.store.data import catalog_tables, mounting, sqlite_functions
from widget_site.store.data.values import DataBusyError, DataConflictError

T = TypeVar("T")

FILE = "rows.sqlite"
#: 1: tables and columns; 2: with tables that widgets share; 3: with indexes on columns.
VERSION = 3
BUSY = "Another transaction of this widget is writing to its tables and takes too long"
#: Seconds that a call waits for another transaction of its widget.
WAIT_S = 20.0
#: Seconds that a thread waits for another process's write.
_BUSY_S = 5.0
#: Widgets whose connections are kept; pieces of work of one widget at once, and of all.
_KEPT = 64
_AT_ONCE = 4
_THREADS = 16


@dataclass
class _Home:
    engine: Engine
    #: Held by whoever writes, an open transaction from its first write on: SQLite takes one writer.
    writer: asyncio.Lock = field(default_factory=asyncio.Lock)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    #: Calls and transactions that have it now.
    users: int = 0


class SqliteHomes:
    """The tables of all widgets, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._homes: OrderedDict[str, _Home] = OrderedDict()
        self._threads = ThreadPoolExecutor(_THREADS, "tables")

    async def read(self, widget_id: str, work: Callable[[Connection], T]) -> T:
        """Do work that changes nothing."""
        async with self._home(widget_id) as home:
            return await self._in_thread(home, lambda: _read(home.engine, work))

    async def write(self, widget_id: str, work: Callable[[Connection], T]) -> T:
        """Do work that is kept when this returns."""
        async with self._home(widget_id) as home:
            await _acquire(home.writer)
            try:
                return await self._written(home, work)
            finally:
                home.writer.release()

    async def _written(self, home: _Home, work: Callable[[Connection], T]) -> T:
        until = asyncio.get_running_loop().time() + WAIT_S
        while True:
            try:
                return await self._in_thread(home, lambda: _write(home.engine, work))
            except _OtherHomeBusyError as error:
                # Another widget writes to a table that they share; no thread is kept waiting for it.
                if asyncio.get_running_loop().time() > until:
                    raise DataBusyError(BUSY) from error
                await asyncio.sleep(random.uniform(0.05, 0.3))  # noqa: S311  # so that two don't meet again

    async def begin(self, widget_id: str, *, relaxed: bool = False) -> "SqliteTransaction":
        """Open a transaction; relaxed ones are as strict as others here."""
        stack = contextlib.AsyncExitStack()
        home = await stack.enter_async_context(self._home(widget_id))
        try:
            connection = await self._in_thread(home, lambda: _begin(home.engine))
        except BaseException:
            await stack.aclose()
            raise
        return SqliteTransaction(self, home, connection, stack)

    async def remove(self, widget_id: str) -> None:
        """Delete a widget's folder."""
        home = self._homes.pop(widget_id, None)
        if home is not None:
            await asyncio.get_running_loop().run_in_executor(self._threads, home.engine.dispose)
        await asyncio.to_thread(shutil.rmtree, self.folder / widget_id, ignore_errors=True)

    async def widgets(self) -> list[str]:
        """Return the ids of widgets that have a folder."""
        return await asyncio.to_thread(lambda: sorted(path.parent.name for path in self.folder.glob(f"*/{FILE}")))

    async def having(self, widget_ids: Sequence[str]) -> list[str]:
        """Return those of these widgets that have a file."""
        paths = {one: self.folder / one / FILE for one in widget_ids}
        return await asyncio.to_thread(lambda: [one for one, path in paths.items() if path.exists()])

    async def close(self) -> None:
        """Close every connection."""
        for home in self._homes.values():
            await asyncio.get_running_loop().run_in_executor(self._threads, home.engine.dispose)
        self._homes.clear()
        self._threads.shutdown(wait=False)

    @contextlib.asynccontextmanager
    async def _home(self, widget_id: str) -> AsyncIterator[_Home]:
        home = self._homes.get(widget_id)
        if home is None:
            home = self._homes[widget_id] = _Home(_engine(self.folder / widget_id / FILE))
        self._homes.move_to_end(widget_id)
        home.users += 1
        try:
            yield home
        finally:
            home.users -= 1
            await self._close_idle()

    async def _close_idle(self) -> None:
        if len(self._homes) <= _KEPT:
            return
        for widget_id in [key for key, home in self._homes.items() if not home.users][: len(self._homes) - _KEPT]:
            home = self._homes.pop(widget_id)
            await asyncio.get_running_loop().run_in_executor(self._threads, home.engine.dispose)

    async def _in_thread(self, home: _Home, work: Callable[[], T]) -> T:
        async with home.places:
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                # A thread can't be stopped; whoever holds a lock or a connection for it may let go only when it ended.
                await asyncio.wait([running])
                raise


class SqliteTransaction:
    """An open transaction on one widget's file (``homes.OpenTransaction``)."""

    def __init__(
        self, homes: SqliteHomes, home: _Home, connection: Connection, stack: contextlib.AsyncExitStack
    ) -> None:
        self._homes = homes
        self._home = home
        self._connection = connection
        self._stack = stack
        self._writes = False

    async def run(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        """Do work in it; DataConflictError when somebody wrote since it first looked."""
        if writes and not self._writes:
            await _acquire(self._home.writer)
            self._writes = True
        return await self._homes._in_thread(self._home, lambda: _in_savepoint(self._connection, work))

    async def commit(self) -> None:
        """Keep what was done."""
        await self._end(_commit)

    async def rollback(self) -> None:
        """Undo everything."""
        with contextlib.suppress(DBAPIError):
            await self._end(Connection.rollback)

    async def _end(self, how: Callable[[Connection], None]) -> None:
        def end() -> None:
            try:
                how(self._connection)
            finally:
                try:
                    _let_go(self._connection)
                finally:
                    self._connection.close()

        try:
            await self._homes._in_thread(self._home, end)
        finally:
            if self._writes:
                self._writes = False
                self._home.writer.release()
            await self._stack.aclose()


async def _acquire(lock: asyncio.Lock) -> None:
    try:
        async with asyncio.timeout(WAIT_S):
            await lock.acquire()
    except TimeoutError as error:
        raise DataBusyError(BUSY) from error


# --- in a thread ---


class _OtherHomeBusyError(Exception):
    """Another transaction writes to a home that this one shares a table of."""


def _read(engine: Engine, work: Callable[[Connection], T]) -> T:
    with _conflicts(), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        try:
            return work(connection)
        finally:
            _let_go(connection)


def _write(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        with _conflicts(), engine.connect() as connection:
            try:
                with _conflicts():
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    made = work(connection)
                    mounting.confirm(connection)
                    connection.commit()
                    return made
            except DataConflictError as error:
                if mounting.is_attached(connection):
                    raise _OtherHomeBusyError from error
                raise
            finally:
                _let_go(connection)
    except DataConflictError as error:
        raise DataBusyError(BUSY) from error


def _let_go(connection: Connection) -> None:
    """End the transaction where other homes are attached, and detach them."""
    if mounting.is_attached(connection):
        try:
            connection.rollback()
            mounting.detach(connection)
        except DBAPIError:
            connection.invalidate()  # a new one has nothing attached


def _begin(engine: Engine) -> Connection:
    connection = engine.connect()
    try:
        connection.exec_driver_sql("BEGIN")
    except BaseException:
        connection.close()
        raise
    return connection


def _in_savepoint(connection: Connection, work: Callable[[Connection], T]) -> T:
    with _conflicts(), connection.begin_nested():
        return work(connection)


def _commit(connection: Connection) -> None:
    with _conflicts():
        mounting.confirm(connection)
        connection.commit()


@contextlib.contextmanager
def _conflicts() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0)
        # BUSY in all its forms: another process writes, or has written since this transaction first looked.
        if code & 0xFF == sqlite3.SQLITE_BUSY:
            raise DataConflictError("Another transaction has changed this data; aborting") from error
        raise


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_S}, pool_size=4, max_overflow=60)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions itself.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-8000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        sqlite_functions.add(connection)

    @event.listens_for(engine, "first_connect", once=True)
    def bring(connection: Any, _record: Any) -> None:
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        if version == VERSION:
            return
        if version > VERSION:
            raise RuntimeError(f"{path} was written by a newer version of Widgetry")
        path.parent.chmod(0o700)
        connection.executescript(_creation())

    @event.listens_for(engine, "do_connect")
    def make_folder(*_: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    return engine


def _creation() -> str:
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    dialect = sqlite.dialect()
    made = [str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)) for table in catalog_tables.ALL]
    made += [
        str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect))
        for table in catalog_tables.ALL
        for index in sorted(table.indexes, key=lambda one: str(one.name))
    ]
    return "BEGIN IMMEDIATE;" + ";".join([*made, f"PRAGMA user_version = {VERSION}"]) + ";COMMIT;"
