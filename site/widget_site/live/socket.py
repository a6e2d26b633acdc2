"""One live socket: its subscriptions, and everything that keeps a hostile or slow tab from mattering to others."""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from widget_site.conversation import GOING_AWAY, POLICY, TOO_LARGE, ClosedError, Conversation
from widget_site.dispatch.events import as_dicts
from widget_site.dispatch.tail import EventTail
from widget_site.errors import SiteError
from widget_site.live.watch import Watching
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

MAX_MESSAGE_CHARS = 4096
#: Messages of a browser in WINDOW_S; a client that goes on sending at twice that is cut off.
MAX_MESSAGES = 50
WINDOW_S = 5.0
MAX_RUNS = 20
MAX_WIDGETS = 20
#: Hints that wait for a slow tab; more are dropped, for they are only hints.
MAX_HINTS = 200
#: How often it is asked whether the session still holds.
SESSION_CHECK_S = 30.0

Message = dict[str, Any]


class Viewer(Protocol):
    """Who is at the other end, and what they may see; asked anew for every subscription."""

    async def is_signed_in(self) -> bool:
        """Whether the session still holds."""

    async def may_follow(self, run_id: str) -> bool:
        """Whether they may read this run's output."""

    async def watchable(self, slug: str) -> str | None:
        """Return the widget's id when they may see it."""

    async def run(self, run_id: str) -> Message | None:
        """Return a run as the JSON API shows it, when they may see it."""


