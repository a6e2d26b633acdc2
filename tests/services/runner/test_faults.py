"""What happens when something else breaks or misbehaves (security.md 15-19, 28, 67, 68)."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import redis.asyncio
from tests.fixtures import processes
from tests.services.runner.site_double import SITE, SiteDouble

from widget_runner.intake import Intake
from widget_runner.service import Runner
from widget_runner.settings import RunnerSettings
from widget_wire import keys

QUICK = "import anvil.server\n@anvil.server.route('/')\ndef quick():\n    return 'quick'\n"
SLOW = "import anvil.server, time\n@anvil.server.route('/')\ndef slow():\n    time.sleep({})\n    return 'slow'\n"


@dataclass
class Nothing:
    """Stands for a sandbox that is not there yet."""

    running: int = 0


NOTHING = Nothing()


async def until(condition: Callable[[], Any], what: str, timeout_s: float = 10) -> None:
    """Wait until ``condition`` (a function or coroutine function) is true."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}"
        await asyncio.sleep(0.02)


@pytest.mark.usefixtures("runner")
async def test_a_widget_with_a_thousand_runs_delays_nobody_elses(site: SiteDouble) -> None:  # security 28
    hog = [await site.route(SLOW.format(2), widget_id="hog") for _ in range(300)]
    await site.call(await site.route(QUICK, widget_id="other"))
    await site.submit(*hog)
    started = time.monotonic()

    other = await site.route(QUICK, widget_id="other")
    await site.submit(other)
    replies = [await site.reply()]
    while replies[-1].id != other.id:
        replies.append(await site.reply())

    assert time.monotonic() - started < 1.5
    assert replies[-1].body == b"quick"
    assert {reply.status for reply in replies[:-1]} == {"busy"}
    assert len(replies) - 1 == 300 - 8 - 32


async def test_a_run_that_finds_no_place_in_time_is_busy(start_runner: Callable[..., Any], site: SiteDouble) -> None:
    await start_runner(places=1)
    first = await site.route(SLOW.format(1.5))
    second = await site.route(QUICK, widget_id="w2", start_before_ms=int(time.time() * 1000) + 700)

    await site.submit(first, second)

    assert [((await site.reply()).id, status) for status in ("busy", "done")] == [
        (second.id, "busy"),
        (first.id, "done"),
    ]


async def test_runs_that_cannot_be_placed_soon_stay_for_other_runners(
    start_runner: Callable[..., Any], site: SiteDouble
) -> None:
    runner = await start_runner(places=1, backlog=2)
    requests = [await site.route(SLOW.format(1), widget_id=f"w{number}") for number in range(6)]

    await site.submit(*requests)
    await until(lambda: runner._intake.waiting == 2, "a full backlog")

    assert await cast(Any, site.client.llen(keys.RUN_QUEUE)) == 3


async def test_a_sandbox_that_dies_loses_its_runs_and_nothing_else(runner: Runner, site: SiteDouble) -> None:
    route, script = await site.route(SLOW.format(30)), await site.script("print('up')\nimport time\ntime.sleep(30)")
    await site.submit(route, script)
    await site.wait_for_event(script.id, "stdout", "up")
    await until(lambda: sandbox_of(runner).running == 2, "both runs")

    await sandbox_of(runner).close()
    replies = {reply.id: reply for reply in (await site.reply(), await site.reply())}

    assert (replies[route.id].status, replies[route.id].http_status) == ("lost", 502)
    assert replies[script.id].status == "done"
    finished = await site.finished(script.id)
    assert finished.record.outcome == "internal_error"
    assert finished.events[-1]["data"]["outcome"] == "internal_error"
    assert (await site.record(route.id)).outcome == "internal_error"
    assert (await site.get(QUICK)).body == b"quick"


async def test_a_run_whose_user_code_had_not_started_is_tried_in_another_sandbox(
    runner: Runner, site: SiteDouble
) -> None:
    assert (await site.get(QUICK)).body == b"quick"
    for pid in sandbox_of(runner).process.pids():
        with contextlib.suppress(ProcessLookupError):  # the first one's end is that of the others
            os.kill(pid, signal.SIGKILL)

    reply = await site.get(QUICK)

    assert (reply.status, reply.body) == ("done", b"quick")


@pytest.mark.parametrize("kind", ["route", "script"])
async def test_a_spare_that_is_killed_as_it_gets_a_run_costs_nothing(
    runner: Runner, site: SiteDouble, kind: str
) -> None:
    assert (await site.get(QUICK)).body == b"quick"
    first = sandbox_of(runner)
    await until(lambda: first.running == 0 and spare_of(first), "a spare, and nothing else")
    spare = spare_of(first)
    os.kill(spare, signal.SIGSTOP)  # it gets the run's descriptors and reads no START
    one = await site.route(QUICK) if kind == "route" else await site.script("print('quick')")
    await site.submit(one)
    await until(lambda: first.running == 1, "the run's hand-over")

    os.kill(spare, signal.SIGKILL)

    if kind == "route":
        reply = await site.reply()
        assert (reply.id, reply.status, reply.body) == (one.id, "done", b"quick")
    else:
        assert (await site.finished(one.id)).text() == "quick\n"
    assert (await site.record(one.id)).outcome == "ok"
    assert sandbox_of(runner) is not first


