"""The explicit HTTP proxy: every spelling of a forbidden address is refused in words, before a packet leaves."""

import socket

import pytest
from tests.services.egress.sandbox import FakeSandbox
from tests.services.egress.world import (
    ALLOWED,
    ECHO_PORT,
    PROXY_ADDRESS,
    PROXY_ADDRESS_6,
    PUBLIC,
    PUBLIC_6,
    World,
)

pytestmark = pytest.mark.root

#: Spelling in the request, and an address by which the same is reached without a proxy.
BYPASSES = [
    ("localhost", "127.0.0.1"),
    ("LOCALHOST.", "127.0.0.1"),
    ("any.localhost", "127.0.0.1"),
    ("127.0.0.1", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("2130706433", "127.0.0.1"),
    ("0x7f.1", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"),
    ("0177.0.0.1", "127.0.0.1"),
    ("0", "0.0.0.0"),
    ("0.0.0.0", "0.0.0.0"),
    ("[::1]", "::1"),
    ("[::]", "::1"),
    ("[::ffff:127.0.0.1]", "127.0.0.1"),
    ("[::ffff:7f00:1]", "127.0.0.1"),
    ("[::127.0.0.1]", "127.0.0.1"),
    ("169.254.169.254", "169.254.169.254"),
    ("0xa9fea9fe", "169.254.169.254"),
    ("2852039166", "169.254.169.254"),
    ("[::ffff:169.254.169.254]", "169.254.169.254"),
    ("168.63.129.16", "168.63.129.16"),
    ("10.0.0.1", "10.0.0.1"),
    ("192.168.1.1", "192.168.1.1"),
    (PROXY_ADDRESS, PROXY_ADDRESS),
    (f"[{PROXY_ADDRESS_6}]", PROXY_ADDRESS_6),
    ("[64:ff9b::a00:1]", "64:ff9b::a00:1"),
    ("[2002:a00:1::1]", "2002:a00:1::1"),
    ("[fd00::1]", "fd00::1"),
    ("[fd00:ec2::254]", "fd00:ec2::254"),
    ("[2001:db8::1]", "2001:db8::1"),
    ("private.example", "10.0.0.1"),
    ("metadata.example", "169.254.169.254"),
    ("loop.example", "127.0.0.1"),
    ("six.example", "fd00::1"),
]


def answers_without_proxy(address: str) -> bytes:
    with socket.create_connection((address, ECHO_PORT), timeout=10) as connection:
        return connection.recv(5, socket.MSG_WAITALL)


@pytest.fixture(autouse=True)
def names(world: World) -> None:
    world.names.update(
        {
            "api.example": [[("A", PUBLIC)]],
            "private.example": [[("A", "10.0.0.1")]],
            "metadata.example": [[("A", "169.254.169.254")]],
            "loop.example": [[("A", "127.0.0.1")]],
            "six.example": [[("AAAA", "fd00::1")]],
            "mixed.example": [[("A", "10.0.0.1"), ("A", PUBLIC)]],
            "rebind.example": [[("A", PUBLIC)], [("A", "10.0.0.1")]],
        }
    )


@pytest.mark.parametrize("host", ["api.example", PUBLIC, ALLOWED, f"[{PUBLIC_6}]"])
def test_it_tunnels_to_a_public_or_allowed_address(online_explicit: FakeSandbox, host: str) -> None:
    answer = online_explicit.through_proxy(f"CONNECT {host}:{ECHO_PORT} HTTP/1.1\r\nHost: x")

    assert answer == b"HTTP/1.1 200 Connection established\r\n\r\nhello"


def test_it_fetches_an_absolute_address(online_explicit: FakeSandbox) -> None:
    answer = online_explicit.through_proxy("GET http://api.example/path?q=1 HTTP/1.1\r\nHost: api.example")

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"seen: GET /path?q=1 HTTP/1.1")


@pytest.mark.parametrize(("spelling", "address"), BYPASSES, ids=[spelling for spelling, _ in BYPASSES])
def test_it_refuses_each_spelling_before_a_packet_leaves(
    world: World, online_explicit: FakeSandbox, spelling: str, address: str
) -> None:
    assert world.proxy.inside(answers_without_proxy, address) == b"hello"
    dialled, stray = world.dialled, world.stray

    tunnel = online_explicit.through_proxy(f"CONNECT {spelling}:{ECHO_PORT} HTTP/1.1")
    plain = online_explicit.through_proxy(f"GET http://{spelling}:{ECHO_PORT}/ HTTP/1.1")

    for answer in (tunnel, plain):
        assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n"), answer
        assert b"Widgetry refused this connection: " in answer
    assert (world.dialled, world.stray) == (dialled, stray)


@pytest.mark.parametrize("port", [25, 465, 587])
def test_it_closes_the_ports_of_mail(world: World, online_explicit: FakeSandbox, port: int) -> None:
    dialled = world.dialled

    answer = online_explicit.through_proxy(f"CONNECT api.example:{port} HTTP/1.1")

    assert b"403 Forbidden" in answer
    assert f"port {port} is closed".encode() in answer
    assert world.dialled == dialled


def test_it_dials_only_the_addresses_that_passed(world: World, online_explicit: FakeSandbox) -> None:
    dialled = world.dialled

    assert online_explicit.through_proxy(f"CONNECT mixed.example:{ECHO_PORT} HTTP/1.1").endswith(b"hello")

    assert world.dialled == dialled + 1


def test_a_name_that_turns_private_is_refused_the_next_time(world: World, online_explicit: FakeSandbox) -> None:
    request = f"CONNECT rebind.example:{ECHO_PORT} HTTP/1.1"
    dialled = world.dialled

    first, second = (online_explicit.through_proxy(request) for _ in range(2))

    assert first.endswith(b"hello")
    assert b"403 Forbidden" in second
    assert world.dialled == dialled + 1


def test_without_the_proxy_there_is_no_route(online_explicit: FakeSandbox) -> None:
    with pytest.raises(OSError, match="unreachable"):
        online_explicit.greeting(PUBLIC, ECHO_PORT)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("CONNECT nowhere.example:443 HTTP/1.1", 502),
        (f"CONNECT {PUBLIC}:9 HTTP/1.1", 502),
        ("GET / HTTP/1.1", 400),
        ("GET https://api.example/ HTTP/1.1", 400),
        ("CONNECT api.example HTTP/1.1", 400),
        ("x" * 70000, 400),
        (f"CONNECT {'a' * 300}.example:443 HTTP/1.1", 502),
    ],
    ids=["no such name", "nobody listens", "no proxy request", "https", "no port", "too long", "no host name"],
)
def test_it_says_what_went_wrong(online_explicit: FakeSandbox, request_line: str, status: int) -> None:
    answer = online_explicit.through_proxy(request_line)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert answer.endswith(b".\n")
