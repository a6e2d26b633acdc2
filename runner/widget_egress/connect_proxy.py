"""The explicit kind, where nft is not to be had: an HTTP proxy on the sandbox's loopback (HTTP_PROXY, HTTPS_PROXY).

CONNECT for everything with TLS, absolute URIs for plain HTTP. A name is resolved once, every address checked, and one
of the checked addresses dialled; the name is never resolved again.
"""

import asyncio
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from widget_egress.dns import ResolveError
from widget_egress.outlet import Outlet, RefusedError
from widget_egress.relay import reset

_HEAD_BYTES = 65536
_HEAD_S = 20.0
_ADDRESSES_TRIED = 4
#: Between this client and this proxy only; the rest of the head is the origin's.
_HOP_HEADERS = (b"proxy-", b"connection:", b"keep-alive:")


class _AnswerError(Exception):
    """The client is told this status and text instead of being connected."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class _Target:
    host: str
    port: int
    #: The request line and headers for the origin; empty for CONNECT.
    head: bytes


async def serve(outlet: Outlet, connection: socket.socket) -> None:
    """Answer one proxy client."""
    try:
        head, rest = await _read_head(connection)
        target = _parse(head)
        meter = await outlet.meter()
        addresses = await _checked_addresses(outlet, target)
        outer = await outlet.admit(meter, f"{target.host}:{target.port}", lambda: _dial(outlet, addresses, target.port))
    except RefusedError as refusal:
        await _say(connection, 403, f"Widgetry refused this connection: {refusal}.")
        return
    except _AnswerError as answer:
        await _say(connection, answer.status, str(answer))
        return
    if not target.head:
        try:
            await asyncio.get_running_loop().sock_sendall(connection, b"HTTP/1.1 200 Connection established\r\n\r\n")
        except OSError:
            outer.close()
            meter.leave()
            reset(connection)
            return
    outlet.relay(connection, outer, meter, target.head + rest)


async def _read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head with its empty line, and what came after it."""
    loop = asyncio.get_running_loop()
    data = b""
    try:
        async with asyncio.timeout(_HEAD_S):
            while b"\r\n\r\n" not in data:
                chunk = await loop.sock_recv(connection, 16384)
                data += chunk
                if not chunk or len(data) > _HEAD_BYTES:
                    raise _AnswerError(400, "This is not an HTTP request.")
    except TimeoutError as error:
        raise _AnswerError(408, "No request came.") from error
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _parse(head: bytes) -> _Target:
    lines = head.split(b"\r\n")
    try:
        method, target, version = lines[0].decode("ascii").split(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(version)
        if method == "CONNECT":
            host, port = _authority(target, None)
            return _Target(host, port, b"")
        url = urlsplit(target)
        if url.scheme != "http":
            raise ValueError(target)
        host, port = _authority(url.netloc, 80)
    except ValueError as error:
        raise _AnswerError(400, "A proxy request is CONNECT host:port, or a method with an http:// address.") from error
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    kept = [line for line in lines[1:-2] if not line.lower().startswith(_HOP_HEADERS)]
    return _Target(
        host, port, b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), *kept, b"Connection: close", b"", b""])
    )


def _authority(text: str, default_port: int | None) -> tuple[str, int]:
    """Return host and port; ValueError for anything with a user, without a host or without a port that is needed."""
    parts = urlsplit(f"//{text}")
    host, port = parts.hostname, parts.port or default_port
    if not host or port is None or parts.username is not None or parts.path or parts.query:
        raise ValueError(text)
    return host.rstrip("."), port


async def _checked_addresses(outlet: Outlet, target: _Target) -> list[str]:
    """Resolve once and return the addresses that may be dialled; RefusedError when none may."""
    outlet.check_place(target.host, target.port)
    try:
        addresses = await outlet.shared.dns.resolve(target.host)
    except ResolveError as error:
        raise _AnswerError(502, f"{error}.") from error
    refusal: RefusedError | None = None
    passed = []
    for address in addresses[:64]:
        try:
            outlet.check(address, target.port, target.host)
        except RefusedError as reason:
            refusal = reason
        else:
            passed.append(address)
    if not passed:
        assert refusal is not None
        raise refusal
    return passed


async def _dial(outlet: Outlet, addresses: list[str], port: int) -> socket.socket:
    reason: OSError = TimeoutError()
    for address in addresses[:_ADDRESSES_TRIED]:
        try:
            return await outlet.dial(address, port)
        except OSError as error:
            reason = error
    text = "it did not answer" if isinstance(reason, TimeoutError) else (reason.strerror or str(reason))
    raise _AnswerError(502, f"Could not connect: {text}.") from reason


async def _say(connection: socket.socket, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    phrase = {400: "Bad Request", 403: "Forbidden", 408: "Request Timeout", 502: "Bad Gateway"}[status]
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
    with connection:
        await asyncio.get_running_loop().sock_sendall(connection, f"{head}Connection: close\r\n\r\n".encode() + body)