class LiveSocket(Conversation):
    """Speaks what ``live/__init__.py`` says with one tab."""

    def __init__(
        self,
        receive: Callable[[], Awaitable[str | bytes]],
        send: Callable[[str], Awaitable[None]],
        viewer: Viewer,
        tail: EventTail,
        watching: Watching,
    ) -> None:
        super().__init__(receive, send)
        self._viewer = viewer
        self._tail = tail
        self._watching = watching
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._widgets: dict[str, str] = {}
        self._hints: asyncio.Queue[tuple[str, Message]] = asyncio.Queue(MAX_HINTS)
        self._arrivals: deque[float] = deque(maxlen=2 * MAX_MESSAGES)

    async def run(self) -> int | None:
        """Speak until one side has enough; return the code to close with, None when the tab has gone."""
        try:
            failure = await self._until_one_ends(self._read(), self._tell_hints(), self._check_session())
        finally:
            self._watching.leave(self)
            await end_tasks(*self._runs.values())
        if isinstance(failure, ClosedError):
            return failure.code
        if failure is not None:
            log.info("a live socket ended: %r", failure)
            return None
        return GOING_AWAY if self._stopping.is_set() else None

    def hint(self, widget_id: str, message: Message) -> None:
        """Take a hint that a watched widget changed; never blocks."""
        if not self._hints.full():
            self._hints.put_nowait((widget_id, message))

    async def _read(self) -> None:
        while True:
            data = await self._receive()
            if not self._in_time():
                await self._send(op="error", of=None, code="too_fast", message="Too many messages.")
                continue
            if not isinstance(data, str) or len(data) > MAX_MESSAGE_CHARS:
                raise ClosedError(TOO_LARGE if isinstance(data, str) else POLICY)
            try:
                message = json.loads(data)
            except (ValueError, RecursionError):
                message = None
            if not isinstance(message, dict):
                await self._send(op="error", of=None, code="bad_message", message="That is not a JSON object.")
                continue
            await self._handle(message)

    def _in_time(self) -> bool:
        now = time.monotonic()
        self._arrivals.append(now)
        recent = sum(1 for at in self._arrivals if now - at < WINDOW_S)
        if recent >= 2 * MAX_MESSAGES:
            raise ClosedError(POLICY)
        return recent <= MAX_MESSAGES

    async def _handle(self, message: Message) -> None:
        name = message.get("op")
        try:
            match name:
                case "follow":
                    await self._follow(_text(message, "run"), message.get("after", 0))
                case "unfollow":
                    await self._unfollow(_text(message, "run"))
                case "watch":
                    await self._watch(_text(message, "widget"))
                case "unwatch":
                    self._unwatch(_text(message, "widget"))
                case "ping":
                    await self._send(op="pong")
                case _:
                    shown = name[:40] if isinstance(name, str) else None
                    await self._send(op="error", of=shown, code="unknown_op", message="There is no such op.")
        except _ComplaintError as complaint:
            about = {key: message[key] for key in ("run", "widget") if isinstance(message.get(key), str)}
            await self._send(op="error", of=name, code=complaint.code, message=str(complaint), **about)
        except SiteError as error:
            await self._send(op="error", of=name, code=error.code, message=str(error))

    async def _follow(self, run_id: str, after: Any) -> None:
        if not isinstance(after, int) or after < 0:
            raise _ComplaintError("bad_message", '"after" is a whole number from 0 on.')
        await self._unfollow(run_id)
        if len(self._runs) >= MAX_RUNS:
            raise _ComplaintError("too_many", f"At most {MAX_RUNS} runs can be followed at once.")
        if not await self._viewer.may_follow(run_id):
            raise _ComplaintError("not_found", "There is no such run.")
        self._runs[run_id] = asyncio.create_task(self._tell_run(run_id, after))

    async def _unfollow(self, run_id: str) -> None:
        task = self._runs.pop(run_id, None)
        if task is not None:
            await end_tasks(task)

    async def _tell_run(self, run_id: str, after: int) -> None:
        try:
            async for part in self._tail.follow(run_id, after):
                if part.skipped:
                    await self._send(op="skipped", run=run_id, lines=part.skipped)
                else:
                    await self._send(op="events", run=run_id, events=as_dicts(part.events), done=part.done)
        except (ClosedError, OSError, RuntimeError):
            self.stop()
        except SiteError as error:
            await self._send(op="error", of="follow", run=run_id, code=error.code, message=str(error))
        finally:
            if self._runs.get(run_id) is asyncio.current_task():
                del self._runs[run_id]

    async def _watch(self, slug: str) -> None:
        if slug not in self._widgets and len(self._widgets) >= MAX_WIDGETS:
            raise _ComplaintError("too_many", f"At most {MAX_WIDGETS} widgets can be watched at once.")
        widget_id = await self._viewer.watchable(slug)
        if widget_id is None:
            raise _ComplaintError("not_found", "There is no such widget.")
        self._widgets[slug] = widget_id
        self._watching.join(self, widget_id)

    def _unwatch(self, slug: str) -> None:
        widget_id = self._widgets.pop(slug, None)
        if widget_id is not None and widget_id not in self._widgets.values():
            self._watching.leave(self, widget_id)

    async def _tell_hints(self) -> None:
        while True:
            widget_id, hint = await self._hints.get()
            for slug in [slug for slug, watched in self._widgets.items() if watched == widget_id]:
                message = await self._shown(slug, hint)
                if message is not None:
                    await self._send(op="changed", widget=slug, **message)

    async def _shown(self, slug: str, hint: Message) -> Message | None:
        """Return what this viewer may be told of a change, asked anew: the widget may have become private."""
        if await self._viewer.watchable(slug) is None:
            self._unwatch(slug)
            return {"what": "widget"}
        if hint.get("what") == "revision":
            return {"what": "revision", "revision": hint.get("revision")}
        if hint.get("what") != "run":
            return {"what": "widget"}
        run = await self._viewer.run(str(hint.get("run")))
        return None if run is None else {"what": "run", "run": run}

    async def _check_session(self) -> None:
        while True:
            await asyncio.sleep(SESSION_CHECK_S)
            try:
                if not await self._viewer.is_signed_in():
                    raise ClosedError(POLICY)
            except SiteError:
                # The database is away; whoever was signed in a moment ago still counts as such.
                continue


class _ComplaintError(Exception):
    """A message that is not followed; the socket stays open."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def _text(message: Message, key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise _ComplaintError("bad_message", f'"{key}" is missing.')
    return value
