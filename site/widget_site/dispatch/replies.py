"""What runners answer: one reader of this site process's reply list, and the calls that wait for it."""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator

from redis.exceptions import RedisError

from widget_site.dispatch.errors import AwayError, BusyError, DispatchError, LostError
from widget_site.dispatch.redis_link import BLOCK_S, GONE, RedisLine, RedisLink, pause_before_retry
from widget_site.store.values import WidgetSnapshot
from widget_wire import keys
from widget_wire.body_parts import WANTED, BodyPart
from widget_wire.envelope import EnvelopeError
from widget_wire.runs import PartsRead, RunReply
from widget_wire.spool import Spool
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: Calls fail when Redis has been away for this long; a quick restart of it is waited for.
AWAY_AFTER_S = 1.0
#: Bytes of streamed bodies that wait in this process for their callers to read on.
MAX_BUFFERED_BYTES = 256 * 1024 * 1024
_BATCH = 64
#: A reply that comes so soon has not been waited for.
_AT_ONCE_S = 0.001
#: Redis is away when it says nothing for so much longer than it was asked to wait.
_SILENCE_S = 1.0


class PendingCall:
    """A run whose answer somebody waits for."""

    def __init__(self, run_id: str, wait_until: float, lost_after: float) -> None:
        self.id = run_id
        #: monotonic: later than this nobody waits for a place any more.
        self.wait_until = wait_until
        #: monotonic: an answer that is not here by then will not come.
        self.lost_after = lost_after
        #: Unix time and monotonic time of the last push to the queue; before it nobody misses the call.
        self.pushed_at = self.pushed = math.inf
        self.snapshot: WidgetSnapshot | None = None
        #: When the janitor first found no trace of it (monotonic).
        self.missing_since: float | None = None
        self._first: asyncio.Future[RunReply] = asyncio.get_running_loop().create_future()
        self._parts: asyncio.Queue[RunReply | DispatchError] | None = None
        self._next_part = 0
        #: The runner that sends parts of the body; "" when none is to come.
        self.runner = ""
        self.buffered = 0
        #: The body of its request, which the runner may ask for.
        self.body: Spool | None = None

    @property
    def answered(self) -> bool:
        """Whether the reply itself (not every part of its body) is here."""
        return self._first.done()

    def handed_over(self) -> None:
        """Note that the run has been pushed: from now on it is somewhere, or lost."""
        self.pushed_at, self.pushed, self.missing_since = time.time(), time.monotonic(), None

    def expect_again(self) -> None:
        """Expect the first reply once more: the run is about to be handed over again."""
        self.pushed_at = self.pushed = math.inf
        self._first, self._next_part = asyncio.get_running_loop().create_future(), 0

    async def first(self) -> RunReply:
        """Wait for the reply; DispatchError when there will be none."""
        return await self._first

    def feed(self, reply: RunReply) -> int:
        """Take a reply of the runner; return how many bytes it makes this call hold.

        A runner that lost its link to Redis says again what may not have arrived: a part that is here already is
        dropped, and one before which another is missing ends the call.
        """
        ended = self._first.done() and self._parts is None
        if ended or reply.part < self._next_part:
            return 0
        if reply.part > self._next_part:
            self.fail(LostError())
            return 0
        self._next_part += 1
        if self._parts is None:
            if reply.more:
                self._parts = asyncio.Queue()
                self.runner, self.missing_since = reply.runner, None
            self._first.set_result(reply)
            return 0
        if not reply.more:
            self.runner = ""
        self._parts.put_nowait(reply)
        self.buffered += len(reply.body)
        return len(reply.body)

    def fail(self, error: DispatchError) -> None:
        """End the wait with an error."""
        if not self._first.done():
            self._first.set_exception(error)
            # A caller that went away never looks at it.
            self._first.exception()
        elif self._parts is not None:
            self._parts.put_nowait(error)

    async def next_part(self, timeout_s: float) -> RunReply:
        """Wait for the next part of a streamed body; LostError when it does not come in time or at all."""
        if self._parts is None:
            raise LostError
        try:
            part = await asyncio.wait_for(self._parts.get(), timeout_s)
        except TimeoutError as error:
            raise LostError from error
        if isinstance(part, DispatchError):
            raise part
        return part


