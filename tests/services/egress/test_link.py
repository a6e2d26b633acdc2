"""The link between runner and proxy: who may use it, and what happens when either side goes away."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import dns.message
import pytest
from tests.fixtures import processes
from tests.services.egress.conftest import ProxyProcess, hand_over
from tests.services.egress.sandbox import RESOLVER, FakeSandbox, exactly, is_reset
from tests.services.egress.world import ECHO_PORT, PUBLIC, World

from widget_runner.egress_link import EgressLink

pytestmark = pytest.mark.root


async def reaches(sandbox: FakeSandbox) -> bool:
    return not await asyncio.to_thread(is_reset, lambda: sandbox.greeting(PUBLIC, ECHO_PORT))


async def wait_until(ready: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(processes.wait_until, ready, what)


async def test_a_sandbox_of_no_widget_has_no_network(world: World, link: EgressLink, transparent: FakeSandbox) -> None:
    link.adopt(transparent.name, transparent.kind, transparent.descriptors())
    dialled = world.dialled

    assert not await reaches(transparent)

    assert world.dialled == dialled


async def test_names_asked_before_it_belongs_to_a_widget_cost_it_none_later(
    world: World, link: EgressLink, transparent: FakeSandbox
) -> None:
    world.names["late.example"] = [[("A", PUBLIC)]]
    link.adopt(transparent.name, transparent.kind, transparent.descriptors())

    def ask_often() -> None:
        query = dns.message.make_query("late.example", "A").to_wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for _ in range(100):
                client.sendto(query, (RESOLVER, 53))

    await asyncio.to_thread(transparent.run, ask_often)
    await asyncio.sleep(1.0)  # longer than a query waits for its sandbox's widget
    link.bind(transparent.name, "late")
    reply = await asyncio.to_thread(transparent.ask, "late.example")

    assert [item.to_text() for item in reply.answer[0]] == [PUBLIC]


async def test_a_released_sandbox_loses_what_is_open(link: EgressLink, transparent: FakeSandbox) -> None:
    hand_over(link, transparent)
    connection = await asyncio.to_thread(transparent.connect, PUBLIC, ECHO_PORT)
    assert await asyncio.to_thread(exactly, connection, 5) == b"hello"

    link.release(transparent.name)

    with connection, pytest.raises(ConnectionResetError):
        await asyncio.to_thread(connection.recv, 1)


async def test_a_restarted_proxy_gets_every_sandbox_again(
    start_proxy: Callable[..., ProxyProcess], transparent: FakeSandbox
) -> None:
    proxy = start_proxy()
    link = EgressLink(proxy.socket)
    await link.start()
    hand_over(link, transparent)
    assert await reaches(transparent)

    proxy.kill()
    await wait_until(lambda: not link.connected, "the runner to notice")
    # This connection is made while there is no proxy: it waits in the listener's queue.
    waiting = asyncio.create_task(reaches(transparent))
    await asyncio.sleep(0.1)
    proxy.start()

    assert await waiting
    assert await reaches(transparent)
    await link.close()


async def test_without_a_proxy_code_gets_errors_instead_of_hanging(
    tmp_path: Path, transparent: FakeSandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("widget_runner.egress_link._ABSENT_AFTER_S", 0.0)
    link = EgressLink(tmp_path / "egress.sock")
    await link.start()
    hand_over(link, transparent, "w1")

    assert not await reaches(transparent)
    assert (await asyncio.to_thread(transparent.ask, "api.example")).rcode().name == "SERVFAIL"

    await link.close()
    assert "sandbox sandbox of widget w1 has no network: the egress proxy is not there" in caplog.text


async def test_a_proxy_that_comes_late_takes_over(
    start_proxy: Callable[..., ProxyProcess],
    tmp_path: Path,
    transparent: FakeSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("widget_runner.egress_link._ABSENT_AFTER_S", 0.0)
    link = EgressLink(tmp_path / "egress.sock")
    await link.start()
    hand_over(link, transparent)
    assert not await reaches(transparent)

    start_proxy()
    await wait_until(lambda: link.connected, "the runner to connect")

    assert await reaches(transparent)
    await link.close()


async def test_a_runner_that_dies_takes_its_outlets_along(
    proxy: ProxyProcess, link: EgressLink, transparent: FakeSandbox
) -> None:
    hand_over(link, transparent)
    connection = await asyncio.to_thread(transparent.connect, PUBLIC, ECHO_PORT)
    assert await asyncio.to_thread(exactly, connection, 5) == b"hello"

    await link.close()

    with connection, pytest.raises(ConnectionResetError):
        await asyncio.to_thread(connection.recv, 1)
    assert "a runner left; its 1 outlets are closed" in proxy.logged()


STRANGER = """
import socket, sys
link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
link.connect(sys.argv[1])
try:
    link.send(b'{"op": "fly", "sandbox": "x"}')
    sys.exit(0 if link.recv(100) == b"" else 3)
except (BrokenPipeError, ConnectionResetError):
    sys.exit(0)
"""


@pytest.mark.parametrize(("uid", "let_in"), [(0, True), (12345, True), (54321, False)])
def test_only_the_runners_uid_is_let_in(
    start_proxy: Callable[..., ProxyProcess], tmp_path: Path, uid: int, let_in: bool
) -> None:
    # Pytest's folders are three deep where tests run in lanes.
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    proxy = start_proxy(WIDGETRY_RUNNER_UID="12345")

    # The system's Python: ours may lie in a home folder that others can't enter.
    command = ["/usr/bin/python3", "-c", STRANGER, str(proxy.socket)]
    asked = subprocess.run(command, user=uid, group=uid, extra_groups=[], timeout=20, check=False)

    assert asked.returncode == (3 if let_in else 0)
    assert ("is not the runner" in proxy.logged()) != let_in


async def test_it_complains_of_what_it_can_not_obey(proxy: ProxyProcess, transparent: FakeSandbox) -> None:
    held = transparent.descriptors()
    bad: list[tuple[object, list[int]]] = [
        ({"op": "adopt", "sandbox": "x", "kind": "transparent", "policy": "none such"}, held),
        ({"op": "adopt", "sandbox": "x", "kind": "transparent", "policy": "run"}, []),
        ({"op": "adopt", "sandbox": "x", "kind": "proxy", "policy": "run"}, held[1:]),
        ({"op": "bind", "sandbox": "unknown", "widget": "w"}, []),
        ({"op": "fly", "sandbox": "x"}, []),
        ({"op": "bind"}, []),
        ([1, 2], []),
    ]
    for packet, descriptors in bad:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.connect(str(proxy.socket))
            link.settimeout(10)
            socket.send_fds(link, [json.dumps(packet).encode()], descriptors)

            answer = json.loads(link.recv(4096))

        assert answer["ev"] == "failed", packet
        assert answer["text"], packet
    for descriptor in held:
        os.close(descriptor)


async def test_bad_packets_leave_no_descriptor(proxy: ProxyProcess, transparent: FakeSandbox) -> None:
    def held() -> int:
        return len(os.listdir(f"/proc/{proxy.pid}/fd"))

    before = held()
    ours = transparent.descriptors()
    for _ in range(20):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
            link.connect(str(proxy.socket))
            link.settimeout(10)
            socket.send_fds(link, [b"not json"], ours)
            link.recv(4096)

    for descriptor in ours:
        os.close(descriptor)
    await wait_until(lambda: held() == before, "the descriptors to be closed")
