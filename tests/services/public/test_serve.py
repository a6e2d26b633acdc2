"""The site's processes as ops starts them: several workers on one port, and an end that drops nobody."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fixtures import processes
from tests.fixtures.stack import free_port
from tests.services.fake_runner import FakeRunner, eventually, eventually_true, text_reply
from tests.services.http_client import Client

from widget_site.settings import SiteSettings
from widget_site.store import accounts, widgets
from widget_site.store.gate import NoGate
from widget_site.store.store import Store
from widget_wire.runs import RunReply, RunRequest


@dataclass
class SiteProcess:
    """``python -m widget_site.serve``, running."""

    process: subprocess.Popen[bytes]
    port: int
    client: Client
    log: Path

    def workers(self) -> list[int]:
        listed = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout
        return [int(pid) for pid in listed.split()]


@pytest.fixture
async def start_site(site_settings: SiteSettings, tmp_path: Path) -> AsyncIterator[Callable[..., SiteProcess]]:
    store = Store.open(site_settings, NoGate())
    owner = await accounts.create(store, "olive", "olive@example.com", "no password")
    widget = await widgets.create(store, owner, "api", "A widget", {"main.py": ""})
    await store.close()
    started: list[subprocess.Popen[bytes]] = []

    def start(workers: int) -> SiteProcess:
        port, log = free_port(), tmp_path / "site.log"
        settings = {
            "WIDGETRY_DATA": str(site_settings.data),
            "WIDGETRY_DATABASE_URL": site_settings.database_address,
            "WIDGETRY_REDIS_URL": site_settings.redis_address,
            "WIDGETRY_SITE_URL": f"http://localhost:{port}",
            "WIDGETRY_PORT": str(port),
            "WIDGETRY_WORKERS": str(workers),
        }
        process = processes.start([sys.executable, "-m", "widget_site.serve"], log, env={**os.environ, **settings})
        started.append(process)
        return SiteProcess(process, port, Client(port, f"{widget.slug}.localhost:{port}"), log)

    yield start
    for process in started:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def answers(site: SiteProcess) -> bool:
    try:
        return (await site.client.get("/")).status == 200
    except OSError:
        return False


async def test_stopping_it_lets_a_request_under_way_finish(
    start_site: Callable[..., SiteProcess], fake_runner: FakeRunner
) -> None:
    site = start_site(1)
    await eventually_true(lambda: answers(site), 90)

    async def slow(request: RunRequest) -> list[RunReply]:
        await asyncio.sleep(2)
        return [text_reply(request, "slow but sure")]

    fake_runner.handler = slow
    seen = len(fake_runner.seen)
    call = asyncio.create_task(site.client.get("/"))
    await fake_runner.has_seen(seen + 1)

    site.process.send_signal(signal.SIGTERM)
    answer = await call
    status = await asyncio.to_thread(site.process.wait, 10)

    assert (answer.text, status) == ("slow but sure", 0)
    assert "Traceback" not in site.log.read_text()


async def test_several_workers_share_a_port_and_a_killed_one_is_started_anew(
    start_site: Callable[..., SiteProcess], fake_runner: FakeRunner
) -> None:
    site = start_site(2)
    await eventually_true(lambda: answers(site), 90)
    before = site.workers()
    sites_before = {request.site for request in fake_runner.seen}
    for _ in range(60):
        await site.client.get("/")
    sites = {request.site for request in fake_runner.seen} | sites_before

    os.kill(before[0], signal.SIGKILL)
    await eventually(lambda: len(set(site.workers()) - set(before)) == 1, 20)
    answer = await site.client.get("/")

    assert len(before) == 2
    assert sites
    assert answer.status == 200


async def test_workers_do_not_outlive_the_process_that_started_them(
    start_site: Callable[..., SiteProcess], fake_runner: FakeRunner
) -> None:
    site = start_site(2)
    await eventually_true(lambda: answers(site), 90)
    workers = site.workers()
    started = time.monotonic()

    site.process.kill()
    await eventually(lambda: not any(is_alive(pid) for pid in workers), 15)

    assert len(workers) == 2
    assert time.monotonic() - started < 15


async def test_it_says_no_name_and_no_version(start_site: Callable[..., SiteProcess], fake_runner: FakeRunner) -> None:
    site = start_site(1)
    await eventually_true(lambda: answers(site), 90)

    answer = await site.client.get("/")

    assert not re.search("hypercorn|quart|python", str(answer.pairs), re.IGNORECASE)
