"""What goes back to the caller of a widget: hardened headers, and bytes no faster than they are read."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from html import escape
from typing import Any

from widget_model.cookies import is_platform_cookie

Send = Callable[[dict[str, Any]], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}\Z")
_VALUE = re.compile(r"[^\x00\r\n]*\Z")
#: About the connection, which is ours, not user code's (RFC 9110 7.6.1), and what we say ourselves.
_OURS = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    "upgrade content-length date server alt-svc".split()
)
_DOMAIN = re.compile(r";\s*domain\s*=[^;]*", re.IGNORECASE)
MAX_HEADERS = 200
MAX_HEADER_BYTES = 64 * 1024
#: A caller takes a piece within this time, or is cut off.
SEND_TIMEOUT_S = 30.0
_PIECE = 256 * 1024
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_NOSNIFF = (b"x-content-type-options", b"nosniff")


class TooSlowError(Exception):
    """The caller does not read its answer."""


class BadAnswerError(Exception):
    """An answer that must not be sent on."""


def harden(headers: Iterable[tuple[str, str]]) -> RawHeaders:
    """Return user code's headers without what it must not say; BadAnswerError for more than may be sent.

    Whatever the runner let pass is looked at again here: these bytes come from user code.
    """
    safe: RawHeaders = []
    total = 0
    for name, value in headers:
        lowered = name.lower()
        if lowered in _OURS or not _TOKEN.match(name) or not _VALUE.match(value):
            continue
        if lowered == "set-cookie":
            # A cookie of a widget stays with its own host: never the site's, never a sister's (security test 45).
            if is_platform_cookie(value.partition("=")[0]):
                continue
            value = _DOMAIN.sub("", value)
        elif lowered == "access-control-allow-headers":
            # The library echoes what was asked for as often as it was asked for (H-08: no duplicates).
            value = ", ".join(dict.fromkeys(item.strip() for item in value.split(",")))
        pair = (lowered.encode("latin-1"), _encode(value))
        total += len(pair[0]) + len(pair[1])
        safe.append(pair)
    if len(safe) > MAX_HEADERS or total > MAX_HEADER_BYTES:
        raise BadAnswerError("too many headers")
    return safe


def _encode(value: str) -> bytes:
    try:
        return value.strip().encode("latin-1")
    except UnicodeEncodeError:
        return value.strip().encode()


class Responder:
    """Sends one response."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def text(self, status: int, text: str, *more: tuple[bytes, bytes]) -> None:
        """Send a short text of our own."""
        await self.whole(status, [_TEXT, _NOSNIFF, (b"cache-control", b"no-store"), *more], text.encode())

    async def page(self, status: int, title: str, text: str) -> None:
        """Send a small HTML page of our own, without a script, a font or a link to anything."""
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
            (b"cache-control", b"no-store"),
            _NOSNIFF,
        ]
        await self.whole(status, headers, _PAGE.format(title=escape(title), text=escape(text)).encode())

    async def whole(self, status: int, headers: RawHeaders, body: bytes, length: int | None = None) -> None:
        """Send a response whose body is all there; ``length`` is that of a body left out for HEAD, -1 if not known."""
        if status in (204, 304):
            body = b""
        elif length is None or length >= 0:
            headers.append((b"content-length", b"%d" % (len(body) if length is None else length)))
        await self.start(status, headers)
        if len(body) <= _PIECE:
            await self._piece(body, more=True)
            # The loop writes at the end of its turn: what hypercorn tidies up after a response can wait until then.
            await asyncio.sleep(0)
            await self._piece(b"", more=False)
            return
        for at in range(0, len(body), _PIECE):
            await self._piece(body[at : at + _PIECE], more=at + _PIECE < len(body))

    async def start(self, status: int, headers: RawHeaders) -> None:
        """Send status and headers; the body follows by ``part`` and ``end``."""
        self.started = True
        await self._in_time({"type": "http.response.start", "status": status, "headers": headers})

    async def part(self, body: bytes) -> None:
        """Send a part of a streamed body."""
        for at in range(0, len(body), _PIECE):
            await self._piece(body[at : at + _PIECE], more=True)

    async def end(self) -> None:
        """End a streamed body."""
        await self._piece(b"", more=False)

    async def _piece(self, body: bytes, *, more: bool) -> None:
        await self._in_time({"type": "http.response.body", "body": body, "more_body": more})

    async def _in_time(self, message: dict[str, Any]) -> None:
        # Small answers, too: the buffers of a caller that asks and never reads fill up with those as well, and each
        # that waits holds one of its widget's places.
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self._send(message)
        except TimeoutError as error:
            raise TooSlowError from error


_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 12vh auto; max-width: 34rem; padding: 0 1.5rem }}
h1 {{ font-size: 1.4rem; font-weight: 600 }}
</style></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""
