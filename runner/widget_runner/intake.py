"""Takes runs from Redis, no more than can be placed soon, and hands each to a place; stops and gives back what it has.

The life of a request here: popped, prepared (its code fetched, its stop looked up), admitted, executed, released.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

import redis.asyncio
import redis.exceptions

from widget_model.outcomes import Trigger
from widget_runner import endings
from widget_runner.admission import Admission, Verdict, queue_of
from widget_runner.codes import CodeCache, read_revision
from widget_runner.execute import Executor
from widget_runner.records import busy
from widget_runner.redis_line import AWAY, RedisLine
from widget_runner.run import Run
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.parcel import ParcelError
from widget_wire.runs import RunReply, RunRequest
from widget_wire.spool import Spool
from widget_wire.tasks import end_tasks

_log = logging.getLogger(__name__)

#: How long one BLPOP waits; a runner that stops ends within it, without losing what it may just be given.
_POLL_S = 0.5
#: A link that is silent for so much longer is broken.
_SILENCE_S = 5.0
_RETRY_S = 0.2
_LISTEN_S = 2.0
#: How long runs that are ended by force may take to say so.
_LOSE_S = 5.0
#: How often waiting runs are looked at: deadlines, and who has been here long enough to be marked as taken.
TICK_S = 0.1
#: Bytes of request bodies that may wait here.
_MAX_WAITING_BYTES = 256 * 1024 * 1024


@dataclass(eq=False)
class _Held:
    """A request that this runner has."""

    request: RunRequest
    data: bytes
    since: float
    run: Run | None = None
    taken: bool = False
    #: The media of its arguments, fetched.
    media: Spool | None = None
    #: Its owner asked to stop it before there was a run.
    stopped: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def queue(self) -> str:
        """What it queues under."""
        return queue_of(self.request.widget_id, is_background=self.request.is_background)

    @property
    def nested(self) -> bool:
        """Whether a run of the same widget waits for it, and holds a place meanwhile."""
        return self.request.trigger == Trigger.SERVER_CALL


class Intake:
    """The runs of this runner, from Redis to their end."""

    def __init__(
        self, line: RedisLine, client: redis.asyncio.Redis, executor: Executor, admission: Admission[Any]
    ) -> None:
        self._line = line
        self._client = client
        self._executor = executor
        self._records = executor.records
        self._admission: Admission[_Held] = admission
        self._codes = CodeCache()
        self._held: dict[str, _Held] = {}
        self._waiting_bytes = 0
        self._changed = asyncio.Event()
        self._stopping = False
        #: Nothing more is taken; everything that was taken has ended; ``run`` has ended.
        self._taken_all, self._drained, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def running(self) -> int:
        """How many runs have a place."""
        return self._admission.running + self._admission.nested

    @property
    def waiting(self) -> int:
        """How many runs wait here for one."""
        return self._admission.waiting

    # --- taking

    async def run(self) -> None:
        """Take runs until ``drain`` is done; Redis may come and go."""
        ticker = self._loop.create_task(self._tick())
        listener = self._loop.create_task(self._listen_for_stops())
        try:
            while not self._stopping:
                if not self._has_room():
                    await self._wait_for_room()
                    continue
                await self._take_next()
            self._taken_all.set()
            await self._drained.wait()
        finally:
            self._taken_all.set()  # also when this failed: ``drain`` waits for it
            try:
                await end_tasks(ticker, listener)
            finally:
                self._ended.set()

    async def _take_next(self) -> None:
        try:
            (popped,) = await self._line.execute([("BLPOP", keys.RUN_QUEUE, _POLL_S)], _POLL_S + _SILENCE_S)
        except AWAY as error:
            popped = error
        if isinstance(popped, list):
            self.take(popped[1])
            # It gets to its sandbox before the next one is asked for.
            await asyncio.sleep(0)
        elif popped is not None:
            _log.warning("no runs from redis: %s: %s", type(popped).__name__, popped)
            await asyncio.sleep(_RETRY_S)

    def take(self, data: bytes) -> None:
        """Take one request as it came from the queue."""
        try:
            request = RunRequest.from_envelope(data)
        except (EnvelopeError, TypeError, ValueError):
            _log.exception("a run request could not be read")
            return
        if request.start_before_ms < time.time() * 1000:
            self._records.reply(request, busy(request))
            return
        held = _Held(request, data, self._loop.time())
        self._held[request.id] = held
        self._waiting_bytes += len(data)
        if request.live:
            self._mark_taken(held)
        elif self._codes.get(request.code) is not None and request.parcel is None:
            self._admit(held)
            return
        held.task = self._loop.create_task(self._prepare(held))

    async def _prepare(self, held: _Held) -> None:
        """Fetch code and media that are not here, and look whether the run was stopped before it came."""
        try:
            await self._fetch(held)
        except (redis.exceptions.RedisError, OSError) as error:
            _log.warning("run %s: its code could not be fetched: %s", held.request.id, error)
            self._answer(held, RunReply(held.request.id, "lost", "internal_error", 502))
            return
        if self._codes.get(held.request.code) is None:
            self._answer(held, RunReply(held.request.id, "code_missing", "internal_error"))
            return
        try:
            if held.request.parcel is not None:
                held.media = await self._executor.relay.parcels.fetch(held.request.parcel)
        except ParcelError as error:
            _log.warning("run %s: its media could not be fetched: %s", held.request.id, error)
            self._answer(held, RunReply(held.request.id, "lost", "internal_error", 502))
            return
        if not self._stopping:
            self._admit(held)

    async def _fetch(self, held: _Held) -> None:
        request = held.request
        async with self._client.pipeline(transaction=False) as pipeline:
            pipeline.exists(keys.STOP + request.id)
            if self._codes.get(request.code) is None:
                pipeline.get(keys.CODE + request.code)
            answers = await pipeline.execute()
        held.stopped = held.stopped or bool(answers[0])
        if len(answers) > 1 and answers[1] is not None:
            revision = read_revision(request.code, answers[1])
            if revision is None:
                _log.error("the code %s in redis is not what its name says", request.code)
            else:
                self._codes.put(revision)

    def _admit(self, held: _Held) -> None:
        revision = self._codes.get(held.request.code)
        if revision is None:  # left the cache since it was fetched
            self._answer(held, RunReply(held.request.id, "code_missing", "internal_error"))
            return
        parts = self._executor
        run = Run(
            held.request,
            revision,
            parts.limits,
            self._records,
            parts.relay,
            parts.inputs,
            parts.streams,
            parts.files,
            held.media,
        )
        held.run = run
        if held.stopped:
            run.conclude(endings.stopped())
            self._forget(held)
            return
        nested = held.nested
        verdict = self._admission.offer_nested(held.queue) if nested else self._admission.offer(held.queue, held)
        if verdict is Verdict.START:
            self._start(held)
        elif verdict is Verdict.FULL:
            self._answer(held, busy(held.request))

    # --- running

    def _start(self, held: _Held) -> None:
        held.task = self._loop.create_task(self._execute(held))

    async def _execute(self, held: _Held) -> None:
        assert held.run is not None
        try:
            await self._executor.execute(held.run)
        finally:
            self._forget(held)
            for following in self._admission.release(held.queue, nested=held.nested):
                self._start(following)
            self._changed.set()

    def _answer(self, held: _Held, reply: RunReply) -> None:
        self._records.reply(held.request, reply)
        self._forget(held)

    def _forget(self, held: _Held) -> None:
        if self._held.pop(held.request.id, None) is None:
            return
        self._waiting_bytes -= len(held.data)
        if held.media is not None:
            held.media.close()
        if held.taken:
            self._records.given_back(held.request.id)
        self._changed.set()

    def _mark_taken(self, held: _Held) -> None:
        held.taken = True
        self._records.taken(held.request.id)

    def _has_room(self) -> bool:
        # Those that are still being prepared count, too.
        waiting = len(self._held) - self._admission.running - self._admission.nested
        return waiting < self._admission.backlog and self._waiting_bytes < _MAX_WAITING_BYTES

    async def _wait_for_room(self) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_S):
                await self._changed.wait()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now, unix_ms = self._loop.time(), time.time() * 1000
            for held in list(self._held.values()):
                if not held.taken and now - held.since >= keys.TAKEN_AFTER_S - TICK_S:
                    self._mark_taken(held)
                if held.request.start_before_ms < unix_ms and self._admission.withdraw(held.queue, held):
                    self._answer(held, busy(held.request))

    # --- stopping

    def stop_run(self, run_id: str) -> None:
        """End a run because its owner wants it; unknown ones are somebody else's."""
        held = self._held.get(run_id)
        if held is None:
            return
        held.stopped = True
        if held.run is None:
            return  # being prepared: it ends when that is done
        if self._admission.withdraw(held.queue, held):
            held.run.conclude(endings.stopped())
            self._forget(held)
        else:
            held.run.stop()

    async def _listen_for_stops(self) -> None:
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(keys.STOP_CHANNEL)
                    await self._look_for_missed_stops()
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_LISTEN_S)
                        if message is not None:
                            self.stop_run(message["data"].decode("utf-8", "replace"))
            except (redis.exceptions.RedisError, OSError) as error:
                _log.warning("no stops from redis: %s", type(error).__name__)
            await asyncio.sleep(_RETRY_S)

    async def _look_for_missed_stops(self) -> None:
        """What was published while nobody listened is still there as keys."""
        run_ids = list(self._held)
        if not run_ids:
            return
        asked = cast(Awaitable[list[bytes | None]], self._client.mget([keys.STOP + run_id for run_id in run_ids]))
        for run_id, stop in zip(run_ids, await asked, strict=True):
            if stop is not None:
                self.stop_run(run_id)

    # --- ending

    async def drain(self, timeout_s: float) -> None:
        """Take nothing more, give back what waits, and wait for what runs; after ``timeout_s`` the rest is lost.

        ``run`` has ended when this returns.
        """
        self._stopping = True
        self._changed.set()
        await self._taken_all.wait()  # what the last BLPOP brought is here now
        waiting = self._admission.withdraw_all()
        unprepared = [held for held in self._held.values() if held.run is None]
        for held in unprepared:
            if held.task is not None:
                held.task.cancel()
        await self._give_back([*waiting, *unprepared])
        deadline = self._loop.time() + timeout_s
        while self._held and self._loop.time() < deadline:
            await self._wait_for_room()
        for held in list(self._held.values()):
            if held.run is not None:
                held.run.lose("the runner was stopped")
        tasks = [held.task for held in self._held.values() if held.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_LOSE_S)
        self._drained.set()
        await self._ended.wait()

    async def _give_back(self, held: list[_Held]) -> None:
        """Put runs that never started back at the head of the queue, for another runner."""
        for one in held:
            self._forget(one)
        if not held:
            return
        try:
            await cast(Any, self._client.lpush(keys.RUN_QUEUE, *(one.data for one in reversed(held))))
        except (redis.exceptions.RedisError, OSError):
            _log.exception("%d runs could not be given back", len(held))
