"""Runs that a widget's owner starts and stops, and background tasks that its code launches.

The row comes first: what was acknowledged is never forgotten.
"""

import asyncio
import contextlib
import dataclasses
import json
import logging
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_model.outcomes import Outcome, Status, Trigger
from widget_site.dispatch.errors import AwayError, LostError, OnUplinkError
from widget_site.dispatch.events import add_last_event, stream_events, tell_run
from widget_site.dispatch.ports import Given, NewRun, RunStore, TaskUplinks
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.dispatch.replies import PendingCall, Replies
from widget_site.dispatch.requests import Requests
from widget_site.dispatch.snapshots import Snapshots
from widget_site.dispatch.submit import Submitter, UnknownWidgetError
from widget_site.errors import SiteError, TooManyError
from widget_site.store.runs import FinishedRun
from widget_site.store.values import Run, WidgetSnapshot
from widget_wire import background, keys
from widget_wire.runs import RunEvent, RunRecord, RunRequest
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

_TOO_MANY = "{} of your runs are waiting or running, and no more may. Wait for one, or stop one."
_TOO_MANY_TASKS = "{} background tasks of this account are waiting or running, and no more may."
WENT_AWAY = "The process that ran this went away before it had finished. Whatever it did until then is done."
_NOT_STARTED = "The run could not be started: {}"


