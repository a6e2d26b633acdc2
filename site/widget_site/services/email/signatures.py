"""Which domains signed a message (DKIM, RFC 6376), by the keys in their DNS."""

import logging
import re

import dkim  # type: ignore[import-untyped]  # it has no types
import dns.exception
import dns.nameserver
import dns.resolver

log = logging.getLogger(__name__)

#: Signatures of one message that are looked at, and bytes of one.
_MAX_SIGNATURES, _MAX_SIGNATURE = 3, 4096
_DNS_S = 3.0
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")


class SigningKeys:
    """Looks keys up. What it is asked for is named by whoever wrote the message."""

    def __init__(self, resolvers: str = "") -> None:
        """``resolvers``: addresses, comma-separated, with ``:port`` where it is not 53; the machine's own for ""."""
        try:
            self._resolver = dns.resolver.Resolver(configure=not resolvers)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.resolver.Resolver(configure=False)
        if resolvers:
            pairs = [one.strip().partition(":") for one in resolvers.split(",") if one.strip()]
            servers = [dns.nameserver.Do53Nameserver(host, int(port or 53)) for host, _, port in pairs]
            self._resolver.nameservers = servers

    def __call__(self, name: bytes, timeout: float = _DNS_S) -> bytes | None:
        """Return the TXT record of a name; None when there is none, or nobody answers."""
        try:
            answer = self._resolver.resolve(name.decode("ascii"), "TXT", lifetime=min(timeout, _DNS_S), search=False)
        except (dns.exception.DNSException, UnicodeError, OSError) as error:
            log.info("no key at %r: %s", name, error)
            return None
        return b"".join(next(iter(answer)).strings)


def signed_by(raw: bytes, keys: SigningKeys) -> tuple[str, ...]:
    """Return the domains whose signatures are right, each once. For a thread: it asks DNS, and may take seconds.

    A signature of a part of the text counts for nothing: anybody could add to it.
    """
    domains: list[str] = []
    try:
        headers = [value for name, value in dkim.rfc822_parse(raw)[0] if name.lower() == b"dkim-signature"]
        for number, header in enumerate(headers[:_MAX_SIGNATURES]):
            domain = _signer(raw, number, bytes(header), keys)
            if domain and domain not in domains:
                domains.append(domain)
    except (dkim.DKIMException, IndexError) as error:
        log.info("its signatures can't be read: %s", error)
    return tuple(domains)


def _signer(raw: bytes, number: int, header: bytes, keys: SigningKeys) -> str | None:
    tags = dict(tag.split(b"=", 1) for tag in re.sub(rb"\s+", b"", header).split(b";") if b"=" in tag)
    if len(header) > _MAX_SIGNATURE or b"l" in tags:
        return None
    is_relaxed = tags.get(b"c", b"").endswith(b"/relaxed")
    try:
        is_right = dkim.DKIM(_relaxed(raw) if is_relaxed else raw, timeout=int(_DNS_S)).verify(number, dnsfunc=keys)
    # The library meets what strangers wrote with whatever Python raises.
    except Exception as error:
        log.info("signature of %r is not right: %s", tags.get(b"d"), error)
        return None
    return tags[b"d"].decode("ascii", "replace").lower() if is_right else None


def _relaxed(raw: bytes) -> bytes:
    """Return a message with the blanks of its text as a relaxed signature sees them.

    The library's own way takes the square of how many stand in a row.
    """
    end = _HEAD_ENDS.search(raw)
    if end is None:
        return raw
    text = raw[end.end() :].replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return raw[: end.end()] + text.replace(b" \r\n", b"\r\n")
