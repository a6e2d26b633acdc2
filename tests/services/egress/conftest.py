"""A world in namespaces, the real proxy process in one of them, and sandboxes' networks beside it."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.fixtures import processes
from tests.fixtures.postgres import PostgresServer
from tests.services.egress.sandbox import FakeSandbox
from tests.services.egress.world import ALLOWED, ALLOWED_CIDR, WORLD_ADDRESS, World, a_world

from widget_runner.egress_link import SOCKET_NAME, EgressLink


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    """One world for all tests of the folder."""
    with a_world() as made:
        yield made


class ProxyProcess:
    """``python -m widget_egress`` in the proxy's namespace."""

    def __init__(self, world: World, runtime: Path, **settings: str) -> None:
        self._world = world
        self.socket = runtime / SOCKET_NAME
        self.log = runtime / "egress.log"
        self._environment = {
            "PATH": os.environ["PATH"],
            "WIDGETRY_RUNTIME": str(runtime),
            "WIDGETRY_DNS": WORLD_ADDRESS,
            "WIDGETRY_EGRESS_ALLOW": ALLOWED_CIDR,
            **settings,
        }

    def start(self) -> None:
        command = ["ip", "netns", "exec", self._world.proxy.name, sys.executable, "-m", "widget_egress"]
        self._process = processes.start(command, self.log, env=self._environment)
        processes.wait_for_server(self.socket, self._process, "the egress proxy", self.log)

    def stop(self) -> int:
        return processes.stop(self._process)

    def end_well(self) -> None:
        """Stop it: with 0, and without a traceback in its log."""
        assert self.stop() == 0, self.logged()
        assert "Traceback" not in self.logged(), self.logged()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def logged(self) -> str:
        return self.log.read_text()


@pytest.fixture
def start_proxy(world: World, tmp_path: Path) -> Iterator[Callable[..., ProxyProcess]]:
    """Start the proxy with settings of the test's own."""
    started: list[ProxyProcess] = []

    def start(**settings: str) -> ProxyProcess:
        proxy = ProxyProcess(world, tmp_path, **settings)
        proxy.start()
        started.append(proxy)
        return proxy

    yield start
    for process in started:
        process.end_well()


@pytest.fixture(scope="package")
def proxy(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxyProcess]:
    """The proxy with the settings of most tests, shared by them; each takes another widget."""
    process = ProxyProcess(world, tmp_path_factory.mktemp("egress"))
    process.start()
    yield process
    process.end_well()


@pytest.fixture
async def link(proxy: ProxyProcess) -> AsyncIterator[EgressLink]:
    """The runner's end of the link, connected."""
    made = EgressLink(proxy.socket)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def transparent() -> Iterator[FakeSandbox]:
    """A sandbox's network of the transparent kind, not handed over yet."""
    sandbox = FakeSandbox("sandbox", "transparent")
    yield sandbox
    sandbox.close()


@pytest.fixture
def explicit() -> Iterator[FakeSandbox]:
    """A sandbox's network of the kind "proxy", not handed over yet."""
    sandbox = FakeSandbox("sandbox", "proxy")
    yield sandbox
    sandbox.close()


@pytest.fixture
async def online_with(
    start_proxy: Callable[..., ProxyProcess], transparent: FakeSandbox
) -> AsyncIterator[Callable[..., Awaitable[ProxyProcess]]]:
    """Give the sandbox a network through a proxy with settings of the test's own."""
    links: list[EgressLink] = []

    async def start(**settings: str) -> ProxyProcess:
        proxy = start_proxy(**settings)
        links.append(EgressLink(proxy.socket))
        await links[-1].start()
        hand_over(links[-1], transparent)
        return proxy

    yield start
    for link in links:
        await link.close()


@pytest.fixture(scope="package")
def postgres_in_the_world(world: World, postgres_server: PostgresServer) -> Iterator[str]:
    """A Postgres that listens on the allowed address in the world; its user's name."""
    user = postgres_server.user
    with tempfile.TemporaryDirectory(prefix="widgetry-pg-far-") as name:
        folder = Path(name)
        shutil.chown(folder, user)
        log = folder / "postgres.log"
        data = folder / "data"
        init: list[str | Path] = [
            postgres_server.programs / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            user,
            "--no-sync",
        ]
        assert processes.start([*init, "--locale", "C.UTF-8"], log, user).wait() == 0, log.read_text()
        hosts = data / "pg_hba.conf"
        hosts.write_text(hosts.read_text() + "host all all all trust\n")
        options = [f"-clisten_addresses={ALLOWED}", f"-cunix_socket_directories={folder}", "-cfsync=off"]
        server: list[str | Path] = [postgres_server.programs / "postgres", "-D", data, *options]
        inside = ["ip", "netns", "exec", world.far.name, "setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        process = processes.start([*inside, *server], log)
        ready: list[str | Path] = [postgres_server.programs / "pg_isready", "-q", "-h", folder]
        processes.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, "postgres", log=log)
        yield user
        processes.stop(process, signal.SIGINT)


_numbers = itertools.count(1)


def hand_over(link: EgressLink, sandbox: FakeSandbox, widget_id: str = "") -> FakeSandbox:
    """Give a sandbox its network, as the runner does; without a name, on the account of a widget of its own."""
    link.adopt(sandbox.name, sandbox.kind, sandbox.descriptors())
    link.bind(sandbox.name, widget_id or f"w{next(_numbers)}")
    return sandbox


@pytest.fixture
def online(link: EgressLink, transparent: FakeSandbox) -> FakeSandbox:
    """A transparent sandbox with a network."""
    return hand_over(link, transparent)


@pytest.fixture
def online_explicit(link: EgressLink, explicit: FakeSandbox) -> FakeSandbox:
    """An explicit sandbox with a network."""
    return hand_over(link, explicit)
