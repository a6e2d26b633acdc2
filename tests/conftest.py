"""Fixtures for every test; each file of ``tests/fixtures`` holds one real thing that tests need."""

pytest_plugins = [
    "tests.fixtures.addresses",
    "tests.fixtures.blocking",
    "tests.fixtures.folders",
    "tests.fixtures.garbage",
    "tests.fixtures.lanes",
    "tests.fixtures.postgres",
    "tests.fixtures.redis_server",
    "tests.fixtures.report",
    # In this order: the later ones import the earlier ones.
    "tests.fixtures.sandbox_image",
    "tests.fixtures.dockerd",
    "tests.fixtures.engines",
    "tests.fixtures.stack",
]
