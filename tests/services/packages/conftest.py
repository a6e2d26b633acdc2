"""The whole product with an index of the test's own on this machine, which the operator's setting names."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.folders import open_folder
from tests.fixtures.stack import Person, Stack, start_stack
from tests.services.packages.index import Index


@pytest.fixture(scope="session")
def index() -> Iterator[Index]:
    """A package index, empty but for what tests add."""
    with Index() as running:
        yield running


@pytest.fixture(scope="session")
def site(index: Index, rootfs: Path, checkout: Path) -> Iterator[Stack]:
    """A product with low limits: 3 MB downloaded, 8 seconds, 40 MB unpacked."""
    with open_folder() as folder:
        running = start_stack(
            folder / "data",
            rootfs,
            WIDGETRY_GUEST=str(checkout),
            WIDGETRY_INDEX_URL=index.url,
            WIDGETRY_INSTALL_MAX_MB="3",
            WIDGETRY_INSTALL_TIMEOUT_S="8",
            WIDGETRY_INSTALL_UNPACKED_MB="40",
        )
        yield running
        assert running.stop() == 0, running.said()


@dataclass
class Owner:
    """Somebody with verbs for packages."""

    person: Person

    def widget(self, main: str, *requirements: str) -> str:
        """Make a script and wait for its packages; return its name."""
        body = {"kind": "script", "title": "A test", "files": {"main.py": main}, "requirements": list(requirements)}
        made = self.person.call("POST", "/widgets", body)
        assert made.status == 201, made.text
        self.settled(made.json["slug"])
        slug: str = made.json["slug"]
        return slug

    def ask(self, slug: str, *requirements: str) -> Any:
        """Ask for these packages and wait until they are installed or failed."""
        asked = self.person.call("PUT", f"/widgets/{slug}/requirements", {"requirements": list(requirements)})
        assert asked.status == 202, asked.text
        return self.settled(slug)

    def environment(self, slug: str) -> Any:
        """Return how the packages are."""
        return self.person.call("GET", f"/widgets/{slug}/environment").json

    def settled(self, slug: str, timeout_s: float = 60.0) -> Any:
        """Wait until nothing is being installed."""
        deadline = time.monotonic() + timeout_s
        while (found := self.environment(slug))["status"] == "installing":
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found

    def installs(self, slug: str, many: int, timeout_s: float = 10.0) -> Any:
        """Wait until so many installs are in the list of runs; return them, newest first."""
        deadline = time.monotonic() + timeout_s
        while len(items := self.person.call("GET", f"/widgets/{slug}/runs?trigger=install").json["items"]) < many:
            assert time.monotonic() < deadline, items
            time.sleep(0.1)
        return items

    def said(self, slug: str) -> str:
        """Run the widget and return what it printed and its error."""
        run, events = self.person.run(slug)
        printed = "".join(event["text"] for event in events if event["kind"] in ("stdout", "stderr"))
        return printed + (run["error"] or "")


@pytest.fixture
def owner(site: Stack) -> Owner:
    """Somebody new."""
    return Owner(site.sign_up())
