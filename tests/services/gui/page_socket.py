"""A page of a GUI widget, as far as its server is concerned."""

import asyncio
import json
from typing import Any, Self

from tests.services.http_client import Pairs
from tests.services.live.ws_client import Tab
from wsproto.events import BytesMessage

NAME = "page-of-a-test-0123456789"


class PageSocket:
    """An open page's socket."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self._count = 0
        #: Events that came while the page waited for something else.
        self._events: list[dict[str, Any]] = []

    @classmethod
    async def open(
        cls, port: int, host: str, *, name: str = NAME, headers: Pairs | None = None, query: str = ""
    ) -> Self:
        origin = [("Origin", f"http://{host}")]
        page = cls(await Tab.open(port, [*origin, *(headers or [])], f"/_/ws{query}", host=host))
        await page.tab.say(v=8, page=name)
        assert (await page.tab.hear())["auth"] == "OK"
        return page

    async def call(self, command: str, *args: Any, objects: Any = (), media: bytes = b"", **kwargs: Any) -> Any:
        """Return the whole message that answers a call."""
        return (await self.call_and_hear(command, *args, objects=objects, media=media, **kwargs))[-1]

    async def call_and_hear(
        self, command: str, *args: Any, objects: Any = (), media: bytes = b"", **kwargs: Any
    ) -> list[dict[str, Any]]:
        """Return everything that the site says up to the answer of a call."""
        self._count += 1
        call_id = f"c{self._count}"
        message = {"type": "CALL", "id": call_id, "command": command, "args": args, "kwargs": kwargs}
        await self.tab.say(**message, objects=list(objects))
        if media:
            header = {"type": "CHUNK_HEADER", "requestId": call_id, "mediaId": "m0", "chunkIndex": 0, "lastChunk": True}
            await self.tab.say(**header)
            await self.tab.send(BytesMessage(media))
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(30):
            while not heard or heard[-1].get("id") != call_id:
                heard.append(await self.tab.hear())
        self._events += [one for one in heard if one.get("type") == "EVENT"]
        return heard

    async def event(self) -> dict[str, Any]:
        """Return the next event that server code raised for the page."""
        async with asyncio.timeout(30):
            while not self._events:
                said = await self.tab.hear()
                self._events += [said] if said.get("type") == "EVENT" else []
        return self._events.pop(0)

    def close(self) -> None:
        self.tab.close()


def text_of(message: dict[str, Any]) -> str:
    """Return a message as text, to look for what must not be in it."""
    return json.dumps(message)
