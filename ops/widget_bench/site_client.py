"""A client of a running site: its JSON API, its public hosts and its live socket."""

import base64
import contextlib
import html
import json
import os
import re
import secrets
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from widget_bench.http_client import Answer, Connection, request_bytes
from widget_bench.samples import BenchError

_FORM_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class SiteClient:
    """An account of its own on the site at ``url``, and the widgets it makes; ``close`` deletes them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.netloc = parts.netloc
        self.port = parts.port or 80
        # `localhost` may be ::1 first, where nobody listens.
        self.address = "127.0.0.1" if parts.hostname in ("localhost", None) else str(parts.hostname)
        self._connection = Connection(self.address, self.port)
        self._username = f"bench-{secrets.token_hex(4)}"
        self._password = secrets.token_urlsafe(16)
        self._slugs: list[str] = []
        body = {"username": self._username, "email": f"{self._username}@bench.test", "password": self._password}
        self._token = ""
        self.api("POST", "/accounts", body, 201)
        body = {"username": self._username, "password": self._password, "name": "bench"}
        self._token = str(self.api("POST", "/tokens", body, 201)["token"])

    def close(self) -> None:
        """Delete the widgets."""
        for slug in self._slugs:
            self.api("DELETE", f"/widgets/{slug}", None, 204)
        self._connection.close()

    def api_request(self, method: str, path: str, body: Any) -> bytes:
        """Return a request to the API as it is sent."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = b"" if body is None else json.dumps(body).encode()
        return request_bytes(method, f"/api/v1{path}", self.netloc, headers, content)

    def api(self, method: str, path: str, body: Any, expected: int) -> Any:
        """Return the decoded answer of an API call; BenchError unless it has the expected status."""
        answer = self._connection.request(self.api_request(method, path, body))
        if answer.status != expected:
            raise BenchError(f"{method} {path} answered {answer.status}: {answer.body[:500].decode(errors='replace')}")
        return json.loads(answer.body) if answer.body else None

    def make_widget(self, kind: str, code: str) -> str:
        """Return the slug of a new widget with this ``main.py``."""
        return self.make_widget_of(kind, {"main.py": code})

    def make_widget_of(self, kind: str, files: Mapping[str, str]) -> str:
        """Return the slug of a new widget with these files."""
        made = self.api("POST", "/widgets", {"kind": kind, "title": "Benchmark", "files": dict(files)}, 201)
        self._slugs.append(str(made["slug"]))
        return self._slugs[-1]

    def public_request(self, slug: str, path: str) -> bytes:
        """Return a GET of a widget's public host as it is sent."""
        widget = self.api("GET", f"/widgets/{slug}", None, 200)
        return request_bytes("GET", path, urlsplit(widget["url"]).netloc)

    # -- the live socket

    def sign_in(self) -> str:
        """Return the cookie of a sign-in by the site's own form."""
        page = self._connection.request(request_bytes("GET", "/sign-in", self.netloc))
        token = _FORM_TOKEN.search(page.body.decode())
        if page.status != 200 or token is None:
            raise BenchError(f"GET /sign-in answered {page.status} without a form")
        fields = {
            "csrf_token": html.unescape(token[1]),
            "username": self._username,
            "password": self._password,
            "next": "/",
        }
        form = "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items())
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.url,
            "Cookie": _cookies(page),
        }
        signed = self._connection.request(request_bytes("POST", "/sign-in", self.netloc, headers, form.encode()))
        if signed.status not in (302, 303):
            raise BenchError(f"POST /sign-in answered {signed.status}")
        return _cookies(signed)

    @contextlib.contextmanager
    def live(self) -> Iterator["LiveSocket"]:
        """Open the live socket of an editor tab."""
        cookie = self.sign_in()
        with socket.create_connection((self.address, self.port), 30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield LiveSocket(connection, self.netloc, {"Origin": self.url, "Cookie": cookie})


def _cookies(answer: Answer) -> str:
    pairs = [value.partition(";")[0] for name, value in answer.headers if name == "set-cookie"]
    return "; ".join(pair for pair in pairs if pair.partition("=")[2])


class LiveSocket:
    """Enough of RFC 6455 to follow runs."""

    def __init__(self, connection: socket.socket, netloc: str, headers: Mapping[str, str]) -> None:
        self._connection = connection
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        connection.sendall(request_bytes("GET", "/api/live", netloc, {**headers, **upgrade}))
        self._stream = connection.makefile("rb")
        status = self._stream.readline()
        if b" 101 " not in status:
            raise BenchError(f"the live socket was refused: {status.decode(errors='replace').strip()}")
        while self._stream.readline().strip():
            pass

    def send(self, **message: Any) -> None:
        """Send one message."""
        self._frame(1, json.dumps(message).encode())

    def _frame(self, opcode: int, payload: bytes) -> None:
        mask = os.urandom(4)
        size = len(payload)
        head = (
            struct.pack("!BB", 0x80 | opcode, 0x80 | size)
            if size < 126
            else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        )
        self._connection.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)))

    def receive(self) -> dict[str, Any]:
        """Return the next message."""
        while True:
            first, second = self._read(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self._read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._read(8))
            payload = self._read(size)
            opcode = first & 0x0F
            if opcode == 1:
                message: dict[str, Any] = json.loads(payload)
                return message
            if opcode == 8:
                raise BenchError(f"the site closed the live socket: {payload!r}")
            if opcode == 9:
                self._frame(10, payload)

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise BenchError("the live socket ended")
        return data

    def first_output(self, run_id: str) -> float:
        """Follow a run and return when (perf_counter) its first output came; returns after the run's end."""
        self.send(op="follow", run=run_id, after=0)
        came = 0.0
        while True:
            message = self.receive()
            if message.get("op") == "error":
                raise BenchError(f"the live socket says: {message}")
            if message.get("op") != "events" or message.get("run") != run_id:
                continue
            if not came and any(event["kind"] == "stdout" for event in message["events"]):
                came = time.perf_counter()
            if message["done"]:
                break
        if not came:
            raise BenchError(f"run {run_id} ended without output: {message}")
        return came
