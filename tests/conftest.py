"""Fixtures for every test; each file of ``tests/fixtures`` holds one real thing that tests need."""

from pathlib import Path

import pytest

_BROWSER = Path(__file__).parent / "browser"

pytest_plugins = [
    "tests.fixtures.addresses",
    "tests.fixtures.blocking",
    "tests.fixtures.folders",
    "tests.fixtures.postgres",
    "tests.fixtures.redis_server",
    "tests.fixtures.report",
    # In this order: the later ones import the earlier ones.
    "tests.fixtures.sandbox_image",
    "tests.fixtures.dockerd",
    "tests.fixtures.engines",
    "tests.fixtures.stack",
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: Playwright keeps an event loop running in the main thread until the session ends,
    and no test with a loop of its own can run beside it."""
    items.sort(key=lambda item: item.path.is_relative_to(_BROWSER))
