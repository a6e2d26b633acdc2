"""Processes are watched: their own user, their own settings, started again when they die, gone when we go."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fixtures import processes

from widget_all_in_one.fleet import Fleet
from widget_all_in_one.identities import identities
from widget_all_in_one.process import ProcessSpec, WatchedProcess
from widget_all_in_one.steps import SetupError

WAIT = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WITH_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
print(child.pid, flush=True)
child.wait()
"""
TELLS_WHEN_IT_ENDS = """
import signal, sys, time
signal.signal(15, lambda *_: sys.exit(print(time.monotonic())))
print("up", flush=True)
signal.pause()
"""
TELLS_WHO_IT_IS = """
import os, signal
capabilities = [line.split()[1] for line in open("/proc/self/status") if line[:6] in ("CapInh", "CapPrm", "CapEff")]
print(os.getresuid(), os.getresgid(), os.getgroups(), capabilities, flush=True)
signal.pause()
"""


def spec(name: str, code: str, drain_s: float = 5.0, **env: str) -> ProcessSpec:
    return ProcessSpec(
        name, (sys.base_prefix + "/bin/python3", "-c", code), env, identities().site, drain_s, None, False
    )


async def until(ready: Callable[[], bool], timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not ready():  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_it_starts_a_killed_process_again_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    process = WatchedProcess(spec("site", WAIT), tmp_path / "site.log", said.append)
    process.start()
    await until(lambda: process.pid is not None and list(process.tail) == ["up"])
    first = process.pid
    assert first

    os.kill(first, signal.SIGKILL)
    await until(lambda: process.starts == 2 and list(process.tail) == ["up", "up"])

    assert process.pid not in (None, first)
    assert said == ["site ended (signal SIGKILL); starting it again in 0.1 s"]
    await process.stop()


async def test_a_process_that_ends_well_without_being_asked_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    process = WatchedProcess(spec("worker", "print('up')"), tmp_path / "worker.log", said.append)
    process.start()

    await until(lambda: process.starts >= 2)
    await process.stop()

    assert said[0] == "worker ended (exit 0); starting it again in 0.1 s"


async def test_what_a_process_prints_is_in_its_log(tmp_path: Path) -> None:
    process = WatchedProcess(spec("site", WAIT), tmp_path / "site.log", print)
    process.start()
    await until(lambda: bool(process.tail))

    await process.stop()

    assert (tmp_path / "site.log").read_text() == "up\n"


async def test_a_stopped_process_is_not_started_again(tmp_path: Path) -> None:
    process = WatchedProcess(spec("site", WAIT), tmp_path / "site.log", print)
    process.start()
    await until(lambda: bool(process.tail))
    pid = process.pid
    assert pid

    await process.stop()

    assert (process.starts, process.pid, is_alive(pid)) == (1, None, False)


async def test_a_process_that_ignores_the_end_is_killed_after_its_drain_time(tmp_path: Path) -> None:
    said: list[str] = []
    process = WatchedProcess(spec("runner", STUBBORN, drain_s=0.2), tmp_path / "log", said.append)
    process.start()
    await until(lambda: bool(process.tail))
    pid = process.pid
    assert pid

    await process.stop()

    assert not is_alive(pid)
    assert said == ["runner did not end in 0 s and is killed"]


async def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    process = WatchedProcess(spec("launcher", WITH_CHILD), tmp_path / "log", print)
    process.start()
    await until(lambda: len(process.tail) == 2)
    grandchild = int(next(line for line in process.tail if line != "up"))

    await process.stop()

    await until(lambda: not is_alive(grandchild))
    assert not is_alive(grandchild)


async def test_a_process_gets_its_own_settings_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIDGETRY_DATABASE_URL", "postgresql://secret")
    code = "import os, signal; print(sorted(k for k in os.environ if k != 'LC_CTYPE'), flush=True); signal.pause()"
    process = WatchedProcess(spec("runner", code, WIDGETRY_ENGINE="local"), tmp_path / "log", print)
    process.start()
    await until(lambda: bool(process.tail))

    assert list(process.tail) == ["['WIDGETRY_ENGINE']"]
    await process.stop()


async def test_a_process_can_gain_no_privileges(tmp_path: Path) -> None:
    code = (
        "import signal; print([l for l in open('/proc/self/status') if 'NoNewPrivs' in l], flush=True); signal.pause()"
    )
    process = WatchedProcess(spec("runner", code), tmp_path / "log", print)
    process.start()
    await until(lambda: bool(process.tail))

    assert list(process.tail) == [r"['NoNewPrivs:\t1\n']"]
    await process.stop()


async def test_a_process_that_keeps_dying_is_named_with_its_last_words(tmp_path: Path) -> None:
    fleet = Fleet([spec("runner", "raise SystemExit('no image here')")], tmp_path, print)
    fleet.start()

    async def never() -> bool:
        return False

    with pytest.raises(SetupError, match=r"(?s)runner does not stay up.*no image here"):
        await fleet.wait_until(never, "the site", 30)
    await fleet.stop()


async def test_a_fleet_stops_in_the_order_opposite_to_its_start(tmp_path: Path) -> None:
    fleet = Fleet([spec(name, TELLS_WHEN_IT_ENDS) for name in ("redis", "runner", "site")], tmp_path, print)
    fleet.start()
    await until(lambda: all(process.tail for process in fleet.processes.values()))

    await fleet.stop()

    ended = {name: float(process.tail[-1]) for name, process in fleet.processes.items()}
    assert sorted(ended, key=ended.__getitem__) == ["site", "runner", "redis"]


def test_processes_die_with_us_even_by_sigkill(tmp_path: Path) -> None:
    code = f"""
import asyncio, pathlib, sys
from widget_all_in_one.identities import identities
from widget_all_in_one.process import ProcessSpec, WatchedProcess
async def main():
    spec = ProcessSpec("site", (sys.executable, "-c", {WAIT!r}), {{}}, identities().site, switch_user=False)
    process = WatchedProcess(spec, pathlib.Path({str(tmp_path / "log")!r}), print)
    process.start()
    while not process.tail: await asyncio.sleep(0.01)
    print(process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as us:
        assert us.stdout
        pid = int(us.stdout.readline())
        assert is_alive(pid)
        us.kill()

    processes.wait_until(lambda: not is_alive(pid), "the end of the process", 5)
    assert not is_alive(pid)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: switches users")
async def test_each_process_runs_as_its_own_user_without_capabilities(tmp_path: Path) -> None:
    who = identities()
    seen = {}
    for role in ("site", "runner", "egress", "redis", "sandbox"):
        one = ProcessSpec(role, ("/usr/bin/python3", "-c", TELLS_WHO_IT_IS), {}, getattr(who, role))
        process = WatchedProcess(one, tmp_path / role, print)
        process.start()
        await until(lambda process=process: bool(process.tail))  # type: ignore[misc]  # bound now, not later
        seen[role] = process.tail[-1]
        await process.stop()

    assert len(set(seen.values())) == 5
    assert seen["runner"] == f"(91602, 91602, 91602) (91602, 91602, 91602) [91600] {['0' * 16] * 3}"
    assert seen["site"] == f"(91601, 91601, 91601) (91601, 91601, 91601) [] {['0' * 16] * 3}"


def test_the_wait_of_these_tests_ends() -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="nothing was not ready"):
        processes.wait_until(lambda: False, "nothing", timeout_s=0.05)
    assert time.monotonic() > start
