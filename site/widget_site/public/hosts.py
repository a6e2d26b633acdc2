"""Which widget a request is for: the ``Host`` header, and nothing else, decides."""

import ipaddress
import re
from collections.abc import Iterable

_PORT = re.compile(r":\d{1,5}\Z")
_HOST = re.compile(r"[a-z0-9._-]{1,253}\Z|\[[0-9a-f:.]+\]\Z")

Headers = Iterable[tuple[bytes, bytes]]


class HostError(ValueError):
    """The request names no host, several, or one that can't be one: 400."""


def read_host(headers: Headers, raw_path: bytes = b"/") -> str:
    """Return the host in small letters, without port and without a final dot.

    HostError for a missing, doubled or malformed one, and for an absolute URI that names another host than the header.
    """
    names = [value for name, value in headers if name == b"host"]
    if len(names) != 1:
        raise HostError("A request names exactly one host.")
    host = _clean(names[0])
    if not raw_path.startswith(b"/"):
        _, separator, rest = raw_path.partition(b"://")
        if not separator or _clean(re.split(rb"[/?#]", rest, maxsplit=1)[0]) != host:
            raise HostError("The request's address does not belong to its host.")
    return host


def check_framing(headers: Headers) -> None:
    """Raise HostError for a request with a length and chunks: what one server ends, another goes on reading."""
    names = {name for name, _ in headers}
    if b"transfer-encoding" in names and b"content-length" in names:
        raise HostError("A request has a Content-Length or a Transfer-Encoding, not both.")


def _clean(value: bytes) -> str:
    host = _PORT.sub("", value.decode("latin-1").strip().lower())
    if not _HOST.match(host):
        raise HostError("The host's name is malformed.")
    return host.removesuffix(".")


def read_path(raw_path: bytes) -> bytes:
    """Return the path of a request's target, which may be an absolute URI; HostError when it has none."""
    if raw_path.startswith(b"/"):
        return raw_path
    _, separator, rest = raw_path.partition(b"://")
    if not separator:
        raise HostError("The request's address is malformed.")
    slash = rest.find(b"/")
    return rest[slash:] if slash >= 0 else b"/"


class Hosts:
    """The site's own hosts, and the domain that widgets live under."""

    def __init__(self, site_host: str, widget_domain: str, *, local: bool) -> None:
        self._own = {site_host.lower()}
        if local:
            self._own |= {"localhost", "127.0.0.1", "[::1]"}
        self._suffix = "." + widget_domain.lower()

    def is_site(self, host: str) -> bool:
        """Whether this host is the site itself."""
        return host in self._own

    def slug(self, host: str) -> str | None:
        """Return the widget's name in this host; None for a host that can't be a widget's."""
        if not host.endswith(self._suffix):
            return None
        slug = host[: -len(self._suffix)]
        return slug if slug and "." not in slug else None


class TrustedProxies:
    """Which peers are our own reverse proxies, and whom they speak for."""

    def __init__(self, networks: str) -> None:
        self._networks = [
            ipaddress.ip_network(item.strip(), strict=False) for item in networks.split(",") if item.strip()
        ]

    def trusts(self, address: str) -> bool:
        """Whether this peer is one of ours."""
        if not self._networks:
            return False
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        return any((mapped or parsed) in network for network in self._networks)

    def client(self, peer: str, headers: Headers) -> str:
        """Return the address of the real client: the last of X-Forwarded-For that is none of ours."""
        if not self.trusts(peer):
            return peer
        hops = [
            hop.strip()
            for name, value in headers
            if name == b"x-forwarded-for"
            for hop in value.decode("latin-1").split(",")
        ]
        for hop in reversed(hops):
            try:
                ipaddress.ip_address(hop)
            except ValueError:
                return peer
            if not self.trusts(hop):
                return hop
        return peer
