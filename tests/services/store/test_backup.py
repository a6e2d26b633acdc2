"""Backups are whole while writes go on, and restoring gives the same site again or changes nothing."""

import asyncio
import io
import os
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from tests.services.store import people
from tests.services.store.test_data_tables import make
from tests.services.store.test_upgrade import make_first_release

from widget_site.settings import SiteSettings
from widget_site.store import backup, deleted, letters, outbox, revisions, trees, widgets
from widget_site.store.backup import BackupError
from widget_site.store.data import telling
from widget_site.store.database import Database
from widget_site.store.gate import NoGate
from widget_site.store.migrate import migrate
from widget_site.store.store import Store

FILES = {"main.py": "print('kept')\n", "data.bin": {"base64": "AAH/"}}


@pytest.fixture(autouse=True)
def postgres_programs(postgres_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump of the same version as the server."""
    monkeypatch.setenv("PATH", f"{postgres_server.programs}:{os.environ['PATH']}")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> SiteSettings:
    data = tmp_path / "old"
    data.mkdir()
    return SiteSettings(data=data, database_url=SecretStr(database_url))


@pytest.fixture
def fresh(request: pytest.FixtureRequest, settings: SiteSettings, tmp_path: Path) -> Iterator[SiteSettings]:
    """An empty data folder and an empty database of the same kind."""
    data = tmp_path / "new"
    data.mkdir()
    if settings.database_address.startswith("sqlite"):
        yield SiteSettings(data=data)
        return
    server = request.getfixturevalue("postgres_server")
    name = f"restored_{os.getpid()}_{os.urandom(4).hex()}"
    server.sql(f"CREATE DATABASE {name}")
    yield SiteSettings(data=data, database_url=SecretStr(server.url(name)))
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def store(settings: SiteSettings) -> AsyncIterator[Store]:
    opened = Store.open(settings, NoGate())
    await migrate(opened.database)
    yield opened
    await opened.close()


async def take(settings: SiteSettings, *, with_key: bool = False) -> bytes:
    out = io.BytesIO()
    await asyncio.to_thread(backup.take, settings, out, with_key=with_key)
    return out.getvalue()


async def rows(store: Store) -> dict[str, list[Any]]:
    """Everything but what a restore settles."""
    async with store.database.reading() as db:
        found = {}
        for table, columns in (
            ("account", "*"),
            ("widget", "id, slug, title, code, revision"),
            ("revision", "*"),
            ("tree", "code, size_bytes"),
            ("message", "id, subject, text"),
            ("held_slug", "*"),
        ):
            result = await db.execute(text(f"SELECT {columns} FROM {table}"))
            found[table] = sorted(tuple(str(value) for value in row) for row in result)
        return found


async def restored(fresh: SiteSettings, data: bytes) -> Store:
    await backup.restore(fresh, io.BytesIO(data))
    opened = Store.open(fresh, NoGate())
    await migrate(opened.database)
    return opened


async def test_a_restored_site_is_the_one_that_was_backed_up(
    store: Store, settings: SiteSettings, fresh: SiteSettings
) -> None:
    olive = await people.account(store)
    widget = await people.widget(store, olive, files=FILES)
    await revisions.append(store, widget.slug, olive.id, {"main.py": "print('newer')\n"})
    gone = await people.widget(store, olive)
    await deleted.purge(store, gone.id)
    async with store.database.writing() as db:
        await outbox.put(db, outbox.Kind.TEST, "Grüße ☃", "text", account_id=olive.id)
    owner = await letters.owner_of(store, widget.id)
    letter = letters.NewLetter("<1@localhost>", "olive@localhost", ["otto@localhost"], "Hello", b"Subject: Hello\n\n")
    await letters.put(store, owner, letter, counts=False, most_a_month=0)
    before = await rows(store)

    opened = await restored(fresh, await take(settings))

    try:
        assert await rows(opened) == before
        after = await widgets.by_slug(opened, widget.slug, None)
        assert (await trees.files_of(opened, after.code))["main.py"] == "print('newer')\n"
        first = await revisions.get(opened, widget.slug, olive.id, 1)
        assert await trees.files_of(opened, first.code) == FILES
        assert after.generation > 1000
        [message] = (await outbox.listed(opened)).items
        [sent_by_now] = (await letters.listed(opened, widget.slug, olive.id)).items
        assert (message.state, sent_by_now.state) == ("kept", "kept")
        again = await revisions.append(opened, widget.slug, olive.id, {"main.py": "print('goes on')\n"})
        assert again.number == 3
    finally:
        await opened.close()


async def test_data_tables_with_their_media_are_in_a_backup(
    store: Store, settings: SiteSettings, fresh: SiteSettings
) -> None:
    widget = await people.widget(store, await people.account(store))
    assert store.data is not None
    await make(store.data, widget.id)
    lines = await table_lines(store, widget.id)

    opened = await restored(fresh, await take(settings))

    try:
        assert await table_lines(opened, widget.id) == lines
        assert opened.data is not None
        digest = lines["notes"][0]["pic"]["digest"]
        assert await opened.data.media(widget.id).get([digest]) == {digest: b"picture"}
        await make(opened.data, "another")
    finally:
        await opened.close()


async def table_lines(store: Store, widget_id: str) -> dict[str, Any]:
    """Return the rows of each table."""
    assert store.data is not None
    schema = await telling.schema_of(store.data, widget_id)
    return {
        table.name: [line async for line in telling.lines_of(store.data, widget_id, table)]
        for table in schema.tables.values()
    }


async def test_what_is_saved_before_a_backup_is_in_it_whole_while_saving_goes_on(
    store: Store, settings: SiteSettings, fresh: SiteSettings
) -> None:
    olive = await people.account(store)
    widget = await people.widget(store, olive)
    saved: list[int] = []
    stop, enough = asyncio.Event(), asyncio.Event()

    async def save() -> None:
        while not stop.is_set():
            number = len(saved) + 2
            await revisions.append(store, widget.slug, olive.id, {"main.py": f"print({number})\n"})
            saved.append(number)
            if len(saved) == 10:
                enough.set()

    saving = asyncio.create_task(save())
    await asyncio.wait_for(enough.wait(), 60)
    acknowledged = saved[-1]
    data = await take(settings)
    stop.set()
    await saving
    opened = await restored(fresh, data)

    try:
        after = await widgets.by_slug(opened, widget.slug, None)
        assert acknowledged <= after.revision <= saved[-1]
        for number in range(2, after.revision + 1):
            revision = await revisions.get(opened, widget.slug, olive.id, number)
            assert (await trees.files_of(opened, revision.code))["main.py"] == f"print({number})\n"
    finally:
        await opened.close()


async def test_the_key_of_secrets_is_in_a_backup_only_when_asked_for(
    store: Store, settings: SiteSettings, fresh: SiteSettings
) -> None:
    (settings.data / "secret.key").write_text("the key")
    without, with_key = await take(settings), await take(settings, with_key=True)

    opened = await restored(fresh, with_key)
    await opened.close()

    assert b"secret.key" not in b"".join(name.encode() for name in _names(without))
    assert (fresh.data / "secret.key").read_text() == "the key"


async def test_nothing_is_restored_over_what_is_there(store: Store, settings: SiteSettings) -> None:
    olive = await people.account(store)
    await people.widget(store, olive)
    before = await rows(store)

    with pytest.raises(BackupError, match="not empty"):
        await backup.restore(settings, io.BytesIO(await take(settings)))

    assert await rows(store) == before


def _names(data: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return archive.getnames()


def _changed(data: bytes, change: Callable[[tarfile.TarInfo, bytes], list[tuple[tarfile.TarInfo, bytes]]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for member in old:
            opened = old.extractfile(member)
            assert opened is not None
            for info, content in change(member, opened.read()):
                info.size = len(content)
                new.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _with_blob_changed(data: bytes) -> bytes:
    return _changed(data, lambda info, content: [(info, b"x" + content if info.name.startswith("blobs/") else content)])


def _with_name(data: bytes, name: str) -> bytes:
    def add(info: tarfile.TarInfo, content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
        return [(info, content), *([(tarfile.TarInfo(name), b"x")] if info.name == "backup.json" else [])]

    return _changed(data, add)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"no backup at all",
        lambda data: b"",
        _with_blob_changed,
        lambda data: _with_name(data, "../outside"),
        lambda data: _with_name(data, "/tmp/outside"),
        lambda data: _with_name(data, "blobs/ab/../../outside"),
        lambda data: _with_name(data, f"blobs/ab/ab{62 * '0'}/../../../../../outside"),
        lambda data: _with_name(data, f"tables/w/media/ab/ab{62 * '0'}/../../../../../../../outside"),
        lambda data: _changed(
            data, lambda info, content: [] if info.name.startswith("database") else [(info, content)]
        ),
        lambda data: _changed(data, lambda info, c: [(info, c.replace(b'"format": 1', b'"format": 9'))]),
    ],
)
async def test_a_damaged_or_hostile_backup_changes_nothing(
    store: Store, settings: SiteSettings, fresh: SiteSettings, damage: Callable[[bytes], bytes]
) -> None:
    await people.widget(store, await people.account(store), files=FILES)
    data = damage(await take(settings))

    with pytest.raises(BackupError):
        await backup.restore(fresh, io.BytesIO(data))

    assert await asyncio.to_thread(os.listdir, fresh.data) in ([], ["widgetry.sqlite"])
    assert not (fresh.data.parent / "outside").exists()
    opened = await restored(fresh, await take(settings))
    await opened.close()


async def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for data in (old, new):
        data.mkdir()
    database = Database(SiteSettings(data=old).database_address)
    async with database.engine.connect() as connection:
        await connection.run_sync(make_first_release)
    await database.close()

    opened = await restored(SiteSettings(data=new), await take(SiteSettings(data=old)))

    assert (await widgets.by_slug(opened, "hello-first-release", None)).title == "Grüße ☃"
    await opened.close()
