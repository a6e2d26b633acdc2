"""Ends the rows of owners' runs that ended unseen: their runner died, or the site process that had them."""

import logging
import time
from collections.abc import Awaitable
from typing import Any, cast

from widget_model.outcomes import Outcome
from widget_site.dispatch import uplink_tasks
from widget_site.dispatch.events import ends_run, stream_events
from widget_site.dispatch.janitor import find_runners, queue_age
from widget_site.dispatch.ports import RunStore
from widget_site.dispatch.redis_link import RedisLink
from widget_site.dispatch.runs import WENT_AWAY, end_run
from widget_site.store.runs import FinishedRun
from widget_site.store.values import Run
from widget_wire import keys
from widget_wire.runs import RunEvent, RunRecord

log = logging.getLogger(__name__)

#: A younger row is left alone: its site process may not have handed it over yet.
YOUNG_S = 5.0
#: A run must be nowhere for this long.
MISSING_S = 1.5
#: The record of a run that has said its last word arrives within this, or is made from that last word.
RECORD_S = 30.0

NEVER_STARTED = "The run was lost before it started. Please run it again."


class Reconciler:
    """Looks for runs that nobody works on."""

    def __init__(self, link: RedisLink, store: RunStore) -> None:
        self._link = link
        self._store = store
        self._missing: dict[str, float] = {}

    async def run(self) -> int:
        """Look once; return how many rows were ended. Raises what Redis and the database raise."""
        rows = await self._store.unfinished_runs(time.time() - YOUNG_S)
        self._missing = {row.id: self._missing[row.id] for row in rows if row.id in self._missing}
        if not rows:
            return 0
        beating = await find_runners(self._link, [row.id for row in rows])
        beating |= dict.fromkeys(await uplink_tasks.sites_of(self._link, [row.id for row in rows]), True)
        oldest = await queue_age(self._link)
        ended = 0
        for row in rows:
            queued = beating.get(row.id) is None and oldest is not None and oldest <= row.created_at + 1.0
            if beating.get(row.id) or queued:
                self._missing.pop(row.id, None)
                if beating.get(row.id) and row.status == "queued":
                    await self._store.started(row.id, time.time())
                continue
            ended += await self._look_at(row)
        return ended

    async def _look_at(self, row: Run) -> int:
        since = self._missing.setdefault(row.id, time.monotonic())
        if time.monotonic() - since < MISSING_S:
            return 0
        events = await stream_events(self._link, row.id) or []
        if events and ends_run(events[-1]):
            if time.time() - events[-1].time < RECORD_S:
                return 0
            await self._store.finish_runs([FinishedRun(_record_of(row, events[-1]), tuple(events))])
        else:
            await end_run(self._link, self._store, row, WENT_AWAY if events else NEVER_STARTED)
        self._missing.pop(row.id, None)
        return 1

    async def forget_dead_runners(self) -> int:
        """Drop from Redis what runners left that no longer beat; return how many runs they had."""
        client = self._link.client
        taken = await cast(Awaitable[dict[bytes, bytes]], client.hgetall(keys.TAKEN))
        dead = [run for run, runner in taken.items() if not await client.exists(keys.RUNNER + runner.decode())]
        if dead:
            await cast(Awaitable[int], client.hdel(keys.TAKEN, *[run.decode() for run in dead]))
        for runner in await cast(Awaitable[set[bytes]], client.smembers(keys.RUNNERS)):
            if not await client.exists(keys.RUNNER + runner.decode()):
                await cast(Awaitable[int], client.srem(keys.RUNNERS, runner))
        await uplink_tasks.forget_dead(self._link)
        return len(dead)


def _record_of(row: Run, last: RunEvent) -> RunRecord:
    """Return the record of a run from its last event: its own never arrived."""
    said: dict[str, Any] = last.data or {}
    return RunRecord(
        id=row.id,
        widget_id=row.widget_id,
        trigger=row.trigger,
        revision=row.revision,
        outcome=str(said.get("outcome") or Outcome.INTERNAL_ERROR),
        started_at=float(said.get("started_at") or last.time),
        finished_at=float(said.get("finished_at") or last.time),
        error=str(said.get("error") or ""),
        cpu_s=float(said.get("cpu_s") or 0.0),
        rss_kb=int(said.get("rss_kb") or 0),
        exit_code=said.get("exit_code"),
        returned=said.get("returned"),
    )
