"""The migrations make exactly the tables of ``tables``, on both databases."""

import asyncio
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from widget_site.store.database import Database
from widget_site.store.migrate import migrate
from widget_site.store.store import Store
from widget_site.store.tables import metadata


def is_compared(_: Any, name: str | None, kind: str, is_in_database: bool, counterpart: Any) -> bool:
    """Leave out the index of word searches: SQLAlchemy can't say what FTS5 makes, and SQLite has no GIN."""
    is_of_search = name is not None and name.startswith(("widget_text_index", "ix_widget_text_text"))
    return not (is_of_search and is_in_database and kind in ("table", "index"))


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "include_object": is_compared}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    async with store.database.engine.connect() as connection:
        found = await connection.run_sync(differences)

    assert found == []


async def test_migrating_again_changes_nothing(store: Store) -> None:
    async with store.database.writing() as db:
        await db.execute(text("INSERT INTO held_slug VALUES ('some-old-name', 'x', 1.0)"))

    await migrate(store.database)

    async with store.database.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM held_slug")) == 1


async def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    first, second = Database(empty_database_url), Database(empty_database_url)

    await asyncio.gather(migrate(first), migrate(second))

    async with first.reading() as db:
        assert await db.scalar(text("SELECT count(*) FROM account")) == 0
    await first.close()
    await second.close()
