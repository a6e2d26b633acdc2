"""Media beside a message as frames: for each chunk a CHUNK_HEADER and the bytes (spec/anvil-protocol.md 1.6)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from widget_wire import frames

_encode = json.JSONEncoder(separators=(",", ":")).encode
#: Bytes of one chunk, as the library sends them.
CHUNK_BYTES = 64 * 1024


def write(media: Mapping[str, bytes], request_id: str = "") -> bytes:
    """Return the frames of ``media`` (contents by media id); an empty one has one empty chunk."""
    made = bytearray()
    for media_id, content in media.items():
        for start in range(0, max(len(content), 1), CHUNK_BYTES):
            header = {
                "type": "CHUNK_HEADER",
                "requestId": request_id,
                "mediaId": media_id,
                "chunkIndex": start // CHUNK_BYTES,
                "lastChunk": start + CHUNK_BYTES >= len(content),
            }
            made += frames.pack(frames.TEXT, json.dumps(header).encode())
            made += frames.pack(frames.BINARY, content[start : start + CHUNK_BYTES])
    return bytes(made)


def chunks(data: bytes) -> Iterator[tuple[dict[str, Any], memoryview]]:
    """Yield header and bytes of each chunk, without a copy; FrameError when the frames are not in order."""
    view = memoryview(data)
    header: dict[str, Any] | None = None
    place = 0
    while place < len(view):
        start = place + frames.HEADER_BYTES
        kind, size = bytes(view[place : place + 1]), int.from_bytes(view[place + 1 : start], "big")
        place = start + size
        if place > len(view) or kind not in (frames.TEXT, frames.BINARY):
            raise frames.FrameError("the frames of media are not in order")
        if kind == frames.TEXT:
            header = json.loads(bytes(view[start:place]))
        elif header is None:
            raise frames.FrameError("a chunk without a header")
        else:
            yield header, view[start:place]
            header = None


def pair(header: dict[str, Any], content: bytes | memoryview) -> list[bytes]:
    """Return the frames of one chunk."""
    return [frames.pack(frames.TEXT, _encode(header).encode()), frames.pack(frames.BINARY, bytes(content))]


def addressed(data: bytes, request_id: str) -> list[bytes]:
    """Return these frames for the message that the receiver knows as ``request_id``."""
    return [frame for header, content in chunks(data) for frame in pair({**header, "requestId": request_id}, content)]


def read(data: bytes) -> dict[str, bytes]:
    """Return contents by media id of what ``write`` or a child made; FrameError when it is not in order."""
    parts: dict[str, list[memoryview]] = {}
    for header, content in chunks(data):
        parts.setdefault(str(header.get("mediaId")), []).append(content)
    return {name: b"".join(pieces) for name, pieces in parts.items()}
