"""Connections to Redis: every wait has a deadline, and it is known when any of them had to be made anew."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from typing import Any, cast

import hiredis
import redis.asyncio as aioredis
from redis.asyncio.connection import AbstractConnection, BlockingConnectionPool, ConnectionPool
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: What says that Redis is not there (not that we asked it something wrong).
GONE = (RedisConnectionError, RedisTimeoutError, OSError, asyncio.TimeoutError)
#: A hung Redis is as bad as none; callers get their 503 within 2 s.
TIMEOUT_S = 1.5
#: The longest that a blocking read waits at the server before it asks again.
BLOCK_S = 0.5
SUBMIT_CONNECTIONS = 16
#: What a request's body adds to that: a busy machine still moves this many bytes a second through Redis.
_BYTES_PER_S = 4 * 1024 * 1024


class RedisLink:
    """This process's connections to one Redis.

    ``epoch`` grows with every new connection: what was believed before it may have been changed while we did not
    listen (see ``gate.py``).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.epoch = 0
        self._is_closed = False
        #: redis-py can't close a connection that is just beginning.
        self._greetings: set[asyncio.Future[None]] = set()
        #: For everything that is not the hot path.
        pool = ConnectionPool.from_url(
            url,
            max_connections=200,
            redis_connect_func=self._greet,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=1.0,
        )
        self.client = aioredis.Redis.from_pool(pool)
        #: For the hot path: whoever finds none free waits.
        self._submit_pool = BlockingConnectionPool.from_url(
            url,
            max_connections=SUBMIT_CONNECTIONS,
            timeout=TIMEOUT_S,
            redis_connect_func=self._greet_and_count,
            socket_connect_timeout=1.0,
        )
        self._shas: dict[str, str] = {}

    async def _greet(self, connection: AbstractConnection) -> None:
        """Begin a connection; redis-py closes it when this refuses, as work that ends late would leave it behind."""
        if self._is_closed:
            raise RedisConnectionError("this process has closed its connections to Redis")
        greeting = asyncio.get_running_loop().create_future()
        self._greetings.add(greeting)
        try:
            await connection.on_connect()
        finally:
            self._greetings.remove(greeting)
            greeting.set_result(None)

    async def _greet_and_count(self, connection: AbstractConnection) -> None:
        self.epoch += 1
        await self._greet(connection)

    async def acquire(self) -> AbstractConnection:
        """Return a connected connection of the hot path; once it is returned ``epoch`` counts it."""
        async with asyncio.timeout(TIMEOUT_S):
            return cast(AbstractConnection, await self._submit_pool.get_connection())

    async def release(self, connection: AbstractConnection) -> None:
        """Give a connection back."""
        await self._submit_pool.release(connection)

    async def run_script(
        self, connection: AbstractConnection, script: str, keys: Sequence[str], args: Sequence[str | bytes | int]
    ) -> Any:
        """Run a Lua script on ``connection``, loading it when this Redis does not know it yet."""
        for _ in range(2):
            sha = self._shas.get(script)
            if sha is None:
                loaded = await exchange(connection, TIMEOUT_S, "SCRIPT", "LOAD", script)
                sha = self._shas[script] = loaded.decode()
            try:
                timeout_s = TIMEOUT_S + sum(len(arg) for arg in args if isinstance(arg, bytes)) / _BYTES_PER_S
                return await exchange(connection, timeout_s, "EVALSHA", sha, len(keys), *keys, *args)
            except NoScriptError:
                # Redis was restarted and has forgotten its scripts.
                self._shas.pop(script, None)
        raise RedisConnectionError("Redis loses its scripts as soon as they are loaded")

    async def evaluate(self, script: str, keys: Sequence[str], args: Sequence[str | bytes | int]) -> Any:
        """Run a Lua script off the hot path."""
        return await cast(Awaitable[Any], self.client.eval(script, len(keys), *keys, *args))  # type: ignore[arg-type]

    def blocking_client(self) -> "aioredis.Redis":
        """Return a client of its own for one task that blocks in Redis up to BLOCK_S at a time."""
        pool = ConnectionPool.from_url(self.url, socket_timeout=BLOCK_S + 1.0, socket_connect_timeout=1.0)
        return aioredis.Redis.from_pool(pool)

    async def heard(self, pattern: str) -> AsyncGenerator[tuple[str, bytes] | None, None]:
        """Give what is published, with its channel, as it comes, for ever; Redis may come and go.

        None says that listening begins, at first and whenever Redis came back: what was published until then is lost.
        Use it in ``contextlib.aclosing``.
        """
        attempt = 0
        while True:
            client = self.blocking_client()
            try:
                async with client.pubsub() as channel:
                    await channel.psubscribe(pattern)
                    attempt = 0
                    while True:
                        message = await channel.get_message(timeout=BLOCK_S)
                        if message is not None:
                            is_said = message["type"] == "pmessage"
                            yield (message["channel"].decode(), message["data"]) if is_said else None
            except (*GONE, RedisError):
                attempt += 1
                await pause_before_retry(attempt)
            finally:
                await client.aclose()

    async def popped(self, key: str) -> AsyncGenerator[bytes, None]:
        """Give what is pushed to a list, as it comes, for ever; Redis may come and go.

        Use it in ``contextlib.aclosing``.
        """
        client = self.blocking_client()
        attempt = 0
        try:
            while True:
                try:
                    waiting = client.blpop([key], timeout=BLOCK_S)  # type: ignore[arg-type]
                    found = await cast(Awaitable[list[bytes] | None], waiting)
                    attempt = 0
                except (*GONE, RedisError):
                    attempt += 1
                    await pause_before_retry(attempt)
                    continue
                if found is not None:
                    yield found[1]
        finally:
            await client.aclose()

    def line(self) -> "RedisLine":
        """Return a connection of its own for one task that uses it all the time."""
        return RedisLine(self.url)

    async def answers(self) -> bool:
        """Whether Redis answers now."""
        try:
            return bool(await cast(Awaitable[bool], self.client.ping()))
        except (*GONE, RedisError):
            return False

    async def close(self) -> None:
        """Close every connection; nobody gets one any more."""
        self._is_closed = True
        if self._greetings:
            await asyncio.wait(self._greetings, timeout=TIMEOUT_S)
        await self._submit_pool.disconnect()
        await self.client.aclose()


class RedisLine:
    """One connection for one task; it connects when needed, and anew after any trouble."""

    def __init__(self, url: str) -> None:
        pool: Any = ConnectionPool.from_url(url, socket_connect_timeout=1.0)
        self._connection: AbstractConnection = pool.make_connection()

    async def execute(self, timeout_s: float, *command: str | bytes | int | float) -> Any:
        """Return the answer to a command; one of GONE when there is none in time, a RedisError for a refusal."""
        try:
            return await exchange(self._connection, timeout_s, *command)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.disconnect(nowait=True)


async def exchange(connection: AbstractConnection, timeout_s: float, *command: str | bytes | int | float) -> Any:
    """Send a command and return its answer, in time or not at all.

    redis-py's own way makes a task and two timers for each command; on the path of every call that costs more than
    the command. After an error the connection must be closed: its answer may still come.
    """
    parts: Any = command  # hiredis's stub names a tuple of one
    async with asyncio.timeout(timeout_s):
        await connection.send_packed_command([hiredis.pack_command(parts)], check_health=False)
        return await connection.read_response()


async def pause_before_retry(attempt: int) -> None:
    """Wait before the ``attempt``-th try (from 1) to reach Redis again: 50 ms, doubling, at most 1 s."""
    await asyncio.sleep(min(1.0, 0.05 * 2 ** min(attempt - 1, 6)))
