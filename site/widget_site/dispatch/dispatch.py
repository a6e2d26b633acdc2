"""Dispatch: everything the API, the pages and the public hosts ask of it, in one object per site process."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, cast

from widget_model.ids import new_id
from widget_model.outcomes import Trigger
from widget_site.dispatch import inputs
from widget_site.dispatch.errors import CallerGoneError, LostError
from widget_site.dispatch.events import MAX_EVENTS, EventPage, Events
from widget_site.dispatch.gate import ServingGate
from widget_site.dispatch.janitor import Janitor
from widget_site.dispatch.ports import Given, NewRun, RunStore, TaskUplinks
from widget_site.dispatch.redis_link import RedisLink
from widget_site.dispatch.replies import PendingCall, Replies
from widget_site.dispatch.requests import BYTES_PER_S, Requests, arrival_s
from widget_site.dispatch.runs import OwnerRuns
from widget_site.dispatch.snapshots import Snapshots
from widget_site.dispatch.submit import Submitter, UnknownWidgetError
from widget_site.store.values import Widget, WidgetSnapshot
from widget_wire import background, keys
from widget_wire.runs import PartsRead, RunReply, RunRequest, ServiceAnswer, ServiceCall
from widget_wire.spool import Spool

#: A call that takes longer than this is given up when its caller goes away.
WATCH_AFTER_S = 0.25
#: How long the next part of what a server function returned may take.
_PART_TIMEOUT_S = 40.0


class Dispatch:
    """Hands runs to runners and brings back what they say.

    ``async with Dispatch(link, store, requests)``: inside, replies are read and lost calls found.
    """

    def __init__(self, link: RedisLink, store: RunStore, requests: Requests) -> None:
        self.link = link
        self.store = store
        self.requests = requests
        self.snapshots = Snapshots(store, link)
        #: Wraps every change of what a public URL serves: ``async with dispatch.gate.change(widget_id) as change``.
        self.gate = ServingGate(link, self.snapshots)
        self.events = Events(link, store)
        self._submitter = Submitter(link, self.snapshots)
        self._replies = Replies(link, requests.site)
        self._janitor = Janitor(link, self._replies)
        self._runs = OwnerRuns(link, store, self.snapshots, self._submitter, self._replies, requests)

    async def __aenter__(self) -> "Dispatch":
        self._replies.start()
        self._janitor.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runs.close()
        await self._janitor.close()
        await self._replies.close()
        await self.gate.close()

    async def start_run(self, slug: str, given: Given | None = None) -> str:
        """Start a widget for its owner; return the run's id, its row written (see ``OwnerRuns.start``)."""
        return await self._runs.start(slug, given or Given())

    async def launch_task(self, slug: str, run: NewRun) -> None:
        """Start a background task for the widget's own code (see ``OwnerRuns.launch``)."""
        await self._runs.launch(slug, run)

    async def start_task(self, widget: Widget, task: str) -> str:
        """Start a background task of a widget for its owner; return its run's id. Whether he may is asked before."""
        run_id = new_id()
        function = background.function_of(run_id, task, "server_module", {})
        run = NewRun(run_id, widget.id, Trigger.BACKGROUND, 0, Given(), time.time(), task=task, function=function)
        await self._runs.launch(widget.slug, run)
        return run_id

    def use_uplinks(self, uplinks: TaskUplinks) -> None:
        """Let background tasks run on these."""
        self._runs.uplinks = uplinks

    async def task_state(self, run_id: str) -> dict[str, Any] | None:
        """Return the newest state that a background task has said, as an answer's message; None before it said any."""
        return await self._runs.task_state(run_id)

    async def stop_run(self, run_id: str) -> None:
        """Ask for a run to be stopped; OnUplinkError when nobody can, AwayError when Redis does not answer."""
        await self._runs.stop(run_id)

    async def answer(self, run_id: str, number: int, text: str | None) -> None:
        """Answer what a run asks for (``inputs.answer``)."""
        await inputs.answer(self.link, run_id, number, text)

    async def status(self, run_id: str) -> dict[str, Any] | None:
        """Return what is newer than an unfinished row: ``{"status": ..., ["outcome", "error", ...]}``, or None."""
        return await self.events.overlay(run_id)

    async def events_after(self, run_id: str, seq: int, limit: int = MAX_EVENTS) -> EventPage:
        """Return a run's events above ``seq``."""
        return await self.events.after(run_id, seq, limit)

    async def runners(self) -> int:
        """Count the runners that beat; raises redis' own errors when it does not answer."""
        names = await cast(Awaitable[set[bytes]], self.link.client.smembers(keys.RUNNERS))
        async with self.link.client.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.exists(keys.RUNNER + name.decode())
            return sum(await pipe.execute()) if names else 0

    @contextlib.asynccontextmanager
    async def call_route(
        self,
        seen: WidgetSnapshot,
        route: dict[str, Any],
        body: Spool,
        *,
        gone: Callable[[], Awaitable[None]],
        check: Callable[[WidgetSnapshot], None] = lambda _: None,
        run_id: str = "",
        session: tuple[str, Any] = ("", None),
    ) -> AsyncIterator["RouteAnswer"]:
        """Run a route of the newest version of a widget; what the runner answers is there inside the block.

        ``seen`` is the version that the caller was let in by, ``session`` the id of his session and what is in it (None
        for nothing). UnknownWidgetError when there is no such widget any more,
        or it became private; what ``check`` raises for the version that is served; a DispatchError (busy, away,
        lost) when there is no answer.
        """
        run_id = run_id or new_id()

        def make(snapshot: WidgetSnapshot) -> Any:
            if snapshot.visibility == "private" and seen.visibility != "private":
                raise UnknownWidgetError
            check(snapshot)
            return self.requests.route(snapshot, run_id, route, body, session)

        async with self._answered(seen.slug, run_id, make, gone, body) as answer:
            yield answer

    async def call_function(self, call: ServiceCall, session_data: Any = None) -> tuple[ServiceAnswer, Any]:
        """Call a server function that the newest version of the widget's own code has registered.

        ``session_data`` is what is in the call's session; with the answer comes what the function left there, or None.
        UnknownWidgetError when the widget is gone; a DispatchError when there is no answer.
        """
        run_id = new_id()

        def make(snapshot: WidgetSnapshot) -> RunRequest:
            if snapshot.widget_id != call.widget_id:  # another widget has its name by now
                raise UnknownWidgetError
            return self.requests.function(snapshot, run_id, call, session_data)

        async with self._answered(call.slug, run_id, make, _for_ever, more_s=arrival_s(call.parcel)) as answer:
            pieces = [piece async for piece in answer.pieces(_PART_TIMEOUT_S)]
        reply, made = answer.reply, ServiceAnswer.from_envelope(b"".join(pieces))
        return dataclasses.replace(made, id=call.id, visited=reply.visited), reply.session_data

    @contextlib.asynccontextmanager
    async def _answered(
        self,
        slug: str,
        run_id: str,
        make: Callable[[WidgetSnapshot], RunRequest],
        gone: Callable[[], Awaitable[None]],
        body: Spool | None = None,
        more_s: float = 0.0,
    ) -> AsyncIterator["RouteAnswer"]:
        call = self.requests.pending(run_id)
        call.wait_until += more_s
        call.lost_after += more_s
        if body is not None and not body.is_whole:
            call.body = body
            call.lost_after += body.size_bytes / BYTES_PER_S
        async with self._replies.expect(call):
            await self._submitter.submit(slug, make)
            call.handed_over()
            with _watched(call, gone):
                reply = await call.first()
            if reply.status == "code_missing":
                reply = await self._with_code(slug, call, make)
            answer = RouteAnswer(reply, call, self._replies, gone)
            try:
                yield answer
            finally:
                await answer.close()

    async def _with_code(self, slug: str, call: PendingCall, make: Any) -> RunReply:
        snapshot = await self.snapshots.get(slug)
        if snapshot is None:
            raise UnknownWidgetError
        await self.snapshots.publish_code(snapshot)
        call.expect_again()
        await self._submitter.submit(slug, make)
        call.handed_over()
        reply = await call.first()
        if reply.status == "code_missing":
            raise LostError
        return reply

    @property
    def waiting(self) -> int:
        """How many calls wait for an answer in this process."""
        return len(self._replies)


