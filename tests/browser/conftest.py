"""The whole stack, started as people start it, and browsers whose pages may not fail in silence.

WIDGETRY_TEST_ORIGIN names a site that runs already, to be quick while writing tests.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.gui_page import TIMEOUT_MS, Files, WidgetPage, built_files
from tests.browser.owner import OWNER, make_owner
from tests.browser.person import PASSWORD, Person
from tests.fixtures.folders import open_folder
from tests.fixtures.stack import start_stack
from tests.services.providers.mock_providers import Mock, mock_providers

#: Private addresses that the operator of this site lets sandboxes reach: of servers that tests bring.
FAR = "10.214.0.0/16"


@pytest.fixture(scope="package")
def providers() -> Iterator[Mock]:
    """What Google is to the site of ``origin``."""
    with mock_providers() as made:
        yield made


@pytest.fixture(scope="package")
def origin(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a running site with runner, egress proxy, Redis and database of its own."""
    if given := os.environ.get("WIDGETRY_TEST_ORIGIN"):
        yield given.rstrip("/")
        return
    rootfs: Path = request.getfixturevalue("rootfs")
    google = f"{request.getfixturevalue('providers').url}/google"
    with open_folder() as folder:
        running = start_stack(
            folder / "data",
            rootfs,
            WIDGETRY_RATE_SIGN_UPS_PER_HOUR="10000",
            WIDGETRY_EGRESS_ALLOW=FAR,
            WIDGETRY_GOOGLE_URL=google,
        )
        make_owner(re.findall(r"http://\S+/welcome/\S+", running.said())[0])
        yield running.url
        assert running.stop() == 0, running.said()


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


@pytest.fixture
def patience() -> Iterator[None]:
    """An engine of a GUI widget that starts beside other work takes its time."""
    expect.set_options(timeout=TIMEOUT_MS)
    yield
    expect.set_options(timeout=5000)


@pytest.fixture(scope="package")
def gui_files() -> Iterator[Files]:
    """The files of GUI widgets' pages, served without a site."""
    with built_files() as served:
        yield served


@pytest.fixture
def widget(chromium: Browser, gui_files: Files, patience: None) -> Iterator[Callable[..., WidgetPage]]:
    """Make a page with a GUI widget and no site: ``widget("full", app, add=…)``."""
    made: list[WidgetPage] = []

    def make(engine: str, app: dict[str, Any], **functions: Callable[..., Any]) -> WidgetPage:
        made.append(WidgetPage(chromium, gui_files, engine, app, functions))
        return made[-1]

    yield make
    for one in made:
        one.close()
