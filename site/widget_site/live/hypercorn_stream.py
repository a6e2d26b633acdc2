"""Mends of hypercorn 0.18's WebSocket: what it refuses it must not keep, and what is closed must not linger.

* After a message over ``websocket_max_message_size`` hypercorn says "too big", but goes on keeping its bytes in memory
  and tells nobody (security.md 54). Here the connection ends.
* One size of messages holds for all sockets; those of uplinks and of widgets' pages carry larger ones.
* What arrives when nobody listens any more fills a queue; then hypercorn waits for room in it, for ever, and keeps the
  connection of a peer that is gone (54, 49). Here it is dropped.
* Its task of pings sleeps a whole interval after the end of a connection, which holds up a site that stops.
"""

import asyncio
import contextlib
from typing import Any

import hypercorn.protocol.h11
from hypercorn.protocol.events import Event, Request, StreamClosed
from hypercorn.protocol.ws_stream import WSStream
from wsproto.events import Ping

#: Paths whose messages may be larger, and how large.
LARGE_MESSAGES = {b"/_/uplink": 16 * 1024 * 1024, b"/_/ws": 16 * 1024 * 1024}


class BoundedStream(WSStream):
    """A WebSocket that ends with the first message that is too large."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._gone = asyncio.Event()

    async def handle(self, event: Event) -> None:
        """Take what arrived."""
        if isinstance(event, Request):
            path = event.raw_path.partition(b"?")[0]
            self.buffer.max_length = LARGE_MESSAGES.get(path, self.buffer.max_length)
        await super().handle(event)
        if self.closed:
            self._gone.set()

    async def app_send(self, message: Any) -> None:
        """Send what the site says; None when it is done with this socket."""
        if message is None and self.app_put is not None:
            queue: asyncio.Queue[Any] = self.app_put.__self__  # type: ignore[attr-defined]  # the "put" of a queue
            self.app_put = _drop
            while not queue.empty():  # whoever waits for room goes on
                queue.get_nowait()
        await super().app_send(message)

    async def _handle_events(self) -> None:
        await super()._handle_events()
        if self.buffer.length > self.buffer.max_length:
            self.buffer.clear()
            await self.send(StreamClosed(stream_id=self.stream_id))

    async def _send_pings(self) -> None:
        while not self.closed:
            await self._send_wsproto_event(Ping())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), self.config.websocket_ping_interval)


async def _drop(message: Any) -> None:
    """Take what nobody listens to."""


def install() -> None:
    """Make hypercorn use it; there is no setting for that."""
    hypercorn.protocol.h11.WSStream = BoundedStream  # type: ignore[attr-defined]  # an import of that module
