"""One database: SQLite (WAL, one writer at a time) or Postgres, by the address alone."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from widget_site.errors import ConflictError, UnavailableError

#: How long a statement of SQLite waits for another process's write.
BUSY_TIMEOUT_S = 5.0
POOL_SIZE = 8
_WAL_RETRY_S = 0.01
_WRITTEN = "widgetry.written"


class Database:
    """The engine of one database; ``reading`` and ``writing`` are the only ways in."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        # SQLite takes one writer; waiting here is fair, waiting in its busy handler is not.
        self._write_lock: asyncio.Lock | None = asyncio.Lock() if self.is_sqlite else None
        #: Told the names of the tables that a transaction wrote, once it is committed; must not block or raise.
        self.committed: Callable[[frozenset[str]], None] = _nobody
        event.listen(self.engine.sync_engine, "before_execute", _note_written)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection whose changes are not kept; UnavailableError when the database does not answer."""
        with _unavailable():
            async with self.engine.connect() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def writing(self, *, untold: frozenset[str] = frozenset()) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction that is committed when the block ends well.

        ``untold``: tables that ``committed`` does not hear of this time. UnavailableError when the database does not
        answer or stays locked for BUSY_TIMEOUT_S.
        """
        with _unavailable():
            async with self._write_lock or contextlib.nullcontext(), self.engine.connect() as connection:
                if self.is_sqlite:
                    # IMMEDIATE: a transaction that reads first and then writes would fail at once, without waiting.
                    await connection.execute(text("BEGIN IMMEDIATE"))
                written: set[str] = set()
                assert connection.sync_connection is not None
                connection.sync_connection.info[_WRITTEN] = written
                yield connection
                await connection.commit()
        self.committed(frozenset(written) - untold)

    @contextlib.asynccontextmanager
    async def writing_or_conflict(self, text: str) -> AsyncIterator[AsyncConnection]:
        """``writing``, with a ConflictError that says ``text`` when another transaction took a name first."""
        try:
            async with self.writing() as connection:
                yield connection
        except IntegrityError as error:
            raise ConflictError(text) from error

    async def answers(self) -> bool:
        """Whether the database answers now."""
        try:
            async with asyncio.timeout(2), self.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except (UnavailableError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _nobody(_tables: frozenset[str]) -> None:
    """Tell nobody."""


def _note_written(connection: Connection, statement: Any, *_: Any) -> None:
    if getattr(statement, "is_dml", False):
        written: set[str] = connection.info.setdefault(_WRITTEN, set())
        written.add(statement.table.name)


@contextlib.contextmanager
def _unavailable() -> Any:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise UnavailableError("The database does not answer. Try again in a moment.", retry_after_s=2) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise UnavailableError("The database does not answer. Try again in a moment.", retry_after_s=2) from error
        raise


class _SqliteConnection(sqlite3.Connection):
    """A connection whose end is the end of its transaction, too.

    Of a task that is cancelled in the middle of a statement a cursor may live on until it is collected as garbage, and
    SQLite keeps a closed connection, with its lock on the database, until its last statement is gone.
    """

    def close(self) -> None:
        """Undo what was not committed, then close."""
        with contextlib.suppress(sqlite3.Error):
            self.rollback()
        super().close()


def _sqlite_engine(url: str) -> AsyncEngine:
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    how = {"timeout": BUSY_TIMEOUT_S, "factory": _SqliteConnection}
    engine = create_async_engine(url, connect_args=how, pool_size=POOL_SIZE, max_overflow=8)

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions itself: it would begin them too late for BEGIN IMMEDIATE.
        connection.isolation_level = None
        connection.run_async(_log_writes_ahead)
        cursor = connection.cursor()
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


async def _log_writes_ahead(connection: Any) -> None:
    """Let others read while one writes: a property of the database, given to it by whoever opens it first.

    Of several that open a new one at once SQLite tells all but one that it is locked, and does not wait for them.
    """
    loop = asyncio.get_running_loop()
    give_up = loop.time() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor = await connection.execute("PRAGMA journal_mode=WAL")
            await cursor.close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or loop.time() > give_up:
                raise
        await asyncio.sleep(_WAL_RETRY_S)


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(url, pool_size=POOL_SIZE, max_overflow=8, pool_timeout=5, pool_pre_ping=True)


def insert_unless_there(db: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that does nothing where the row's key exists already."""
    if db.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def insert_adding(
    db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], *added: str
) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT of rows that adds the columns ``added`` to those of a row that is there with the same key.

    Two of the rows must not have the same key; sorted by it, writers at once can't wait for each other in a circle.
    """
    make = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    wanted = make(table).values([dict(row) for row in rows])
    sums = {name: table.c[name] + wanted.excluded[name] for name in added}
    return wanted.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)


#: SQLite below this lacks RETURNING, which the store uses.
assert sqlite3.sqlite_version_info >= (3, 35)
