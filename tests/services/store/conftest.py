"""A store on SQLite and on Postgres, and small verbs to fill it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from widget_site.store.blobs import FolderBlobs
from widget_site.store.database import Database
from widget_site.store.gate import NoGate
from widget_site.store.store import Store


@pytest.fixture
async def store(database_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(Database(database_url), FolderBlobs(tmp_path / "blobs"), NoGate())
    yield opened
    await opened.close()
