"""A real runner on a real Redis with real sandboxes."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from tests.fixtures import processes
from tests.services.runner.site_double import SiteDouble

from widget_runner.service import Runner
from widget_runner.settings import RunnerSettings

CHECKOUT = Path(__file__).resolve().parents[3]
SANDBOX_UID = 91605


@pytest.fixture(scope="session")
def launcher(rootfs: Path) -> Iterator[Path | None]:
    """As root: the socket of a launcher under another uid, because sandboxes of root are refused. Else None."""
    if os.geteuid() != 0:
        yield None
        return
    # Not pytest's own folder, which is closed to other users; nor our interpreter, which may be in a closed home.
    with tempfile.TemporaryDirectory(prefix="widgetry-launcher-") as name:
        folder = Path(name)
        os.chown(folder, SANDBOX_UID, SANDBOX_UID)
        socket, log = folder / "launcher.sock", folder / "launcher.log"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": ":".join(str(CHECKOUT / part) for part in ("runner", "widgets", "sandbox_images/policy")),
            "WIDGETRY_LAUNCHER": str(socket),
            "WIDGETRY_ROOTFS": str(rootfs),
            "WIDGETRY_GUEST": str(CHECKOUT),
            "WIDGETRY_RUNNER_UID": "0",
        }
        command = ["setpriv", f"--reuid={SANDBOX_UID}", f"--regid={SANDBOX_UID}", "--clear-groups"]
        process = processes.start([*command, "/usr/bin/python3", "-m", "widget_runner.launcher"], log, env=environment)
        processes.wait_until(socket.exists, "launcher", log=log)
        yield socket
        processes.stop(process)


@pytest.fixture
def runner_settings(
    redis_url: str, tmp_path: Path, rootfs: Path, launcher: Path | None
) -> Callable[..., RunnerSettings]:
    """Return what makes settings of a runner; arguments replace single ones."""

    def make(**changes: Any) -> RunnerSettings:
        given = {
            "redis_url": redis_url,
            "engine": "local",
            "runtime": tmp_path,
            "rootfs": rootfs,
            "guest": CHECKOUT,
            "launcher": launcher,
            "pool": 1,
            "drain_s": 2.0,
            "owner": "test",
        }
        return RunnerSettings(**{**given, **changes})

    return make


@pytest.fixture
async def site(redis_client: redis.asyncio.Redis) -> SiteDouble:
    """The site that the runner works for."""
    return SiteDouble(redis_client)


@pytest.fixture
async def start_runner(runner_settings: Callable[..., RunnerSettings]) -> AsyncIterator[Callable[..., Any]]:
    """Return what starts a runner in this process; all of them are closed after the test."""
    runners: list[Runner] = []

    async def start(**changes: Any) -> Runner:
        runner = Runner(runner_settings(**changes))
        runners.append(runner)
        await asyncio.wait_for(runner.start(), 30)
        return runner

    yield start
    for runner in runners:
        await asyncio.wait_for(runner.close(), 30)


@pytest.fixture
async def runner(start_runner: Callable[..., Any]) -> Runner:
    """A runner with ordinary settings."""
    started: Runner = await start_runner()
    return started
