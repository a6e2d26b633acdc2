"""Reading a request's body: never more than allowed, never for ever, never more than this process may keep."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from widget_wire.spool import Spool

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]

#: A body must arrive at this rate, after GRACE_S.
MIN_BYTES_PER_S = 16 * 1024
GRACE_S = 20.0
#: Each piece costs time, however small: a body may come in so many, and in one more for every so many bytes.
MAX_PIECES = 16_384
BYTES_PER_PIECE = 64
#: Of a body that is refused, this much is read and thrown away, so that the client gets to read the refusal.
DISCARD_BYTES = 8 * 1024 * 1024
DISCARD_S = 2.0


class BodyTooLargeError(Exception):
    """413."""


class BodyTooSlowError(Exception):
    """408."""


class CrumbsError(Exception):
    """It comes in too many pieces that are too small: 400."""


class NoRoomError(Exception):
    """This process holds as many bytes of requests as it may: 503."""


class ClientGoneError(Exception):
    """Nobody is there to be answered."""


class Room:
    """How many bytes of request bodies this process may hold at once; it bounds what is queued in Redis, too."""

    def __init__(self, total_bytes: int) -> None:
        self.free_bytes = total_bytes


class Share:
    """What one body takes of the room; ``with`` gives it back."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pieces = 0
        self.taken_bytes = 0

    def __enter__(self) -> "Share":
        return self

    def __exit__(self, *_: object) -> None:
        self._room.free_bytes += self.taken_bytes
        self.taken_bytes = 0

    def take(self, size_bytes: int) -> None:
        """Take room for one more piece; NoRoomError or CrumbsError when it is not to be had."""
        self._pieces += 1
        if self._pieces > MAX_PIECES + self.taken_bytes // BYTES_PER_PIECE:
            raise CrumbsError
        if size_bytes > self._room.free_bytes:
            raise NoRoomError
        self._room.free_bytes -= size_bytes
        self.taken_bytes += size_bytes


class BodyReader:
    """Reads one body into its share of the room."""

    def __init__(self, receive: Receive, max_bytes: int, share: Share, folder: Path | None = None) -> None:
        self._receive = receive
        self._folder = folder
        self._max_bytes = max_bytes
        self._share = share

    async def read(self, content_length: int | None) -> Spool:
        """Return the whole body, to be closed; one of this module's errors when that can't be."""
        whole = Spool(self._folder)
        try:
            await self._read(whole, content_length)
        except OSError as error:
            whole.close()
            log.error("a request's body could not be kept: %s", error)
            raise NoRoomError from error
        except BaseException:
            whole.close()
            raise
        return whole

    async def _read(self, whole: Spool, content_length: int | None) -> None:
        if content_length == 0:
            return
        if content_length is not None and content_length > self._max_bytes:
            await self._discard(content_length)
            raise BodyTooLargeError
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
                        if whole.size_bytes + len(piece) > self._max_bytes:
                            raise BodyTooLargeError
                        self._share.take(len(piece))
                        whole.write(piece)
                        deadline.reschedule(start + GRACE_S + whole.size_bytes / MIN_BYTES_PER_S)
                    if not message.get("more_body", False):
                        return
        except TimeoutError as error:
            raise BodyTooSlowError from error
        except (BodyTooLargeError, CrumbsError, NoRoomError):
            await self._discard(None)
            raise

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
