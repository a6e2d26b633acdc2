"""Names for sandboxes: the answers to the queries that nft redirects to us, and the proxy's own look-ups.

Only questions of ours go out: from a sandbox's query nothing but name and type is taken. IPv6 does not leave a sandbox,
so AAAA is answered empty at once. An answer may name a forbidden address: it is passed on as it is, because every dial
is checked by address anyway, and a filter here would only hide that from whoever looks for the reason. An operator
who does not want internal names to be resolvable sets ``WIDGETRY_DNS`` to a public resolver.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver

#: What programs need; the rest (PTR into the operator's network, ANY, transfers) is answered empty.
_FORWARDED = frozenset(
    dns.rdatatype.from_text(name) for name in ("A", "CAA", "CNAME", "HTTPS", "MX", "NS", "SOA", "SRV", "SVCB", "TXT")
)
_EDNS_BYTES = 1232


class ResolveError(Exception):
    """A name has no address, or no resolver answered; the text says which."""


class HostResolvers:
    """The resolvers of /etc/resolv.conf, read again when it changed (another network, another VPN)."""

    def __init__(self, path: Path = Path("/etc/resolv.conf")) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._servers: tuple[str, ...] = ()

    def current(self) -> tuple[str, ...]:
        """Return their addresses; empty when there are none."""
        try:
            found = self._path.stat()
        except OSError:
            return self._servers
        if (found.st_mtime_ns, found.st_ino) != self._read_at:
            self._read_at = (found.st_mtime_ns, found.st_ino)
            with contextlib.suppress(dns.exception.DNSException, OSError):
                self._servers = tuple(str(server) for server in dns.resolver.Resolver(str(self._path)).nameservers)
        return self._servers


class DnsForwarder:
    """Asks the operator's resolvers; at most ``at_once`` questions are open, each for at most ``timeout_s``."""

    def __init__(self, servers: Callable[[], Sequence[str]], timeout_s: float = 4.0, at_once: int = 256) -> None:
        self._servers = servers
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(at_once)
        self._backend = dns.asyncbackend.get_backend("asyncio")

    async def answer(self, wire: bytes, *, stream: bool = False) -> bytes | None:
        """Return the reply to a sandbox's query, or None for bytes that are no query.

        Over a ``stream`` (TCP) the reply may have any size, else what does not fit is marked truncated.
        """
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError, IndexError):
            return None
        if query.flags & dns.flags.QR:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        refusal = _refusal(query)
        if refusal is not None:
            reply.set_rcode(refusal)
        elif query.question[0].rdtype in _FORWARDED:
            await self._fill(reply, query)
        size = 65535 if stream else max(512, min(query.payload, _EDNS_BYTES))
        return reply.to_wire(max_size=size, prefer_truncation=True)

    async def _fill(self, reply: dns.message.Message, query: dns.message.Message) -> None:
        question = query.question[0]
        try:
            found = await self.ask(question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
        except ResolveError:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return
        reply.set_rcode(found.rcode())
        reply.answer = found.answer
        reply.authority = found.authority

    async def ask(self, name: str, kind: str) -> dns.message.Message:
        """Return a resolver's answer; ResolveError when none answers in time."""
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                return await self._ask_each(name, kind)
        except TimeoutError as error:
            raise ResolveError(f"no resolver answered for {name} within {self._timeout_s:g} s") from error

    async def _ask_each(self, name: str, kind: str) -> dns.message.Message:
        reason = "no resolver is configured"
        servers = self._servers()
        for server in servers:
            question = dns.message.make_query(name, kind, use_edns=0, payload=_EDNS_BYTES)
            try:
                found, _ = await dns.asyncquery.udp_with_fallback(
                    question,
                    server,
                    timeout=self._timeout_s / len(servers),
                    backend=self._backend,
                    ignore_unexpected=True,
                )
            except (dns.exception.DNSException, OSError, EOFError) as error:
                reason = str(error) or type(error).__name__
                continue
            return found
        raise ResolveError(f"no resolver answered for {name}: {reason}")

    async def resolve(self, host: str) -> list[str]:
        """Return every address of a host name or of any spelling of an address; ResolveError when there is none."""
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        if host == "localhost" or host.endswith(".localhost"):
            return ["127.0.0.1"]
        try:
            answers = await asyncio.gather(self.ask(host, "A"), self.ask(host, "AAAA"))
        except (dns.exception.DNSException, ValueError) as error:
            raise ResolveError(f"{host} is not a host name") from error
        wanted = (dns.rdatatype.A, dns.rdatatype.AAAA)
        found = [str(item) for answer in answers for rrset in answer.answer if rrset.rdtype in wanted for item in rrset]
        if not found:
            raise ResolveError(f"{host} has no address")
        return found


def _refusal(query: dns.message.Message) -> dns.rcode.Rcode | None:
    if query.opcode() != dns.opcode.QUERY:
        return dns.rcode.NOTIMP
    if len(query.question) != 1 or query.question[0].rdclass != dns.rdataclass.IN:
        return dns.rcode.REFUSED
    return None


def literal_address(host: str) -> str | None:
    """Return the address that ``host`` spells (``127.1``, ``0x7f000001``, ``2130706433``, ``::1``), or None."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    # The C library's rules, which curl and everyone else applies: parts may be decimal, octal or hex, and be left out.
    if host[:1].isdigit() and not any(mark.isspace() for mark in host):
        with contextlib.suppress(OSError):
            return socket.inet_ntoa(socket.inet_aton(host))
    return None
