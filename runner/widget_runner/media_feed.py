"""Media on their way into a child, no faster than it reads."""

import asyncio
from collections.abc import Iterator
from typing import Any, Protocol

from widget_runner.request_body import WINDOW_BYTES
from widget_wire import media_chunks
from widget_wire.spool import Spool

#: How often a child that does not read is looked at.
_LOOK_S = 0.01


class Reader(Protocol):
    """The child that the media are for."""

    def send(self, buffers: list[bytes]) -> None:
        """Send frames to it."""

    def unsent_bytes(self) -> int:
        """Bytes that it has not read."""


class MediaFeed:
    """The media of one message, which the child knows as ``request_id``; the spool is let go of at the end."""

    def __init__(self, spool: Spool, request_id: str, reader: Reader) -> None:
        self._spool: Spool | None = spool
        self._chunks: Iterator[tuple[dict[str, Any], bytes]] = media_chunks.of_parts(spool.parts())
        self._request_id = request_id
        self._reader = reader
        self._look: asyncio.TimerHandle | None = None

    def go_on(self) -> None:
        """Send what the child has room for, and look again until it has all."""
        self._look = None
        while self._spool is not None and self._reader.unsent_bytes() < WINDOW_BYTES:
            header, content = next(self._chunks, (None, b""))
            if header is None:
                self.close()
            else:
                self._reader.send(media_chunks.pair({**header, "requestId": self._request_id}, content))
        if self._spool is not None:
            self._look = asyncio.get_running_loop().call_later(_LOOK_S, self.go_on)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is sent."""
        return self._spool is None

    def close(self) -> None:
        """Send no more; idempotent."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        if self._spool is not None:
            self._spool.close()
            self._spool = None
