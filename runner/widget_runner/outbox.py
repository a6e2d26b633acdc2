"""Everything that the runner says to Redis, gathered: one pipeline for all that is due, never a wait in a run's way.

While Redis is away what was said is kept, up to a bound, and sent when it is back; replies that nobody waits for any
more are dropped, and when the bound is reached the oldest goes first, with a line in the log.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from dataclasses import dataclass

from widget_runner.redis_line import AWAY, Part, RedisLine

_log = logging.getLogger(__name__)

#: Commands that may wait are sent this much later at the latest (or with the next one that may not).
LAZY_S = 0.02
#: A pipeline holds at most so many bytes.
_BATCH_BYTES = 8 * 1024 * 1024
_RETRY_S = 0.2
_MAX_BACKLOG_BYTES = 256 * 1024 * 1024
_SEND_TIMEOUT_S = 5.0
#: What a command takes beside its last part, the only one that is ever large.
_COMMAND_BYTES = 200


@dataclass(frozen=True)
class Command:
    """One Redis command."""

    parts: tuple[Part, ...]
    size_bytes: int
    #: Monotonic time after which nobody wants it any more; None for what must arrive.
    until: float | None


class Outbox:
    """Sends commands in order. Start it with ``run`` as a task; ``close`` sends what is left."""

    def __init__(self, line: RedisLine) -> None:
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._commands: deque[Command] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._away = False
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, *parts: Part, lazy: bool = False, valid_s: float | None = None) -> None:
        """Send a command: at once, or within ``LAZY_S`` when ``lazy``; dropped when Redis is away for ``valid_s``."""
        last = parts[-1]
        size = _COMMAND_BYTES + (len(last) if isinstance(last, (bytes, str)) else 0)
        until = None if valid_s is None else time.monotonic() + valid_s
        self._commands.append(Command(parts, size, until))
        self._bytes += size
        self._idle.clear()
        if self._bytes > _MAX_BACKLOG_BYTES:
            self._drop_oldest()
        if not lazy:
            self._wake.set()
        elif self._timer is None and not self._wake.is_set():
            self._timer = self._loop.call_later(LAZY_S, self._wake.set)

    @property
    def waiting_bytes(self) -> int:
        """Bytes that were not sent yet."""
        return self._bytes

    async def run(self) -> None:
        """Send what is added, for ever; it ends by cancellation."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            while self._commands:
                await self._send_batch()
            self._idle.set()

    async def flush(self, timeout_s: float) -> bool:
        """Wait until everything was sent; False when it was not within ``timeout_s``."""
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        return not self._commands

    async def _send_batch(self) -> None:
        batch = self._take_batch()
        if not batch:
            return
        try:
            answers = await self._line.execute([command.parts for command in batch], _SEND_TIMEOUT_S)
        except AWAY as error:
            if not self._away:
                _log.warning("redis is away (%s): what is to be said waits", type(error).__name__)
            self._away = True
            self._commands.extendleft(reversed(batch))
            self._bytes += sum(command.size_bytes for command in batch)
            await asyncio.sleep(_RETRY_S)
            return
        if self._away:
            _log.warning("redis is back")
            self._away = False
        for command, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                _log.error("redis refused %s: %s", command.parts[0], answer)

    def _take_batch(self) -> list[Command]:
        now, size = time.monotonic(), 0
        batch: list[Command] = []
        while self._commands and (not batch or size + self._commands[0].size_bytes <= _BATCH_BYTES):
            command = self._commands.popleft()
            self._bytes -= command.size_bytes
            if command.until is None or command.until > now:
                batch.append(command)
                size += command.size_bytes
        return batch

    def _drop_oldest(self) -> None:
        dropped = 0
        while self._bytes > _MAX_BACKLOG_BYTES and self._commands:
            self._bytes -= self._commands.popleft().size_bytes
            dropped += 1
        _log.error("redis was away for too long: dropped the oldest %d commands", dropped)