def spare_of(sandbox: Any) -> int:
    """The host's pid of the spare, the first process of a namespace below the supervisor's; 0 when there is none."""
    for pid in sandbox.process.pids():
        with contextlib.suppress(OSError):
            numbers = next(
                line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("NSpid:")
            ).split()[1:]
            if len(numbers) == 3 and numbers[-1] == "1":
                return int(pid)
    return 0


def sandbox_of(runner: Runner) -> Any:
    """The sandbox of the widget that tests use."""
    place = runner._pool._warm.get("w1")
    return place.sandbox if place is not None else NOTHING


async def test_a_runner_tells_that_it_lives_and_what_it_has_taken(runner: Runner, site: SiteDouble) -> None:
    described = await cast(Any, site.client.hgetall(keys.RUNNER + runner.id))
    assert described[b"engine"] == b"local"
    assert described[b"mode"] == b"userns"
    assert int(described[b"places"]) == 32
    assert await cast(Any, site.client.sismember(keys.RUNNERS, runner.id))

    run = await site.route(SLOW.format(1))
    await site.submit(run)

    async def taken() -> Any:
        return await cast(Any, site.client.hget(keys.TAKEN, run.id))

    await until(taken, "an entry in TAKEN", timeout_s=0.9)
    assert await taken() == runner.id.encode()
    assert (await site.reply()).body == b"slow"
    await until(lambda: gone(taken), "the entry's end")


async def gone(find: Callable[[], Any]) -> bool:
    """Whether ``find`` finds nothing."""
    return not await find()


