"""Environments that nobody uses any more leave the runner's disk; one that a sandbox shows stays (issue 3.1)."""

import asyncio
import io
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
import redis.asyncio

from widget_runner.installs.environment_store import EnvironmentStore
from widget_runner.installs.intake import InstallIntake
from widget_runner.pool import Pool
from widget_wire import keys, packing
from widget_wire.installs import InstallRequest

USED, UNUSED, LAST = "a" * 64, "b" * 64, "c" * 64


class Sandboxes:
    """What of a pool an intake asks: which environments are shown now."""

    def __init__(self, *shown: str) -> None:
        self._shown = shown

    def shows(self, environment: str) -> bool:
        return environment in self._shown


@pytest.fixture
def environments(tmp_path: Path) -> EnvironmentStore:
    source = tmp_path / "source"
    source.mkdir()
    (source / "package.py").write_text("WORDS = 'here'\n")
    packed = io.BytesIO()
    packing.pack(str(source), packed)
    made = EnvironmentStore(tmp_path / "environments", "image", 1_000_000)
    made.prepare()
    for digest in (USED, UNUSED, LAST):
        packed.seek(0)
        made.put(digest, packed, threading.Event())
    return made


@pytest.fixture
async def ask(redis_client: redis.asyncio.Redis, environments: EnvironmentStore) -> AsyncIterator[Callable[..., Any]]:
    """Return what asks a runner whose sandboxes show USED to forget, in this order."""
    intake = InstallIntake(redis_client, None, environments, cast(Pool, Sandboxes(USED)), at_once=1)
    task = asyncio.create_task(intake.run())

    async def forget(*digests: str) -> None:
        for digest in digests:
            request = InstallRequest(digest, forget=True)
            await cast(Any, redis_client.rpush(keys.INSTALL_QUEUE, request.to_envelope()))

    yield forget
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_forgotten_leaves_the_disk_and_what_a_sandbox_shows_stays(
    ask: Callable[..., Any], environments: EnvironmentStore, tmp_path: Path
) -> None:
    await ask(USED, UNUSED, "../" + "d" * 61, LAST)

    # One at a time: when the last is gone, all were looked at.
    deadline = time.monotonic() + 20
    while list((tmp_path / "environments").iterdir()) != [tmp_path / "environments" / USED]:
        assert time.monotonic() < deadline, list((tmp_path / "environments").iterdir())
        await asyncio.sleep(0.02)

    assert environments.has(USED)
    assert not environments.has(UNUSED)
    assert (tmp_path / "environments" / USED / "package.py").read_text() == "WORDS = 'here'\n"


def test_what_a_killed_runner_left_unfinished_is_removed_by_the_next(
    environments: EnvironmentStore, tmp_path: Path
) -> None:
    half = tmp_path / "environments" / ".new-0123456789abcdef"
    (half / "package").mkdir(parents=True)
    (half / "package" / "half.py").write_text("x = ")
    (half / "package").chmod(0o555)

    environments.prepare()

    assert sorted(entry.name for entry in (tmp_path / "environments").iterdir()) == [USED, UNUSED, LAST]
