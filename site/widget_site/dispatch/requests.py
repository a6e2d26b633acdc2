"""Builds the RunRequest of each trigger from a widget's snapshot."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from widget_model.kinds import SERVES
from widget_model.limits import CALL_TIMEOUT_S, PLACE_WAIT_S, ROUTE_TIMEOUT_S, SCRIPT_TIMEOUT_S, TASK_TIMEOUT_S
from widget_model.outcomes import Trigger
from widget_site.dispatch.ports import Given, NewRun
from widget_site.dispatch.replies import PendingCall
from widget_site.store.values import WidgetSnapshot
from widget_wire import background, functions
from widget_wire.parcel import Parcel
from widget_wire.runs import RunRequest, ServiceCall
from widget_wire.spool import Spool

#: Background tasks of one account that wait or run, unless the site says otherwise.
TASKS_UNFINISHED = 20
#: An owner's run waits longer for a place than a visitor's request does.
OWNER_WAIT_S = 60.0
#: A scheduled run is not handed over before there is room for it; this covers a runner that restarts.
SCHEDULE_WAIT_S = 600.0
#: A background task waits for those before it, which may take long.
TASK_WAIT_S = 3600.0
#: Over the limits of waiting and of user code: what start, transfer and clean-up may take before a call is given up.
SLACK_S = 15.0
#: What is too large to travel with a request reaches its run at least at this rate.
BYTES_PER_S = 1024 * 1024


@dataclass(frozen=True)
class Requests:
    """How this site asks for runs."""

    #: The site process to answer.
    site: str
    #: Slug to the widget's public origin, without a slash at its end.
    origin_of: Callable[[str], str]
    script_timeout_s: float = SCRIPT_TIMEOUT_S
    route_timeout_s: float = ROUTE_TIMEOUT_S
    call_timeout_s: float = CALL_TIMEOUT_S
    task_timeout_s: float = TASK_TIMEOUT_S
    place_wait_s: float = PLACE_WAIT_S
    owner_wait_s: float = OWNER_WAIT_S
    #: Runs of one account that may be unfinished at once.
    owner_unfinished: int = 20
    #: Background tasks of one account that may be unfinished at once.
    tasks_unfinished: int = TASKS_UNFINISHED

    def pending(self, run_id: str, *, live: bool = False) -> PendingCall:
        """Return the wait for a run's reply, with its deadlines counted from now."""
        wait_s = self.owner_wait_s if live else self.place_wait_s
        timeout_s = self.script_timeout_s if live else max(self.route_timeout_s, self.call_timeout_s)
        return _pending(run_id, wait_s, timeout_s)

    def pending_task(self, run_id: str) -> PendingCall:
        """Return the wait for the end of a background task."""
        return _pending(run_id, TASK_WAIT_S, max(self.task_timeout_s, self.script_timeout_s))

    def route(
        self, snapshot: WidgetSnapshot, run_id: str, route: dict[str, Any], body: Spool, session: tuple[str, Any]
    ) -> RunRequest:
        """Return the request of one HTTP request to a widget's public host; ``session``: its id and what is in it."""
        return RunRequest(
            id=run_id,
            widget_id=snapshot.widget_id,
            slug=snapshot.slug,
            kind=snapshot.kind,
            trigger="route",
            revision=snapshot.revision,
            code=snapshot.run_code,
            environment=snapshot.environment,
            start_before_ms=int((time.time() + self.place_wait_s) * 1000),
            timeout_s=self.route_timeout_s,
            site=self.site,
            route=route,
            origin=route.get("origin") or self.origin_of(snapshot.slug),
            session=session[0],
            session_data=session[1],
            visit=run_id,
            keep=_keep(snapshot),
            account=snapshot.owner_id,
            body=body.content(),
            body_bytes=0 if body.is_whole else body.size_bytes,
        )

    def function(self, snapshot: WidgetSnapshot, run_id: str, call: ServiceCall, session_data: Any) -> RunRequest:
        """Return the request of a call of a server function that the widget's own code has registered."""
        return RunRequest(
            id=run_id,
            widget_id=snapshot.widget_id,
            slug=snapshot.slug,
            kind=snapshot.kind,
            trigger=functions.TRIGGERS.get(call.caller, Trigger.SERVER_CALL.value),
            revision=snapshot.revision,
            code=snapshot.run_code,
            environment=snapshot.environment,
            start_before_ms=int((time.time() + self.place_wait_s + arrival_s(call.parcel)) * 1000),
            timeout_s=self.call_timeout_s,
            site=self.site,
            function=functions.function_of(call),
            origin=self.origin_of(snapshot.slug),
            session=call.session,
            session_data=session_data,
            visit=call.visit,
            keep=_keep(snapshot),
            account=snapshot.owner_id,
            body=call.media,
            parcel=call.parcel,
        )

    def script(self, snapshot: WidgetSnapshot, run: NewRun) -> RunRequest:
        """Return the request of a run that its owner started."""
        return self._task(snapshot, run, self.owner_wait_s, self.site)

    def task(self, snapshot: WidgetSnapshot, run: NewRun) -> RunRequest:
        """Return the request of a background task that user code launched."""
        return self._task(snapshot, run, TASK_WAIT_S, self.site)

    def scheduled(self, snapshot: WidgetSnapshot, run_id: str, task: str = background.OWN_SCRIPT) -> RunRequest:
        """Return the request of a run that a schedule started, of a script or a function; nobody waits for it."""
        function = None
        if background.script_file(task) is None:
            function = background.function_of(run_id, task, "scheduled_task", {})
        run = NewRun(
            run_id,
            snapshot.widget_id,
            Trigger.SCHEDULE,
            snapshot.revision,
            Given(),
            time.time(),
            task=task,
            function=function,
        )
        return self._task(snapshot, run, SCHEDULE_WAIT_S, None)

    def _task(self, snapshot: WidgetSnapshot, run: NewRun, wait_s: float, site: str | None) -> RunRequest:
        is_own = run.function is None and run.trigger != Trigger.BACKGROUND
        return RunRequest(
            id=run.id,
            widget_id=snapshot.widget_id,
            slug=snapshot.slug,
            kind=snapshot.kind,
            trigger=run.trigger,
            revision=snapshot.revision,
            code=snapshot.run_code,
            environment=snapshot.environment,
            start_before_ms=int((time.time() + wait_s) * 1000),
            timeout_s=self.script_timeout_s if is_own else self.task_timeout_s,
            site=site,
            args=run.given.args,
            call=None if run.given.call is None else run.given.call.as_dict(),
            function=run.function,
            task=run.task,
            live=True,
            interactive=run.given.interactive,
            origin=self.origin_of(snapshot.slug),
            body=run.media,
        )


def arrival_s(parcel: Parcel | None) -> float:
    """Return the seconds that the media of a call may take to reach their runner."""
    return parcel.size_bytes / BYTES_PER_S if parcel is not None else 0.0


def _pending(run_id: str, wait_s: float, timeout_s: float) -> PendingCall:
    now = time.monotonic()
    return PendingCall(run_id, wait_until=now + wait_s + 1.0, lost_after=now + wait_s + timeout_s + SLACK_S)


def _keep(snapshot: WidgetSnapshot) -> int | None:
    return snapshot.generation if snapshot.keep_server_running and snapshot.kind in SERVES else None
