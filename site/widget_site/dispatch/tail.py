"""Following live runs: one connection to Redis for all of them, which says only that there is something new.

Who follows then reads on from where it was, as fast as it can send: nothing waits in memory for a slow reader.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from widget_site.dispatch.events import ends_run, last_event, read_entry
from widget_site.dispatch.ports import RunStore
from widget_site.dispatch.redis_link import BLOCK_S, GONE, RedisLink, pause_before_retry
from widget_wire import keys
from widget_wire.runs import RunEvent
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: Entries of a stream in one reading.
_PAGE = 50
#: How often a run whose stream says nothing is looked up in the database: it may have ended without its runner.
_LOOK_S = 2.0
#: A reader this many events behind that took longer than SLOW_S for the last page gets only the newest KEEP.
MAX_BEHIND = 2000
SLOW_S = 2.0
_KEEP = 200


@dataclass(frozen=True)
class Tail:
    """Some events of a followed run."""

    events: tuple[RunEvent, ...]
    #: Events that were left out before these.
    skipped: int
    #: Whether the run has ended with these.
    done: bool


class EventTail:
    """Says when a live run has something new. ``async with``: inside, it listens."""

    def __init__(self, link: RedisLink, store: RunStore) -> None:
        self._link = link
        self._store = store
        self._signals: dict[str, set[asyncio.Event]] = {}
        self._positions: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "EventTail":
        self._task = asyncio.create_task(self._listen(), name="event-tail")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end_tasks(self._task)

    @property
    def followed(self) -> int:
        """How many runs are followed in this process."""
        return len(self._signals)

    async def follow(self, run_id: str, after: int) -> AsyncIterator[Tail]:
        """Yield what the run said after ``after`` and goes on to say, until it has ended."""
        cursor: str | None = None
        seq = after
        with self._signal(run_id) as signal:
            while True:
                signal.clear()
                try:
                    entries = await self._link.client.xrange(
                        keys.EVENTS + run_id, min=f"({cursor}" if cursor else "-", count=_PAGE
                    )
                except (*GONE, RedisError):
                    await asyncio.sleep(BLOCK_S)
                    continue
                if not entries:
                    ended = await self._ended(run_id, seq)
                    if ended is not None:
                        yield ended
                        return
                    await _wait(signal, _LOOK_S)
                    continue
                cursor = entries[-1][0].decode()
                events = [event for _, fields in entries for event in read_entry(fields) if event.seq > seq]
                if not events:
                    continue
                done = ends_run(events[-1])
                started = asyncio.get_running_loop().time()
                yield Tail(tuple(events), 0, done)
                if done:
                    return
                seq = events[-1].seq
                if asyncio.get_running_loop().time() - started > SLOW_S:
                    skipped = await self._skip(run_id, seq)
                    seq += skipped
                    if skipped:
                        yield Tail((), skipped, done=False)

    async def _ended(self, run_id: str, seq: int) -> Tail | None:
        if not await self._store.is_finished(run_id):
            return None
        # The stream may have come to its end since it was read, and the database may hold more than it did.
        return Tail(tuple(await self._store.events(run_id, seq, 1_000_000)), 0, done=True)

    async def _skip(self, run_id: str, seq: int) -> int:
        try:
            last = await last_event(self._link, run_id)
        except (*GONE, RedisError):
            return 0
        behind = last.seq - seq if last is not None else 0
        return behind - _KEEP if behind > MAX_BEHIND else 0

    @contextlib.contextmanager
    def _signal(self, run_id: str) -> Iterator[asyncio.Event]:
        signal = asyncio.Event()
        if run_id not in self._signals:
            self._signals[run_id] = set()
            # From the beginning: what is there already wakes us once, for nothing; what comes meanwhile is not missed.
            self._positions[run_id] = "0-0"
            self._changed.set()
        self._signals[run_id].add(signal)
        try:
            yield signal
        finally:
            self._signals[run_id].discard(signal)
            if not self._signals[run_id]:
                del self._signals[run_id], self._positions[run_id]

    async def _listen(self) -> None:
        attempt = 0
        while True:
            if not self._signals:
                await self._changed.wait()
            self._changed.clear()
            # A run that somebody begins to follow must not wait until this read ends: it is begun anew.
            reading = asyncio.create_task(self._read_once())
            changing = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait({reading, changing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (reading, changing):
                    task.cancel()
                results = await asyncio.gather(reading, changing, return_exceptions=True)
            failed = isinstance(results[0], (*GONE, RedisError))
            attempt = attempt + 1 if failed else 0
            if failed:
                await pause_before_retry(attempt)
            elif isinstance(results[0], Exception):
                log.error("following live runs failed", exc_info=results[0])
                await asyncio.sleep(1.0)

    async def _read_once(self) -> None:
        streams: dict[Any, Any] = {keys.EVENTS + run_id: at for run_id, at in self._positions.items()}
        found = await self._link.client.xread(streams, block=int(BLOCK_S * 1000), count=_PAGE)
        for name, entries in found:
            run_id = name.decode().removeprefix(keys.EVENTS)
            if run_id in self._positions and entries:
                self._positions[run_id] = entries[-1][0].decode()
                for signal in self._signals.get(run_id, ()):
                    signal.set()


async def _wait(signal: asyncio.Event, timeout_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(signal.wait(), timeout_s)
