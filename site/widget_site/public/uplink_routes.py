"""Routes on uplinks (K-16): a program outside answers requests to the widget's public host.

Such a route comes before one of the widget's own code, as a function of an uplink does. Who answers is a process of the
owner's own, and has no time limit (K-15) but the patience of who asks. The request is recorded as one that a run
answers, without what the program printed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

from widget_model.http_response import HttpAnswer, error_answer, make_answer, media_bodies, text_answer
from widget_model.limits import ROUTE_TIMEOUT_S, Limits
from widget_model.outcomes import Outcome, Trigger
from widget_site.dispatch import CallerGoneError, uplink_records
from widget_site.public.route_request import decode_path
from widget_site.public.uplink_answer import UplinkAnswer
from widget_site.store.values import WidgetSnapshot
from widget_wire import functions, media_chunks, routes
from widget_wire.frames import FrameError
from widget_wire.media_budget import NO_ROOM
from widget_wire.parcel import Parcel, ParcelError
from widget_wire.parcels import Parcels
from widget_wire.runs import RunRecord, RunReply, ServiceAnswer, ServiceCall
from widget_wire.spool import NoRoomError, Spool
from widget_wire.tasks import end_tasks

#: Errors that say nothing of the route's code: the program can't be asked now.
_DISCONNECTED = "anvil.server.UplinkDisconnectedError"
_AWAY = frozenset({"anvil.server.RuntimeUnavailableError", "anvil.server.TimeoutError"})
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

    def __init__(
        self,
        uplinks: Uplinks,
        parcels: Parcels,
        payload_bytes: int,
        keep: Callable[[RunRecord], Awaitable[object]],
    ) -> None:
        self._uplinks = uplinks
        self._parcels = parcels
        #: Keeps what is known of an answered request for the widget's owner.
        self._keep = keep
        self._limits = Limits(timeout_s=ROUTE_TIMEOUT_S, payload_bytes=payload_bytes)

    def has(self, widget: WidgetSnapshot, path: bytes) -> bool:
        """Whether an uplink has a route for this path."""
        return self._uplinks.has(widget.widget_id, routes.command({"prefix": "route", "path": decode_path(path)}))

    async def answer(
        self,
        widget: WidgetSnapshot,
        run_id: str,
        route: dict[str, Any],
        body: Spool,
        session: tuple[str, Any],
        gone: Callable[[], Awaitable[None]],
    ) -> UplinkAnswer | None:
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
            caller="http",
            call_stack=({"type": "http"},),
            session=session[0],
            session_data=session[1],
            slug=widget.slug,
            client=routes.client(route),
            visit=run_id,
        )
        began = time.time()
        try:
            answer = await self._asked(call, route, body, gone)
        except CallerGoneError:
            ending = uplink_records.Ending(Outcome.STOPPED, "The caller closed the connection")
            await self._record(widget, run_id, route, began, ending, 500)
            raise
        if answer is None:
            return None
        media: Spool | None = None
        if answer.parcel is not None:
            try:
                media = await self._parcels.fetch(answer.parcel)
            except ParcelError as error:
                answer = functions.failed(run_id, error.kind, str(error))
        # The head of a large Media is made as if it were empty; its content follows.
        made, ending = self._http(answer)
        await self._record(widget, run_id, route, began, ending, made.status)
        return UplinkAnswer(_reply(run_id, made, ending, answer), media, answer.message.get("objects"))

    async def _asked(
        self, call: ServiceCall, route: dict[str, Any], body: Spool, gone: Callable[[], Awaitable[None]]
    ) -> ServiceAnswer | None:
        """Return the answer to the call with the request's body as its media."""
        try:
            media, parcel = await self._media_of(route, body)
        except (NoRoomError, OSError):
            return functions.failed(call.id, "anvil.server.RuntimeUnavailableError", NO_ROOM)
        try:
            return await self._while_here(replace(call, media=media, parcel=parcel), gone)
        finally:
            self._parcels.drop(parcel)

    async def _media_of(self, route: dict[str, Any], body: Spool) -> tuple[bytes, Parcel | None]:
        spool = self._parcels.spool()
        try:
            if route.get("has_body"):
                for header, content in media_chunks.split(routes.BODY_ID, body.parts(), body.size_bytes):
                    spool.write(b"".join(media_chunks.pair(header, content)))
                    await asyncio.sleep(0)  # others have their turn
        except BaseException:
            spool.close()
            raise
        return self._parcels.post(spool, keep=True)

    async def _record(
        self,
        widget: WidgetSnapshot,
        run_id: str,
        route: dict[str, Any],
        began: float,
        ending: uplink_records.Ending,
        status: int,
    ) -> None:
        now = time.time()
        asked = uplink_records.marked({**routes.recorded(route), "status": status})
        record = RunRecord(
            run_id,
            widget.widget_id,
            Trigger.ROUTE,
            widget.revision,
            ending.outcome,
            began,
            now,
            ending.error,
            request=asked,
            events=tuple(event.as_dict() for event in ending.event(1, now)),
        )
        await self._keep(record)

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

    def _http(self, answer: ServiceAnswer) -> tuple[HttpAnswer, uplink_records.Ending]:
        error = answer.message.get("error")
        if isinstance(error, dict):
            return _refused(error)
        try:
            contents = media_chunks.read(answer.media)
        except (FrameError, ValueError):
            return text_answer(500, _BROKEN_TEXT), _complained(_BROKEN_TEXT)
        made = make_answer(dict(answer.message), media_bodies(answer.message.get("objects"), contents), self._limits)
        return made, _complained(made.complaint) if made.complaint else uplink_records.Ending(Outcome.OK)


def _refused(error: dict[str, Any]) -> tuple[HttpAnswer, uplink_records.Ending]:
    if error.get("type") == _DISCONNECTED:
        return text_answer(503, _AWAY_TEXT), uplink_records.went_away()
    if error.get("type") in _AWAY:
        return text_answer(503, _AWAY_TEXT), uplink_records.raised(error)
    made = error_answer(error)
    if made.status == 404:
        return made, uplink_records.Ending(Outcome.OK)
    return made, _complained(made.complaint) if made.complaint else uplink_records.raised(error)


def _complained(text: str) -> uplink_records.Ending:
    """Return the ending of a route whose answer can't be sent."""
    return uplink_records.raised({"type": "anvil.server.InvalidResponseError", "message": text})


def _reply(run_id: str, made: HttpAnswer, ending: uplink_records.Ending, answer: ServiceAnswer) -> RunReply:
    return RunReply(
        run_id,
        "done",
        ending.outcome.value,
        http_status=made.status,
        headers=made.headers,
        session_data=answer.session_data,
        # What the program asked of us meanwhile may have changed the visit.
        visited=True,
        body=made.body,
    )
