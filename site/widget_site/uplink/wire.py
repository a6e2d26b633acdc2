"""An accepted WebSocket of ASGI, as links need it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from widget_wire.tasks import end_tasks

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Socket:
    """An accepted WebSocket, as a link writes to it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._cut = asyncio.Event()

    async def send(self, data: str | bytes) -> None:
        """Send one message; OSError once the socket is to be closed."""
        if self._cut.is_set():
            raise ConnectionResetError
        await self._send({"type": "websocket.send", "text" if isinstance(data, str) else "bytes": data})

    def cut(self) -> None:
        """End the conversation."""
        self._cut.set()

    async def next(self, receive: Receive, within_s: float | None = None) -> str | bytes | None:
        """Return the next message; None when either side is done, or nothing has come in time."""
        asked = asyncio.ensure_future(receive())
        stopped = asyncio.ensure_future(self._cut.wait())
        try:
            await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED, timeout=within_s)
            if self._cut.is_set() or not asked.done():
                return None
            event = asked.result()
        finally:
            await end_tasks(*(task for task in (asked, stopped) if not task.done()))
        if event["type"] != "websocket.receive":
            return None
        text: str | bytes | None = event.get("text")
        return text if text is not None else event.get("bytes")
