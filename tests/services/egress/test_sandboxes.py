"""The same through real sandboxes of both engines: user code, the supervisor's own redirect, the real proxy."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.fixtures import inside
from tests.services.egress.world import ALLOWED, ECHO_PORT, PROXY_ADDRESS, PUBLIC, World

from widget_runner.egress_link import EgressLink
from widget_runner.engines.base import SandboxEngine, SandboxSpec
from widget_runner.sandbox import Sandbox

pytestmark = pytest.mark.root

REACH = """
import json, socket, sys
def reach(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as connection:
            connection.settimeout(15)
            connection.connect((address, port))
            return connection.recv(5).decode()
    except OSError as error:
        return type(error).__name__
"""
FETCH = """
import json, socket, urllib.request
body = urllib.request.urlopen("http://api.example/x", timeout=15).read().decode()
print(json.dumps([socket.gethostbyname("api.example"), body]))
"""
#: Postgres's own protocol by hand: start as a user, ask, read one value.
POSTGRES = """
import json, socket, struct
def packet(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body
def read(stream):
    kind, size = stream.read(1), struct.unpack("!I", stream.read(4))[0]
    return kind, stream.read(size - 4)
with socket.create_connection(({address!r}, 5432), timeout=15) as connection, connection.makefile("rb") as stream:
    who = b"user\\0{user}\\0database\\0postgres\\0\\0"
    connection.sendall(packet(b"", struct.pack("!I", 196608) + who))
    while read(stream)[0] != b"Z": pass
    connection.sendall(packet(b"Q", b"SELECT 6 * 7, current_setting('server_version_num')::int >= 100000\\0"))
    kind, row = read(stream)
    while kind != b"D": kind, row = read(stream)
print(json.dumps(row[2 + 4:8].decode()))
"""
LISTEN = """
import socket
server = socket.create_server(("0.0.0.0", 8080))
print("listening", flush=True)
server.accept()
"""


@pytest.fixture
async def online_sandbox(engine: SandboxEngine, spec: SandboxSpec, link: EgressLink) -> AsyncIterator[Sandbox]:
    """A sandbox of either engine, its network handed over as the runner does."""
    sandbox = await Sandbox.start(engine, spec, 40, link.adopt)
    try:
        await sandbox.bind("widget")
        link.bind(sandbox.name, sandbox.name)
        yield sandbox
    finally:
        link.release(sandbox.name)
        await sandbox.close()


async def results(sandbox: Sandbox, code: str) -> Any:
    ran = await inside.run(sandbox, code, timeout_s=60)
    assert ran.exit.status == 0, ran.err
    return ran.said


async def test_both_engines_give_the_transparent_kind(online_sandbox: Sandbox) -> None:
    assert online_sandbox.egress == "transparent"


async def test_code_reaches_public_and_allowed_addresses(online_sandbox: Sandbox) -> None:
    code = REACH + f"print(json.dumps([reach(a, {ECHO_PORT}) for a in {[PUBLIC, ALLOWED]!r}]))"

    assert await results(online_sandbox, code) == ["hello", "hello"]


async def test_code_reaches_nothing_else(world: World, online_sandbox: Sandbox) -> None:
    refused = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "168.63.129.16", PROXY_ADDRESS]
    unreachable = ["127.0.0.1", "0.0.0.0", "::1", "fd00::1", "2a01:db8:5::1"]
    dialled, stray = world.dialled, world.stray

    code = (
        REACH + f"print(json.dumps([[reach(a, {ECHO_PORT}) for a in group] for group in {[refused, unreachable]!r}]))"
    )
    resets, errors = await results(online_sandbox, code)

    assert resets == ["ConnectionResetError"] * len(refused)
    assert set(errors) <= {"ConnectionRefusedError", "PermissionError", "OSError"}
    assert (world.dialled, world.stray) == (dialled, stray)


async def test_code_resolves_names_and_fetches_over_http(world: World, online_sandbox: Sandbox) -> None:
    world.names["api.example"] = [[("A", PUBLIC)]]

    assert await results(online_sandbox, FETCH) == [PUBLIC, "seen: GET /x HTTP/1.1"]


async def test_code_talks_to_postgres_on_an_allowed_address(
    postgres_in_the_world: str, online_sandbox: Sandbox
) -> None:
    code = POSTGRES.replace("{address!r}", repr(ALLOWED)).replace("{user}", postgres_in_the_world)

    assert await results(online_sandbox, code) == "42"


async def test_other_protocols_and_raw_sockets_do_not_leave(world: World, online_sandbox: Sandbox) -> None:
    stray = world.stray
    code = """
import json, socket
found = []
for family, kind, protocol in ((2, 3, 1), (2, 3, 255), (17, 3, 0), (2, 2, 0)):
    try:
        with socket.socket(family, kind, protocol) as out:
            out.settimeout(2)
            out.sendto(b"x" * 16, ("44.255.1.1", 9999)) if family == 2 else out.send(b"x")
            found.append(out.recv(10).decode())
    except OSError as error:
        found.append("refused")
print(json.dumps(found))
"""

    assert await results(online_sandbox, code) == ["refused"] * 4
    assert world.stray == stray


async def test_a_thousand_connections_at_once_meet_the_cap(world: World, online_sandbox: Sandbox) -> None:
    code = (
        REACH.replace("def reach", "def unused")
        + f"""
import threading
held, refused = [], []
for _ in range(200):
    connection = socket.socket()
    connection.settimeout(15)
    try:
        connection.connect(("{PUBLIC}", {ECHO_PORT}))
        assert connection.recv(5)
        held.append(connection)
    except OSError as error:
        refused.append(error)
print(json.dumps([len(held), len(refused)]))
"""
    )

    assert await results(online_sandbox, code) == [128, 72]


async def test_one_widgets_listener_is_not_reachable_by_another(
    engine: SandboxEngine, spec: SandboxSpec, online_sandbox: Sandbox, link: EgressLink
) -> None:
    listening = await inside.begin(online_sandbox, LISTEN)
    await listening.said("listening")
    other = await Sandbox.start(engine, SandboxSpec(spec.name + "b", spec.memory_mb), 40, link.adopt)
    try:
        await other.bind("another")
        link.bind(other.name, "another")
        code = REACH + "print(json.dumps([reach(a, 8080) for a in ('127.0.0.1', '192.0.2.10', '0.0.0.0')]))"

        found = await results(other, code)
    finally:
        link.release(other.name)
        await other.close()
        await asyncio.wait_for(listening.end(timeout_s=0.1), 20)

    assert found == ["ConnectionRefusedError", "ConnectionResetError", "ConnectionRefusedError"]
