"""Runs what is due: claims ticks, hands their runs over as runners have room, and sees to how they ended.

Any number of site workers do this at once; ``store/ticks.py`` says why nothing is lost or run twice.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.exceptions import RedisError

from widget_model.outcomes import Outcome, Trigger
from widget_site.dispatch import uplink_tasks
from widget_site.dispatch.bells import NET_S, Bell
from widget_site.dispatch.errors import DispatchError
from widget_site.dispatch.events import tell_run
from widget_site.dispatch.redis_link import GONE, RedisLink, pause_before_retry
from widget_site.dispatch.requests import Requests
from widget_site.dispatch.submit import Submitter, UnknownWidgetError
from widget_site.errors import OverQuotaError, UnavailableError
from widget_site.store import quotas, runs, ticks
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.ticks import DueRun
from widget_site.store.values import WidgetSnapshot
from widget_site.uplink import names
from widget_wire import background, keys
from widget_wire.runs import RunEvent, RunRecord, RunRequest
from widget_wire.uplinks import LinkEntry

log = logging.getLogger(__name__)

BATCH = 200
#: Batches claimed before runs are handed over again.
BATCHES = 5
#: A worker that took runs and died: after this another one hands them over.
LEASE_S = 15.0
#: How long runs wait that the queue did not take.
BUSY_S = 2.0
#: The least between two rounds, and the most while runs wait or are under way.
ROUND_S = 0.1
BUSY_ROUND_S = 1.0


@dataclass(frozen=True)
class Progress:
    """What one round did."""

    settled: int
    claimed: int
    handed_over: int
    #: Runs that wait, or are with the runners now.
    is_busy: bool
    #: When the next schedule comes due.
    next_due_at: float | None


class Scheduler:
    """``run`` until ``stop``; ``once`` is one round of it. ``clock`` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        link: RedisLink,
        submitter: Submitter,
        requests: Requests,
        *,
        clock: Callable[[], float] = time.time,
        lease_s: float = LEASE_S,
        site_url: str = "",
        bell: Bell | None = None,
    ) -> None:
        self._store = store
        self._link = link
        self._submitter = submitter
        self._requests = requests
        self._clock = clock
        self._lease_s = lease_s
        self._site_url = site_url
        self._bell = bell or Bell("schedule", "run")
        #: The account whose run was handed over last: the next one's turn is next.
        self._last_served = ""
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Do round after round; what Redis or the database lacks meanwhile is waited for."""
        attempt = 0
        while not self._stopping.is_set():
            try:
                progress = await self.once()
                attempt = 0
                await self._pause(progress)
            except (*GONE, RedisError, UnavailableError) as error:
                attempt += 1
                log.warning("schedules wait: %s", error)
                await pause_before_retry(min(attempt, 5))

    def stop(self) -> None:
        """Ask for an end after the round under way."""
        self._stopping.set()
        self._bell.ring()

    async def once(self) -> Progress:
        """Settle what has ended, claim what is due, hand over what there is room for."""
        now = self._clock()
        settled = await ticks.settle(self._store, now, BATCH, site_url=self._site_url)
        claimed, next_due_at = await self._claim(now)
        open_now = await ticks.count_open(self._store, now)
        taken = await self._take(now, await self._places() - open_now.with_runners) if open_now.is_waiting else []
        handed_over = await self._hand_over(taken)
        return Progress(settled, claimed, handed_over, open_now.is_waiting or open_now.with_runners > 0, next_due_at)

    async def _take(self, now: float, room: int) -> list[DueRun]:
        if room <= 0:
            return []
        taken = await ticks.take(self._store, now, room, self._lease_s, self._last_served)
        if taken:
            self._last_served = taken[-1].owner_id
        return taken

    async def _pause(self, progress: Progress) -> None:
        """Wait until a schedule or a run changed, or something is due: a run that ended makes room, or a retry."""
        pause_s = BUSY_ROUND_S if progress.is_busy else NET_S
        if progress.next_due_at is not None:
            pause_s = min(pause_s, progress.next_due_at - self._clock())
        await asyncio.sleep(ROUND_S)
        await self._bell.wait(pause_s - ROUND_S)

    async def _claim(self, now: float) -> tuple[int, float | None]:
        total = 0
        for _ in range(BATCHES):
            next_due_at = await ticks.next_due_at(self._store)
            if next_due_at is None or next_due_at > now:
                break
            claimed = await ticks.claim(self._store, now, BATCH)
            if not claimed:
                # Another worker is at it.
                return total, now + BUSY_ROUND_S
            total += claimed
        return total, next_due_at

    async def _places(self) -> int:
        """Return how many places of the runners scheduled runs may hold: a quarter is always left to what people wait
        for.
        """
        client = self._link.client
        names = await cast(Awaitable[set[bytes]], client.smembers(keys.RUNNERS))
        async with client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hget(keys.RUNNER + name.decode(), "places")
            places = sum(int(value) for value in await pipe.execute() if value) if names else 0
        return places if places <= 1 else places - max(1, places // 4)

    async def _hand_over(self, taken: list[DueRun]) -> int:
        if not taken:
            return 0
        # Asked for once, and only for tasks that are functions: an uplink may have them.
        functions = [one for one in taken if background.script_file(one.task) is None]
        links = await uplink_tasks.entries(self._link) if functions else []
        results = await asyncio.gather(*(self._submit(one, links) for one in taken))
        done = [one for one, revision in zip(taken, results, strict=True) if revision is not None]
        changed = {
            one.run_id: revision
            for one, revision in zip(taken, results, strict=True)
            if revision is not None and revision != one.revision
        }
        await ticks.handed_over(self._store, done, changed)
        async with self._link.client.pipeline(transaction=False) as pipe:
            for one in done:
                await tell_run(pipe, one.widget_id, one.run_id)
            await pipe.execute()
        refused = [one for one, revision in zip(taken, results, strict=True) if revision is None]
        if refused:
            await ticks.give_back(self._store, refused, self._clock() + BUSY_S)
        return len(done)

    async def _submit(self, due: DueRun, links: Sequence[LinkEntry] = ()) -> int | None:
        """Hand a run over; return the revision that is run, None when it has to wait."""
        try:
            command = background.FUNCTION + due.task
            found = [one for one in links if names.answers(one, due.widget_id, command)]
            if found:
                snapshot = await self._submitter.newest(due.slug)
                await uplink_tasks.launch_once(self._link, random.sample(found, 1)[0], self._request(snapshot, due))
            else:
                snapshot = await self._submitter.submit_once(due.slug, lambda now: self._request(now, due))
        except OverQuotaError as error:
            await self._refuse(due, str(error))
            return due.revision
        except UnknownWidgetError:
            # Deleted or renamed since: a deleted one has no rows any more, a renamed one is found at the next try.
            return None
        except (DispatchError, UnavailableError) as error:
            log.info("scheduled run %s waits: %s", due.run_id, error)
            return None
        return snapshot.revision

    def _request(self, snapshot: WidgetSnapshot, due: DueRun) -> RunRequest:
        if snapshot.used_up is not None:
            raise quotas.over_quota(snapshot.used_up, self._clock())
        return self._requests.scheduled(snapshot, due.run_id, due.task)

    async def _refuse(self, due: DueRun, why: str) -> None:
        """End a run that a quota keeps from beginning: its owner sees it fail, and reads why."""
        now, text = self._clock(), f"It was not run. {why}"
        record = RunRecord(
            due.run_id, due.widget_id, Trigger.SCHEDULE, due.revision, Outcome.ERROR, now, now, error=text
        )
        await runs.finish(self._store, [FinishedRun(record, (RunEvent(1, now, "error", text),), counts=False)])
