"""Media beside a message as frames: for each chunk a CHUNK_HEADER and the bytes (spec/anvil-protocol.md 1.6)."""

import json
from collections.abc import Mapping

from widget_wire import frames

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


def addressed(data: bytes, request_id: str) -> list[bytes]:
    """Return these frames for the message that the receiver knows as ``request_id``."""
    made = []
    for kind, payload in frames.FrameDecoder().feed(data):
        if kind == frames.TEXT:
            header = {**json.loads(payload), "requestId": request_id}
            payload = json.dumps(header, separators=(",", ":")).encode()
        made.append(frames.pack(kind, payload))
    return made


def read(data: bytes) -> dict[str, bytes]:
    """Return contents by media id of what ``write`` or a child made; FrameError when it is not in order."""
    parts: dict[str, list[bytes]] = {}
    media_id: str | None = None
    for kind, payload in frames.FrameDecoder().feed(data):
        if kind == frames.TEXT:
            media_id = str(json.loads(payload).get("mediaId"))
        elif media_id is None:
            raise frames.FrameError("a chunk without a header")
        else:
            parts.setdefault(media_id, []).append(payload)
            media_id = None
    return {name: b"".join(chunks) for name, chunks in parts.items()}
