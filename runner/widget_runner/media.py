"""Media that arrives in chunks from a child: put together within limits, or refused."""

from typing import Any

from widget_runner.child_link import LinkError
from widget_wire.media_budget import MediaBudget

_MAX_MEDIA = 100
#: What a chunk counts for at least, so that endless empty ones are bounded, too.
_MIN_CHUNK_BYTES = 256


class MediaTooLargeError(Exception):
    """More bytes arrived than are taken; ``for_now`` when only other runs are in the way."""

    def __init__(self, *, for_now: bool = False) -> None:
        super().__init__()
        self.for_now = for_now


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
    """The chunks of one message's media, in the order in which they come; ``close`` gives its bytes back."""

    def __init__(self, media_ids: set[str], max_bytes: int, budget: MediaBudget) -> None:
        self._budget = budget
        self._taken = 0
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
        size = max(len(content), _MIN_CHUNK_BYTES)
        self._left -= size
        if self._left < -_MIN_CHUNK_BYTES:
            raise MediaTooLargeError
        if not self._budget.take(size):
            raise MediaTooLargeError(for_now=True)
        self._taken += size
        self._chunks[media_id].append(content)
        self._waiting[media_id] += 1
        if header.get("lastChunk"):
            del self._waiting[media_id]

    def content(self, media_id: str) -> bytes:
        """Return the bytes of a complete media."""
        return b"".join(self._chunks[media_id])

    def take(self) -> dict[str, bytes]:
        """Return the bytes of every media by its id, and keep them no longer."""
        contents = {media_id: self.content(media_id) for media_id in self._chunks}
        self.close()
        return contents

    def close(self) -> None:
        """Forget the bytes."""
        self._budget.give(self._taken)
        self._taken = 0
        self._chunks.clear()
