"""A mend of hypercorn 0.18: what nobody reads of a request's body holds up nothing.

hypercorn gives an application the pieces of a body through a queue of ten, and waits for a place in it without end. An
application that has answered reads no further, so the rest of a long body kept its connection's task, what it held and
the end of the answer itself waiting: for ever, at every refused upload.
"""

import asyncio
import contextlib
from typing import Any

import hypercorn.protocol.h2
import hypercorn.protocol.h11
from hypercorn.protocol.events import Event, Request
from hypercorn.protocol.http_stream import ASGIHTTPState, HTTPStream
from hypercorn.typing import ASGISendEvent


class EndingStream(HTTPStream):
    """A request whose body is dropped once it is answered, or the application has ended."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._ended = asyncio.Event()
        self._queue: asyncio.Queue[Any] | None = None

    async def handle(self, event: Event) -> None:
        """Take what arrived."""
        await super().handle(event)
        if isinstance(event, Request) and not self.closed:
            self._queue = self.app_put.__self__  # type: ignore[attr-defined]  # it is the queue's own put
            self.app_put = self._put

    async def app_send(self, message: ASGISendEvent | None) -> None:
        """Take what the application says; None when it has ended."""
        try:
            await super().app_send(message)
        finally:
            if message is None:
                self._ended.set()

    async def _put(self, message: Any) -> None:
        assert self._queue is not None, "the application was started with it"
        if self.state == ASGIHTTPState.CLOSED:
            self._ended.set()
        with contextlib.suppress(asyncio.QueueFull):
            self._queue.put_nowait(message)
            return
        if self._ended.is_set():
            return
        waits = [asyncio.ensure_future(self._queue.put(message)), asyncio.ensure_future(self._ended.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


def install() -> None:
    """Make hypercorn use it; there is no setting for that."""
    for module in (hypercorn.protocol.h11, hypercorn.protocol.h2):
        module.HTTPStream = EndingStream  # type: ignore[attr-defined]  # an import of that module
