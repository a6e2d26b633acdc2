"""Brings a database to the newest schema: ``python -m widget_site.store.migrate``, run once before the site starts."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from widget_site.settings import SiteSettings
from widget_site.store.database import Database

log = logging.getLogger(__name__)

_FOLDER = Path(__file__).with_name("migrations")
#: Any number that nobody else uses: Postgres's name of the lock that keeps two migrations apart.
_LOCK = 7_239_411_853


async def migrate(database: Database) -> None:
    """Apply what is missing; two processes at once wait for each other. Data is kept."""
    # Not ``writing``: alembic ends its transactions itself, and SQLite's is begun in the migration environment.
    async with database.engine.connect() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    connection.execute(text("BEGIN IMMEDIATE" if is_sqlite else f"SELECT pg_advisory_xact_lock({_LOCK})"))
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


async def _main() -> None:
    database = Database(SiteSettings().database_address)
    try:
        await migrate(database)
    finally:
        await database.close()


if __name__ == "__main__":
    import asyncio

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(_main())