class OwnerRuns:
    """Starts and stops the runs of owners, and background tasks."""

    def __init__(
        self,
        link: RedisLink,
        store: RunStore,
        snapshots: Snapshots,
        submitter: Submitter,
        replies: Replies,
        requests: Requests,
    ) -> None:
        self._link = link
        self._store = store
        self._snapshots = snapshots
        self._submitter = submitter
        self._replies = replies
        self._requests = requests
        self._watching: set[asyncio.Task[None]] = set()
        #: Programs outside, which may have the task; there once the site has uplinks.
        self.uplinks: TaskUplinks | None = None

    async def start(self, slug: str, given: Given) -> str:
        """Start the widget's newest revision for its owner; return the run's id, its row written.

        A SiteError (too many, busy, away, not found) when it can't be started; a row that was written says so then.
        Whether the caller may is asked before.
        """
        snapshot = await self._snapshots.get(slug)
        if snapshot is None:
            raise UnknownWidgetError
        if await self._store.count_unfinished(snapshot.owner_id) >= self._requests.owner_unfinished:
            raise TooManyError(_TOO_MANY.format(self._requests.owner_unfinished), retry_after_s=5)
        widget_id, revision = snapshot.widget_id, snapshot.revision
        run = NewRun(new_id(), widget_id, Trigger.OWNER.value, revision, given, time.time(), task=background.OWN_SCRIPT)
        await self._begin(slug, run, self._requests.pending(run.id, live=True), self._requests.script)
        return run.id

    async def launch(self, slug: str, run: NewRun) -> None:
        """Start a background task of the widget for its own code, its row written: on an uplink that has it, or in the
        widget's own code.

        TooManyError when the account has enough of them; else as ``start``.
        """
        snapshot = await self._snapshots.get(slug)
        if snapshot is None or snapshot.widget_id != run.widget_id:
            raise UnknownWidgetError
        if await self._store.count_tasks(snapshot.owner_id) >= self._requests.tasks_unfinished:
            raise TooManyError(_TOO_MANY_TASKS.format(self._requests.tasks_unfinished), retry_after_s=5)
        run = dataclasses.replace(run, revision=snapshot.revision)
        command = str((run.function or {}).get("command"))
        if self.uplinks is not None and self.uplinks.has(run.widget_id, command):
            await self._launch_outside(self.uplinks, self._requests.task(snapshot, run), run)
            return
        # Its arguments may be large, and are not kept here for a second try: so the code has to be there at the first.
        await self._snapshots.publish_code(snapshot)
        await self._begin(slug, run, self._requests.pending_task(run.id), self._requests.task)

    async def _launch_outside(self, uplinks: TaskUplinks, request: RunRequest, run: NewRun) -> None:
        await self._store.add_run(run)
        if not await uplinks.launch(request):
            error = LostError("The uplink that has this task went away.")
            await self._give_up(run, error)
            raise error

    async def _begin(
        self,
        slug: str,
        run: NewRun,
        call: PendingCall,
        make: Callable[[WidgetSnapshot, NewRun], RunRequest],
    ) -> None:
        await self._store.add_run(run)
        async with contextlib.AsyncExitStack() as waiting:
            # Before it is handed over: a quick runner's answer must find somebody who expects it.
            await waiting.enter_async_context(self._replies.expect(call))
            try:
                await self._submitter.submit(slug, lambda now: make(now, run))
            except SiteError as error:
                await self._give_up(run, error)
                raise
            call.handed_over()
            with contextlib.suppress(*GONE, RedisError):
                await tell_run(self._link.client, run.widget_id, run.id)
            run = dataclasses.replace(run, function=None, media=b"")
            task = asyncio.create_task(self._watch(slug, run, call, waiting.pop_all()), name=f"run-{run.id}")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def stop(self, run_id: str) -> None:
        """Ask for the run to be stopped, queued or running.

        OnUplinkError for a task that runs on an uplink, AwayError when Redis does not answer.
        """
        if self.uplinks is not None and await self.uplinks.refuse_to_kill(run_id):
            raise OnUplinkError
        try:
            async with self._link.client.pipeline(transaction=False) as pipe:
                pipe.set(keys.STOP + run_id, "1", ex=keys.STOP_TTL_S)
                pipe.publish(keys.STOP_CHANNEL, run_id)
                await pipe.execute()
        except (*GONE, RedisError) as error:
            raise AwayError from error

    async def task_state(self, run_id: str) -> dict[str, Any] | None:
        """Return the newest state of a task: what its runner keeps, or what its uplink says when it is asked."""
        try:
            said = await self._link.client.get(keys.TASK_STATE + run_id)
        except (*GONE, RedisError):
            return None
        if said is None:
            return None if self.uplinks is None else await self.uplinks.task_state(run_id)
        state: dict[str, Any] = json.loads(said)
        return state

    async def _watch(self, slug: str, run: NewRun, call: PendingCall, waiting: contextlib.AsyncExitStack) -> None:
        """Wait for the run's reply, only to mend what a live run can't say itself: no place, no code, no runner.

        ``waiting`` ends the wait that was begun before the run was handed over.
        """
        async with waiting:
            try:
                reply = await call.first()
                if reply.status == "code_missing" and run.trigger == Trigger.OWNER:
                    call.expect_again()
                    await self._publish_again(slug)
                    await self._submitter.submit(slug, lambda now: self._requests.script(now, run))
                    call.handed_over()
                    reply = await call.first()
            except AwayError:
                # The run may well go on without us; the site worker looks after runs that end unseen.
                return
            except LostError:
                await self._end(run, WENT_AWAY)
                return
            except SiteError as error:
                await self._give_up(run, error)
                return
            if reply.status == "code_missing":
                await self._give_up(run, LookupError("its files could not be handed over"))

    async def _publish_again(self, slug: str) -> None:
        snapshot = await self._snapshots.get(slug)
        if snapshot is None:
            raise UnknownWidgetError
        await self._snapshots.publish_code(snapshot)

    async def _give_up(self, run: NewRun, why: Exception) -> None:
        await self._end(run, _NOT_STARTED.format(why))

    async def _end(self, run: NewRun, why: str) -> None:
        try:
            await end_run(self._link, self._store, run, why)
        except SiteError:
            # The database is away, too: the site worker finds the row later.
            log.warning("run %s: its row could not be told: %s", run.id, why)

    async def close(self) -> None:
        """Stop watching; the runs go on."""
        await end_tasks(*self._watching)


async def end_run(link: RedisLink, store: RunStore, run: NewRun | Run, why: str) -> None:
    """Record a run that ended by our fault, for its row, its history and those who follow it."""
    now = time.time()
    started_at = run.started_at if isinstance(run, Run) else None
    log.error("run %s ended by our fault: %s", run.id, why)
    data = {
        "status": Status.FINISHED.value,
        "outcome": Outcome.INTERNAL_ERROR.value,
        "error": why,
        "started_at": started_at,
        "finished_at": now,
    }
    try:
        await add_last_event(link, run.id, now, data)
        events = await stream_events(link, run.id) or []
    except (*GONE, RedisError):
        events = [RunEvent(1, now, "status", "", data)]
    record = RunRecord(
        id=run.id,
        widget_id=run.widget_id,
        trigger=run.trigger,
        revision=run.revision,
        outcome=Outcome.INTERNAL_ERROR,
        started_at=started_at or now,
        finished_at=now,
        error=why,
    )
    await store.finish_runs([FinishedRun(record, tuple(events))])
