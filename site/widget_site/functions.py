"""Who answers a call of a server function (``anvil.server.call("add", 1, 2)``), and what can go wrong on the way.

In this order: a function that a connected uplink has registered, else the widget's own code, in a child of its own.
What the caller gets, good or bad, is an answer: nothing here raises for what user code or a peer does.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from redis.exceptions import RedisError

from widget_model.kinds import Kind
from widget_site.dispatch import BusyError, Dispatch, DispatchError, UnknownWidgetError
from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.errors import UnavailableError
from widget_site.services.sessions import Session, SessionStore, Visits
from widget_site.services.signing import WidgetSigner
from widget_wire.envelope import EnvelopeError
from widget_wire.functions import CLIENTS, MAX_DEPTH, failed
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import WireValueError, narrowed

log = logging.getLogger(__name__)

_SHOWN_CHARS = 200
#: Kinds whose main file registers functions; the others' is a script, run from its first line.
_CALLABLE = frozenset({Kind.API, Kind.GUI})

#: Returns an answer (None when there is nobody to ask), and what is left in the session (None for no change).
_Ask = Callable[[ServiceCall, Any], Awaitable[tuple[ServiceAnswer | None, Any]]]


class Uplinks(Protocol):
    """The connected uplinks, as far as calls are concerned."""

    async def __call__(self, call: ServiceCall) -> ServiceAnswer | None:
        """Answer a call with an uplink that has the function; None when none has."""

    def has(self, widget_id: str, name: str) -> bool:
        """Whether a connected uplink has it."""

    def was_here(self, widget_id: str, name: str) -> bool:
        """Whether an uplink that has gone had it."""


class Functions:
    """Answers calls of server functions, whoever makes them."""

    def __init__(
        self,
        dispatch: Dispatch,
        sessions: SessionStore,
        visits: Visits,
        uplinks: Uplinks,
        signing_keys: Callable[[], Sequence[bytes]],
    ) -> None:
        self._dispatch = dispatch
        self._sessions = sessions
        self._visits = visits
        self._uplinks = uplinks
        #: What values of server code are signed with.
        self._signing_keys = signing_keys

    async def __call__(self, call: ServiceCall) -> ServiceAnswer:
        """Return the answer of whoever has the function."""
        shown = call.command[:_SHOWN_CHARS]
        if call.caller in CLIENTS and ":" in call.command:
            text = f'Cannot call scoped server function "{shown}" from client code'
            return failed(call.id, "anvil.server.PermissionDenied", text)
        if len(call.call_stack) > MAX_DEPTH:
            return failed(call.id, "anvil.server.StackOverflow", "Too many nested anvil.server.call()s")
        try:
            call = replace(call, message=self._narrowed(call, call.message))
            answer = await self._answer(call)
            answer = replace(answer, message=self._narrowed(call, answer.message))
        except WireValueError as error:
            return failed(call.id, error.kind, str(error))
        unknown = answer.message.get("error", {}).get("type") == "anvil.server.NoServerFunctionError"
        if unknown and self._uplinks.was_here(call.widget_id, call.command):
            text = f'The uplink server for "{shown}" has been disconnected'
            return failed(call.id, "anvil.server.UplinkDisconnectedError", text)
        return answer

    async def _answer(self, call: ServiceCall) -> ServiceAnswer:
        shown = call.command[:_SHOWN_CHARS]
        try:
            if self._uplinks.has(call.widget_id, call.command):
                answer = await self._in_session(call, self._ask_uplink)
                if answer is not None:
                    return answer
            snapshot = await self._dispatch.snapshots.get(call.slug)
            if snapshot is None or snapshot.widget_id != call.widget_id or snapshot.kind not in _CALLABLE:
                text = f'No server function matching "{shown}" has been registered'
                return failed(call.id, "anvil.server.NoServerFunctionError", text)
            if snapshot.used_up is not None:
                return failed(call.id, "anvil.server.QuotaExceededError", snapshot.used_up.public_refusal())
            answer = await self._in_session(call, self._run)
            assert answer is not None
            return answer
        except UnknownWidgetError:
            return failed(call.id, "anvil.server.RuntimeUnavailableError", "This widget is not there any more.")
        except BusyError as error:
            return failed(call.id, "anvil.server.RuntimeUnavailableError", str(error))
        except (DispatchError, UnavailableError) as error:
            return failed(call.id, "anvil.server.RuntimeUnavailableError", f'"{shown}" was not answered: {error}')
        except EnvelopeError:
            log.exception("run of %s: its answer could not be read", shown)
            return failed(call.id, "anvil.server.InternalError", f'The answer of "{shown}" could not be read.')

    def _narrowed(self, call: ServiceCall, message: dict[str, Any]) -> dict[str, Any]:
        return narrowed(message, lambda: WidgetSigner(self._signing_keys(), call.widget_id))

    async def _ask_uplink(self, call: ServiceCall, session_data: Any) -> tuple[ServiceAnswer | None, Any]:
        answer = await self._uplinks(replace(call, session_data=session_data))
        if answer is None:
            return None, None
        # What it asked of us meanwhile may have changed the visit: whoever answers the browser looks.
        return replace(answer, session_data=None, visited=bool(call.visit)), answer.session_data

    async def _run(self, call: ServiceCall, session_data: Any) -> tuple[ServiceAnswer | None, Any]:
        return await self._dispatch.call_function(call, session_data)

    async def _in_session(self, call: ServiceCall, ask: _Ask) -> ServiceAnswer | None:
        """Ask for the answer in the session of the call's caller, and keep what is left there."""
        try:
            session = await self._sessions.read(call.widget_id, call.session) if call.session else None
            answer, left = await ask(call, session and session.data)
            if answer is None or left is None or not call.session:
                return answer
            await self._sessions.save(call.widget_id, session or Session(call.session), left)
            if call.visit:
                # The browser has to be told of a session that begins here.
                await self._visits.keep(call.visit)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return replace(answer, visited=bool(call.visit))
