"""Records on their way from the stream to the database: nothing lost, nothing twice (security.md 67)."""

import asyncio
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis.asyncio
from sqlalchemy import text
from tests.fixtures import processes
from tests.services.fake_runner import FakeRunner, eventually_true
from tests.services.site_server import SiteServer

from widget_model.ids import new_id
from widget_site import worker
from widget_site.dispatch import RedisLink, StoredRuns
from widget_site.dispatch.drain import RecordDrain
from widget_site.dispatch.files import run_file_key
from widget_site.dispatch.reconcile import NEVER_STARTED, Reconciler
from widget_site.errors import UnavailableError
from widget_site.settings import SiteSettings
from widget_site.store import deleted, run_files, runs, trees
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Widget
from widget_site.worker import deserialize, serialize
from widget_wire import keys
from widget_wire.run_files import WRITTEN, RunFile
from widget_wire.runs import RunEvent, RunRecord


def record_of(widget_id: str, number: int = 0) -> RunRecord:
    event = {"seq": 1, "time": 1.0, "kind": "stdout", "text": f"{number}\0\n"}
    now = time.time()
    return RunRecord(new_id(), widget_id, "route", 1, "ok", now, now + 1, request={"path": "/"}, events=(event,))


async def counts(store: Store) -> tuple[int, int]:
    async with store.database.reading() as db:
        rows = await db.scalar(text("SELECT count(*) FROM run WHERE status = 'finished'"))
        return rows or 0, await db.scalar(text("SELECT count(*) FROM run_event")) or 0


async def has_kept(store: Store, runs_: int) -> bool:
    return (await counts(store))[0] >= runs_


async def is_drained(store: Store, client: redis.asyncio.Redis, runs_: int) -> bool:
    return await has_kept(store, runs_) and not await client.xlen(keys.RECORDS)


@pytest.fixture
async def widget(served: SiteServer) -> Widget:
    return await served.make("")


async def test_records_are_kept_once_however_often_they_come(
    served: SiteServer, widget: Widget, fake_runner: FakeRunner, redis_url: str
) -> None:
    link = RedisLink(redis_url)
    drain = RecordDrain(link, StoredRuns(served.parts.store))
    running = asyncio.create_task(drain.run())
    records = [record_of(widget.id, number) for number in range(50)]
    for record in [*records, *records[:20]]:
        await fake_runner.record(record)
    await fake_runner.client.xadd(keys.RECORDS, {keys.RECORDS_FIELD: b"nonsense"})
    await fake_runner.record(record_of("no-such-widget"))

    await eventually_true(lambda: is_drained(served.parts.store, fake_runner.client, 50))
    await drain.stop()
    await running
    await link.close()

    assert await counts(served.parts.store) == (50, 50)
    kept = await runs.get(served.parts.store, records[3].id, served.owner.id)
    assert (kept.outcome, kept.request) == ("ok", {"path": "/"})
    assert await fake_runner.client.xinfo_consumers(keys.RECORDS, keys.RECORDS_GROUP) == []


async def test_what_a_dead_worker_took_is_claimed_by_the_next(
    served: SiteServer, widget: Widget, fake_runner: FakeRunner, redis_url: str
) -> None:
    await fake_runner.client.xgroup_create(keys.RECORDS, keys.RECORDS_GROUP, id="0", mkstream=True)
    await fake_runner.record(record_of(widget.id))
    await fake_runner.client.xreadgroup(keys.RECORDS_GROUP, "the-dead", {keys.RECORDS: ">"})
    link = RedisLink(redis_url)
    drain = RecordDrain(link, StoredRuns(served.parts.store), claim_after_s=0.2)
    await asyncio.sleep(0.3)

    await drain.drain_once()
    await link.close()

    assert await counts(served.parts.store) == (1, 1)
    assert await fake_runner.client.xlen(keys.RECORDS) == 0


async def test_records_wait_for_a_database_that_is_away(
    served: SiteServer, widget: Widget, fake_runner: FakeRunner, redis_url: str
) -> None:
    class AwayAtFirst(StoredRuns):
        tries = 0

        async def finish_runs(self, runs: Sequence[FinishedRun]) -> int:
            AwayAtFirst.tries += 1
            if AwayAtFirst.tries == 1:
                raise UnavailableError
            return await super().finish_runs(runs)

    link = RedisLink(redis_url)
    drain = RecordDrain(link, AwayAtFirst(served.parts.store), claim_after_s=0.2)
    running = asyncio.create_task(drain.run())
    await fake_runner.record(record_of(widget.id))

    await eventually_true(lambda: is_drained(served.parts.store, fake_runner.client, 1))
    await drain.stop()
    await running
    await link.close()

    assert AwayAtFirst.tries == 2
    assert await counts(served.parts.store) == (1, 1)


async def test_a_live_runs_events_move_to_the_database(
    served: SiteServer, fake_runner: FakeRunner, redis_url: str
) -> None:
    script = await served.make("", kind="script")
    run_id = await served.parts.dispatch.start_run(script.slug)
    finished = {"status": "finished", "outcome": "ok"}
    await fake_runner.say(run_id, RunEvent(1, 1.0, "stdout", "a\n"), RunEvent(2, 1.0, "stdout", "b\n"))
    await fake_runner.say(run_id, RunEvent(3, 1.0, "status", "", finished))
    before = await served.parts.dispatch.status(run_id)
    await fake_runner.record(RunRecord(run_id, script.id, "owner", 1, "ok", 1.0, 2.0))
    await fake_runner.client.xgroup_create(keys.RECORDS, keys.RECORDS_GROUP, id="0")
    link = RedisLink(redis_url)
    await RecordDrain(link, StoredRuns(served.parts.store)).drain_once()
    await link.close()
    expires_s = await fake_runner.client.ttl(keys.EVENTS + run_id)
    await fake_runner.client.delete(keys.EVENTS + run_id)

    page = await served.parts.dispatch.events_after(run_id, 1)

    assert before == finished
    assert 0 < expires_s <= 300
    assert [event.text for event in page.events] == ["b\n", ""]
    assert page.done


