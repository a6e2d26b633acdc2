"""What user code reaches through the transparent path, and what it does not: the proof is the packets that left."""

import ipaddress
import socket
import subprocess

import dns.flags
import pytest
from tests.services.egress.sandbox import FakeSandbox, is_reset
from tests.services.egress.world import ALLOWED, ECHO_PORT, PROXY_ADDRESS, PUBLIC, WORLD_ADDRESS, World

from widget_model.addresses import METADATA

pytestmark = pytest.mark.root

#: Every IPv4 range of spec/sandbox.md section 8 by its first, an inner and its last address, but those below.
_RANGES = """10.0.0.0/8 100.64.0.0/10 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
    192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/5""".split()
REFUSED = sorted(
    {str(network[at]) for network in map(ipaddress.ip_network, _RANGES) for at in (1, network.num_addresses // 2, -2)}
    | {str(ip) for ip in METADATA if ip.version == 4}
)
#: Answered in the proxy's own namespace: its loopback (any of 127/8, and 0.0.0.0, which means the same), and itself.
OWN = ["127.0.0.1", "127.8.8.8", "127.255.255.254", "0.0.0.0", PROXY_ADDRESS]


def greeting(address: str) -> bytes:
    """What answers at an address, without any proxy."""
    with socket.create_connection((address, ECHO_PORT), timeout=10) as connection:
        return connection.recv(5, socket.MSG_WAITALL)


def test_it_reaches_a_public_address(world: World, online: FakeSandbox) -> None:
    before = world.dialled

    assert online.greeting(PUBLIC, ECHO_PORT) == b"hello"
    assert world.dialled == before + 1


def test_it_reaches_an_address_that_the_operator_allowed(online: FakeSandbox) -> None:
    assert online.greeting(ALLOWED, ECHO_PORT) == b"hello"


@pytest.mark.parametrize("address", REFUSED)
def test_it_refuses_the_deny_list_before_a_packet_leaves(world: World, online: FakeSandbox, address: str) -> None:
    # Without the proxy somebody answers there.
    assert world.proxy.inside(greeting, address) == b"hello"
    dialled, stray = world.dialled, world.stray

    assert is_reset(lambda: online.greeting(address, ECHO_PORT))

    assert (world.dialled, world.stray) == (dialled, stray)


@pytest.mark.parametrize("address", OWN)
def test_it_refuses_the_machine_itself(world: World, online: FakeSandbox, address: str) -> None:
    assert world.proxy.inside(greeting, address) == b"hello"
    dialled, stray = world.dialled, world.stray

    # A connection to 127/8 or 0.0.0.0 stays in the sandbox, where nothing listens: refused there, or reset by us.
    with pytest.raises((ConnectionResetError, ConnectionRefusedError)):
        online.greeting(address, ECHO_PORT)

    assert (world.dialled, world.stray) == (dialled, stray)


def test_it_refuses_an_address_that_the_machine_got_later(world: World, online: FakeSandbox) -> None:
    assert online.greeting("44.255.9.9", ECHO_PORT) == b"hello"
    world.proxy.ip("addr add 44.255.9.9/32 dev lo")
    try:
        assert world.proxy.inside(greeting, "44.255.9.9") == b"hello"
        dialled = world.dialled

        assert is_reset(lambda: online.greeting("44.255.9.9", ECHO_PORT))

        assert world.dialled == dialled
    finally:
        world.proxy.ip("addr del 44.255.9.9/32 dev lo")


@pytest.mark.parametrize("port", [25, 465, 587])
def test_it_closes_the_ports_of_mail(world: World, online: FakeSandbox, port: int) -> None:
    dialled = world.dialled

    assert is_reset(lambda: online.greeting(PUBLIC, port))

    assert world.dialled == dialled


def test_it_resets_what_the_listener_itself_is_asked(world: World, online: FakeSandbox) -> None:
    dialled = world.dialled

    assert is_reset(lambda: online.greeting("127.0.0.1", 3128))

    assert world.dialled == dialled


@pytest.mark.parametrize("address", ["2a01:db8:5::1", "::ffff:44.255.1.1", "fd00::1", "64:ff9b::2cff:101"])
def test_ipv6_does_not_leave_the_sandbox(world: World, online: FakeSandbox, address: str) -> None:
    before = world.stray

    # An IPv4-mapped address is IPv4 to the kernel: the listener gets it like any other.
    if address.startswith("::ffff:"):
        assert online.greeting(address, ECHO_PORT) == b"hello"
    else:
        with pytest.raises(OSError, match=r"refused|unreachable|denied|permitted"):
            online.greeting(address, ECHO_PORT)

    assert world.stray == before


def test_a_mapped_address_hides_no_private_one(world: World, online: FakeSandbox) -> None:
    dialled = world.dialled

    assert is_reset(lambda: online.greeting("::ffff:10.0.0.1", ECHO_PORT))

    assert world.dialled == dialled


def test_udp_does_not_leave_the_sandbox(world: World, online: FakeSandbox) -> None:
    before = world.stray

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect((PUBLIC, 9999))
            client.send(b"x")
            client.settimeout(5)
            client.recv(10)

    # EPERM from nft's reject, or its ICMP answer.
    with pytest.raises((PermissionError, ConnectionRefusedError)):
        online.run(send)
    assert world.stray == before


def test_it_answers_names(world: World, online: FakeSandbox) -> None:
    world.names["api.example"] = [[("A", PUBLIC), ("AAAA", "2a01:db8:5::1"), ("TXT", '"hi"')]]

    assert [item.to_text() for item in online.ask("api.example").answer[0]] == [PUBLIC]
    assert [item.to_text() for item in online.ask("api.example", "TXT").answer[0]] == ['"hi"']


def test_it_answers_aaaa_empty_without_asking_anybody(world: World, online: FakeSandbox) -> None:
    world.names["six.example"] = [[("AAAA", "2a01:db8:5::1")]]
    world.asked.clear()

    reply = online.ask("six.example", "AAAA")

    assert (reply.rcode(), reply.answer, world.asked) == (0, [], [])


def test_it_gives_the_operators_network_no_reverse_names(world: World, online: FakeSandbox) -> None:
    world.asked.clear()

    assert online.ask("5.0.77.10.in-addr.arpa", "PTR").answer == []
    assert world.asked == []


def test_a_long_answer_comes_over_tcp(world: World, online: FakeSandbox) -> None:
    texts = [("TXT", f'"{number} {"x" * 200}"') for number in range(30)]
    world.names["long.example"] = [texts]

    short = online.ask("long.example", "TXT")
    full = online.ask("long.example", "TXT", tcp=True)

    assert short.flags & dns.flags.TC
    assert len(full.answer[0]) == 30


def test_garbage_instead_of_a_query_is_dropped(world: World, online: FakeSandbox) -> None:
    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for wire in (b"", b"x", b"\0" * 12, b"\xff" * 400, b"ab\x01\x00\x00\x01" + b"\0" * 6 + b"\xc0\x0c" * 20):
                client.sendto(wire, ("192.0.2.53", 53))

    online.run(send)
    world.names["after.example"] = [[("A", PUBLIC)]]

    assert online.ask("after.example").answer


def test_a_name_that_turns_private_between_check_and_dial_gains_nothing(world: World, online: FakeSandbox) -> None:
    world.names["rebind.example"] = [[("A", PUBLIC)], [("A", "10.0.0.1")]]
    first, second = (online.ask("rebind.example").answer[0][0].to_text() for _ in range(2))
    assert (first, second) == (PUBLIC, "10.0.0.1")
    dialled = world.dialled

    assert online.greeting(first, ECHO_PORT) == b"hello"
    assert is_reset(lambda: online.greeting(second, ECHO_PORT))

    assert world.dialled == dialled + 1


def test_a_port_that_nobody_listens_on_is_a_reset(online: FakeSandbox) -> None:
    assert is_reset(lambda: online.greeting(WORLD_ADDRESS, 9))


def test_nothing_of_this_machine_has_a_way_into_the_world(world: World) -> None:
    """The namespaces have no link to the machine's own network: what tests send ends in them."""
    links = subprocess.run(
        ["ip", "netns", "exec", world.far.name, "ip", "-o", "link"], check=True, capture_output=True, text=True
    ).stdout

    assert sorted(line.split(": ")[1].partition("@")[0] for line in links.splitlines()) == ["inside", "lo"]
