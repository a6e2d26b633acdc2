"""When a run, a sandbox or a runner is gone, so is everything it had on the machine."""

import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import docker
import pytest
from tests.attacks.outside import PRELUDE
from tests.fixtures import processes
from tests.fixtures.engines import RUN_GID, RUNNER_UID, SANDBOX_UID, start_launcher
from tests.fixtures.inside import begin, healthy, run
from tests.fixtures.sandbox_image import REPOSITORY

import widget_policy
import widget_runner
import widget_wire
from widget_runner import cgroups
from widget_runner.engines import make_engine
from widget_runner.engines.base import EngineError, EngineSettings, SandboxEngine
from widget_runner.engines.docker import LABEL
from widget_runner.engines.launcher_link import LauncherLink
from widget_runner.pool import Pool, PoolPolicy

#: How many runs the leak test makes; 1,000 by hand: WIDGETRY_TEST_RUNS=1000.
RUNS = int(os.environ.get("WIDGETRY_TEST_RUNS", "200"))


@dataclasses.dataclass(frozen=True)
class Held:
    """What exists on the machine because of sandboxes."""

    processes: frozenset[int]
    mounts: int
    descriptors: frozenset[str]
    files: frozenset[str]
    containers: int
    cgroups: frozenset[str]


def look(settings: EngineSettings, client: docker.APIClient | None) -> Held:
    """Return what there is now."""
    ours = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == SANDBOX_UID and b"launcher" not in (entry / "cmdline").read_bytes():
                    ours.add(int(entry.name))
            except OSError:
                continue
    tops = [settings.runtime, Path("/var/tmp"), Path("/tmp"), Path("/dev/shm")]
    files = {
        entry.path for top in tops for entry in os.scandir(top) if top == tops[0] or _owner_of(entry) == SANDBOX_UID
    }
    folders = cgroups.parse_folders(settings.cgroup).values()
    marks = (str(settings.runtime), settings.owner, f"widgetry-dockerd-{os.getpid()}/data")
    return Held(
        processes=frozenset(ours),
        mounts=sum(mark in line for line in Path("/proc/self/mountinfo").read_text().splitlines() for mark in marks),
        descriptors=frozenset(os.listdir("/proc/self/fd")),
        files=frozenset(files),
        containers=len(client.containers(all=True, filters={"label": LABEL})) if client else 0,
        cgroups=frozenset(str(entry) for folder in folders for entry in folder.iterdir() if entry.is_dir()),
    )


def _owner_of(entry: "os.DirEntry[str]") -> int:
    """Return whose a file is; -1 when somebody removed it meanwhile."""
    try:
        return entry.stat(follow_symlinks=False).st_uid
    except OSError:
        return -1


@asynccontextmanager
async def nothing_left(settings: EngineSettings) -> AsyncIterator[None]:
    """Compare the machine before and after."""
    client = docker.APIClient(base_url=settings.docker_url) if settings.docker_url else None
    try:
        look(settings, client)  # opens what a first look opens
        before = look(settings, client)
        yield
        for _ in range(100):  # the kernel and Docker end a process a moment after they said so
            after = look(settings, client)
            if after == before:
                break
            await asyncio.sleep(0.05)
        assert after == before
    finally:
        if client:
            client.close()


async def test_nothing_is_left_after_many_runs(engine_settings: EngineSettings) -> None:
    # Every tenth leaves a daemon, every tenth is killed, every tenth plants files: as real ones do.
    kinds = ["print('x')"] * 7 + [
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(100)\n",
        "import time\nprint('up', flush=True)\ntime.sleep(100)",
        "open('/tmp/f', 'w').write('x')\nopen('/dev/shm/f', 'w').write('x')",
    ]
    await _use_once(engine_settings)
    async with nothing_left(engine_settings):
        engine = await make_engine(engine_settings)
        pool = await _pool(engine, engine_settings)
        for number in range(RUNS):
            sandbox = await pool.claim(f"widget-{number % 3}")
            running = await begin(sandbox, kinds[number % len(kinds)])
            if "up" in kinds[number % len(kinds)]:
                await running.said("up")
                assert (await running.child.finish(5)).status == -9
            ended = await running.end()
            assert ended.exit.status is not None, ended
            pool.release(sandbox)
        await pool.close()
        await engine.close()


