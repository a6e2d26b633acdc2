"""What dies in the middle of an install: any process, the index. Told or done, and nothing half-made stays."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.folders import open_folder
from tests.fixtures.stack import Stack, start_stack
from tests.services.packages.conftest import Owner
from tests.services.packages.index import Index

GREET = "import steady\nprint(steady.WORDS)\n"


@pytest.fixture(scope="module")
def mistreated(index: Index, rootfs: Path) -> Iterator[Stack]:
    """A product whose processes are killed, with a minute for an install."""
    with open_folder() as folder:
        running = start_stack(folder / "data", rootfs, WIDGETRY_INDEX_URL=index.url, WIDGETRY_INSTALL_TIMEOUT_S="60")
        yield running
        running.stop()


@pytest.fixture
def somebody(mistreated: Stack, index: Index) -> Iterator[Owner]:
    """Somebody new; the index is well before and afterwards."""
    index.slow_s, index.is_down = 0.0, False
    index.add_wheel("steady", "1.0", {"steady.py": "WORDS = 'from before'\n"})
    yield Owner(mistreated.sign_up())
    index.slow_s, index.is_down = 0.0, False


def begin(owner: Owner, slug: str, package: str) -> None:
    """Ask for another package, and wait until it is being downloaded."""
    body = {"requirements": ["steady==1.0", package]}
    assert owner.person.call("PUT", f"/widgets/{slug}/requirements", body).status == 202
    wait_for(owner, slug, "download")


def wait_for(owner: Owner, slug: str, phase: str) -> None:
    deadline = time.monotonic() + 40
    while (found := owner.environment(slug))["phase"] != phase:
        assert found["status"] == "installing", found
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def ends_of(owner: Owner, slug: str) -> list[str]:
    """Return how installs of the second revision ended; the first one's packages may have been there before."""
    deadline = time.monotonic() + 20
    while not (ends := [item["outcome"] for item in owner.installs(slug, 1) if item["revision"] == 2]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return ends


def environments(site: Stack) -> list[str]:
    return sorted(entry.name for entry in (site.data / "environments").iterdir())


def eventually(found: Any, expected: Any, timeout_s: float = 40.0) -> None:
    deadline = time.monotonic() + timeout_s
    while (got := found()) != expected:
        assert time.monotonic() < deadline, got
        time.sleep(0.1)


def test_security_67_a_runner_killed_in_an_install_leaves_nothing_half_made_and_the_install_is_done_by_the_next(
    somebody: Owner, mistreated: Stack, index: Index
) -> None:
    index.add_wheel("interrupted", "1.0", {"interrupted.py": "WORDS = 'all of it'\n"})
    slug = somebody.widget(GREET, "steady==1.0")
    before = environments(mistreated)
    index.slow_s = 6.0
    begin(somebody, slug, "interrupted")
    runner = mistreated.pids()["runner"]

    os.kill(runner, signal.SIGKILL)
    index.slow_s = 0.0

    # The next runner begins anew; meanwhile the packages from before are in use.
    eventually(lambda: runner not in mistreated.pids().values() and "runner" in mistreated.pids(), True)
    mistreated.wait_until_healthy()
    assert somebody.said(slug) == "from before\n"
    found = somebody.settled(slug)
    assert (found["status"], found["packages"]) == ("ready", ["interrupted==1.0", "steady==1.0"])
    assert [name for name in environments(mistreated) if name.startswith(".")] == []
    assert len(environments(mistreated)) == len(before) + 1
    assert ends_of(somebody, slug) == ["ok"]
    saved = {"files": {"main.py": "import interrupted, steady\nprint(interrupted.WORDS, steady.WORDS)\n"}}
    assert somebody.person.call("PUT", f"/widgets/{slug}/files", saved).status == 200
    assert somebody.said(slug) == "all of it from before\n"


@pytest.mark.parametrize("name", ["site", "worker", "redis"])
def test_security_67_an_install_goes_on_when_another_process_is_killed(
    somebody: Owner, mistreated: Stack, index: Index, name: str
) -> None:
    package = f"outlives{name}"
    index.add_wheel(package, "1.0", {f"outlives{name}.py": "WORDS = 'all of it'\n"})
    slug = somebody.widget(GREET, "steady==1.0")
    before = environments(mistreated)
    index.slow_s = 3.0
    begin(somebody, slug, package)
    killed = mistreated.pids()[name]

    os.kill(killed, signal.SIGKILL)

    eventually(lambda: mistreated.pids().get(name, killed) != killed, True)
    mistreated.wait_until_healthy()
    # Whether it is over by now or not: what was asked of the old packages is answered.
    assert somebody.said(slug) == "from before\n"
    index.slow_s = 0.0
    found = somebody.settled(slug)
    assert (found["status"], found["packages"]) == ("ready", [f"{package}==1.0", "steady==1.0"])
    assert len(environments(mistreated)) == len(before) + 1
    assert ends_of(somebody, slug) == ["ok"]
    saved = {"files": {"main.py": f"import outlives{name}\nprint(outlives{name}.WORDS)\n"}}
    assert somebody.person.call("PUT", f"/widgets/{slug}/files", saved).status == 200
    assert somebody.said(slug) == "all of it\n"


def test_security_67_an_index_that_goes_away_in_an_install_is_told_and_the_packages_from_before_stay(
    somebody: Owner, mistreated: Stack, index: Index
) -> None:
    index.add_wheel("unreachable", "1.0", {"unreachable.py": "", "unreachable.bin": os.urandom(400_000)})
    slug = somebody.widget(GREET, "steady==1.0")
    before = environments(mistreated)
    index.slow_s = 2.0
    begin(somebody, slug, "unreachable")

    index.slow_s, index.is_down = 0.0, True
    found = somebody.settled(slug, 90)

    assert (found["status"], found["reason"]) == ("failed", "index"), found["log"]
    assert found["message"].startswith(
        ("The package index could not be reached", "What the package index sent was cut")
    )
    assert found["message"].endswith("Try again.")
    assert environments(mistreated) == before
    assert somebody.said(slug) == "from before\n"
    # When it is back, so are they.
    index.is_down = False
    assert somebody.ask(slug, "steady==1.0", "unreachable")["status"] == "ready"
