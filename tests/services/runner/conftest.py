"""A real runner on a real Redis with real sandboxes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from tests.services.runner.site_double import SiteDouble

from widget_runner.service import Runner
from widget_runner.settings import RunnerSettings


@pytest.fixture
def runner_settings(
    redis_url: str, tmp_path: Path, rootfs: Path, checkout: Path, launcher: Path | None, cgroup_setting: str
) -> Callable[..., RunnerSettings]:
    """Return what makes settings of a runner; arguments replace single ones."""

    def make(**changes: Any) -> RunnerSettings:
        given = {
            "redis_url": redis_url,
            "engine": "local",
            "runtime": tmp_path,
            "rootfs": rootfs,
            "guest": checkout,
            "cgroup": cgroup_setting,
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
