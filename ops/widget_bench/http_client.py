"""A light HTTP client: keeps its connection, reconnects when it was closed, and does nothing that is not needed."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from widget_bench.samples import BenchError

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """A response; header names are small."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's first value, or ""."""
        return next((value for key, value in self.headers if key == name), "")


def request_bytes(
    method: str, path: str, host: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Return a request as it is sent."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def parse(data: bytes | bytearray) -> tuple[Answer, bool] | None:
    """Return the response that ``data`` holds and whether the connection stays, or None while it is incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = bytes(data[:end]).decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ", 2)[1])
    headers = tuple(
        (name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])
    )
    known = dict(headers)
    body = _body(known, data, end + 4, has_none=status in (204, 304) or 100 <= status < 200)
    if body is None:
        return None
    return Answer(status, headers, body), known.get("connection", "").lower() != "close"


def _body(headers: Mapping[str, str], data: bytes | bytearray, start: int, *, has_none: bool) -> bytes | None:
    if has_none:
        return b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunked(data, start)
    if "content-length" not in headers:
        raise BenchError("a response with neither a length nor chunks")
    length = int(headers["content-length"])
    return bytes(data[start : start + length]) if len(data) >= start + length else None


def _chunked(data: bytes | bytearray, at: int) -> bytes | None:
    body = b""
    while True:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(bytes(data[at:line_end]).split(b";")[0], 16)
        at = line_end + 2
        if len(data) < at + size + 2:
            return None
        if size == 0:
            return body
        body += data[at : at + size]
        at += size + 2


class Connection:
    """A blocking connection to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Close it; the next request connects again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def request(self, sent: bytes) -> Answer:
        """Send a request and return the response; connects again once when the server closed the connection."""
        for fresh in (self._socket is None, True):
            if self._socket is None:
                self._socket = socket.create_connection(self._address, _TIMEOUT_S)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answer = self._try(self._socket, sent)
            if answer is not None:
                return answer
            self.close()
            if fresh:
                break
        raise BenchError(f"{self._address[0]}:{self._address[1]} closed the connection without an answer")

    def _try(self, connection: socket.socket, sent: bytes) -> Answer | None:
        data = bytearray()
        try:
            connection.sendall(sent)
            while (found := parse(data)) is None:
                chunk = connection.recv(262144)
                if not chunk:
                    return None
                data += chunk
        except ConnectionError:
            return None
        answer, stays = found
        if not stays:
            self.close()
        return answer


class AsyncConnection:
    """The same on the event loop, for many at once."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Close it; the next request connects again."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def request(self, sent: bytes) -> Answer:
        """Send a request and return the response; connects again once when the server closed the connection."""
        for fresh in (self._socket is None, True):
            with contextlib.suppress(ConnectionError):
                answer = await self._try(sent)
                if answer is not None:
                    return answer
            self.close()
            if fresh:
                break
        raise BenchError(f"{self._address[0]}:{self._address[1]} closed the connection without an answer")

    async def _try(self, sent: bytes) -> Answer | None:
        loop = asyncio.get_running_loop()
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(self._socket, self._address)
        await loop.sock_sendall(self._socket, sent)
        data = bytearray()
        while (found := parse(data)) is None:
            chunk = await loop.sock_recv(self._socket, 262144)
            if not chunk:
                return None
            data += chunk
        answer, stays = found
        if not stays:
            self.close()
        return answer
