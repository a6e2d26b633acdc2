"""One conversation over a WebSocket with one of our own pages, whatever it is about."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from widget_wire.tasks import end_tasks

#: A page that takes nothing for so long is not spoken to any more.
SEND_TIMEOUT_S = 30.0
DONE, GOING_AWAY, POLICY, TOO_LARGE = 1000, 1001, 1008, 1009


class ClosedError(Exception):
    """The site ends the conversation, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Conversation:
    """What all conversations have in common: one message is sent at a time, and one part's end is everybody's."""

    def __init__(self, receive: Callable[[], Awaitable[str | bytes]], send: Callable[[str], Awaitable[None]]) -> None:
        self._receive = receive
        self._send_text = send
        self._sending = asyncio.Lock()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End the conversation: the site stops."""
        self._stopping.set()

    async def _until_one_ends(self, *work: Coroutine[Any, Any, None]) -> BaseException | None:
        """Do all of this until a part of it ends or ``stop`` is called; return what that part raised."""
        tasks = [asyncio.create_task(one) for one in (*work, _wait(self._stopping))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next((task.exception() for task in done if task.exception() is not None), None)
        finally:
            await end_tasks(*tasks)

    async def _send(self, **message: Any) -> None:
        """Send a JSON object; ClosedError when the page does not take it."""
        text = json.dumps(message, separators=(",", ":"))
        async with self._sending:
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await self._send_text(text)
            except TimeoutError as error:
                raise ClosedError(POLICY) from error


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
