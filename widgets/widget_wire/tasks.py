"""Ending tasks of our own, for certain."""

import asyncio
from typing import Any

#: A task that has not ended by then is cancelled once more.
_AGAIN_S = 0.5


async def end_tasks(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks and return when all have ended; what they raise is not told.

    One cancellation is not enough: Python 3.11's ``asyncio.wait_for``, through which redis-py sends, loses one that
    comes at the moment at which what it waits for is done. A loop that was cancelled so goes on for ever.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        done, waiting = await asyncio.wait(waiting, timeout=_AGAIN_S)
        for task in done:
            if not task.cancelled():
                task.exception()  # asked for, so that it is not logged as one that nobody looked at
