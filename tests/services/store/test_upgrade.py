"""A database of the first release is brought to today's schema with everything in it."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from widget_site.accounts.scopes import Scope
from widget_site.store import accounts, drafts, migrate, revisions, runs, sessions, tokens, widgets, word_search
from widget_site.store.blobs import FolderBlobs
from widget_site.store.database import Database
from widget_site.store.gate import NoGate
from widget_site.store.store import Store

ROWS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "first_release.json").read_text()
)
OLIVE, HELLO, RUN = ROWS["account"][0]["id"], ROWS["widget"][0]["slug"], ROWS["run"][0]["id"]


def _as_bytes(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) and set(value) == {"hex"} else value


def make_first_release(connection: Connection) -> None:
    """Make the tables as the first migration did, and fill them as its code did."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    tables = MetaData()
    tables.reflect(connection)
    for name, rows in ROWS.items():
        for row in rows:
            values = {column: _as_bytes(value) for column, value in row.items()}
            connection.execute(tables.tables[name].insert().values(**values))
    connection.commit()


@pytest.fixture
async def upgraded(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    database = Database(empty_database_url)
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        await connection.run_sync(make_first_release)
    await migrate.migrate(database)
    opened = Store(database, FolderBlobs(tmp_path / "blobs"), NoGate())
    yield opened
    await opened.close()


async def test_no_row_of_the_first_release_is_lost(upgraded: Store) -> None:
    async with upgraded.database.reading() as db:
        counts = {name: await db.scalar(text(f"SELECT count(*) FROM {name}")) for name in ROWS}

    assert counts == {name: len(rows) for name, rows in ROWS.items()}


async def test_every_value_of_the_first_release_is_as_it_was(upgraded: Store) -> None:
    def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        tables = MetaData()
        tables.reflect(connection, only=list(ROWS))
        return {name: [dict(row._mapping) for row in connection.execute(tables.tables[name].select())] for name in ROWS}

    async with upgraded.database.engine.connect() as connection:
        found = await connection.run_sync(read)

    for name, rows in ROWS.items():
        kept = [{column: row[column] for column in rows[0]} for row in found[name]]
        wanted = [{column: _as_bytes(value) for column, value in row.items()} for row in rows]
        assert sorted(map(repr, kept)) == sorted(map(repr, wanted)), name


async def test_todays_code_works_with_what_the_first_release_kept(upgraded: Store) -> None:
    account = await accounts.by_id(upgraded, OLIVE)
    bearer = await tokens.bearer(upgraded, hashlib.sha256(b"the secret of the token").hexdigest())
    session = await sessions.get(upgraded, hashlib.sha256(b"the secret of the cookie").hexdigest(), 10**9)
    listed = (await widgets.listed(upgraded, None)).items
    history = (await revisions.listed(upgraded, HELLO, OLIVE)).items
    widget = await widgets.by_slug(upgraded, HELLO, OLIVE)
    draft = await drafts.get(upgraded, HELLO, OLIVE)
    run = await runs.get(upgraded, RUN, OLIVE)
    events = await runs.events(upgraded, RUN)

    assert (account.username, account.is_admin, account.disabled_at) == ("Olive", True, None)
    assert bearer is not None
    assert (bearer.account.id, bearer.token.scope) == (OLIVE, Scope.WRITE)
    assert session is not None
    assert session.account.id == OLIVE
    assert {one.slug for one in listed} == {"hello-first-release", "fork-first-release"}
    found = (await widgets.listed(upgraded, None, search="Grüße first-rel")).items
    assert [one.slug for one in found] == ["hello-first-release"]
    assert await word_search.few_with(upgraded, "first-rel") == [widget.id]
    assert [one.number for one in history] == [2, 1]
    assert (widget.title, widget.generation, widget.hidden) == ("Grüße ☃", 7, None)
    assert draft is not None
    assert draft.files == {"main.py": "print('a draft')\n"}
    assert (run.outcome, run.error, run.args) == ("error", "boom ☃", ("a", "b"))
    assert [event.text for event in events] == ["line one\n\0", "Traceback"]
