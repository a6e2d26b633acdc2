"""Finds calls whose runner died, within about 2 s, without costing a quick call anything.

A call that has waited for SUSPECT_AFTER_S is looked for: in the queue (whose head is older than the call), or with a
runner that still beats (``keys.TAKEN``). What is nowhere for MISSING_S is lost; the margin is for the time between a
runner's pop and its entry in TAKEN, and for a runner that is slow to say so.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable
from typing import cast

from redis.exceptions import RedisError

from widget_model.ids import made_at
from widget_site.dispatch.errors import BusyError, LostError
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.dispatch.replies import PendingCall, Replies
from widget_wire import keys
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

TICK_S = 0.2
SUSPECT_AFTER_S = 0.4
MISSING_S = keys.LOST_AFTER_S
#: A call with a runner that no longer beats is lost when two looks agree.
_DEAD_RUNNER_S = TICK_S * 0.9
#: How far the clocks of two sites may be apart.
_SKEW_S = 1.0

#: KEYS: queue. -> the first bytes of its head, without moving a whole request.
HEAD = "local head = redis.call('LINDEX', KEYS[1], 0); return head and string.sub(head, 1, 200)"


def head_id(head: bytes) -> str | None:
    """Return the run id in the first bytes of an envelope."""
    text = head[4:].decode("utf-8", "replace")
    start = text.find('"id":')
    if start < 0:
        return None
    try:
        run_id, _ = json.JSONDecoder().raw_decode(text[start + 5 :].lstrip())
    except ValueError:
        return None
    return run_id if isinstance(run_id, str) else None


async def find_runners(link: RedisLink, run_ids: list[str]) -> dict[str, bool]:
    """Return, for each of these runs that a runner has taken, whether that runner still beats."""
    taken = await cast(Awaitable[list[bytes | None]], link.client.hmget(keys.TAKEN, run_ids))
    runners = sorted({runner.decode() for runner in taken if runner})
    async with link.client.pipeline(transaction=False) as pipe:
        for runner in runners:
            pipe.exists(keys.RUNNER + runner)
        beating = dict(zip(runners, await pipe.execute() if runners else (), strict=True))
    return {run_id: bool(beating[runner.decode()]) for run_id, runner in zip(run_ids, taken, strict=True) if runner}


async def queue_age(link: RedisLink) -> float | None:
    """Return when the head of the run queue was made (Unix time); None for an empty queue, 0 when it can't be told."""
    head = await link.evaluate(HEAD, (keys.RUN_QUEUE,), ())
    if not head:
        return None
    run_id = head_id(head)
    return (made_at(run_id) if run_id else None) or 0.0


class Janitor:
    """Looks after the calls that wait in this process."""

    def __init__(self, link: RedisLink, replies: Replies) -> None:
        self._link = link
        self._replies = replies
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="janitor")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            await end_tasks(self._task)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            suspects = [call for call in self._replies.waiting() if now - call.pushed > SUSPECT_AFTER_S]
            streamed = self._replies.streamed()
            try:
                if suspects:
                    await self._look(suspects)
                if streamed:
                    await self._look_at_streams(streamed)
            except (*GONE, RedisError) as error:
                # Whether Redis is away is for the reader of replies to say.
                log.info("the janitor could not look: %s", error)

    async def _look(self, suspects: list[PendingCall]) -> None:
        beating = await find_runners(self._link, [call.id for call in suspects])
        oldest = await queue_age(self._link)
        now = time.monotonic()
        for call in suspects:
            if call.answered:
                continue
            queued = oldest is not None and oldest <= call.pushed_at + _SKEW_S
            self._judge(call, beating.get(call.id), queued, now)

    async def _look_at_streams(self, streamed: dict[str, list[PendingCall]]) -> None:
        """Fail the calls whose body was to come from a runner that beats no more."""
        async with self._link.client.pipeline(transaction=False) as pipe:
            for runner in streamed:
                pipe.exists(keys.RUNNER + runner)
            beating = await pipe.execute()
        now = time.monotonic()
        for (runner, calls), beats in zip(streamed.items(), beating, strict=True):
            for call in calls:
                if beats:
                    call.missing_since = None
                elif call.missing_since is None:
                    call.missing_since = now
                elif now - call.missing_since > _DEAD_RUNNER_S:
                    log.warning("run %s: runner %s went away while it was answering", call.id, runner)
                    call.fail(LostError())

    def _judge(self, call: PendingCall, runner_beats: bool | None, queued: bool, now: float) -> None:
        if now > call.lost_after:
            log.error("run %s: no answer long after its time limit", call.id)
            call.fail(LostError())
        elif runner_beats:
            call.missing_since = None
        elif runner_beats is None and queued:
            call.missing_since = None
            if now > call.wait_until:
                call.fail(BusyError())
        elif call.missing_since is None:
            call.missing_since = now
        elif now - call.missing_since > (MISSING_S if runner_beats is None else _DEAD_RUNNER_S):
            log.warning("run %s: its runner went away", call.id)
            call.fail(LostError())
