"""A site that serves, and a runner that answers what the test chooses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.services.fake_runner import FakeRunner
from tests.services.site_server import SiteServer, serving

from widget_site.settings import SiteSettings
from widget_site.store.blobs import FolderBlobs
from widget_site.store.database import Database
from widget_site.store.gate import NoGate
from widget_site.store.store import Store


@pytest.fixture
def site_settings(sqlite_url: str, redis_url: str, tmp_path: Path) -> SiteSettings:
    """Settings of a site on SQLite and the session's Redis."""
    return SiteSettings(data=tmp_path, database_url=SecretStr(sqlite_url), redis_url=SecretStr(redis_url))


@pytest.fixture
async def store(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """A store on SQLite; tests/services/store has one on each database."""
    opened = Store(Database(sqlite_url), FolderBlobs(tmp_path / "blobs"), NoGate())
    yield opened
    await opened.close()


@pytest.fixture
async def served(site_settings: SiteSettings) -> AsyncIterator[SiteServer]:
    """A site with ordinary settings."""
    async with serving(site_settings) as server:
        yield server


@pytest.fixture
async def fake_runner(redis_url: str) -> AsyncIterator[FakeRunner]:
    """A runner that answers "hello" to everything until the test says otherwise."""
    async with FakeRunner(redis_url) as runner:
        yield runner
