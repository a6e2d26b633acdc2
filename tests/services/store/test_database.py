"""The ways into the database: whoever leaves in the middle leaves nothing locked."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from widget_site.store.database import Database

COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n{limit}) SELECT {what} FROM n"


async def test_a_write_that_is_cancelled_gives_the_database_back_at_once(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/db.sqlite"
    database, other = Database(url), Database(url)
    async with database.writing() as db:
        await db.execute(text("CREATE TABLE t (a)"))
        await db.execute(text("INSERT INTO t VALUES (1), (2), (3)"))
    reads: list[object] = []
    is_at_work = asyncio.Event()

    async def work() -> None:
        async with database.writing() as db:
            await db.execute(text("DELETE FROM t"))
            # A read with rows to come that somebody still holds, as tracebacks do.
            reads.append(await db.stream(text(COUNTING.format(what="i", limit=""))))
            is_at_work.set()
            await db.execute(text(COUNTING.format(what="sum(i)", limit=" LIMIT 300000")))

    task = asyncio.create_task(work())
    await is_at_work.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with other.writing() as db:
        assert await db.scalar(text("SELECT count(*) FROM t")) == 3
    await other.close()
    await database.close()


async def test_who_opens_a_new_database_waits_for_another_that_begins_it(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO t VALUES (1)")
        database = Database(f"sqlite+aiosqlite:///{path}")

        async def count() -> object:
            async with database.reading() as db:
                return await db.scalar(text("SELECT count(*) FROM t"))

        counting = asyncio.create_task(count())
        done, _ = await asyncio.wait([counting], timeout=0.3)
        assert not done
        other.execute("COMMIT")

        assert await counting == 1
    async with database.reading() as db:
        assert await db.scalar(text("PRAGMA journal_mode")) == "wal"
    await database.close()
