"""Tells sites that this runner lives, what it can do and how busy it is (``keys.RUNNER``)."""

import asyncio
import logging
from collections.abc import Callable, Mapping

import redis.asyncio
import redis.exceptions

from widget_wire import keys

_log = logging.getLogger(__name__)


class Heartbeat:
    """Beats every ``keys.HEARTBEAT_S`` while ``run`` is awaited; ``stop`` says goodbye."""

    def __init__(
        self, client: redis.asyncio.Redis, runner_id: str, describe: Callable[[], Mapping[str, str | int | float]]
    ) -> None:
        self._client = client
        self._runner_id = runner_id
        self._describe = describe

    async def run(self) -> None:
        """Beat for ever; Redis may come and go. Ends by cancellation."""
        while True:
            try:
                await self.beat()
            except (redis.exceptions.RedisError, OSError) as error:
                _log.warning("no heartbeat: %s", type(error).__name__)
            await asyncio.sleep(keys.HEARTBEAT_S)

    async def beat(self) -> None:
        """Beat once."""
        key = keys.RUNNER + self._runner_id
        async with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hset(key, mapping=dict(self._describe()))
            pipeline.pexpire(key, keys.HEARTBEAT_TTL_MS)
            pipeline.sadd(keys.RUNNERS, self._runner_id)
            await pipeline.execute()

    async def stop(self) -> None:
        """Say that this runner is gone."""
        async with self._client.pipeline(transaction=True) as pipeline:
            pipeline.delete(keys.RUNNER + self._runner_id)
            pipeline.srem(keys.RUNNERS, self._runner_id)
            await pipeline.execute()
