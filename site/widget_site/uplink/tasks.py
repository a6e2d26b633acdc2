"""Background tasks that run on the links of this process (K-13), from their launch to the record of their end.

Whoever launches one has written its row. The process that holds the link says in Redis that it has the task
(``keys.UPLINK_TASKS``), as a runner does of its runs, tells those who watch, and records the end: what the program
answered, or that its link has gone. Should the process itself die, its heartbeat stops, and the reconciler ends the
row.
"""

import asyncio
import dataclasses
import itertools
import logging
import time
from typing import Any

from redis.exceptions import RedisError

from widget_model.outcomes import Outcome, Status
from widget_site.dispatch import uplink_records
from widget_site.dispatch.events import tell_run
from widget_site.dispatch.redis_link import GONE, RedisLink, pause_before_retry
from widget_site.dispatch.uplink_records import Ending
from widget_site.uplink import task_answers
from widget_site.uplink.link import Link
from widget_wire import functions, keys
from widget_wire.runs import RunEvent, RunRecord, RunRequest, ServiceAnswer, pack_events
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: How long a process that ends waits for the records of what ends with it.
CLOSE_S = 5.0


@dataclasses.dataclass(eq=False)
class _Running:
    """A task on a link."""

    request: RunRequest
    link: Link
    #: The newest state that was asked for.
    state: dict[str, Any] | None = None


class UplinkTasks:
    """The tasks of this process's links."""

    def __init__(self, redis: RedisLink, site: str) -> None:
        self._redis = redis
        self._site = site
        self._running: dict[str, _Running] = {}
        self._watching: set[asyncio.Task[None]] = set()

    async def begin(self, link: Link, request: RunRequest) -> None:
        """Run a task on this link; what redis raises when nobody could be told of it, and then it does not run."""
        running = _Running(request, link)
        client = self._redis.client
        async with client.pipeline(transaction=True) as pipe:
            pipe.hset(keys.UPLINK_TASKS, request.id, self._site)
            _add_events(pipe, request.id, RunEvent(1, time.time(), "status", "", {"status": Status.RUNNING.value}))
            await tell_run(pipe, request.widget_id, request.id)
            await pipe.execute()
        self._running[request.id] = running
        task = asyncio.create_task(self._run(running, time.time()), name=f"task-{request.id}")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def refuse(self, request: RunRequest) -> None:
        """Record the end of a task whose link has gone before it began, which nobody waits for."""
        now = time.time()
        await self._record(request, now, uplink_records.went_away(), None, None)

    async def state(self, run_id: str) -> ServiceAnswer | None:
        """Return the state of a task; None when it can't be had."""
        running = self._running.get(run_id)
        if running is None:
            return None
        answer = await running.link.task_state(functions.task_call(running.request))
        if answer is None or "NotRunningTask" in str(answer.message.get("error", {}).get("type")):
            return None
        running.link.parts.parcels.drop(answer.parcel)  # Media are nothing that a state may hold
        running.state = task_answers.bounded(answer.message)
        return ServiceAnswer(answer.id, running.state)

    async def refuse_to_kill(self, run_id: str) -> None:
        """Tell the program of a task that somebody wants its end."""
        running = self._running.get(run_id)
        if running is not None:
            await running.link.refuse_to_kill(functions.task_call(running.request))

    async def close(self) -> None:
        """Wait for the records of tasks whose links have ended."""
        if self._watching:
            await asyncio.wait(self._watching, timeout=CLOSE_S)
        await end_tasks(*self._watching)

    async def _run(self, running: _Running, began: float) -> None:
        request = running.request
        try:
            answer = await running.link.call(functions.task_call(request), is_task=True)
            if answer is None or (running.link.is_gone and _is_disconnected(answer)):
                await self._record(request, began, uplink_records.went_away(), None, running.state)
                return
            said, state = task_answers.end_of(answer)
            ending = uplink_records.raised(said["error"]) if "error" in said else Ending(Outcome.OK)
            await self._record(request, began, ending, said, state)
        except Exception:
            log.exception("task %s: its end could not be recorded", request.id)
        finally:
            del self._running[request.id]

    async def _record(
        self,
        request: RunRequest,
        began: float,
        ending: Ending,
        said: dict[str, Any] | None,
        state: dict[str, Any] | None,
    ) -> None:
        """Tell how a task ended, to those who watch and for good; tried again until Redis takes it or this ends.

        Given up earlier, the row would never end: this process beats, and is known to have the task.
        """
        now, function = time.time(), request.function or {}
        record = RunRecord(
            request.id,
            request.widget_id,
            request.trigger,
            request.revision,
            ending.outcome,
            began,
            now,
            ending.error,
            request=uplink_records.marked({"function": function.get("command"), "caller": function.get("caller")}),
            task={"answer": said, "state": state},
        )
        times = {"started_at": began, "finished_at": now}
        finished = {"status": Status.FINISHED.value, "outcome": ending.outcome.value, "error": ending.error, **times}
        last = RunEvent(3 if ending.text else 2, now, "status", "", finished)
        for attempt in itertools.count(1):
            try:
                async with self._redis.client.pipeline(transaction=True) as pipe:
                    _add_events(pipe, request.id, *ending.event(2, now), last)
                    pipe.xadd(keys.RECORDS, {keys.RECORDS_FIELD: record.to_envelope()}, maxlen=keys.RECORDS_MAX)
                    pipe.hdel(keys.UPLINK_TASKS, request.id)
                    await pipe.execute()
                return
            except (*GONE, RedisError) as error:
                log.warning("task %s: its end is not told yet: %s", request.id, error)
                await pause_before_retry(attempt)


def _is_disconnected(answer: ServiceAnswer) -> bool:
    error = answer.message.get("error")
    return isinstance(error, dict) and error.get("type") == "anvil.server.UplinkDisconnectedError"


def _add_events(pipe: Any, run_id: str, *events: RunEvent) -> None:
    pipe.xadd(keys.EVENTS + run_id, {keys.EVENTS_FIELD: pack_events(events)})
    pipe.expire(keys.EVENTS + run_id, keys.EVENTS_TTL_S)
