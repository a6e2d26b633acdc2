"""Media that arrives in chunks from a child: put together within limits, or refused."""

from typing import Any

from widget_runner.child_link import LinkError

_MAX_MEDIA = 100


class MediaTooLargeError(Exception):
    """More bytes arrived than are taken."""


def described_media(objects: Any) -> dict[str, dict[str, Any]]:
    """Return the DataMedia among a message's ``objects``, by media id; LinkError when they are not in order."""
    found: dict[str, dict[str, Any]] = {}
    for item in objects if isinstance(objects, list) else ():
        if isinstance(item, dict) and item.get("type") == ["DataMedia"]:
            media_id = item.get("id")
            if not isinstance(media_id, str) or len(found) >= _MAX_MEDIA:
                raise LinkError("media without an id, or too many of them")
            found[media_id] = item
    return found


class Assembly:
    """The chunks of one message's media, in the order in which they come."""

    def __init__(self, media_ids: set[str], max_bytes: int) -> None:
        self._waiting = {media_id: 0 for media_id in media_ids}
        self._chunks: dict[str, list[bytes]] = {media_id: [] for media_id in media_ids}
        self._left = max_bytes

    @property
    def complete(self) -> bool:
        """Whether every chunk is here."""
        return not self._waiting

    def add(self, header: dict[str, Any], content: bytes) -> None:
        """Take a chunk; MediaTooLargeError above the limit, LinkError when nobody expects it."""
        media_id = header.get("mediaId")
        if not isinstance(media_id, str) or self._waiting.get(media_id) != header.get("chunkIndex"):
            raise LinkError("a chunk of media that nobody expects")
        self._left -= len(content)
        if self._left < 0:
            raise MediaTooLargeError
        self._chunks[media_id].append(content)
        self._waiting[media_id] += 1
        if header.get("lastChunk"):
            del self._waiting[media_id]

    def content(self, media_id: str) -> bytes:
        """Return the bytes of a complete media."""
        return b"".join(self._chunks[media_id])
