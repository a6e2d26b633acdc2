"""The whole path of a request with nothing faked: hypercorn, Redis, a runner, real sandboxes, the database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import redis.asyncio
from pydantic import SecretStr
from tests.fixtures.redis_server import RedisServer
from tests.services.fake_runner import eventually_true
from tests.services.http_client import Client
from tests.services.public.apis import SOURCE
from tests.services.site_server import SiteServer, serving

from widget_runner.engines.base import EngineSettings
from widget_runner.service import Runner
from widget_runner.settings import RunnerSettings
from widget_site.dispatch import RedisLink, StoredRuns
from widget_site.dispatch.drain import RecordDrain
from widget_site.settings import SiteSettings
from widget_site.store import runs
from widget_site.store.values import Run, Widget

ROUTE_TIMEOUT_S = 3.0


@dataclass
class World:
    """A site, its runner, and a widget with the routes of ``apis.py``."""

    served: SiteServer
    widget: Widget
    w: Client

    async def make(self, source: str) -> Client:
        """Return a client of a new API."""
        return self.served.at(await self.served.make(source))

    async def log(self, path: str, widget: Widget | None = None, status: int | None = None) -> tuple[Run, str]:
        """Return the owner's record of the newest request to ``path``, and what its run said.

        ``status``: of one that was answered so, where earlier ones of the same path were not.
        """
        slug = (widget or self.widget).slug
        found: list[Run] = []

        async def is_recorded() -> bool:
            page = await runs.listed(self.served.parts.store, slug, self.served.owner.id)
            asked = [(run, run.request or {}) for run in page.items]
            found[:] = [
                run for run, request in asked if request.get("path") == path and status in (None, request.get("status"))
            ]
            return bool(found)

        await eventually_true(is_recorded)
        events = await runs.events(self.served.parts.store, found[0].id)
        return found[0], "".join(event.text for event in events)


@contextlib.asynccontextmanager
async def running(settings: RunnerSettings) -> AsyncIterator[Runner]:
    """Run a runner in this process inside the block."""
    runner = Runner(settings)
    await asyncio.wait_for(runner.start(), 40)
    try:
        yield runner
    finally:
        await asyncio.wait_for(runner.close(), 40)


@contextlib.asynccontextmanager
async def draining(url: str, server: SiteServer) -> AsyncIterator[None]:
    """Drain records inside the block, as the site worker does."""
    link = RedisLink(url)
    drain = RecordDrain(link, StoredRuns(server.parts.store))
    task = asyncio.create_task(drain.run())
    try:
        yield
    finally:
        await drain.stop()
        await task
        await link.close()


@contextlib.asynccontextmanager
async def opened_world(
    redis_server: RedisServer, sandboxes: EngineSettings, folder: Path, source: str | dict[str, str], **settings: Any
) -> AsyncIterator[World]:
    """Run a site with these settings, its worker's drain and a runner; inside is a widget of this source."""
    async with redis.asyncio.Redis.from_url(redis_server.url) as client:
        await client.flushall()
    url = SecretStr(redis_server.url)
    database = SecretStr(f"sqlite+aiosqlite:///{folder}/widgetry.sqlite")
    made = RunnerSettings(
        redis_url=url,
        engine="local",
        runtime=sandboxes.runtime,
        rootfs=sandboxes.rootfs,
        cgroup=sandboxes.cgroup,
        launcher=sandboxes.launcher,
        guest=sandboxes.checkout,
        owner=sandboxes.owner,
        pool=1,
        drain_s=2.0,
    )
    given = SiteSettings(data=folder, database_url=database, redis_url=url, **settings)
    async with serving(given) as server, draining(redis_server.url, server), running(made):
        files = source if isinstance(source, dict) else {"main.py": source, "helper.py": "WORD = 'helped'\n"}
        widget = await server.make(files)
        yield World(server, widget, server.at(widget))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for a whole file; each test brings what it asks and leaves nothing that another would see."""
    folder = tmp_path_factory.mktemp("world")
    async with opened_world(redis_server, local_settings, folder, SOURCE, route_timeout_s=ROUTE_TIMEOUT_S) as opened:
        yield opened
