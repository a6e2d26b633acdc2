"""A request to a widget that somebody tries out on our own pages: through the very callable that answers everybody.

The page can't send it itself, for the widget is another origin. So the site does, in this process, with the widget's
host, its limits and its rules; a private widget is let in by a preview token, as in the address its owner opens.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from widget_site.public.body import ClientGoneError
from widget_site.public.preview import PREVIEW_HEADER

#: Bytes of an answer that are kept; the rest is only counted as far as the widget says how long it is.
MAX_ANSWER_BYTES = 2 * 1024 * 1024
#: What a request must not say itself: it is about a connection that there is none of, or ours to say.
REFUSED_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "upgrade", "expect", "te", "trailer", PREVIEW_HEADER}
)


class PublicApp(Protocol):
    """What answers the requests to widgets' hosts."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any, slug: str | None) -> None:
        """Answer one request."""


@dataclass(frozen=True)
class Trial:
    """A request to send: ``target`` is path and query as they stand in a request line."""

    method: str
    target: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""
    #: Address of whoever tries, as the widget's code sees it.
    client: str = ""


@dataclass
class TrialAnswer:
    """What came back."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    #: False when the answer went on after what is kept of it.
    is_whole: bool = False
    duration_ms: float = 0.0

    @property
    def size_bytes(self) -> int:
        """How long the body is, as far as that is known."""
        said = next((value for name, value in self.headers if name == "content-length"), "")
        return max(len(self.body), int(said)) if said.isdecimal() and len(said) < 16 else len(self.body)


async def send(
    public: PublicApp, slug: str, host: str, trial: Trial, *, token: str | None, timeout_s: float
) -> TrialAnswer:
    """Send it and return what came within ``timeout_s``; ``token``: a preview token of a private widget."""
    path, _, query = trial.target.partition(b"?")
    headers = [(b"host", host.encode()), *trial.headers]
    if trial.body or trial.method not in ("GET", "HEAD", "OPTIONS", "DELETE"):
        headers.append((b"content-length", b"%d" % len(trial.body)))
    if token is not None:
        headers.append((PREVIEW_HEADER.encode(), token.encode()))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": trial.method,
        "path": path.decode("latin-1"),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
        "client": (trial.client, 0),
        "peer": "",
    }
    exchange = _Exchange(trial.body)
    start = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            await public(scope, exchange.receive, exchange.send, slug)
    except TimeoutError:
        exchange.answer.is_whole = False
    exchange.answer.duration_ms = (time.monotonic() - start) * 1000
    return exchange.answer


class _Exchange:
    """Both directions of one request inside this process."""

    def __init__(self, body: bytes) -> None:
        self.answer = TrialAnswer()
        self._body: bytes | None = body
        self._enough = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._enough.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        answer = self.answer
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
            return
        room = MAX_ANSWER_BYTES - len(answer.body)
        piece = message.get("body", b"")
        answer.body += piece[:room]
        if len(piece) > room:
            # As if the caller had hung up: more of an answer is not kept.
            self._enough.set()
            answer.is_whole = False
            raise ClientGoneError
        answer.is_whole = not message.get("more_body", False)