@pytest.fixture
def runner_process(
    runner_settings: Callable[..., RunnerSettings], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return what starts ``python -m widget_runner``."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**changes: Any) -> subprocess.Popen[bytes]:
        settings = runner_settings(**changes)
        environment = {"PATH": os.environ["PATH"], "WIDGETRY_REDIS_URL": settings.redis_url.get_secret_value()}
        for name in ("engine", "runtime", "rootfs", "guest", "launcher", "cgroup", "pool", "drain_s", "owner"):
            environment[f"WIDGETRY_{name.upper()}"] = str(getattr(settings, name) or "")
        command = [sys.executable, "-m", "widget_runner"]
        started.append(processes.start(command, tmp_path / "runner.log", env=environment))
        return started[-1]

    yield start
    for process in started:
        processes.stop(process)


async def beating(site: SiteDouble) -> list[str]:
    """The ids of runners whose heartbeat is there."""
    known = [runner.decode() for runner in await cast(Any, site.client.smembers(keys.RUNNERS))]
    return [runner for runner in known if await site.client.exists(keys.RUNNER + runner)]


async def test_a_killed_runner_is_noticed_by_its_missing_heartbeat(
    runner_process: Callable[..., subprocess.Popen[bytes]], site: SiteDouble
) -> None:  # security 67
    process = runner_process()
    await until(lambda: beating(site), "a heartbeat", 20)
    (runner_id,) = await beating(site)
    run = await site.route(SLOW.format(20))
    await site.submit(run)

    async def taken() -> Any:
        return await cast(Any, site.client.hget(keys.TAKEN, run.id))

    await until(taken, "an entry in TAKEN")
    process.kill()

    await until(lambda: gone(lambda: beating(site)), "the heartbeat's end", 2.0)
    assert await taken() == runner_id.encode()
    assert await cast(Any, site.client.llen(keys.REPLY + SITE)) == 0

    runner_process()  # started again, it removes what the killed one left, and serves

    assert (await site.get(QUICK, start_before_ms=int(time.time() * 1000) + 30_000)).body == b"quick"


async def test_a_runner_that_is_asked_to_stop_finishes_what_runs_and_gives_back_what_waits(
    runner_process: Callable[..., subprocess.Popen[bytes]], site: SiteDouble
) -> None:
    process = runner_process(drain_s=15.0)
    await until(lambda: beating(site), "a heartbeat", 20)
    requests = [await site.route(SLOW.format(3)) for _ in range(12)]
    await site.submit(*requests)
    await until(lambda: all_taken(site, requests), "all of them taken")

    process.send_signal(signal.SIGTERM)
    replies = [await site.reply() for _ in range(8)]

    assert [reply.body for reply in replies] == [b"slow"] * 8
    assert await asyncio.to_thread(process.wait, 20) == 0
    assert await cast(Any, site.client.llen(keys.RUN_QUEUE)) == 4
    assert await beating(site) == []
    assert await cast(Any, site.client.hlen(keys.TAKEN)) == 0


async def all_taken(site: SiteDouble, requests: list[Any]) -> bool:
    """Whether TAKEN names all of them."""
    return bool(await cast(Any, site.client.hlen(keys.TAKEN)) == len(requests))


async def test_a_machine_that_cannot_isolate_runs_nothing(
    runner_process: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = runner_process(rootfs=tmp_path)

    assert await asyncio.to_thread(process.wait, 20) == 3


async def test_redis_may_go_and_come_back(
    start_runner: Callable[..., Any], tmp_path: Path, redis_server: Any
) -> None:  # security 68
    socket = tmp_path / "r.sock"
    command = [redis_server.program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", tmp_path]
    server = processes.start(command, tmp_path / "redis.log")
    processes.wait_for_server(socket, server, "redis-server")
    try:
        await start_runner(redis_url=f"unix://{socket}")
        async with redis.asyncio.Redis.from_url(f"unix://{socket}") as client:
            site = SiteDouble(client)
            run = await site.script("import time\nprint('one')\ntime.sleep(1.5)\nprint('two')")
            await site.submit(run)
            await site.wait_for_event(run.id, "stdout", "one")
            processes.stop(server)
            await asyncio.sleep(0.5)
            server = processes.start(command, tmp_path / "redis.log")
            processes.wait_for_server(socket, server, "redis-server")
            await until(lambda: answers(client), "redis")

            finished = await site.finished(run.id)
            assert finished.record.outcome == "ok"
            assert finished.text().endswith("two\n")
            assert (await site.reply()).id == run.id
            reply = await site.get(QUICK)
            assert (reply.status, reply.body) == ("done", b"quick")
            await until(lambda: beating(site), "a heartbeat", 3)
            later = await site.script("print('on')\nimport time\ntime.sleep(60)")
            await site.submit(later)
            await site.wait_for_event(later.id, "stdout", "on")
            await site.stop(later.id)
            assert (await site.finished(later.id)).record.outcome == "stopped"
    finally:
        processes.stop(server)


async def answers(client: redis.asyncio.Redis) -> bool:
    """Whether Redis answers."""
    try:
        return bool(await client.ping())
    except (redis.exceptions.ConnectionError, OSError):
        return False


async def test_nothing_is_left_of_many_runs(runner: Runner, site: SiteDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    # However slow the machine is: all runs come in a row, so two spares wait before as after.
    monkeypatch.setattr("widget_runner.sandbox._IN_A_ROW_S", 60.0)
    for _ in range(2):
        await site.get(QUICK)
    sandbox = sandbox_of(runner)
    await until(lambda: sandbox.running == 0 and len(sandbox._spares) == 2, "two spares, and nothing else")
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(60):
        assert (await site.get(QUICK)).body == b"quick"
    await until(lambda: runner._intake.running == 0, "the end of all runs")

    assert len(os.listdir("/proc/self/fd")) <= before + 2
    assert runner._intake._held == {}


async def test_a_small_limit_of_kept_output_is_a_setting(start_runner: Callable[..., Any], site: SiteDouble) -> None:
    await start_runner(output_kept_kb=1)

    run = await site.run_script("print('x' * 2000)")

    assert run.record.outcome == "ok"
    assert run.text() == "x" * 1000 + "\n… truncated\n"


MEDIA = """
import anvil.server
@anvil.server.route('/')
def media(n):
    return anvil.BlobMedia('image/x', b'x' * int(n))
"""


async def test_media_larger_than_a_response_may_be_is_a_500_that_says_so(
    start_runner: Callable[..., Any], site: SiteDouble
) -> None:  # security 22
    await start_runner(response_max_mb=1)

    large = await site.get(MEDIA, asked={"query_params": {"n": str(1024 * 1024 + 1000)}})
    small = await site.get(MEDIA, asked={"query_params": {"n": str(1024 * 1024)}})

    assert (large.http_status, large.outcome) == (500, "error")
    assert b"1048576 bytes" in large.body
    assert (small.http_status, len(small.body)) == (200, 1024 * 1024)


async def test_without_a_sandbox_to_be_had_a_caller_is_told_to_come_back(
    start_runner: Callable[..., Any], site: SiteDouble
) -> None:
    runner = await start_runner(pool=0, sandboxes=1)
    await site.submit(await site.route(SLOW.format(3)))
    await until(lambda: runner._intake.running == 1, "the run")
    await until(lambda: sandbox_of(runner).running == 1, "its child")

    reply = await site.get(QUICK, widget_id="another")

    assert reply.status == "busy"


async def test_a_runner_whose_intake_failed_still_ends(
    start_runner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = await start_runner()

    def fail(_data: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runner._intake, "take", fail)
    await runner._client.rpush(keys.RUN_QUEUE, b"anything")

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(runner.run(asyncio.Event()), 10)
    await asyncio.wait_for(runner.close(), 20)


async def test_no_part_outlives_its_runner_by_losing_its_cancellation(
    start_runner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What asyncio.wait_for of Python 3.11 does, through which redis-py sends, when its result comes at the same time.
    def deaf_once() -> Callable[..., Awaitable[None]]:
        waits = iter([3600])

        async def wait(*_: Any) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(next(waits, 0))

        return wait

    before = asyncio.all_tasks()
    monkeypatch.setattr(Intake, "_look_for_missed_stops", deaf_once())
    runner = await start_runner()
    monkeypatch.setattr(runner._heartbeat, "beat", deaf_once())
    await asyncio.sleep(2 * keys.HEARTBEAT_S)

    await runner.close()

    assert asyncio.all_tasks() == before
