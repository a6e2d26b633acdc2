"""Files of runs in the store: kept with the record, within a size and for a time, then gone with their bytes."""

import dataclasses
import time
import zipfile
from pathlib import Path

import pytest
from tests.services.store.people import account, widget
from tests.services.store.test_runs import finished, queued

from widget_model.ids import new_id
from widget_site.errors import NotFoundError
from widget_site.store import deleted, export, quotas, retention, run_files, runs
from widget_site.store.blobs import FolderBlobs, NoBlobs
from widget_site.store.retention import Retention
from widget_site.store.run_files import CROWDED_OUT, EXPIRED, StoredFile
from widget_site.store.store import Store
from widget_site.store.values import Widget
from widget_wire.run_files import WRITTEN, RunFile


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Path:
    """The folder of the bytes."""
    store.run_blobs = FolderBlobs(tmp_path / "run-blobs")
    store.run_files_bytes = 1000
    return tmp_path / "run-blobs"


def blobs_in(place: Path) -> int:
    return sum(1 for path in place.rglob("*") if path.is_file())


async def ended(store: Store, made: Widget, *contents: bytes) -> tuple[str, list[str]]:
    """Keep a run that left these; return its id and theirs."""
    run_id = await queued(store, made)
    ids = [new_id() for _ in contents]
    files = [
        StoredFile(
            RunFile(file_id, WRITTEN, f"{number}.bin", "application/octet-stream", len(content)),
            await run_files.keep_bytes(store, content),
        )
        for number, (file_id, content) in enumerate(zip(ids, contents, strict=True))
    ]
    await runs.finish(store, [dataclasses.replace(finished(run_id, made), files=tuple(files))])
    return run_id, ids


@pytest.mark.usefixtures("place")
async def test_files_are_kept_with_the_run_once(store: Store) -> None:
    made = await widget(store, await account(store))
    run_id, ids = await ended(store, made, b"one", b"two")
    again = dataclasses.replace(finished(run_id, made), files=(StoredFile(RunFile(None, WRITTEN, "x", "", 1), None),))

    assert await runs.finish(store, [again]) == 0
    assert [(one.file.name, one.file.id) for one in await run_files.of_run(store, run_id)] == [
        ("0.bin", ids[0]),
        ("1.bin", ids[1]),
    ]
    found = await run_files.read(store, run_id, ids[1])
    assert found is not None
    assert found[1] == b"two"
    assert await run_files.read(store, run_id, new_id()) is None


@pytest.mark.usefixtures("place")
async def test_the_oldest_of_an_account_make_room_for_newer_runs(store: Store) -> None:
    olive, other = await account(store), await account(store, "other")
    made, others = await widget(store, olive), await widget(store, other)
    first, (old,) = await ended(store, made, bytes(600))
    theirs, (kept,) = await ended(store, others, bytes(900))
    second, (new,) = await ended(store, made, bytes(700))

    with pytest.raises(NotFoundError, match="newer runs"):
        await run_files.read(store, first, old)
    assert await run_files.read(store, second, new) is not None
    assert await run_files.read(store, theirs, kept) is not None
    assert (await run_files.of_run(store, first))[0].file.note == CROWDED_OUT


async def test_bytes_expire_and_are_swept_while_the_names_stay(store: Store, place: Path) -> None:
    made = await widget(store, await account(store))
    run_id, (file_id,) = await ended(store, made, b"x")
    later = time.time() + 10

    assert await run_files.collect_blobs(store, later) == 0
    assert await run_files.forget_old(store, later) == 1
    assert await run_files.collect_blobs(store, time.time() - 60) == 0, "what was just put waits for its row"
    assert await run_files.collect_blobs(store, later) == 1

    assert blobs_in(place) == 0
    assert (await run_files.of_run(store, run_id))[0].file.note == EXPIRED
    with pytest.raises(NotFoundError):
        await run_files.read(store, run_id, file_id)


async def test_files_go_with_their_runs_and_with_their_widget(store: Store, place: Path) -> None:
    olive = await account(store)
    made, gone = await widget(store, olive), await widget(store, olive)
    await ended(store, made, b"old")
    await ended(store, gone, b"gone")
    await deleted.purge(store, gone.id)
    await retention.purge(store, Retention(days=1, runs=100), time.time() + 86_410, for_s=10)

    assert await run_files.collect_blobs(store, time.time() + 10) == 2
    assert blobs_in(place) == 0


async def test_a_store_without_a_place_for_them_refuses_files() -> None:
    assert await NoBlobs().get([]) == {}
    with pytest.raises(Exception, match="no place"):
        await NoBlobs().put([b"x"])


@pytest.mark.usefixtures("place")
async def test_files_of_runs_count_as_storage_as_long_as_they_are_kept(store: Store) -> None:
    owner = await account(store)
    made = await widget(store, owner)

    async def stored() -> int:
        async with store.database.reading() as db:
            return await quotas.stored_bytes(db, owner.id)

    before = await stored()
    await ended(store, made, b"12345", b"67")
    with_files = await stored()
    await run_files.forget_old(store, time.time() + 1)

    assert (with_files - before, await stored()) == (7, before)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("name", "kept_as"),
    [("../../.bashrc", ".bashrc"), ("/etc/cron.d/x", "x"), ("out\\..\\évil\n.txt", "out_..__vil_.txt")],
)
async def test_no_name_that_code_chose_leads_out_of_the_folder_of_the_accounts_zip(
    store: Store, tmp_path: Path, name: str, kept_as: str
) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    run_id = await queued(store, made)
    file = RunFile(new_id(), WRITTEN, name, "text/plain", 4)
    stored = StoredFile(file, await run_files.keep_bytes(store, b"said"))
    await runs.finish(store, [dataclasses.replace(finished(run_id, made), files=(stored,))])

    await export.write(store, olive, tmp_path / "all.zip")

    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        found = [one.filename for one in archive.infolist() if "/run-files/" in one.filename]
    assert found == [f"widgets/{made.slug}/run-files/{run_id}/0-{kept_as}"]
