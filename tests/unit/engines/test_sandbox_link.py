"""What the runner believes of a supervisor: no more than the protocol says."""

import asyncio
import json
import os

import pytest
from tests.unit.engines.fakes import FakeEngine, FakeProcess, until

from widget_runner import probe
from widget_runner.engines.base import EngineError, SandboxSpec
from widget_runner.pool import NoSandbox, Pool, PoolPolicy
from widget_runner.sandbox import EgressKind, Sandbox, SandboxGone


async def start(engine: FakeEngine) -> tuple[Sandbox, FakeProcess]:
    sandbox = await Sandbox.start(engine, SandboxSpec("w-test-1", 64), 2)
    return sandbox, engine.launched[-1]


async def test_a_run_hands_over_four_descriptors_and_ends_with_its_exit() -> None:
    sandbox, supervisor = await start(FakeEngine())
    child = sandbox.run()
    await until(lambda: supervisor.ops)
    assert supervisor.ops == [{"op": "run", "id": 1, "ahead": False, "app": False}]
    assert len(supervisor.fds[0]) == 4
    os.write(supervisor.fds[0][1], b"said")
    assert os.read(child.stdout, 10) == b"said"
    supervisor.say(ev="exit", id=1, status=3, cpu_s=0.5, rss_kb=100)
    ended = await asyncio.wait_for(child.exit, 2)
    assert (ended.status, ended.cpu_s, ended.rss_kb, ended.oom_killed) == (3, 0.5, 100, False)
    child.close()
    await sandbox.close()
    assert supervisor.killed == 1


async def test_a_spare_waits_for_the_next_run_once_every_run_has_answered() -> None:
    sandbox, supervisor = await start(FakeEngine())
    first, second = sandbox.run(), sandbox.run()

    first.note_answered()
    await until(lambda: len(supervisor.ops) == 2)
    second.note_answered()
    await until(lambda: len(supervisor.ops) == 3)
    spare = sandbox.run()

    assert [(op["id"], op["ahead"]) for op in supervisor.ops] == [(1, False), (2, False), (3, True)]
    assert (spare.number, sandbox.running, sandbox.runs) == (3, 3, 3)
    for child in (first, second, spare):
        child.close()
    await sandbox.close()


async def test_a_spare_that_dies_is_not_replaced_before_a_run_has_ended() -> None:
    sandbox, supervisor = await start(FakeEngine())
    sandbox.keep_spares()
    supervisor.say(ev="exit", id=1, status=-9, cpu_s=0, rss_kb=0)
    await until(lambda: not sandbox._spares)
    sandbox.keep_spares()

    child = sandbox.run()
    supervisor.say(ev="exit", id=2, status=0, cpu_s=0, rss_kb=0)
    await child.exit
    await until(lambda: len(supervisor.ops) == 3)

    assert [(op["id"], op["ahead"]) for op in supervisor.ops] == [(1, True), (2, False), (3, True)]
    child.close()
    await sandbox.close()


async def test_two_spares_wait_while_runs_come_one_right_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox, supervisor = await start(FakeEngine())
    spares = []

    for within_s in (60.0, 60.0, 60.0, 0.0):
        monkeypatch.setattr("widget_runner.sandbox._IN_A_ROW_S", within_s)
        child = sandbox.run()
        child.note_answered()
        supervisor.say(ev="exit", id=child.number, status=0, cpu_s=0, rss_kb=0)
        await child.exit
        child.close()
        spares.append(list(sandbox._spares))

    # The first came alone; from the last on one is enough again, and the other is used up first.
    assert spares == [[2], [3, 4], [4, 5], [5]]
    await sandbox.close()


async def test_a_spare_that_dies_leaves_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox, supervisor = await start(FakeEngine())
    monkeypatch.setattr("widget_runner.sandbox._IN_A_ROW_S", 60.0)
    for number in (1, 2):
        child = sandbox.run()
        child.note_answered()
        supervisor.say(ev="exit", id=number, status=0, cpu_s=0, rss_kb=0)
        await child.exit
        child.close()

    supervisor.say(ev="exit", id=3, status=-9, cpu_s=0, rss_kb=0)
    await until(lambda: len(sandbox._spares) == 1)
    child = sandbox.run()

    assert (child.number, sandbox.gone.is_set()) == (4, False)
    child.close()
    await sandbox.close()


async def test_what_a_spare_says_after_its_end_breaks_the_protocol() -> None:
    sandbox, supervisor = await start(FakeEngine())
    sandbox.keep_spares()
    for _ in range(2):
        supervisor.say(ev="exit", id=1, status=0, cpu_s=0, rss_kb=0)

    await asyncio.wait_for(sandbox.gone.wait(), 2)

    assert "does not live" in sandbox.gone_text
    await sandbox.close()


async def test_a_child_that_the_kernel_killed_for_memory_is_told_apart_from_one_we_killed() -> None:
    sandbox, supervisor = await start(FakeEngine())
    ours, theirs = sandbox.run(), sandbox.run()
    ours.kill()
    supervisor.kills_by_memory = 1
    for number in (1, 2):
        supervisor.say(ev="exit", id=number, status=-9, cpu_s=0, rss_kb=0)
    assert not (await ours.exit).oom_killed
    assert (await theirs.exit).oom_killed
    ours.close()
    theirs.close()
    await sandbox.close()


