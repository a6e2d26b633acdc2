"""Where webhooks may go: public addresses, and what the operator named in ``WIDGETRY_WEBHOOK_ALLOW``."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from widget_model.addresses import METADATA, IPAddress, IPNetwork, Policy
from widget_site.errors import FormError
from widget_site.settings import SettingsError, SiteSettings

MAX_URL = 2000
_PORTS = {"http": 80, "https": 443}
#: Where mail servers take mail from their users.
MAIL_PORTS = (587, 465, 2525)


class ClosedError(Exception):
    """An address that nothing is sent to; the text says why."""


@dataclass(frozen=True)
class Target:
    """A webhook's address, taken apart."""

    is_tls: bool
    host: str
    port: int
    #: Path and query, as they are sent.
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS["https" if self.is_tls else "http"] else f"{name}:{self.port}"


def parse(url: str) -> Target:
    """Take an address apart; FormError (field ``url``) for what is none."""
    url = url.strip()
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > MAX_URL:
        raise FormError("url", f"The address has at most {MAX_URL} plain characters; others are written as %xx.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FormError("url", "That is no address.") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise FormError("url", "The address begins with https:// (or http://) and a host.")
    if parts.username is not None or parts.password is not None:
        raise FormError("url", "Leave user name and password out: every delivery is signed.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", parts.hostname.rstrip("."), port or _PORTS[parts.scheme], path)


class Doorman:
    """Says where a delivery may connect to. What it checked is what is used: a name is resolved once."""

    def __init__(self, settings: SiteSettings) -> None:
        networks, self._places = _read_allowed(settings.webhook_allow)
        self._policy = Policy("webhook", allow=networks)
        self._own_hosts = _own_hosts(settings)

    def check_text(self, url: str) -> str:
        """Return an address as it is kept; FormError for one that can never work. No name is looked up."""
        target = parse(url)
        with contextlib.suppress(ValueError):
            literal = ipaddress.ip_address(target.host)
            if why := self._refusal(target, literal, frozenset()):
                raise FormError("url", f"Nothing is sent to {target.host}: {why}.")
        return url.strip()

    async def addresses(self, target: Target) -> list[str]:
        """Return the addresses of a target that may be connected to, in order; ClosedError when there are none."""
        found = await _resolve(target.host, target.port)
        own: set[IPAddress] = set()
        for host in self._own_hosts:
            with contextlib.suppress(ClosedError):
                own.update(await _resolve(host, 0))
        refusals = {one: self._refusal(target, one, own) for one in found}
        allowed = [str(one) for one, why in refusals.items() if why is None]
        if not allowed:
            first, why = next(iter(refusals.items()))
            raise ClosedError(f"Nothing is sent to {first}: {why}.")
        return allowed

    async def mail_addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of somebody's own mail server that may be connected to; ClosedError when there are none.

        The ports are those that take mail from who signs in: this site is no way to guess at other services.
        """
        if (host, port) not in self._places and port not in MAIL_PORTS:
            raise ClosedError(f"Mail is handed over at port {', '.join(map(str, MAIL_PORTS))}, not at {port}.")
        # The policy closes these ports to code; of the address it says the same for any other.
        is_place = (host, port) in self._places
        return await self.addresses(Target(False, host, port if is_place else _PORTS["https"], "/"))

    def _refusal(self, target: Target, address: IPAddress, own: set[IPAddress] | frozenset[IPAddress]) -> str | None:
        if (target.host, target.port) in self._places:
            # Named by the operator: private or on this machine, but never what hands out credentials.
            return "it is a metadata service" if address in METADATA else None
        if _is_of_this_machine(address):
            own = {*own, address}
        return self._policy.refusal(address, target.port, own)


def _read_allowed(text: str) -> tuple[tuple[IPNetwork, ...], frozenset[tuple[str, int]]]:
    networks: list[IPNetwork] = []
    places: set[tuple[str, int]] = set()
    for item in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(item))
        except ValueError:
            host, colon, port = item.rpartition(":")
            if not colon or not port.isdigit():
                raise SettingsError(
                    f"WIDGETRY_WEBHOOK_ALLOW holds networks (10.1.0.0/16) and host:port, not {item!r}"
                ) from None
            places.add((host.strip("[]").lower(), int(port)))
    return tuple(networks), frozenset(places)


def _own_hosts(settings: SiteSettings) -> tuple[str, ...]:
    """Return the hosts of our own services, which may be elsewhere."""
    addresses = (settings.site_url, settings.redis_address, settings.database_address)
    return tuple({host for address in addresses if (host := urlsplit(address).hostname)})


async def _resolve(host: str, port: int) -> list[IPAddress]:
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ClosedError(f"The name {host} is not known.") from error
    found: Sequence[IPAddress] = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos]
    return list(dict.fromkeys(found))


def _is_of_this_machine(address: IPAddress) -> bool:
    """Whether the kernel would deliver to itself: it then chooses the address as the sender, too. Nothing is sent."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))
        except OSError:
            return False
        return ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]) == address
