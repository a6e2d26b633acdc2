"""A large body of a request on its way into a child: asked for in parts, and no faster than the child reads."""

import asyncio
import json
from collections.abc import Callable
from typing import Protocol

from widget_wire import frames
from widget_wire.body_parts import PART_BYTES, WINDOW_PARTS, BodyPart
from widget_wire.media_chunks import CHUNK_BYTES
from widget_wire.runs import RunRequest

#: Bytes that a child has not read yet, above which no more is asked for.
WINDOW_BYTES = WINDOW_PARTS * PART_BYTES
#: How often a child that does not read is looked at.
_LOOK_S = 0.01
_BYTES_PER_S = 1024 * 1024
_encode = json.JSONEncoder(separators=(",", ":")).encode


def arrival_s(request: RunRequest) -> float:
    """Return the seconds in which the body, or the media, of a request have to arrive; 0 for what is in it."""
    return (request.body_bytes + (request.parcel.size_bytes if request.parcel else 0)) / _BYTES_PER_S


class Reader(Protocol):
    """The child that the body is for."""

    def send(self, buffers: list[bytes]) -> None:
        """Send frames to it."""

    def unsent_bytes(self) -> int:
        """Bytes that it has not read."""

    def abandon(self) -> None:
        """Whoever sent it went away."""

    def lose(self, why: str) -> None:
        """What comes is not what was announced."""


class RequestBody:
    """The body of one run's request, as the Media ``media_id`` of its CALL; ``ask`` asks the site for a part."""

    def __init__(
        self, request_id: str, size_bytes: int, media_id: str, reader: Reader, ask: Callable[[int], None]
    ) -> None:
        self._request_id = request_id
        self._size_bytes = size_bytes
        self._media_id = media_id
        self._reader = reader
        self._ask = ask
        self._parts = -(-size_bytes // PART_BYTES)
        self._asked = 0
        self._next = 0
        #: Parts that came before the one that is next.
        self._early: dict[int, bytes] = {}
        self._look: asyncio.TimerHandle | None = None

    @property
    def held_bytes(self) -> int:
        """Bytes of it that are held here."""
        return sum(map(len, self._early.values()))

    def begin(self) -> None:
        """Ask for the first parts."""
        self._ask_on()

    def take(self, given: BodyPart) -> None:
        """Take a part; one that is here already, or was not asked for, is dropped."""
        if given.gone and self._next < self._parts:
            self._reader.abandon()
            return
        if not self._next <= given.part < self._asked:
            return
        self._early[given.part] = given.data
        while self._next in self._early:
            self._hand_over(self._early.pop(self._next))
        self._ask_on()

    def close(self) -> None:
        """The run is over."""
        self._early.clear()
        self._asked = 0
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _hand_over(self, data: bytes) -> None:
        start = self._next * PART_BYTES
        self._next += 1
        if len(data) != min(PART_BYTES, self._size_bytes - start):
            self._reader.lose("a part of the request's body is not whole")
            return
        for at in range(0, len(data), CHUNK_BYTES):
            content = data[at : at + CHUNK_BYTES]
            header = {
                "type": "CHUNK_HEADER",
                "requestId": self._request_id,
                "mediaId": self._media_id,
                "chunkIndex": (start + at) // CHUNK_BYTES,
                "lastChunk": start + at + len(content) == self._size_bytes,
            }
            self._reader.send([frames.pack(frames.TEXT, _encode(header).encode()), frames.pack(frames.BINARY, content)])

    def _ask_on(self) -> None:
        self._look = None
        while self._asked < self._parts and self._asked < self._next + WINDOW_PARTS:
            if self._reader.unsent_bytes() >= WINDOW_BYTES:
                self._look = asyncio.get_running_loop().call_later(_LOOK_S, self._ask_on)
                return
            self._asked += 1
            self._ask(self._asked - 1)
