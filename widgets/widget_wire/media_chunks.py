"""Media beside a message as frames: for each chunk a CHUNK_HEADER and the bytes (spec/anvil-protocol.md 1.6)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from widget_wire import frames

_encode = json.JSONEncoder(separators=(",", ":")).encode
#: Bytes of one chunk, as the library sends them.
CHUNK_BYTES = 64 * 1024


def write(media: Mapping[str, bytes], request_id: str = "") -> bytes:
    """Return the frames of ``media`` (contents by media id); an empty one has one empty chunk."""
    made = bytearray()
    for media_id, content in media.items():
        for header, chunk in split(media_id, [content], len(content)):
            made += b"".join(pair({**header, "requestId": request_id}, chunk))
    return bytes(made)


def split(media_id: str, parts: Iterable[bytes], size_bytes: int) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield header and bytes of each chunk of a media of this size, whose parts are multiples of CHUNK_BYTES."""
    done = 0
    for part in parts if size_bytes else [b""]:
        for start in range(0, max(len(part), 1), CHUNK_BYTES):
            chunk = part[start : start + CHUNK_BYTES]
            header = {"type": "CHUNK_HEADER", "mediaId": media_id, "chunkIndex": done // CHUNK_BYTES}
            done += len(chunk)
            yield {**header, "lastChunk": done >= size_bytes}, chunk


def of_parts(parts: Iterable[bytes]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield header and bytes of each chunk of frames that come in parts; FrameError when they are not in order."""
    decoder = frames.FrameDecoder()
    header: dict[str, Any] | None = None
    for part in parts:
        for kind, payload in decoder.feed(part):
            if kind == frames.TEXT:
                header = json.loads(payload)
            elif header is None:
                raise frames.FrameError("a chunk without a header")
            else:
                yield header, payload
                header = None


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
