"""A route's answer whose body is sent piece by piece: what a generator yields, and Media that are large.

The head goes first, with ``stream`` in place of a body; then the body as bare binary frames, then BODY_END
(``widget_wire.start``). The head waits for the first piece, so code that fails before that is an ordinary 500.
"""

import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from widget_guest.link import Link
from widget_wire.start import BODY_END

#: Media up to this size travel as a whole.
WHOLE_BYTES = 256 * 1024
_CHUNK_BYTES = 64 * 1024
#: Small pieces that follow each other quickly are gathered for so long, or until there is so much of them.
_GATHER_S = 0.005
_GATHER_BYTES = 32 * 1024
_NO_BODY = (204, 304)
_WRONG_PIECE = "A streamed response yields text or bytes, not {}."

Message = dict[str, Any]


def send_media(link: Link, message: Message, media: Any, send_head: Callable[[Message], None], method: str) -> bool:
    """Send the answer whose body is ``media`` in pieces; False when it is small, and nothing was sent."""
    content = media.get_bytes()
    if len(content) <= WHOLE_BYTES:
        return False
    _send_head(message, send_head, {"length": len(content), "type": media.content_type, "name": media.name})
    if _has_body(message, method):
        view = memoryview(content)
        for start in range(0, len(content), _CHUNK_BYTES):
            link.send_bytes(view[start : start + _CHUNK_BYTES])
    link.send({"type": BODY_END})
    return True


def send_pieces(
    link: Link, message: Message, body: Iterator[Any], send_head: Callable[[Message], None], method: str
) -> None:
    """Send the answer whose body is what ``body`` yields, each piece as soon as it is there."""
    if not _has_body(message, method):
        _send_head(message, send_head, {"length": None, "type": None, "name": None})
        close = getattr(body, "close", None)
        if close is not None:
            close()
        link.send({"type": BODY_END})
        return
    pieces = _pieces_of(body)
    first = next(pieces, b"")
    kind = "text/plain; charset=utf-8" if isinstance(first, str) else None
    data = _encoded(first)
    _send_head(message, send_head, {"length": None, "type": kind, "name": None})
    writer = _Writer(link)
    try:
        writer.write(data)
        for piece in pieces:
            writer.write(_encoded(piece))
    finally:
        writer.close()
    link.send({"type": BODY_END})


def _has_body(message: Message, method: str) -> bool:
    return method != "HEAD" and message["response"].get("status") not in _NO_BODY


def _send_head(message: Message, send_head: Callable[[Message], None], stream: Message) -> None:
    send_head({**message, "response": {**message["response"], "body": None}, "stream": stream})


def _pieces_of(body: Iterator[Any]) -> Iterator[Any]:
    """Yield pieces of a body; a file is read in chunks, not by lines."""
    if not isinstance(body, io.IOBase):
        yield from body
        return
    with body:
        while piece := body.read(_CHUNK_BYTES):
            yield piece


def _encoded(piece: Any) -> bytes:
    if isinstance(piece, str):
        return piece.encode("utf-8", "replace")
    if isinstance(piece, (bytes, bytearray, memoryview)):
        return bytes(piece)
    raise TypeError(_WRONG_PIECE.format(type(piece).__name__))


class _Writer:
    """Sends pieces: the first at once, those that come right after it gathered; nothing waits for the next piece.

    A thread sends what was gathered, since the run's own thread may be anywhere in user code by then.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._lock = threading.Lock()
        self._gathered = bytearray()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._sent_at = 0.0
        self._failure: Exception | None = None

    def write(self, data: bytes) -> None:
        """Send these bytes now or in a moment."""
        if not data:
            return
        with self._lock:
            if self._failure is not None:
                raise self._failure
            self._gathered += data
            if len(self._gathered) >= _GATHER_BYTES or time.monotonic() - self._sent_at >= _GATHER_S:
                self._send()
                return
        self._send_soon()

    def close(self) -> None:
        """Send what was gathered; the thread ends."""
        with self._lock:
            self._send()
        thread, self._thread = self._thread, None
        self._wake.set()
        if thread is not None:
            thread.join()

    def _send(self) -> None:
        view = memoryview(bytes(self._gathered))
        self._gathered.clear()
        for start in range(0, len(view), _CHUNK_BYTES):
            self._link.send_bytes(view[start : start + _CHUNK_BYTES])
        self._sent_at = time.monotonic()

    def _send_soon(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._thread is None:
                return
            time.sleep(_GATHER_S)
            try:
                with self._lock:
                    self._send()
            except Exception as failure:  # the next write tells it
                self._failure = failure
                return