async def _use_once(settings: EngineSettings) -> None:
    """Let what a first use opens for good be opened."""
    engine = await make_engine(settings)
    await (await _pool(engine, settings)).close()
    await engine.close()


async def _pool(engine: SandboxEngine, settings: EngineSettings) -> Pool:
    pool = Pool(engine, PoolPolicy(spare=1, memory_mb=256, runs=max(20, RUNS // 10)), owner=settings.owner)
    await pool.start()
    pool.release(await pool.claim("first"))
    return pool


def _as_arguments(settings: EngineSettings) -> str:
    given = dataclasses.asdict(settings)
    return json.dumps({key: str(value) if isinstance(value, Path) else value for key, value in given.items()})


async def _start_runner(
    settings: EngineSettings, uid: int, environment: dict[str, str] | None = None
) -> "tuple[asyncio.subprocess.Process, dict[str, object]]":
    command = [sys.executable, "-m", "tests.fixtures.as_user", str(uid), str(RUN_GID), "tests.attacks.runner_that_dies"]
    runner = await asyncio.create_subprocess_exec(
        *command, _as_arguments(settings), stdout=subprocess.PIPE, cwd=REPOSITORY, env=os.environ | (environment or {})
    )
    assert runner.stdout is not None
    async with asyncio.timeout(60):
        line = await runner.stdout.readline()
    assert line, "the runner did not start its sandboxes"
    return runner, json.loads(line)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_runners_sandboxes_die_with_it(how: signal.Signals, engine_settings: EngineSettings) -> None:
    settings = dataclasses.replace(engine_settings, owner=engine_settings.owner + "d")
    async with nothing_left(settings):
        runner, told = await _start_runner(settings, 0)
        pids = told["pids"]
        assert isinstance(pids, list)
        assert len(pids) >= 6
        runner.send_signal(how)
        await runner.wait()
        deadline = time.monotonic() + 5
        while any(Path(f"/proc/{pid}").exists() for pid in pids):
            assert time.monotonic() < deadline, "sandboxes outlive their runner"
            await asyncio.sleep(0.02)
        # What the kernel does not take away with the processes, the next runner's sweep does.
        next_engine = await make_engine(settings)
        await next_engine.sweep()
        await next_engine.close()


async def test_a_runner_with_a_uid_of_its_own_has_sandboxes_of_another(
    local_settings: EngineSettings, launcher_settings: dict[str, str]
) -> None:
    path = local_settings.runtime / "launcher-of-runner.sock"
    launcher = start_launcher(path, launcher_settings, RUNNER_UID)
    settings = dataclasses.replace(local_settings, launcher=path, owner=local_settings.owner + "u")
    try:
        runner, told = await _start_runner(settings, RUNNER_UID)
        pids = told["pids"]
        assert isinstance(pids, list)
        assert told["uid"] == RUNNER_UID
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids} <= {SANDBOX_UID, 0}
        status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
        assert all(f"Uid:\t{SANDBOX_UID}\t{SANDBOX_UID}" in text for text in status)
        # Neither may root, which is not the runner, ask this launcher for anything.
        link = LauncherLink(path, {})
        with pytest.raises(EngineError, match=r"launcher( ended|'s connection failed)"):
            await _ask(link)
        await link.close()
        runner.kill()
        await runner.wait()
    finally:
        assert processes.stop(launcher) == 0
        path.unlink()
        path.with_suffix(".log").unlink()
    left = [await cgroup.remove() for cgroup in cgroups.CgroupTree(cgroups.parse_folders(settings.cgroup)).stale("w-")]
    assert all(left)


async def test_without_root_a_runner_has_a_launcher_of_its_own_uid(local_settings: EngineSettings) -> None:
    settings = dataclasses.replace(local_settings, launcher=None, cgroup="", owner=local_settings.owner + "o")
    # The checkout and its interpreter may lie where only root may go.
    code = settings.runtime / "code"
    for package in (widget_runner, widget_policy, widget_wire):
        shutil.copytree(Path(str(package.__file__)).parent, code / package.__name__)
    environment = {"PYTHONPATH": str(code), "TEST_EXECUTABLE": "/usr/bin/python3"}
    runner, told = await _start_runner(settings, RUNNER_UID, environment)
    pids = told["pids"]
    assert isinstance(pids, list)
    assert pids
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in pids} <= {RUNNER_UID, 0}
    runner.kill()
    await runner.wait()
    async with asyncio.timeout(5):
        while any(Path(f"/proc/{pid}").exists() for pid in pids):  # noqa: ASYNC110 - a foreign process
            await asyncio.sleep(0.02)


async def test_a_runner_that_is_root_starts_no_sandboxes_as_root(local_settings: EngineSettings) -> None:
    engine = await make_engine(dataclasses.replace(local_settings, launcher=None, cgroup=""))
    report = await engine.probe()
    assert not report.usable
    assert "root" in report.notes[0]
    await engine.close()


async def _ask(link: LauncherLink) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        await link.launch("w-forged-1", theirs)


async def test_the_launcher_takes_its_sandboxes_along_and_the_runner_finds_the_next_one(
    local_settings: EngineSettings, launcher_settings: dict[str, str]
) -> None:
    path = local_settings.runtime / "launcher-that-dies.sock"
    settings = dataclasses.replace(local_settings, launcher=path, owner=local_settings.owner + "l")
    async with nothing_left(settings):
        launcher = start_launcher(path, launcher_settings, 0)
        engine = await make_engine(settings)
        pool = Pool(engine, PoolPolicy(spare=0, memory_mb=256), owner=settings.owner)
        await pool.start()
        first = await pool.claim("a")
        pids = first.process.pids()
        launcher.kill()
        launcher.wait()
        async with asyncio.timeout(5):
            await first.gone.wait()
            while any(Path(f"/proc/{pid}").exists() for pid in pids):  # noqa: ASYNC110 - a foreign process
                await asyncio.sleep(0.02)
        launcher = start_launcher(path, launcher_settings, 0)
        second = await pool.claim("a")
        assert second is not first
        assert await healthy(second)
        await pool.close()
        await engine.close()
        assert processes.stop(launcher) == 0
        path.unlink()
        path.with_suffix(".log").unlink()


async def test_a_closed_pool_leaves_nothing_in_the_middle_of_everything(engine_settings: EngineSettings) -> None:
    await _use_once(engine_settings)
    async with nothing_left(engine_settings):
        engine = await make_engine(engine_settings)
        pool = await _pool(engine, engine_settings)
        sandbox = await pool.claim("a")
        bombs = [await begin(sandbox, PRELUDE + "while True:\n    attempt(os.fork)") for _ in range(3)]
        await asyncio.sleep(0.5)
        await pool.close()
        for bomb in bombs:
            assert (await bomb.end()).exit.status is None
        await engine.close()


async def test_a_sandbox_whose_supervisor_dies_is_replaced(
    engine: SandboxEngine, engine_settings: EngineSettings
) -> None:
    pool = await _pool(engine, engine_settings)
    first = await pool.claim("a")
    for pid in first.process.pids():
        # Those after the supervisor go with it, and may be gone before they are looked at.
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            if b"widget_guest" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        await first.gone.wait()
    second = await pool.claim("a")
    assert second is not first
    assert (await run(second, "print(1)")).out == "1\n"
    await pool.close()


def test_a_launcher_refuses_to_be_root(launcher_settings: dict[str, str]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "widget_runner.launcher"],
        env={**os.environ, **launcher_settings},
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 2
    assert "root" in refused.stderr