async def test_a_run_that_nobody_works_on_is_ended(served: SiteServer, redis_url: str) -> None:
    script = await served.make("", kind="script")
    stored = StoredRuns(served.parts.store)
    old = new_id()
    await runs.add(
        served.parts.store, old, widget_id=script.id, trigger="owner", revision=1, created_at=time.time() - 60
    )
    link = RedisLink(redis_url)
    reconciler = Reconciler(link, stored)

    first = await reconciler.run()
    await asyncio.sleep(1.6)
    second = await reconciler.run()
    await link.close()

    run = await runs.get(served.parts.store, old, served.owner.id)
    assert (first, second) == (0, 1)
    assert (run.outcome, run.error) == ("internal_error", NEVER_STARTED)


async def test_a_run_that_a_living_runner_has_is_left_alone(
    served: SiteServer, fake_runner: FakeRunner, redis_url: str
) -> None:
    script = await served.make("", kind="script")
    run_id = new_id()
    await runs.add(
        served.parts.store, run_id, widget_id=script.id, trigger="owner", revision=1, created_at=time.time() - 60
    )
    await fake_runner.client.hset(keys.TAKEN, run_id, fake_runner.id)
    link = RedisLink(redis_url)
    reconciler = Reconciler(link, StoredRuns(served.parts.store))

    ended = [await reconciler.run(), await asyncio.sleep(1.6, await reconciler.run())]
    run = await runs.get(served.parts.store, run_id, served.owner.id)
    await link.close()

    assert (ended, run.status) == ([0, 0], "running")


def test_jobs_are_json_and_never_pickled() -> None:
    job = {"t": 1, "f": "forget_old", "a": [], "k": {}, "et": 123}

    assert json.loads(serialize(job)) == job
    assert deserialize(serialize(job)) == job
    with pytest.raises(TypeError):
        serialize({"a": object()})


@pytest.fixture
def start_worker(site_settings: SiteSettings, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        settings = {
            "WIDGETRY_DATA": str(site_settings.data),
            "WIDGETRY_DATABASE_URL": site_settings.database_address,
            "WIDGETRY_REDIS_URL": site_settings.redis_address,
        }
        command = [sys.executable, "-m", "widget_site.worker"]
        process = processes.start(command, tmp_path / "worker.log", env={**os.environ, **settings})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


async def test_a_worker_killed_while_draining_loses_nothing_and_doubles_nothing(
    site_settings: SiteSettings,
    served: SiteServer,
    widget: Widget,
    redis_client: redis.asyncio.Redis,
    start_worker: Callable[[], subprocess.Popen[bytes]],
) -> None:
    total = 3000
    async with redis_client.pipeline(transaction=False) as pipe:
        for number in range(total):
            pipe.xadd(keys.RECORDS, {keys.RECORDS_FIELD: record_of(widget.id, number).to_envelope()})
        await pipe.execute()
    first = start_worker()
    await eventually_true(lambda: has_kept(served.parts.store, 300), 30)

    first.kill()
    at_kill = (await counts(served.parts.store))[0]
    second = start_worker()
    await eventually_true(lambda: is_drained(served.parts.store, redis_client, total), 60)
    second.send_signal(signal.SIGTERM)

    assert at_kill < total
    assert await counts(served.parts.store) == (total, total)
    assert await asyncio.to_thread(second.wait, 15) == 0


async def test_the_workers_jobs_remove_what_only_deleted_widgets_had(
    served: SiteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = served.parts.store
    kept, gone = await served.make("print('kept')"), await served.make("print('gone')")
    await deleted.purge(store, gone.id)
    assert await trees.forget_unused(store) == 1
    now = time.time()

    removed = []
    for hour in range(16):
        monkeypatch.setattr(worker, "time", SimpleNamespace(time=lambda hour=hour: now + 2 * 86400 + hour * 3600))
        removed.append(await worker.collect_blobs({"store": store}))

    assert sum(removed) == 1
    assert await trees.files_of(store, kept.code) == {"main.py": "print('kept')"}


async def test_files_of_runs_are_stored_with_their_record_and_leave_redis(
    served: SiteServer, widget: Widget, fake_runner: FakeRunner, redis_url: str
) -> None:
    await fake_runner.client.xgroup_create(keys.RECORDS, keys.RECORDS_GROUP, id="0", mkstream=True)
    kept, lost = new_id(), new_id()
    files = [
        RunFile(kept, WRITTEN, "a.csv", "text/csv", 3),
        RunFile(lost, WRITTEN, "b.csv", "text/csv", 3),
        RunFile(None, WRITTEN, "big", "", 9_000_000, "It was not kept."),
    ]
    record = dataclasses.replace(record_of(widget.id), files=tuple(file.as_dict() for file in files))
    await fake_runner.client.set(run_file_key(record.id, kept), b"1,2")
    await fake_runner.record(record)
    link = RedisLink(redis_url)

    await RecordDrain(link, StoredRuns(served.parts.store)).drain_once()
    found = await run_files.read(served.parts.store, record.id, kept)
    await link.close()

    assert found is not None
    assert found[1] == b"1,2"
    assert [(one.file.name, one.file.note) for one in await run_files.of_run(served.parts.store, record.id)] == [
        ("a.csv", ""),
        ("b.csv", run_files.LOST),
        ("big", "It was not kept."),
    ]
    assert await fake_runner.client.exists(run_file_key(record.id, kept)) == 0
