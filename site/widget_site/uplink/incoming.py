"""Media of a message of an uplink, while their chunks arrive: bounded, and given up when none comes for a while."""

from collections.abc import Iterable
from typing import Any

from widget_wire import media_chunks
from widget_wire.media_budget import MediaBudget

#: Of one message.
MAX_MEDIA = 100
MAX_MEDIA_BYTES = 160 * 1024 * 1024
#: Of all links of one process.
MAX_TOGETHER_BYTES = 1024 * 1024 * 1024
#: What a chunk counts for at least, so that endless empty ones are bounded, too.
_MIN_CHUNK_BYTES = 256


class MediaError(Exception):
    """The media of a message can't be taken; ``kind`` is the Anvil error that says so."""

    def __init__(self, message: str, kind: str = "anvil.server.SerializationError") -> None:
        super().__init__(message)
        self.kind = kind


class Incoming:
    """A message whose media are on their way; ``close`` gives its room back."""

    def __init__(self, message: dict[str, Any], room: MediaBudget) -> None:
        self.message = message
        self._room = room
        self._taken = 0
        #: Index of the next chunk by media id.
        self._waiting = {media_id: 0 for media_id in _described(message.get("objects") or ())}
        self._frames: list[bytes] = []

    @property
    def is_complete(self) -> bool:
        """Whether every chunk is here."""
        return not self._waiting

    def add(self, header: dict[str, Any], content: bytes) -> None:
        """Take a chunk; MediaError when it is not the next one, or there is no room for it."""
        media_id = header.get("mediaId")
        if not isinstance(media_id, str) or self._waiting.get(media_id) != header.get("chunkIndex"):
            raise MediaError("The chunks of a Media object are not in order")
        size = max(len(content), _MIN_CHUNK_BYTES)
        if self._taken + size > MAX_MEDIA_BYTES:
            raise MediaError(f"The Media of one call have at most {MAX_MEDIA_BYTES // 1024 // 1024} MB")
        if not self._room.take(size):
            raise MediaError("There is no room for this Media now; try again", "anvil.server.RuntimeUnavailableError")
        self._taken += size
        is_last = bool(header.get("lastChunk"))
        kept = {
            "type": "CHUNK_HEADER",
            "mediaId": media_id,
            "chunkIndex": self._waiting[media_id],
            "lastChunk": is_last,
        }
        self._frames += media_chunks.pair(kept, content)
        self._waiting[media_id] += 1
        if is_last:
            del self._waiting[media_id]

    def take(self) -> bytes:
        """Return the frames of all media, and keep them no longer."""
        frames, self._frames = b"".join(self._frames), []
        return frames

    def close(self) -> None:
        """Give the room back; idempotent."""
        self._frames = []
        self._room.give(self._taken)
        self._taken = 0


def _described(objects: Any) -> Iterable[str]:
    if not isinstance(objects, list | tuple):
        raise MediaError("The objects of a message are a list")
    found: list[str] = []
    for item in objects:
        if isinstance(item, dict) and item.get("type") == ["DataMedia"]:
            if not isinstance(item.get("id"), str) or len(found) >= MAX_MEDIA:
                raise MediaError(f"A message has at most {MAX_MEDIA} Media, each with an id")
            found.append(item["id"])
    return found
