"""The real runner as a process of its own, killed in the middle of a call (security.md 67)."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.fixtures import processes
from tests.services.fake_runner import eventually_true
from tests.services.site_server import SiteServer

from widget_runner.engines.base import EngineSettings

SOURCE = """
import time
import anvil.server

@anvil.server.route('/quick')
def quick():
    return 'quick'

@anvil.server.route('/slow')
def slow():
    time.sleep(20)

@anvil.server.route('/stream')
def stream():
    yield 'so far'
    time.sleep(20)
    yield 'never'
"""

StartRunner = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start_runner(redis_url: str, local_settings: EngineSettings, tmp_path: Path) -> Iterator[StartRunner]:
    settings = {
        "WIDGETRY_REDIS_URL": redis_url,
        "WIDGETRY_ENGINE": "local",
        "WIDGETRY_RUNTIME": str(local_settings.runtime),
        "WIDGETRY_ROOTFS": str(local_settings.rootfs),
        "WIDGETRY_CGROUP": local_settings.cgroup,
        "WIDGETRY_LAUNCHER": str(local_settings.launcher or ""),
        "WIDGETRY_GUEST": str(local_settings.checkout),
        "WIDGETRY_OWNER": local_settings.owner,
        "WIDGETRY_POOL": "1",
    }
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "widget_runner"]
        process = processes.start(command, tmp_path / "runner.log", env={**os.environ, **settings})
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


async def test_a_killed_runner_is_502_within_2_s_and_its_successor_answers(
    served: SiteServer, start_runner: StartRunner
) -> None:
    client = served.at(await served.make(SOURCE))
    first = start_runner()

    async def answers() -> bool:
        return (await client.get("/quick")).status == 200

    await eventually_true(answers, 60)
    call = asyncio.create_task(client.get("/slow"))
    await asyncio.sleep(1.0)

    first.kill()
    killed_at = time.monotonic()
    answer = await call
    took_s = time.monotonic() - killed_at
    start_runner()
    await eventually_true(answers, 60)

    assert answer.status == 502
    assert took_s < 2.5


async def test_h_67_a_runner_that_dies_while_it_answers_ends_the_answer_visibly(
    served: SiteServer, start_runner: StartRunner
) -> None:
    client = served.at(await served.make(SOURCE))
    runner = start_runner()

    async def answers() -> bool:
        return (await client.get("/quick")).status == 200

    await eventually_true(answers, 60)
    reader, writer = await asyncio.open_connection(client.address, client.port)
    writer.write(f"GET /stream HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode())
    await asyncio.wait_for(reader.readuntil(b"so far"), 20)

    runner.kill()
    rest = await asyncio.wait_for(reader.read(), 10)
    writer.close()

    assert b"never" not in rest
    assert b"0\r\n\r\n" not in rest
