import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_egress.index import Index
from widget_model.addresses import CLOSED_PORTS, METADATA, RANGES, IPAddress, Policy

RUN = Policy("run")
#: An operator who opened everything that can be opened.
WIDE_OPEN = Policy("run", (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))

addresses = st.ip_addresses()
open_ports = st.integers(1, 65535).filter(lambda port: port not in CLOSED_PORTS)
forbidden = st.sampled_from(RANGES).flatmap(lambda item: st.ip_addresses(network=item.network))
never_lifted = st.sampled_from([item for item in RANGES if not item.liftable]).flatmap(
    lambda item: st.ip_addresses(network=item.network)
)
carried = st.sampled_from(["::", "::ffff:0:0", "64:ff9b::"]).flatmap(
    lambda prefix: st.ip_addresses(v=4).map(
        lambda ip: ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(ip))
    )
)


def is_named(ip: IPAddress) -> bool:
    return any(ip.version == item.network.version and ip in item.network for item in RANGES)


INSTALL = Index(
    "http://index.example:8080/simple",
    frozenset({("index.example", 8080), ("files.example", 443)}),
    frozenset({("index.example", 8080)}),
).policy()


@given(forbidden, open_ports)
def test_it_refuses_every_address_of_the_deny_list(ip: IPAddress, port: int) -> None:
    assert RUN.refusal(ip, port) is not None
    assert RUN.refusal(str(ip), port) is not None


@given(addresses, open_ports)
def test_it_passes_exactly_the_public_rest(ip: IPAddress, port: int) -> None:
    public = ip.is_global and not is_named(ip) and ip not in METADATA

    assert (RUN.refusal(ip, port) is None) == public


@given(addresses, st.sampled_from([*sorted(CLOSED_PORTS), 0, -1, 65536]))
def test_it_closes_the_ports_of_mail_and_impossible_ones(ip: IPAddress, port: int) -> None:
    assert RUN.refusal(ip, port) == f"port {port} is closed"
    assert WIDE_OPEN.refusal(ip, port) == f"port {port} is closed"


@given(never_lifted, open_ports)
def test_an_operator_can_not_open_what_is_never_lifted(ip: IPAddress, port: int) -> None:
    assert WIDE_OPEN.refusal(ip, port) is not None


@given(carried, open_ports)
def test_it_refuses_an_ipv4_address_inside_an_ipv6_one(ip: IPAddress, port: int) -> None:
    assert RUN.refusal(ip, port) is not None
    assert WIDE_OPEN.refusal(ip, port) is not None


@given(addresses, open_ports)
def test_its_own_addresses_are_refused_whatever_is_lifted(ip: IPAddress, port: int) -> None:
    assert WIDE_OPEN.refusal(ip, port, own={ip}) is not None
    assert INSTALL.refusal(ip, port, own={ip}, host="files.example") is not None


@given(addresses, open_ports)
def test_a_denied_network_wins_over_an_allowed_one(ip: IPAddress, port: int) -> None:
    network = ipaddress.ip_network(ip)

    assert Policy("run", allow=(network,), deny=(network,)).refusal(ip, port) is not None


@pytest.mark.parametrize("ip", sorted(METADATA, key=str), ids=str)
def test_metadata_services_are_refused_whatever_is_lifted(ip: IPAddress) -> None:
    assert RUN.refusal(ip, 80) == "a metadata service"
    assert WIDE_OPEN.refusal(ip, 80) == "a metadata service"
    assert INSTALL.refusal(ip, 80, host="files.example") == "a metadata service"
    assert INSTALL.refusal(ip, 8080, host="index.example") == "a metadata service"


@pytest.mark.parametrize("text", ["10.1.2.3", "192.168.0.9", "172.31.0.1", "100.64.3.4", "fd12::1", "203.0.113.7"])
def test_an_operator_opens_private_and_reserved_space(text: str) -> None:
    network = ipaddress.ip_network(text)

    assert RUN.refusal(text, 5432) is not None
    assert Policy("run", allow=(network,)).refusal(text, 5432) is None
    assert INSTALL.refusal(text, 443, host="files.example") is None


def test_an_install_asks_for_the_index_and_nothing_else() -> None:
    assert INSTALL.place_refusal("index.example", 8080) is None
    assert INSTALL.place_refusal("files.example", 443) is None
    assert INSTALL.place_refusal("files.example", 80) is not None
    assert INSTALL.place_refusal("evil.example", 443) is not None
    assert RUN.place_refusal("evil.example", 443) is None


def test_an_index_on_this_machine_is_reached_only_where_the_operator_named_it() -> None:
    own = {ipaddress.ip_address("127.0.0.1")}

    assert INSTALL.refusal("127.0.0.1", 8080, own, "index.example") is None
    assert INSTALL.refusal("127.0.0.1", 8081, own, "index.example") is not None
    assert INSTALL.refusal("127.0.0.1", 443, own, "files.example") is not None


def test_what_is_lifted_is_only_what_was_named() -> None:
    policy = Policy("run", allow=(ipaddress.ip_network("10.77.0.0/24"),))

    assert policy.refusal("10.77.0.255", 80) is None
    assert policy.refusal("10.77.1.0", 80) == "private (10.0.0.0/8)"


@pytest.mark.parametrize("text", ["fe80::1%eth0", "::1%lo", "::ffff:8.8.8.8%0"])
def test_a_zone_does_not_hide_an_address(text: str) -> None:
    assert RUN.refusal(text, 80) is not None


@given(st.text(max_size=40))
def test_text_that_is_no_address_is_refused(text: str) -> None:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        assert RUN.refusal(text, 80) == "not an IP address"


def test_it_names_every_range_that_the_specification_lists() -> None:
    listed = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
        192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::/127
        ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10
        ff00::/8"""

    assert {ipaddress.ip_network(text) for text in listed.split()} <= {item.network for item in RANGES}
