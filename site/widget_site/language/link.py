"""One session of language tools as its site sees it: two lists in Redis, and the runner at their other end."""

import asyncio
import itertools
import json
import time
from collections import deque
from collections.abc import Awaitable
from typing import Any, cast

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import BLOCK_S, GONE, RedisLink
from widget_wire import keys
from widget_wire.language import OPEN_WITHIN_S, LanguageOpen

#: What may wait for a runner, beside the number of messages: an account has several sessions, and Redis its limits.
_WAITING_BYTES = 4 * 1024 * 1024


class OverError(Exception):
    """The session is over."""


class LanguageLink:
    """Opens a session and speaks with its runner; ``close`` ends it."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._reading = link.blocking_client()
        self._session = new_id()
        #: Sizes of the last messages.
        self._sizes: deque[int] = deque(maxlen=keys.LANGUAGE_WAITING_MAX)

    async def open(self, account: str, environment: str) -> None:
        """Ask for a session; whether it was taken is the runner's first message. OverError when nobody takes any."""
        request = LanguageOpen(self._session, account, time.time(), environment)
        try:
            waiting = await cast("Awaitable[int]", self._link.client.rpush(keys.LANGUAGE_QUEUE, request.to_envelope()))
            if waiting > keys.LANGUAGE_QUEUE_MAX:
                await cast("Awaitable[Any]", self._link.client.ltrim(keys.LANGUAGE_QUEUE, -keys.LANGUAGE_QUEUE_MAX, -1))
        except (*GONE, RedisError) as error:
            raise OverError from error

    async def first(self) -> dict[str, Any]:
        """Return the runner's first message; OverError when none comes in time."""
        try:
            async with asyncio.timeout(2 * OPEN_WITHIN_S):
                return await self.hear()
        except TimeoutError as error:
            raise OverError from error

    async def say(self, **message: Any) -> None:
        """Tell the runner; OverError when it does not listen."""
        key, data = keys.LANGUAGE_IN + self._session, json.dumps(message).encode()
        self._sizes.append(len(data))
        try:
            async with self._link.client.pipeline(transaction=False) as pipe:
                pipe.rpush(key, data)
                pipe.expire(key, keys.LANGUAGE_TTL_S)
                waiting, _ = await pipe.execute()
        except (*GONE, RedisError) as error:
            raise OverError from error
        waiting_bytes = sum(itertools.islice(reversed(self._sizes), waiting))
        if waiting > keys.LANGUAGE_WAITING_MAX or waiting_bytes > _WAITING_BYTES:
            raise OverError

    async def hear(self) -> dict[str, Any]:
        """Return the runner's next message; OverError when Redis is away."""
        key = keys.LANGUAGE_OUT + self._session
        while True:
            try:
                popped: Any = await cast("Awaitable[Any]", self._reading.blpop([key], timeout=cast(int, BLOCK_S)))
            except (*GONE, RedisError) as error:
                raise OverError from error
            if popped is not None:
                message: dict[str, Any] = json.loads(popped[1])
                return message

    async def close(self) -> None:
        """End the session and forget what was said, also when whoever asks for it is cancelled meanwhile."""
        await asyncio.shield(asyncio.ensure_future(self._close()))

    async def _close(self) -> None:
        try:
            await self.say(op="close")
            await cast("Awaitable[Any]", self._link.client.delete(keys.LANGUAGE_OUT + self._session))
        except (OverError, *GONE, RedisError):
            pass
        finally:
            await self._reading.aclose()
            await self._reading.connection_pool.disconnect()
