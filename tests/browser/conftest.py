"""The whole stack, started as people start it, and browsers whose pages may not fail in silence.

WIDGETRY_TEST_ORIGIN names a site that runs already, to be quick while writing tests.
"""

import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.owner import OWNER, make_owner
from tests.browser.person import PASSWORD, Person
from tests.fixtures.processes import start, stop, wait_until
from tests.fixtures.stack import own_guest

#: Redis, database, runner and site, on a machine that does other things too.
START_TIMEOUT_S = 120.0
#: Private addresses that the operator of this site lets sandboxes reach: of servers that tests bring.
FAR = "10.214.0.0/16"


@pytest.fixture(scope="package")
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a running site with runner, egress proxy, Redis and database of its own."""
    if given := os.environ.get("WIDGETRY_TEST_ORIGIN"):
        yield given.rstrip("/")
        return
    rootfs: Path = request.getfixturevalue("rootfs")
    # Not below pytest's own folder, which is closed to the other users of the stack.
    folder = Path(tempfile.mkdtemp(prefix="wt-", dir="/tmp"))
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "widget_all_in_one", "up", "--engine", "local", "--port", str(port)]
    settings = {"WIDGETRY_RATE_SIGN_UPS_PER_HOUR": "10000", "WIDGETRY_EGRESS_ALLOW": FAR}
    env = {**os.environ, "WIDGETRY_ROOTFS": str(rootfs), **settings, **own_guest()}
    log = folder / "up.log"
    up = start([*command, "--data", folder / "data"], log, env=env)
    try:
        wait_until(lambda: "is ready at" in log.read_text() or up.poll() is not None, "ops/up", START_TIMEOUT_S, log)
        assert up.poll() is None, log.read_text()
        make_owner(re.findall(r"http://\S+/welcome/\S+", log.read_text())[0])
        yield f"http://localhost:{port}"
    finally:
        status, said = stop(up, timeout_s=30), log.read_text()
        shutil.rmtree(folder)
        assert status == 0, said


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the folder; every person has a profile of their own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, origin: str) -> Iterator[Callable[..., Person]]:
    """Make people, each with a browser profile; at the end none of their pages may have failed or broken the policy."""
    made: list[Person] = []

    def make(name: str = "ada", **context: object) -> Person:
        made.append(Person.arrive(chromium, origin, f"{name}-{secrets.token_hex(3)}", **context))
        return made[-1]

    yield make
    problems = [problem for one in made for problem in one.problems]
    for one in made:
        one.leave()
    assert problems == []


@pytest.fixture
def boss(person: Callable[..., Person]) -> Person:
    """The administrator, signed in."""
    one = person("boss")
    one.name = OWNER
    one.sign_in(PASSWORD)
    return one


@pytest.fixture
def ada(person: Callable[..., Person]) -> Person:
    """Somebody who is signed in."""
    return person("ada").sign_up()
