"""What connections carry: bytes both ways in full, half-closed ends, caps, and a real Postgres."""

import asyncio
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it has no types
import pytest
from tests.fixtures import processes
from tests.services.egress.conftest import ProxyProcess, hand_over
from tests.services.egress.sandbox import FakeSandbox, bulk, exactly, is_reset
from tests.services.egress.world import ALLOWED, ECHO_PORT, PUBLIC, World

from widget_runner.egress_link import EgressLink

pytestmark = pytest.mark.root


def test_it_carries_bytes_both_ways_and_half_closed_ends(online: FakeSandbox) -> None:
    with online.connect(PUBLIC, ECHO_PORT) as connection:
        # The far end sees our end of file only after the last byte, and still answers afterwards.
        got = bulk(connection, 64 << 20)

    assert got == (64 << 20) + len(b"hello")


def test_it_carries_many_connections_at_once(online: FakeSandbox) -> None:
    connections = [online.connect(PUBLIC, ECHO_PORT) for _ in range(100)]
    for number, connection in enumerate(connections):
        connection.sendall(b"%05d" % number)
    answers = [exactly(connection, 10) for connection in connections]
    for connection in connections:
        connection.close()

    assert answers == [b"hello%05d" % number for number in range(100)]


def test_a_broken_connection_is_broken_on_the_other_side(proxy: ProxyProcess, online: FakeSandbox) -> None:
    with online.connect(PUBLIC, ECHO_PORT) as first:
        assert exactly(first, 5) == b"hello"
        before = open_descriptors(proxy)
    connection = online.connect(PUBLIC, ECHO_PORT)
    assert exactly(connection, 5) == b"hello"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()

    processes.wait_until(lambda: open_descriptors(proxy) < before, "both ends to close")


def test_thousands_of_connections_leave_no_descriptor(
    start_proxy: Callable[..., ProxyProcess], transparent: FakeSandbox
) -> None:
    proxy = start_proxy()

    async def open_and_close() -> int:
        link = EgressLink(proxy.socket)
        await link.start()
        hand_over(link, transparent)
        assert await asyncio.to_thread(transparent.greeting, PUBLIC, ECHO_PORT) == b"hello"
        before = open_descriptors(proxy)
        for number in range(200):
            address = PUBLIC if number % 2 else "10.0.0.1"
            await asyncio.to_thread(is_reset, partial(transparent.greeting, address, ECHO_PORT))
        await asyncio.to_thread(
            processes.wait_until, lambda: open_descriptors(proxy) <= before, "every connection to close"
        )
        await link.close()
        return before

    assert asyncio.run(open_and_close()) > 0


def open_descriptors(proxy: ProxyProcess) -> int:
    return len(os.listdir(f"/proc/{proxy.pid}/fd"))


async def test_it_bounds_connections_at_once(online_with: Callable[..., Any], transparent: FakeSandbox) -> None:
    proxy = await online_with(WIDGETRY_EGRESS_CONNECTIONS="3")

    held = [await asyncio.to_thread(transparent.connect, PUBLIC, ECHO_PORT) for _ in range(3)]
    for connection in held:
        assert await asyncio.to_thread(exactly, connection, 5) == b"hello"
    assert await asyncio.to_thread(is_reset, lambda: transparent.greeting(PUBLIC, ECHO_PORT))
    for connection in held:
        connection.close()

    assert "more than 3 connections at once" in proxy.logged()
    await asyncio.to_thread(processes.wait_until, lambda: answers(transparent), "a place to be free again")


def answers(sandbox: FakeSandbox) -> bool:
    return not is_reset(lambda: sandbox.greeting(PUBLIC, ECHO_PORT))


async def test_it_ends_connections_when_the_hours_bytes_are_used(
    online_with: Callable[..., Any], transparent: FakeSandbox
) -> None:
    proxy = await online_with(WIDGETRY_EGRESS_HOUR_MB="5")

    def use_up() -> int:
        with transparent.connect(PUBLIC, ECHO_PORT) as connection:
            return bulk(connection, 16 << 20)

    assert await asyncio.to_thread(use_up) < 5_000_000
    assert await asyncio.to_thread(is_reset, lambda: transparent.greeting(PUBLIC, ECHO_PORT))
    assert "more than 5000000 bytes in one hour" in proxy.logged()


async def test_it_ends_connections_on_which_nothing_moves(
    online_with: Callable[..., Any], transparent: FakeSandbox
) -> None:
    await online_with(WIDGETRY_EGRESS_IDLE_S="0.4")

    def idle() -> bytes:
        with transparent.connect(PUBLIC, ECHO_PORT) as connection:
            assert exactly(connection, 5) == b"hello"
            return connection.recv(1)

    with pytest.raises(ConnectionResetError):
        await asyncio.to_thread(idle)


async def test_a_flood_of_connections_is_refused_and_logged_in_few_lines(
    online_with: Callable[..., Any], transparent: FakeSandbox
) -> None:
    proxy = await online_with()

    def flood() -> int:
        return sum(is_reset(lambda: transparent.greeting("10.0.0.1", ECHO_PORT)) for _ in range(300))

    assert await asyncio.to_thread(flood) == 300
    assert proxy.logged().count("refused: widget") == 1


async def test_a_denied_host_is_refused_though_its_range_is_allowed(
    world: World, online_with: Callable[..., Any], transparent: FakeSandbox
) -> None:
    await online_with(WIDGETRY_EGRESS_DENY=f"{ALLOWED}:5432,44.255.7.0/24")
    dialled = world.dialled

    for address in (ALLOWED, "44.255.7.7"):
        assert await asyncio.to_thread(is_reset, partial(transparent.greeting, address, ECHO_PORT))

    assert world.dialled == dialled
    assert await asyncio.to_thread(transparent.greeting, "10.77.0.6", ECHO_PORT) == b"hello"


async def test_code_talks_to_a_real_postgres_on_an_allowed_address(
    postgres_in_the_world: str, online_with: Callable[..., Any], transparent: FakeSandbox
) -> None:
    await online_with()

    async def talk() -> tuple[int, list[str]]:
        db = await asyncpg.connect(host=ALLOWED, port=5432, user=postgres_in_the_world, database="postgres")
        await db.execute("CREATE TABLE note (text TEXT)")
        await db.executemany("INSERT INTO note VALUES ($1)", [(f"{number} {'x' * 1000}",) for number in range(500)])
        rows = await db.fetch("SELECT text FROM note ORDER BY length(text), text")
        await db.execute("DROP TABLE note")
        await db.close()
        return len(rows), [row["text"][:2] for row in rows[:2]]

    assert await asyncio.to_thread(transparent.run, lambda: asyncio.run(talk())) == (500, ["0 ", "1 "])
