"""Routes on uplinks (K-16): a program outside answers requests to the widget's public host.

Such a route comes before one of the widget's own code, as a function of an uplink does. No run is made: who answers
is a process of the owner's own, and has no time limit (K-15) but the patience of who asks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from widget_model.http_response import HttpAnswer, error_answer, make_answer, media_bodies, text_answer
from widget_model.limits import ROUTE_TIMEOUT_S, Limits
from widget_site.dispatch import CallerGoneError
from widget_site.dispatch.bodies import Body
from widget_site.store.values import WidgetSnapshot
from widget_wire import media_chunks, routes
from widget_wire.frames import FrameError
from widget_wire.runs import RunReply, ServiceAnswer, ServiceCall
from widget_wire.tasks import end_tasks

#: Errors that say nothing of the route's code: the program can't be asked now.
_AWAY = frozenset(
    {"anvil.server.UplinkDisconnectedError", "anvil.server.RuntimeUnavailableError", "anvil.server.TimeoutError"}
)
_AWAY_TEXT = "The program that answers here has gone away. Please try again."
_BROKEN_TEXT = "The answer could not be read."


class Uplinks(Protocol):
    """The connected uplinks, as far as routes are concerned."""

    async def __call__(self, call: ServiceCall) -> ServiceAnswer | None:
        """Answer a call with an uplink that has the function; None when none has."""

    def has(self, widget_id: str, name: str) -> bool:
        """Whether an uplink answers this name."""


class UplinkRoutes:
    """Asks uplinks for the routes that they have registered."""

    def __init__(self, uplinks: Uplinks, payload_bytes: int) -> None:
        self._uplinks = uplinks
        self._limits = Limits(timeout_s=ROUTE_TIMEOUT_S, payload_bytes=payload_bytes)

    async def answer(
        self,
        widget: WidgetSnapshot,
        run_id: str,
        route: dict[str, Any],
        body: Body,
        session: tuple[str, Any],
        gone: Callable[[], Awaitable[None]],
    ) -> RunReply | None:
        """Return an uplink's answer to this request; None when none has such a route. CallerGoneError.

        ``session``: the id of the visitor's session, and what is in it.
        """
        name = routes.command(route)
        if not self._uplinks.has(widget.widget_id, name):
            return None
        call = ServiceCall(
            run_id,
            "",
            run_id,
            widget.widget_id,
            "route",
            str(route.get("origin")),
            name,
            routes.arguments(route),
            routes.body_frames(route, body.everything()),
            caller="http",
            call_stack=({"type": "http"},),
            session=session[0],
            session_data=session[1],
            slug=widget.slug,
            client=routes.client(route),
            visit=run_id,
        )
        answer = await self._while_here(call, gone)
        return None if answer is None else self._reply(run_id, answer)

    async def _while_here(self, call: ServiceCall, gone: Callable[[], Awaitable[None]]) -> ServiceAnswer | None:
        async def ask() -> ServiceAnswer | None:
            return await self._uplinks(call)

        async def watch() -> None:
            await gone()

        asking, watching = asyncio.create_task(ask()), asyncio.create_task(watch())
        try:
            await asyncio.wait({asking, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise CallerGoneError
            return asking.result()
        finally:
            await end_tasks(asking, watching)

    def _reply(self, run_id: str, answer: ServiceAnswer) -> RunReply:
        made = self._http(answer)
        return RunReply(
            run_id,
            "done",
            http_status=made.status,
            headers=made.headers,
            session_data=answer.session_data,
            # What the program asked of us meanwhile may have changed the visit.
            visited=True,
            body=made.body,
        )

    def _http(self, answer: ServiceAnswer) -> HttpAnswer:
        error = answer.message.get("error")
        if isinstance(error, dict):
            return text_answer(503, _AWAY_TEXT) if error.get("type") in _AWAY else error_answer(error)
        try:
            contents = media_chunks.read(answer.media)
        except (FrameError, ValueError):
            return text_answer(500, _BROKEN_TEXT)
        return make_answer(dict(answer.message), media_bodies(answer.message.get("objects"), contents), self._limits)
