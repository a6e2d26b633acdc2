"""Reading a request's body: never more than allowed, never for ever, never more than this process can hold."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]

#: A body must arrive at this rate, after GRACE_S.
MIN_BYTES_PER_S = 16 * 1024
GRACE_S = 20.0
#: Of a body that is refused, this much is read and thrown away, so that the client gets to read the refusal.
DISCARD_BYTES = 8 * 1024 * 1024
DISCARD_S = 2.0


class BodyTooLargeError(Exception):
    """413."""


class BodyTooSlowError(Exception):
    """408."""


class NoRoomError(Exception):
    """This process holds as many bytes of requests as it may: 503."""


class ClientGoneError(Exception):
    """Nobody is there to be answered."""


class Room:
    """How many bytes of request bodies this process may hold at once; it bounds what is queued in Redis, too."""

    def __init__(self, total_bytes: int) -> None:
        self.free_bytes = total_bytes


class BodyReader:
    """Reads one body; ``with`` gives its room back."""

    def __init__(self, receive: Receive, max_bytes: int, room: Room) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._room = room
        self._taken = 0

    def __enter__(self) -> "BodyReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._room.free_bytes += self._taken
        self._taken = 0

    async def read(self, content_length: int | None) -> bytes:
        """Return the whole body; one of this module's errors when that can't be."""
        if content_length == 0:
            return b""
        if content_length is not None and content_length > self._max_bytes:
            await self._discard(content_length)
            raise BodyTooLargeError
        pieces: list[bytes] = []
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with asyncio.timeout(GRACE_S) as deadline:
                while True:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGoneError
                    piece = message.get("body", b"")
                    if piece:
                        self._take(len(piece))
                        pieces.append(piece)
                        deadline.reschedule(start + GRACE_S + self._taken / MIN_BYTES_PER_S)
                    if not message.get("more_body", False):
                        return b"".join(pieces)
        except TimeoutError as error:
            raise BodyTooSlowError from error
        except BodyTooLargeError:
            await self._discard(None)
            raise

    def _take(self, size_bytes: int) -> None:
        if self._taken + size_bytes > self._max_bytes:
            raise BodyTooLargeError
        if size_bytes > self._room.free_bytes:
            raise NoRoomError
        self._room.free_bytes -= size_bytes
        self._taken += size_bytes

    async def _discard(self, content_length: int | None) -> None:
        if content_length is not None and content_length > self._max_bytes + DISCARD_BYTES:
            return
        discarded = 0
        try:
            async with asyncio.timeout(DISCARD_S):
                while discarded < self._max_bytes + DISCARD_BYTES:
                    message = await self._receive()
                    discarded += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            return
