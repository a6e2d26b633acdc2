"""Who answers a call of a server function (``anvil.server.call("add", 1, 2)``), and what can go wrong on the way.

In this order: a function that a connected uplink has registered, else the widget's own code, in a child of its own.
What the caller gets, good or bad, is an answer: nothing here raises for what user code or a peer does.
"""

import logging
from dataclasses import replace
from typing import Protocol

from redis.exceptions import RedisError

from widget_model.kinds import Kind
from widget_site.dispatch import BusyError, Dispatch, DispatchError, UnknownWidgetError
from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.errors import UnavailableError
from widget_site.services.sessions import Session, SessionStore, Visits
from widget_wire.envelope import EnvelopeError
from widget_wire.functions import CLIENTS, MAX_DEPTH, failed
from widget_wire.runs import ServiceAnswer, ServiceCall

log = logging.getLogger(__name__)

_SHOWN_CHARS = 200
#: Kinds whose main file registers functions; the others' is a script, run from its first line.
_CALLABLE = frozenset({Kind.API, Kind.GUI})


class Uplinks(Protocol):
    """The connected uplinks, as far as calls are concerned."""

    async def __call__(self, call: ServiceCall) -> ServiceAnswer | None:
        """Answer a call with an uplink that has the function; None when none has."""

    def was_here(self, widget_id: str, name: str) -> bool:
        """Whether an uplink that has gone had it."""


class Functions:
    """Answers calls of server functions, whoever makes them."""

    def __init__(self, dispatch: Dispatch, sessions: SessionStore, visits: Visits, uplinks: Uplinks) -> None:
        self._dispatch = dispatch
        self._sessions = sessions
        self._visits = visits
        self._uplinks = uplinks

    async def __call__(self, call: ServiceCall) -> ServiceAnswer:
        """Return the answer of whoever has the function."""
        shown = call.command[:_SHOWN_CHARS]
        if call.caller in CLIENTS and ":" in call.command:
            text = f'Cannot call scoped server function "{shown}" from client code'
            return failed(call.id, "anvil.server.PermissionDenied", text)
        if len(call.call_stack) > MAX_DEPTH:
            return failed(call.id, "anvil.server.StackOverflow", "Too many nested anvil.server.call()s")
        answer = await self._uplinks(call)
        if answer is not None:
            # What it asked of us meanwhile may have changed the visit: whoever answers the browser looks.
            return replace(answer, visited=bool(call.visit))
        answer = await self._own_code(call)
        unknown = answer.message.get("error", {}).get("type") == "anvil.server.NoServerFunctionError"
        if unknown and self._uplinks.was_here(call.widget_id, call.command):
            text = f'The uplink server for "{shown}" has been disconnected'
            return failed(call.id, "anvil.server.UplinkDisconnectedError", text)
        return answer

    async def _own_code(self, call: ServiceCall) -> ServiceAnswer:
        shown = call.command[:_SHOWN_CHARS]
        try:
            snapshot = await self._dispatch.snapshots.get(call.slug)
            if snapshot is None or snapshot.widget_id != call.widget_id or snapshot.kind not in _CALLABLE:
                text = f'No server function matching "{shown}" has been registered'
                return failed(call.id, "anvil.server.NoServerFunctionError", text)
            if snapshot.used_up is not None:
                return failed(call.id, "anvil.server.QuotaExceededError", snapshot.used_up.public_refusal())
            return await self._in_session(call)
        except UnknownWidgetError:
            return failed(call.id, "anvil.server.RuntimeUnavailableError", "This widget is not there any more.")
        except BusyError as error:
            return failed(call.id, "anvil.server.RuntimeUnavailableError", str(error))
        except (DispatchError, UnavailableError) as error:
            return failed(call.id, "anvil.server.RuntimeUnavailableError", f'"{shown}" was not answered: {error}')
        except EnvelopeError:
            log.exception("run of %s: its answer could not be read", shown)
            return failed(call.id, "anvil.server.InternalError", f'The answer of "{shown}" could not be read.')

    async def _in_session(self, call: ServiceCall) -> ServiceAnswer:
        """Call the function in the session of its caller, and keep what it leaves there."""
        try:
            session = await self._sessions.read(call.widget_id, call.session) if call.session else None
            answer, left = await self._dispatch.call_function(call, session and session.data)
            if left is None or not call.session:
                return answer
            await self._sessions.save(call.widget_id, session or Session(call.session), left)
            if call.visit:
                # The browser has to be told of a session that begins here.
                await self._visits.keep(call.visit)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return replace(answer, visited=bool(call.visit))
