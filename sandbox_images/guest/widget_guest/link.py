"""The child's end of its data socket: frames in, frames out (``widget_wire.start``)."""

import fcntl
import json
import os
import select
import struct
import termios
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, NoReturn

from widget_guest import output
from widget_wire import frames, start

#: The descriptors of the data socket and of the eventfd in every child.
DATA = 3
BEGAN = 4
#: Below malloc's mmap threshold: a larger buffer costs a mapping and its page faults at each read.
_READ_BYTES = 1 << 16

#: The runner has read what was sent, or this has passed.
_SETTLE_S = 2.0

_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().raw_decode


def decoded(text: bytes) -> Any:
    """Return the JSON value that ``text`` begins with; json.loads would guess its encoding first."""
    return _decode(text.decode())[0]


class PayloadError(ValueError):
    """A message is larger than a run may send; media travel in chunks and don't count."""


class Link:
    """Sends and receives whole frames; any thread may send, one at a time may receive."""

    def __init__(self, descriptor: int = DATA, began: int = BEGAN) -> None:
        self._descriptor = descriptor
        self._began = began
        self._decoder = frames.FrameDecoder()
        self._received: deque[tuple[bytes, bytes]] = deque()
        self._sending = threading.RLock()
        self._owner = -1
        #: The most bytes of one message of user code; START may set it.
        self.payload_bytes = start.PAYLOAD_BYTES
        #: How much is taken of pictures and written files; START sets it.
        self.keep = {"shown_bytes": 0, "files": 0, "file_bytes": 0, "files_bytes": 0}

    def belongs_here(self) -> None:
        """Say that this process is the run's own: what forks from it later must not send in its name."""
        self._owner = os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether this process is the run's own, and not one that user code forked from it."""
        return os.getpid() == self._owner

    def is_readable(self) -> bool:
        """Return whether something has arrived that was not read yet."""
        return bool(select.select([self._descriptor], [], [], 0)[0])

    def user_code_begins(self) -> None:
        """Say that the next line is user code's; said once, and unheard until the runner asks.

        A frame would wake the runner, and take the CPU from user code for it.
        """
        began, self._began = self._began, -1
        if began >= 0:
            os.eventfd_write(began, time.monotonic_ns() // 1000)
            os.close(began)

    def receive(self) -> tuple[bytes, bytes]:
        """Return the next frame's (kind, payload); ``over`` when the runner has gone."""
        while not self._received:
            data = os.read(self._descriptor, _READ_BYTES)
            if not data:
                self.over()
            self._received.extend(self._decoder.feed(data))
        return self._received.popleft()

    def over(self) -> NoReturn:
        """Nobody listens any more: end the process."""
        leave(1)

    def receive_message(self) -> dict[str, Any]:
        """Return the next frame's message; ValueError when it is media or not a JSON object."""
        kind, payload = self.receive()
        message = decoded(payload) if kind == frames.TEXT else None
        if not isinstance(message, dict):
            raise ValueError("expected a message")
        return message

    def send(self, message: dict[str, Any], blob: bytes | None = None) -> None:
        """Send a message, and right after it the bytes that it announces.

        TypeError, ValueError or RecursionError when it is not JSON; PayloadError when it is too large; then nothing
        was sent.
        """
        payload = _encode(message).encode()
        if len(payload) > self.payload_bytes:
            raise PayloadError(f"{len(payload)} bytes; at most {self.payload_bytes} are taken")
        data = frames.pack(frames.TEXT, payload)
        if blob is not None:
            data += frames.pack(frames.BINARY, blob)
        self._write(data)

    def send_bytes(self, data: "bytes | memoryview") -> None:
        """Send a piece of the body of a streamed answer."""
        self._write(frames.pack(frames.BINARY, bytes(data)))

    def hand_over(self, message: dict[str, Any], contents: Sequence[bytes]) -> None:
        """Send a message and, with nothing in between, the contents that it announces; raises what ``send`` does."""
        with self._sending:
            self.send(message)
            for number, content in enumerate(contents):
                last = max(0, len(content) - 1) // start.CHUNK_BYTES
                for index in range(last + 1):
                    part = content[index * start.CHUNK_BYTES : (index + 1) * start.CHUNK_BYTES]
                    header = {"requestId": start.HANDOVER, "mediaId": str(number), "chunkIndex": index}
                    self.send({"type": "CHUNK_HEADER", **header, "lastChunk": index == last}, part)

    def settle(self) -> None:
        """Wait until what was sent has been read, so that what comes on another way comes after it."""
        output.wait_until_read(lambda: bool(self._unread_bytes()), _SETTLE_S)

    def _unread_bytes(self) -> int:
        try:
            (count,) = struct.unpack("i", fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, b"\0\0\0\0"))
        except OSError:
            return 0
        return int(count)

    def _write(self, data: bytes) -> None:
        if not self.is_here:
            raise RuntimeError(
                "This process was forked from the run and can't talk to the site: call anvil.server functions in the "
                "run's own process, and hand the results on."
            )
        with self._sending:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]


def leave(status: int) -> NoReturn:
    """End this process at once: no handlers, no destructors; what was to be flushed has been."""
    os._exit(status & 0xFF)