async def test_a_supervisor_that_goes_away_ends_its_children_and_every_wait() -> None:
    sandbox, supervisor = await start(FakeEngine())
    child = sandbox.run()
    supervisor.answers.pop("ping")
    ping = asyncio.create_task(sandbox.ping(5))
    await until(lambda: len(supervisor.ops) == 2)
    await supervisor.kill()
    assert await ping is False
    ended = await child.exit
    assert ended.status is None
    assert "ended" in ended.text
    with pytest.raises(SandboxGone):
        sandbox.run()
    child.close()
    await sandbox.close()


@pytest.mark.parametrize(
    "packet",
    [
        b"not json",
        b"[" * 60000,
        b"[]",
        b'{"ev":"surprise"}',
        b'{"ev":"exit","id":7,"status":0,"cpu_s":0,"rss_kb":0}',
        b'{"ev":"exit","id":true,"status":0,"cpu_s":0,"rss_kb":0}',
        b'{"ev":"exit","id":1,"status":"0","cpu_s":0,"rss_kb":0}',
        b'{"ev":"exit","id":1,"status":0,"cpu_s":[],"rss_kb":0}',
        b'{"ev":"bound"}',
        b'{"ev":"ready","mode":"userns","egress":"none"}',
        b'{"ev":"failed","op":"format","id":1,"text":"x"}',
        json.dumps({"ev": "exit", "id": 1, "pad": "x" * 70000}).encode(),
    ],
)
async def test_a_packet_outside_the_protocol_ends_the_sandbox(packet: bytes) -> None:
    sandbox, supervisor = await start(FakeEngine())
    child = sandbox.run()
    supervisor.theirs.send(packet)
    ended = await asyncio.wait_for(child.exit, 2)
    assert ended.status is None
    assert "protocol" in ended.text
    await until(lambda: supervisor.killed == 1)
    child.close()
    await sandbox.close()


async def test_descriptors_that_nobody_asked_for_are_closed() -> None:
    sandbox, supervisor = await start(FakeEngine())
    read, write = os.pipe()
    supervisor.answers["ping"] = {}
    supervisor.say(ev="pong", fds=None)  # a late pong is nothing wrong
    supervisor.say([write], ev="pong")
    os.close(write)
    os.set_blocking(read, False)
    closed = False
    for _ in range(100):
        try:
            closed = os.read(read, 1) == b""
            break
        except BlockingIOError:
            await asyncio.sleep(0.01)
    assert closed, "the runner kept a descriptor that a sandbox sent"
    os.close(read)
    await sandbox.close()


async def test_a_sandbox_that_never_gets_ready_is_killed_in_time() -> None:
    engine = FakeEngine()
    engine.ready = {}
    with pytest.raises(EngineError, match="not ready"):
        await Sandbox.start(engine, SandboxSpec("w-test-1", 64), 0.05)
    assert engine.launched[0].killed == 1


@pytest.mark.parametrize("wrong", [{"mode": "none"}, {"egress": "transparent"}, {"egress": "teleport"}])
async def test_a_sandbox_that_isolates_in_another_way_or_brings_other_descriptors_is_refused(
    wrong: dict[str, str],
) -> None:
    engine = FakeEngine()
    engine.ready |= wrong
    with pytest.raises(EngineError, match="ended while starting"):
        await Sandbox.start(engine, SandboxSpec("w-test-1", 64), 2)
    assert engine.launched[0].killed == 1


async def test_egress_descriptors_are_handed_on() -> None:
    engine = FakeEngine()
    engine.ready = {}
    handed: list[tuple[str, EgressKind, int]] = []

    def take(name: str, kind: EgressKind, fds: list[int]) -> None:
        handed.append((name, kind, len(fds)))
        for fd in fds:
            os.close(fd)

    starting = asyncio.create_task(Sandbox.start(engine, SandboxSpec("w-test-1", 64), 2, take))
    await until(lambda: engine.launched)
    fds = list(os.pipe())
    engine.launched[0].say(fds, ev="ready", mode="userns", egress="transparent", boot_ms=1, preloaded=["json"])
    sandbox = await starting
    assert handed == [("w-test-1", "transparent", 2)]
    assert sandbox.preloaded == ("json",)
    for fd in fds:
        os.close(fd)
    await sandbox.close()


async def test_a_child_that_does_not_die_takes_its_sandbox_with_it() -> None:
    sandbox, supervisor = await start(FakeEngine())
    child = sandbox.run()
    ended = await child.finish(grace_s=0.05)
    assert ended.status is None
    assert supervisor.killed == 1
    child.close()


async def test_a_bind_that_fails_says_why() -> None:
    sandbox, supervisor = await start(FakeEngine())
    supervisor.answers["bind"] = {"ev": "failed", "op": "bind", "id": None, "text": "no such environment"}
    with pytest.raises(SandboxGone, match="no such environment"):
        await sandbox.bind("widget", "digest")
    await sandbox.close()


async def test_an_engine_that_does_not_isolate_is_refused_by_the_probe_and_gives_no_sandbox() -> None:
    engine = FakeEngine()
    engine.ready |= {"mode": "none"}
    report = await probe.probe(engine, owner="t", memory_cgroup=True)
    assert not report.usable
    assert "isolates its children by 'none'" in report.notes[0]
    pool = Pool(engine, PoolPolicy(spare=0), owner="t")
    with pytest.raises(NoSandbox, match="user namespaces"):
        await pool.claim("a")
    await pool.close()
    assert all(process.killed for process in engine.launched)
