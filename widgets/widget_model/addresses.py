"""Which address and port sandboxes and webhooks may reach, and why not. Pure: no socket, no clock, no look-up.

Both reach the public Internet and nothing else. What an operator lifts with ``WIDGETRY_EGRESS_ALLOW`` is private
and reserved unicast space only: never metadata services, this machine's own addresses, the hosts of
``WIDGETRY_EGRESS_DENY`` or a range that hides another address in its bits (decisions 4).
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Range:
    """Addresses that no sandbox reaches by itself."""

    network: IPNetwork
    #: What it is, for the log and the sandbox's owner.
    why: str
    #: Whether an operator may open a part of it.
    liftable: bool = False


def _range(text: str, why: str, *, liftable: bool = False) -> Range:
    return Range(ipaddress.ip_network(text), why, liftable)


#: spec/sandbox.md section 8, each with its reason.
RANGES: tuple[Range, ...] = (
    _range("0.0.0.0/8", "this host"),
    _range("10.0.0.0/8", "private", liftable=True),
    _range("100.64.0.0/10", "carrier-grade NAT", liftable=True),
    _range("127.0.0.0/8", "loopback"),
    _range("169.254.0.0/16", "link-local and metadata services"),
    _range("172.16.0.0/12", "private", liftable=True),
    _range("192.0.0.0/24", "protocol assignments", liftable=True),
    _range("192.0.2.0/24", "documentation", liftable=True),
    _range("192.88.99.0/24", "6to4 relays"),
    _range("192.168.0.0/16", "private", liftable=True),
    _range("198.18.0.0/15", "benchmark networks", liftable=True),
    _range("198.51.100.0/24", "documentation", liftable=True),
    _range("203.0.113.0/24", "documentation", liftable=True),
    _range("224.0.0.0/4", "multicast"),
    _range("255.255.255.255/32", "broadcast"),
    _range("240.0.0.0/4", "reserved", liftable=True),
    _range("::/127", "this host"),
    # An address in these carries an IPv4 address, which would dodge every line above.
    _range("::/96", "IPv4-compatible"),
    _range("::ffff:0:0/96", "IPv4-mapped"),
    _range("64:ff9b::/96", "NAT64"),
    _range("64:ff9b:1::/48", "local NAT64"),
    _range("2001::/23", "Teredo and protocol assignments"),
    _range("2002::/16", "6to4"),
    _range("100::/64", "discard only"),
    _range("2001:db8::/32", "documentation", liftable=True),
    _range("fc00::/7", "private", liftable=True),
    _range("fe80::/10", "link-local"),
    _range("fec0::/10", "site-local", liftable=True),
    _range("ff00::/8", "multicast"),
)

#: Metadata and credential services of the clouds, also where they sit in public or liftable space.
METADATA: frozenset[IPAddress] = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Google, Azure, OpenStack, DigitalOcean, ...
        "169.254.170.2",  # AWS ECS task credentials
        "169.254.170.23",  # AWS EKS pod identity
        "100.100.100.200",  # Alibaba
        "192.0.0.192",  # Oracle
        "168.63.129.16",  # Azure's host agent, a public address
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
    )
)

#: Mail: nobody runs a relay for spam here.
CLOSED_PORTS = frozenset({25, 465, 587})


@dataclass(frozen=True)
class Policy:
    """What one kind of sandbox work may reach."""

    #: "run" or "install".
    name: str
    #: Private and reserved ranges that the operator opened.
    allow: tuple[IPNetwork, ...] = ()
    #: Networks that the operator closed.
    deny: tuple[IPNetwork, ...] = ()
    #: The only names and ports that may be asked for; None for any.
    places: frozenset[tuple[str, int]] | None = None
    #: Those of them that the operator named, also where they are on this machine.
    configured: frozenset[tuple[str, int]] = field(default=frozenset())

    def place_refusal(self, host: str, port: int) -> str | None:
        """Return why this name may not even be asked for, or None."""
        if self.places is None or (host, port) in self.places:
            return None
        return "not a host of the package index"

    def refusal(self, address: str | IPAddress, port: int, own: Iterable[IPAddress] = (), host: str = "") -> str | None:
        """Return why ``address:port`` may not be reached, or None when it may.

        ``own`` holds the addresses of this machine and of the site, Redis and the database, as they are now; ``host``
        is the name that was asked for, where it is known.
        """
        if not 0 < port < 65536 or port in CLOSED_PORTS:
            return f"port {port} is closed"
        try:
            ip = _plain(address)
        except ValueError:
            return "not an IP address"
        if ip in METADATA:
            return "a metadata service"
        named = (host, port) in self.configured
        if ip in own and not named:
            return "an address of this machine or of Widgetry itself"
        if any(ip in network for network in self.deny if network.version == ip.version):
            return "closed by the operator"
        return None if named and ip.is_loopback else self._range_refusal(ip)

    def _range_refusal(self, ip: IPAddress) -> str | None:
        lifted = any(ip in network for network in self.allow if network.version == ip.version)
        for item in RANGES:
            if item.network.version == ip.version and ip in item.network:
                return None if item.liftable and lifted else f"{item.why} ({item.network})"
        # What the standard library knows to be special and the table does not name; fail closed.
        return None if ip.is_global or lifted else "not a public address"


def parse_network(text: str) -> IPNetwork:
    """Return a network as the policy holds it."""
    return ipaddress.ip_network(text)


def _plain(address: str | IPAddress) -> IPAddress:
    """Return the address without an IPv6 zone: ``fe80::1%eth0`` is compared as ``fe80::1``."""
    return ipaddress.ip_address(str(address).partition("%")[0])
