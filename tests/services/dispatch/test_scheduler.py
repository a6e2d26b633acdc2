"""The scheduler with a real Redis, a real store and a clock of the test's own; runners that do what the test says."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.services.fake_runner import FakeRunner, eventually_true
from tests.services.store.people import CODE

from widget_model.ids import new_id
from widget_model.quotas import Quotas
from widget_model.schedules import parse
from widget_site.dispatch import uplink_tasks
from widget_site.dispatch.bells import Bell
from widget_site.dispatch.database import StoredRuns
from widget_site.dispatch.drain import RecordDrain
from widget_site.dispatch.reconcile import Reconciler
from widget_site.dispatch.redis_link import RedisLink
from widget_site.dispatch.requests import Requests
from widget_site.dispatch.snapshots import Snapshots
from widget_site.dispatch.submit import Submitter
from widget_site.scheduler import Scheduler
from widget_site.store import accounts, quotas, revisions, runs, schedules, ticks, widgets
from widget_site.store.blobs import FolderBlobs
from widget_site.store.database import Database
from widget_site.store.gate import NoGate
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Widget
from widget_wire import keys
from widget_wire.runs import RunRecord, RunReply, RunRequest
from widget_wire.tasks import end_tasks
from widget_wire.uplinks import FarMessage, LinkEntry

T0 = 1_800_000_000.0


class World:
    """A store, schedulers on it, and a clock that moves when the test says so."""

    def __init__(self, store: Store, redis_url: str) -> None:
        self.store = store
        self.now = T0
        self.link = RedisLink(redis_url)
        self.first, self.second = self.scheduler(), self.scheduler()
        self.drain = RecordDrain(self.link, StoredRuns(store))

    def scheduler(self, bell: Bell | None = None) -> Scheduler:
        submitter = Submitter(self.link, Snapshots(StoredRuns(self.store), self.link))
        requests = Requests("test", lambda slug: f"http://{slug}.localhost")
        return Scheduler(self.store, self.link, submitter, requests, clock=lambda: self.now, bell=bell)

    async def widget(self, spec: dict[str, Any]) -> Widget:
        owner = await accounts.create(self.store, "olive", "olive@example.com", "no password")
        made = await widgets.create(self.store, owner, "scheduled", "A task", CODE)
        await schedules.save(self.store, made.slug, owner.id, None, self.now)
        await schedules.save(self.store, made.slug, owner.id, parse(spec), self.now)
        return made

    async def end(self, runner: FakeRunner, request: RunRequest, outcome: str = "ok") -> None:
        now = time.time()
        record = RunRecord(request.id, request.widget_id, request.trigger, request.revision, outcome, now, now)
        await runner.record(record)
        await eventually_true(lambda: self._drained(request.id))

    async def _drained(self, run_id: str) -> bool:
        await self.drain.drain_once()
        return await runs.is_finished(self.store, run_id)


@pytest.fixture
async def world(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    store = Store(Database(database_url), FolderBlobs(tmp_path / "blobs"), NoGate())
    world = World(store, redis_url)
    await world.link.client.xgroup_create(keys.RECORDS, keys.RECORDS_GROUP, id="0", mkstream=True)
    yield world
    await world.link.close()
    await store.close()


@pytest.fixture
async def runner(redis_url: str) -> AsyncIterator[FakeRunner]:
    """A runner with four places that answers nothing by itself."""

    async def nothing(request: RunRequest) -> list[RunReply]:
        return []

    async with FakeRunner(redis_url, nothing, places=4) as one:
        yield one


async def test_w_12_a_due_widget_is_run_as_a_script_whose_trigger_is_its_schedule(
    world: World, runner: FakeRunner
) -> None:
    await world.widget({"every": "minute"})
    assert (await world.first.once()).claimed == 0

    world.now += 60
    assert (await world.first.once()).handed_over == 1
    await runner.has_seen(1)

    (request,) = runner.seen
    assert (request.trigger, request.kind, request.timeout_s, request.live) == ("schedule", "scheduled", 300.0, True)


async def test_b_20_a_due_background_task_is_called_by_its_name_beside_the_widget_itself(
    world: World, runner: FakeRunner
) -> None:
    made = await world.widget({"every": "minute"})
    await schedules.save(world.store, made.slug, made.owner_id, parse({"every": "minute"}), world.now, "report#2")

    world.now += 60
    assert (await world.first.once()).handed_over == 2
    await runner.has_seen(2)

    own, task = sorted(runner.seen, key=lambda request: request.task, reverse=True)
    assert (own.task, own.function, own.runs_file) == ("script:main", None, "main.py")
    assert (task.task, task.trigger, task.timeout_s, task.runs_file) == ("report", "schedule", 3600.0, None)
    assert task.function is not None
    assert task.function["command"] == "task:report"
    assert task.function["client"]["background-task-id"] == task.id
    for request in (own, task):
        await world.end(runner, request)
    await world.first.once()
    ticks_of = [await schedules.ticks(world.store, made.id, task=name) for name in ("", "report#2")]
    assert [[tick.run_id for tick in found] for found in ticks_of] == [[own.id], [task.id]]


async def test_k_13_b_20_a_due_task_that_an_uplink_has_goes_there_once(world: World, runner: FakeRunner) -> None:
    made = await world.widget({"every": "minute"})
    await schedules.save(world.store, made.slug, made.owner_id, None, world.now)
    await schedules.save(world.store, made.slug, made.owner_id, parse({"every": "minute"}), world.now, "report")
    client = world.link.client
    for name, site in (("here", "alive"), ("gone", "dead")):
        entry = LinkEntry(name, made.id, site, "server", "k1", 1.0, "192.0.2.7", ("task:report",))
        await client.hset(keys.UPLINKS, name, entry.to_json())  # type: ignore[misc, arg-type]  # redis' hints
    await client.set(keys.UPLINK_SITE + "alive", b"1")

    world.now += 60
    assert (await world.first.once()).handed_over == 1

    [sent] = await client.lrange(keys.UPLINK_FAR + "alive", 0, -1)  # type: ignore[misc]  # redis' hints
    message = FarMessage.from_envelope(sent)
    request = message.request()
    assert (message.what, message.link, message.site) == ("launch", "here", "")
    assert (request.task, request.trigger, request.function and request.function["caller"]) == (
        "report", "schedule", "scheduled_task"
    )  # fmt: skip
    # Offered again, as after a worker's death: it is not sent again, and not to a runner either.
    await uplink_tasks.launch_once(world.link, LinkEntry.from_json(entry.to_json()), request)
    assert await client.llen(keys.UPLINK_FAR + "dead") == 0  # type: ignore[misc]  # redis' hints
    assert runner.seen == []
    # While its process lives, the row is nobody's to end.
    await client.hset(keys.UPLINK_TASKS, request.id, "alive")  # type: ignore[misc]  # redis' hints
    assert await uplink_tasks.sites_of(world.link, [request.id, "other"]) == {request.id: "alive"}
    await client.delete(keys.UPLINK_SITE + "alive")
    await uplink_tasks.forget_dead(world.link)
    assert await client.hlen(keys.UPLINK_TASKS) == 0  # type: ignore[misc]  # redis' hints


class _OnlyRung(Bell):
    async def wait(self, at_most_s: float = 0.0) -> bool:
        return await super().wait(3600)


async def test_a_scheduler_that_sleeps_is_woken_by_its_bell_and_settles_a_run_that_ended(
    world: World, runner: FakeRunner
) -> None:
    bell = _OnlyRung("schedule", "run")
    world.store.database.committed = lambda tables: bell.ring() if bell.tables & tables else None
    task = asyncio.create_task(world.scheduler(bell).run())
    try:
        world.now -= 60
        await world.widget({"every": "minute"})
        world.now += 60
        bell.ring()
        await runner.has_seen(1)

        await world.end(runner, runner.seen[0], "error")
        await eventually_true(lambda: _is_settled(world), 30)
    finally:
        await end_tasks(task)


async def _is_settled(world: World) -> bool:
    open_now = await ticks.count_open(world.store, world.now)
    return (open_now.is_waiting, open_now.with_runners) == (False, 0)


async def test_two_schedulers_at_once_run_every_time_once(world: World, runner: FakeRunner) -> None:
    made = await world.widget({"every": "minute"})

    for count in range(1, 4):
        world.now += 60
        await asyncio.gather(world.first.once(), world.second.once())
        await asyncio.gather(world.first.once(), world.second.once())
        await runner.has_seen(count)
        await world.end(runner, runner.seen[-1])

    assert len(runner.seen) == len({request.id for request in runner.seen}) == 3
    kept = (await runs.listed(world.store, made.slug, made.owner_id)).items
    assert [run.tick_at for run in kept] == [T0 + 180, T0 + 120, T0 + 60]


async def test_a_worker_killed_between_claim_and_start_loses_nothing(world: World, runner: FakeRunner) -> None:
    await world.widget({"every": "minute"})
    world.now += 60
    await ticks.claim(world.store, world.now)
    await ticks.take(world.store, world.now, 10, 15)

    assert (await world.second.once()).handed_over == 0
    world.now += 15

    assert (await world.second.once()).handed_over == 1
    await runner.has_seen(1)


async def test_a_worker_killed_after_the_start_and_before_it_said_so_starts_nothing_twice(
    world: World, runner: FakeRunner
) -> None:
    await world.widget({"every": "minute"})
    world.now += 60
    await ticks.claim(world.store, world.now)
    (lost,) = await ticks.take(world.store, world.now, 10, 15)
    # What ``once`` does, up to where it was killed.
    assert await world.first._submit(lost) == 1
    await runner.has_seen(1)

    world.now += 15
    assert (await world.second.once()).handed_over == 1
    await world.end(runner, runner.seen[0])
    await world.second.once()

    assert await world.link.client.llen(keys.RUN_QUEUE) == 0  # type: ignore[misc]  # redis-py's types say "or not"
    assert len(runner.seen) == 1


async def test_without_a_runner_runs_wait_and_are_not_lost(world: World, redis_url: str) -> None:
    await world.widget({"every": "hour", "at": ":00"})
    world.now += 3600
    assert (await world.first.once()).handed_over == 0
    assert await Reconciler(world.link, StoredRuns(world.store)).run() == 0

    async with FakeRunner(redis_url, places=4) as late:
        await world.first.once()
        await late.has_seen(1)


async def test_scheduled_runs_leave_places_to_what_people_wait_for(world: World, runner: FakeRunner) -> None:
    owner = await accounts.create(world.store, "bob", "bob@example.com", "no password")
    for number in range(6):
        made = await widgets.create(world.store, owner, "scheduled", f"Task {number}", CODE)
        await schedules.save(world.store, made.slug, owner.id, parse({"cron": "* * * * *"}), world.now)
    world.now += 60

    progress = await world.first.once()
    assert (progress.claimed, progress.handed_over) == (6, 3)
    assert (await world.first.once()).handed_over == 0

    await runner.has_seen(3)
    await world.end(runner, runner.seen[0])
    assert (await world.first.once()).handed_over == 1


async def test_it_runs_the_revision_that_is_live_when_it_starts(world: World, runner: FakeRunner) -> None:
    made = await world.widget({"every": "minute"})
    world.now += 60
    await ticks.claim(world.store, world.now)
    await revisions.append(world.store, made.slug, made.owner_id, {"main.py": "print('newer')\n"})

    await world.first.once()
    await runner.has_seen(1)

    assert runner.seen[0].revision == 2
    (kept,) = (await runs.listed(world.store, made.slug, made.owner_id)).items
    assert kept.revision == 2


async def test_it_goes_on_by_itself_when_redis_and_clock_do(world: World, runner: FakeRunner) -> None:
    await world.widget({"every": "minute"})
    running = asyncio.create_task(world.first.run())
    try:
        for count in range(1, 3):
            world.now += 60
            await runner.has_seen(count)
            await world.end(runner, runner.seen[-1])
    finally:
        world.first.stop()
        await running

    assert len(runner.seen) == 2


async def test_a_task_of_an_account_over_its_quota_is_recorded_as_failed_with_the_reason_and_not_run(
    world: World, runner: FakeRunner
) -> None:
    made = await world.widget({"every": "minute"})
    world.store.quotas = Quotas(runs_per_day=1)
    now = time.time()
    spent = RunRecord(new_id(), made.id, "owner", 1, "ok", now, now)
    await runs.finish(world.store, [FinishedRun(spent, ())])

    world.now += 60
    await world.first.once()
    await world.first.once()

    newest = (await runs.listed(world.store, made.slug, made.owner_id)).items
    told = next(run for run in newest if run.trigger == "schedule")
    assert (told.status, told.outcome) == ("finished", "error")
    assert "It was not run. Your account has used up its 1 runs of today." in told.error
    assert [event.text for event in await runs.events(world.store, told.id)] == [told.error]
    assert runner.seen == []
    used = {one.name: one.used for one in await quotas.of_account(world.store, made.owner_id)}
    assert used["runs_per_day"] == 1
