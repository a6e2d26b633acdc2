"""What keeps data safe: blobs, two processes on one database, a database that is locked, the gate around a change."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, UnavailableError
from widget_site.store import accounts, database, deleted, drafts, revisions, trees, widgets
from widget_site.store.blobs import BlobError, FolderBlobs, blob_digest
from widget_site.store.database import Database
from widget_site.store.gate import Change, NoGate
from widget_site.store.store import Store
from widget_site.store.widgets import WidgetChanges


async def test_blobs_are_kept_once_under_the_hash_of_their_content(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)

    names = await blobs.put([b"one", b"two", b"one"])

    assert names == [blob_digest(b"one"), blob_digest(b"two"), blob_digest(b"one")]
    assert await blobs.get(names) == {names[0]: b"one", names[1]: b"two"}
    assert sum(len(files) for _, _, files in os.walk(tmp_path)) == 2


async def test_a_blob_is_asked_for_by_digest_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    blobs = FolderBlobs(tmp_path / "blobs")

    for name in ("../secret", "/etc/passwd", "", "0" * 64):
        with pytest.raises(BlobError):
            await blobs.get([name])


async def test_two_processes_write_to_one_database_at_once(store: Store, database_url: str) -> None:
    second = Store(Database(database_url), store.blobs, NoGate())

    made = await asyncio.gather(*(account(store if number % 2 else second, f"person{number}") for number in range(20)))

    assert await accounts.count(store) == len(made) == 20
    await second.close()


async def test_the_same_save_through_two_processes_makes_one_revision(store: Store, database_url: str) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    second = Store(Database(database_url), store.blobs, NoGate())

    answers = await asyncio.gather(
        *(
            revisions.append(where, made.slug, olive.id, {"main.py": f"print({number})"}, base_revision=1)
            for number, where in enumerate((store, second))
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    assert (await widgets.by_slug(store, made.slug, None)).revision == 2
    await second.close()


async def test_a_locked_sqlite_says_unavailable_and_recovers_by_itself(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.2)
    store = Store(Database(sqlite_url), FolderBlobs(tmp_path / "blobs"), NoGate())
    olive = await account(store)
    made = await widget(store, olive)

    with contextlib.closing(sqlite3.connect(sqlite_url.partition(":///")[2])) as locker:
        locker.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            await revisions.append(store, made.slug, olive.id, {"main.py": "print(2)"})
        readable = await widgets.by_slug(store, made.slug, None)
        locker.rollback()
    saved = await revisions.append(store, made.slug, olive.id, {"main.py": "print(2)"})

    assert readable == made
    assert saved.number == 2
    await store.close()


async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    absent = Database(f"postgresql+asyncpg://nobody@/nothing?host={tmp_path}")

    with pytest.raises(UnavailableError):
        async with absent.reading():
            pass
    assert not await absent.answers()
    await absent.close()


class RecordingGate:
    """Remembers what is changed, and what the world outside sees of it while the gate is open."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.told: list[tuple[int | None, int | None]] = []
        self.before: list[int] = []

    @contextlib.asynccontextmanager
    async def change(self, widget_id: str) -> AsyncIterator[Change]:
        change = Change()
        page = await widgets.listed(self.store, None)
        self.before += [one.generation for one in page.items if one.id == widget_id]
        yield change
        self.told.append((change.generation, change.revision))


async def test_the_gate_is_shut_before_a_change_and_opened_at_its_generation(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    gate = store.gate = RecordingGate(store)

    await revisions.append(store, made.slug, olive.id, {"main.py": "print(2)"})
    await widgets.change(store, made.slug, olive.id, WidgetChanges(title="New"))
    await drafts.put(store, made.slug, olive.id, {"main.py": "half"}, base_revision=2)
    await revisions.restore(store, made.slug, olive.id, 1)
    await deleted.purge(store, made.id)

    # The draft becomes a revision before the old one is restored.
    assert gate.told == [(2, 2), (3, None), (4, 3), (5, 4), (6, None)]
    assert gate.before == [1, 2, 3, 4, 5]


async def test_a_change_that_fails_commits_nothing_and_opens_no_generation(store: Store) -> None:
    olive = await account(store)
    made, other = await widget(store, olive), await widget(store, olive)
    gate = store.gate = RecordingGate(store)

    with pytest.raises(ConflictError):
        await widgets.change(store, made.slug, olive.id, WidgetChanges(slug=other.slug))

    assert gate.told == []
    assert await widgets.by_slug(store, made.slug, None) == made


async def test_what_deleted_widgets_alone_had_is_collected(store: Store, tmp_path: Path) -> None:
    olive = await account(store)
    kept = await widget(store, olive, files={"main.py": "kept", "both.py": "shared"})
    gone = await widget(store, olive, files={"main.py": "gone", "both.py": "shared"})
    orphan = (await store.blobs.put([b"of a save that failed"]))[0]
    half = tmp_path / "blobs" / orphan[:2] / "tmphalf"
    half.write_bytes(b"half")
    await deleted.purge(store, gone.id)

    young = [await trees.collect_blobs(store, start, before=0.0) for start in "0123456789abcdef"]
    rows = [await trees.forget_unused(store) for _ in range(2)]
    old = sum([await trees.collect_blobs(store, start, before=2e10) for start in "0123456789abcdef"])

    assert (sum(young), rows, old) == (0, [1, 0], 3)
    assert await trees.files_of(store, kept.code) == {"main.py": "kept", "both.py": "shared"}
    left = {name for _, _, files in os.walk(tmp_path / "blobs") for name in files}
    assert left == {blob_digest(b"kept"), blob_digest(b"shared")}
    again = await widget(store, olive, files={"main.py": "gone"})
    assert await trees.files_of(store, again.code) == {"main.py": "gone"}


async def test_a_blob_that_is_put_again_is_young_again(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    (name,) = await blobs.put([b"one"])
    path = tmp_path / name[:2] / name
    os.utime(path, (1000, 1000))

    await blobs.put([b"one"])

    assert await blobs.remove_unused(name[:1], (), before=2000) == 0
    assert await blobs.remove_unused(name[:1], {name}, before=2e10) == 0
    assert await blobs.remove_unused(name[:1], (), before=2e10) == 1
    with pytest.raises(BlobError):
        await blobs.get([name])


async def test_saves_and_collections_at_once_lose_nothing(store: Store, database_url: str) -> None:
    olive = await account(store)
    second = Store(Database(database_url), store.blobs, NoGate())

    async def make_and_delete(number: int) -> None:
        for _ in range(5):
            made = await widget(store, olive, files={"main.py": f"print({number % 3})"})
            assert await trees.files_of(store, made.code)
            await deleted.purge(store, made.id)

    async def collect() -> None:
        for _ in range(20):
            await trees.forget_unused(second)
            await asyncio.sleep(0)

    await asyncio.gather(*(make_and_delete(number) for number in range(6)), collect(), collect())
    await second.close()
