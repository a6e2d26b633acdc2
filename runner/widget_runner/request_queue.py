"""What a runner takes from Redis beside runs: requests from one list, and the tasks that serve them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar, cast

import redis.asyncio

from widget_runner.redis_line import AWAY
from widget_wire.envelope import EnvelopeError

_log = logging.getLogger(__name__)

#: How long one BLPOP waits.
_WAIT_S = 2
_RETRY_S = 0.5

Request = TypeVar("Request")


def _heed_cancellation() -> None:
    """Raise a cancellation of this task that redis-py lost (``widget_wire.tasks`` says how)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class RequestQueue(Generic[Request]):
    """One list of requests. ``read`` makes a request of an envelope; ``what`` says in logs what they are for."""

    def __init__(self, client: redis.asyncio.Redis, key: str, read: Callable[[bytes], Request], what: str) -> None:
        self._client = client
        self._key = key
        self._read = read
        self._what = what
        self._tasks: set[asyncio.Task[None]] = set()

    async def next(self) -> Request:
        """Wait for the next request; Redis may come and go, and what can't be read is passed over."""
        while True:
            _heed_cancellation()
            try:
                popped: Any = await cast("Awaitable[Any]", self._client.blpop([self._key], timeout=_WAIT_S))
                if popped is not None:
                    return self._read(popped[1])
            except EnvelopeError:
                _log.exception("a request for %s can't be read", self._what)
            except AWAY:
                await asyncio.sleep(_RETRY_S)

    def serve(self, work: Coroutine[Any, Any, None], then: Callable[[], None] | None = None) -> None:
        """Do this beside whatever else is done; ``then`` is called at its end, whatever that is."""
        task = asyncio.create_task(work)
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if then is not None:
                then()
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.error("%s failed by our fault", self._what, exc_info=error)

        task.add_done_callback(done)

    async def end(self) -> None:
        """Cancel what is being served, and wait until it has cleaned up."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