class Replies:
    """The calls that wait in this process, and the task that reads what answers them."""

    def __init__(self, link: RedisLink, site: str) -> None:
        self.site = site
        self._link = link
        self._calls: dict[str, PendingCall] = {}
        self._buffered = 0
        self._reader: asyncio.Task[None] | None = None
        self._away_since: float | None = None
        #: Parts of bodies on their way to runners.
        self._giving: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._calls)

    def start(self) -> None:
        """Begin to read."""
        self._reader = asyncio.create_task(self._read(), name="replies")

    def waiting(self) -> list[PendingCall]:
        """Return the calls without a reply."""
        return [call for call in self._calls.values() if not call.answered]

    def streamed(self) -> dict[str, list[PendingCall]]:
        """Return the calls whose body is still on its way, by the runner that sends it."""
        found: dict[str, list[PendingCall]] = {}
        for call in self._calls.values():
            if call.runner:
                found.setdefault(call.runner, []).append(call)
        return found

    @contextlib.asynccontextmanager
    async def expect(self, call: PendingCall) -> AsyncIterator[PendingCall]:
        """Wait for a call's replies inside the block; what comes later is dropped."""
        self._calls[call.id] = call
        try:
            yield call
        finally:
            self._calls.pop(call.id, None)
            self._buffered -= call.buffered
            call.buffered = 0

    def consumed(self, call: PendingCall, size_bytes: int) -> None:
        """Say that a part of so many bytes has been handed on."""
        call.buffered -= size_bytes
        self._buffered -= size_bytes

    async def tell_runner(self, runner: str, said: PartsRead | BodyPart) -> None:
        """Tell a runner how far a body is read, or give it a part of one.

        Without Redis nothing is told: no further parts come then either.
        """
        key = keys.PARTS_READ + runner
        with contextlib.suppress(*GONE, RedisError):
            async with self._link.client.pipeline(transaction=False) as pipe:
                pipe.rpush(key, said.to_envelope())
                pipe.expire(key, keys.REPLY_TTL_S)
                await pipe.execute()

    def fail_all(self, error: type[DispatchError]) -> None:
        """Fail whatever waits."""
        for call in list(self._calls.values()):
            call.fail(error())

    async def _read(self) -> None:
        line = self._link.line()
        key = keys.REPLY + self.site
        attempt = 0
        try:
            while True:
                try:
                    asked = time.monotonic()
                    popped = await line.execute(BLOCK_S + _SILENCE_S, "BLPOP", key, BLOCK_S)
                    self._away_since, attempt = None, 0
                    if popped is not None:
                        was_there = time.monotonic() - asked < _AT_ONCE_S
                        self._deliver(popped[1])
                        # Whoever waited for it goes first.
                        await asyncio.sleep(0)
                        if was_there:
                            await self._read_rest(line, key)
                except (*GONE, RedisError) as error:
                    attempt += 1
                    self._noticed_away(error)
                    await pause_before_retry(min(attempt, 4))
        finally:
            await line.close()

    async def _read_rest(self, line: RedisLine, key: str) -> None:
        # One was there before it was asked for, so more may be: take them in one go.
        for data in await line.execute(_SILENCE_S, "LPOP", key, _BATCH) or ():
            self._deliver(data)

    def _noticed_away(self, error: Exception) -> None:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            log.warning("redis does not answer: %s", error)
        if now - self._away_since >= AWAY_AFTER_S or isinstance(error, TimeoutError):
            self.fail_all(AwayError)

    def _deliver(self, data: bytes) -> None:
        try:
            reply = RunReply.from_envelope(data)
        except EnvelopeError:
            log.exception("a reply could not be read")
            return
        call = self._calls.get(reply.id)
        if reply.status == WANTED:
            self._give(reply, call)
            return
        if call is None:
            return
        if reply.status == "busy":
            call.fail(BusyError())
        elif reply.status == "lost":
            call.fail(LostError())
        else:
            self._buffered += call.feed(reply)
            if self._buffered > MAX_BUFFERED_BYTES:
                log.warning("run %s: its caller reads too slowly and was cut off", call.id)
                call.fail(LostError())

    def _give(self, wanted: RunReply, call: PendingCall | None) -> None:
        """Answer a runner that asks for a part of a request's body; it asks for a few at a time."""
        if call is None or call.body is None:
            part = BodyPart(wanted.id, wanted.part, gone=True)
        else:
            part = BodyPart(wanted.id, wanted.part, call.body.part(wanted.part))
        task = asyncio.create_task(self.tell_runner(wanted.runner, part))
        self._giving.add(task)
        task.add_done_callback(self._giving.discard)

    async def close(self) -> None:
        """Stop reading; whatever still waits fails."""
        self.fail_all(AwayError)
        if self._reader is not None:
            await end_tasks(self._reader)
        await end_tasks(*self._giving)
