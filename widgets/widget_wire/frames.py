"""Frames on a byte stream: the unit that carries one message, or one chunk of media.

A frame is one kind byte, four bytes of big-endian length and the payload. A text frame holds one JSON message, a binary
frame the bytes that a ``CHUNK_HEADER`` message before it announced; so a socketpair carries exactly what the
WebSocket of an uplink carries (spec/anvil-protocol.md section 1).
"""

import struct
from collections.abc import Iterator

TEXT = b"J"
BINARY = b"B"
HEADER_BYTES = 5
#: The most that one frame may hold (the reference's own WebSocket limit).
MAX_FRAME_BYTES = 16 * 1024 * 1024

_LENGTH = struct.Struct("!I")


class FrameError(ValueError):
    """The peer sent bytes that are not a frame, or a frame larger than agreed."""


def pack(kind: bytes, payload: bytes) -> bytes:
    """Return the frame of ``payload``; ``kind`` is TEXT or BINARY."""
    return kind + _LENGTH.pack(len(payload)) + payload


class FrameDecoder:
    """Cuts a byte stream into frames, however the bytes arrive.

    Every byte may be hostile: an unknown kind or a length over ``max_bytes`` raises FrameError before anything of that
    length is kept.
    """

    def __init__(self, max_bytes: int = MAX_FRAME_BYTES) -> None:
        self._buffer = bytearray()
        self._max_bytes = max_bytes

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield (kind, payload) of each frame that ``data`` completes."""
        self._buffer += data
        while len(self._buffer) >= HEADER_BYTES:
            kind = bytes(self._buffer[:1])
            if kind not in (TEXT, BINARY):
                raise FrameError(f"unknown frame kind {kind!r}")
            (length,) = _LENGTH.unpack_from(self._buffer, 1)
            if length > self._max_bytes:
                raise FrameError(f"a frame of {length} bytes; at most {self._max_bytes} are taken")
            end = HEADER_BYTES + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[HEADER_BYTES:end])
            del self._buffer[:end]
            yield kind, payload
