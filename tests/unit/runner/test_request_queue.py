"""What a runner takes from Redis beside runs."""

import asyncio
import contextlib
from typing import Any, cast

import pytest
import redis.asyncio

from widget_runner.request_queue import RequestQueue


class LosesCancellation:
    """Stands for redis-py, which loses a cancellation that comes together with what it waits for."""

    async def blpop(self, *_arguments: Any, **_options: Any) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)


async def test_a_cancellation_that_redis_py_lost_ends_it_all_the_same() -> None:
    client = cast(redis.asyncio.Redis, LosesCancellation())
    taking = asyncio.create_task(RequestQueue(client, "key", bytes, "a thing").next())
    await asyncio.sleep(0)

    taking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(taking, 20)