async def _for_ever() -> None:
    """Wait for a caller that can't be seen going away."""
    await asyncio.Event().wait()


@contextlib.contextmanager
def _watched(call: PendingCall, gone: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Fail the call when its caller goes away. A quick call pays for a timer, not for a task."""
    tasks: list[asyncio.Task[None]] = []

    async def watch() -> None:
        await gone()
        call.fail(CallerGoneError())

    timer = asyncio.get_running_loop().call_later(WATCH_AFTER_S, lambda: tasks.append(asyncio.create_task(watch())))
    try:
        yield
    finally:
        timer.cancel()
        for task in tasks:
            task.cancel()


class RouteAnswer:
    """The answer to a route: ``reply``, whose body is streamed when there is ``more``."""

    def __init__(
        self, reply: RunReply, call: PendingCall, replies: Replies, gone: Callable[[], Awaitable[None]]
    ) -> None:
        self.run_id = call.id
        self.reply = reply
        self._call = call
        self._replies = replies
        self._gone = gone
        self._is_whole = not reply.more

    async def pieces(self, timeout_s: float) -> AsyncGenerator[bytes, None]:
        """Yield the pieces of a streamed body, each once the one before has been handed on.

        LostError when the body breaks off, CallerGoneError when nobody is there any more.
        """
        part = self.reply
        with _watched(self._call, self._gone):
            while True:
                yield part.body
                if part.part:
                    self._replies.consumed(self._call, len(part.body))
                if not part.more:
                    self._is_whole = True
                    return
                await self._tell(part.part)
                part = await self._call.next_part(timeout_s)

    async def close(self) -> None:
        """Tell the runner, where the body was not read to its end, that nobody will."""
        if not self._is_whole:
            await self._tell(0, gone=True)

    async def _tell(self, part: int, *, gone: bool = False) -> None:
        if self.reply.runner:
            said = PartsRead(self._call.id, part, gone)
            await self._replies.tell_runner(self.reply.runner, said)
