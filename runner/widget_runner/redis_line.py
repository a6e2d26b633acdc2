"""One connection to Redis for one task that uses it all the time.

redis-py's client takes a connection from its pool, looks whether it is stale and sets timers for every command; on the
path of each run that costs more than the command itself. This uses redis-py's connection (its log-in, its parser) and
hiredis's packing, and leaves that out.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import hiredis
import redis.asyncio
import redis.exceptions

Part = bytes | str | int | float
#: What is raised while Redis is away.
AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)


def pack(command: Sequence[Part]) -> bytes:
    """Return a command as Redis reads it."""
    parts: Any = tuple(command)  # hiredis's stub names a tuple of one
    packed: bytes = hiredis.pack_command(parts)
    return packed


class RedisLine:
    """Sends commands and reads their answers; connects when needed, and anew after any trouble. For one task."""

    def __init__(self, url: str) -> None:
        pool: Any = redis.asyncio.ConnectionPool.from_url(url, socket_connect_timeout=2.0)
        self._connection = pool.make_connection()

    async def execute(self, commands: Sequence[Sequence[Part]], timeout_s: float) -> list[Any]:
        """Return the answer to each command, a ResponseError for a refused one; one of AWAY when Redis is away."""
        connection = self._connection
        try:
            async with asyncio.timeout(timeout_s):
                if not connection.is_connected:
                    await connection.connect()
                await connection.send_packed_command([pack(command) for command in commands], check_health=False)
                return [await self._answer() for _ in commands]
        except BaseException:
            await connection.disconnect(nowait=True)
            raise

    async def _answer(self) -> Any:
        try:
            return await self._connection.read_response()
        except redis.exceptions.ResponseError as error:
            return error

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.disconnect(nowait=True)
