"""Ending tasks of our own, for certain."""

import asyncio
import logging
from typing import Any

_log = logging.getLogger(__name__)

#: A task that has not ended by then lost its cancellation, and is cancelled once more: nobody cleans up for so long.
AGAIN_S = 2.0


async def end_tasks(*tasks: "asyncio.Task[Any]", again_s: float = AGAIN_S) -> None:
    """Cancel tasks and return when all have ended; what they raise is not told.

    One cancellation is not enough: Python 3.11's ``asyncio.wait_for``, through which redis-py sends, loses one that
    comes at the moment at which what it waits for is done. A loop that was cancelled so goes on for ever. From outside
    such a task looks like one that cleans up, which a second cancellation would break off; so each gets ``again_s``
    seconds to clean up before it is taken for the other.
    """
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        done, waiting = await asyncio.wait(waiting, timeout=again_s)
        for task in done:
            if not task.cancelled():
                task.exception()  # asked for, so that it is not logged as one that nobody looked at
        for task in waiting:
            _log.warning("%s has not ended in %g s and is cancelled once more", task.get_name(), again_s)
