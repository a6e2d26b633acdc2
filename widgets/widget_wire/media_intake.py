"""The media of one message while their chunks arrive: in order, within bounds, on disk when they are large.

Every byte may be hostile: what comes is checked against what the message announced, and counted before it is kept.
"""

from collections.abc import Iterable
from typing import Any

from widget_wire import media_chunks
from widget_wire.spool import NoRoomError, Spool

#: Of one message.
MAX_MEDIA = 100
#: What a chunk counts for at least, so that endless empty ones are bounded, too.
_MIN_CHUNK_BYTES = 256
_MB = 1024 * 1024


class MediaError(Exception):
    """The media of a message can't be taken; ``kind`` is the Anvil error that says so."""

    def __init__(self, message: str, kind: str = "anvil.server.SerializationError") -> None:
        super().__init__(message)
        self.kind = kind


class MediaOrderError(MediaError):
    """What came is not what was announced."""


class MediaTooLargeError(MediaError):
    """The media of the message are larger than those of one message may be."""


class NoMediaRoomError(MediaError):
    """There is no room for them now."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "anvil.server.RuntimeUnavailableError")


class MediaIntake:
    """The media of a message, written to ``spool`` as frames; whoever takes the spool closes it, else ``close`` does.

    MediaOrderError when the message does not announce them as it should.
    """

    def __init__(self, objects: Any, spool: Spool, max_bytes: int) -> None:
        #: Index of the next chunk by media id.
        self._waiting = {media_id: 0 for media_id in described(objects)}
        self._spool: Spool | None = spool
        self._max_bytes = max_bytes
        self._taken = 0

    @property
    def is_complete(self) -> bool:
        """Whether every chunk is here."""
        return not self._waiting

    def add(self, header: dict[str, Any], content: bytes) -> None:
        """Take a chunk; MediaError when it is not the next one, there are too many bytes, or no room for it.

        After MediaTooLargeError and NoMediaRoomError nothing is kept, and further chunks are only counted off.
        """
        media_id = header.get("mediaId")
        if not isinstance(media_id, str) or self._waiting.get(media_id) != header.get("chunkIndex"):
            raise MediaOrderError("The chunks of a Media object are not in order")
        number, is_last = self._waiting[media_id], bool(header.get("lastChunk"))
        self._waiting[media_id] += 1
        if is_last:
            del self._waiting[media_id]
        if self._spool is None:
            return
        self._taken += max(len(content), _MIN_CHUNK_BYTES)
        if self._taken > self._max_bytes + _MIN_CHUNK_BYTES:
            self.close()
            raise MediaTooLargeError(too_large_text(self._max_bytes))
        kept = {"type": "CHUNK_HEADER", "mediaId": media_id, "chunkIndex": number, "lastChunk": is_last}
        try:
            self._spool.write(b"".join(media_chunks.pair(kept, content)))
        except NoRoomError as error:
            self.close()
            raise NoMediaRoomError(str(error)) from error
        except OSError as error:
            self.close()
            raise NoMediaRoomError("The server's disk takes no more Media now; try again later.") from error

    def take(self) -> Spool:
        """Hand over the frames of all media."""
        spool, self._spool = self._spool, None
        if spool is None:
            raise RuntimeError("the media were refused or taken")
        return spool

    def close(self) -> None:
        """Keep nothing; idempotent."""
        spool, self._spool = self._spool, None
        if spool is not None:
            spool.close()


def too_large_text(max_bytes: int) -> str:
    """Return what is said of media that are too large, with the way out."""
    return (
        f"The Media of one call or answer have at most {max_bytes / _MB:g} MB together. Pass less at once, or ask "
        "whoever runs this site to raise the limit (WIDGETRY_MEDIA_MAX_MB)."
    )


def link_full_text(link_bytes: int) -> str:
    """Return what is said when one uplink has too much on its way at once, with the way out."""
    return (
        f"The Media that this uplink has on their way have more than {link_bytes / _MB:g} MB together. Send fewer at "
        "once, or ask whoever runs this site to raise the limit (WIDGETRY_MEDIA_LINK_MB)."
    )


def described(objects: Any) -> Iterable[str]:
    """Return the ids of the DataMedia among a message's ``objects``; MediaOrderError when they are not in order."""
    if not isinstance(objects, (list, tuple, type(None))):
        raise MediaOrderError("The objects of a message are a list")
    found: list[str] = []
    for item in objects or ():
        if isinstance(item, dict) and item.get("type") == ["DataMedia"]:
            if not isinstance(item.get("id"), str) or len(found) >= MAX_MEDIA:
                raise MediaOrderError(f"A message has at most {MAX_MEDIA} Media, each with an id")
            found.append(item["id"])
    return found
