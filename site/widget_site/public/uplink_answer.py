"""An uplink's answer to a request; the content of a large Media is read from disk as it is sent."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from widget_wire import media_chunks
from widget_wire.runs import RunReply
from widget_wire.spool import Spool


class UplinkAnswer:
    """``reply``, whose body comes in ``pieces`` when there is ``more``; ``close`` lets go of it."""

    def __init__(self, reply: RunReply, media: Spool | None = None, objects: Any = None) -> None:
        self._media = media
        #: The Media that is the body.
        self._media_id = next((str(one.get("id")) for one in objects or () if _is_body(one)), "")
        self.reply = replace(reply, more=media is not None and bool(self._media_id) and reply.outcome == "ok")

    async def pieces(self, _: float) -> AsyncGenerator[bytes, None]:
        """Yield the pieces of the body, each once the one before has been handed on."""
        for header, content in media_chunks.of_parts(self._media.parts() if self._media is not None else ()):
            if header.get("mediaId") == self._media_id:
                yield content

    def close(self) -> None:
        """Let go of the body."""
        if self._media is not None:
            self._media.close()


def _is_body(described: Mapping[str, Any]) -> bool:
    return described.get("type") == ["DataMedia"] and described.get("path") == ["response", "body"]
