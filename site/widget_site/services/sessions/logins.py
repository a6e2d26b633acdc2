"""Who is logged in where a call comes from, and what its browser remembers; what that means is the Users service's.

Where a browser waits, a login is in the visit until the run has answered: then the browser gets a new session for it
(``public.visitors``). Elsewhere it is in the session of the uplink's link, or of the run alone.
"""

import json
from collections.abc import Mapping
from typing import Any

from widget_site.secret_box import SecretBox
from widget_site.services.native import NativeError, SignerOf
from widget_site.services.sessions.cookie_jar import PURPOSE, CookieJar, Kind
from widget_site.services.sessions.session_store import SessionStore
from widget_site.services.sessions.visits import Visit, Visits
from widget_wire.runs import ServiceCall


class Logins:
    """Reads and changes logins."""

    def __init__(self, sessions: SessionStore, visits: Visits, box: SecretBox, signer_of: SignerOf) -> None:
        self._sessions = sessions
        self._visits = visits
        self._box = box
        self._signer_of = signer_of

    async def current(self, call: ServiceCall) -> dict[str, Any] | None:
        """Return who is logged in; None for nobody."""
        which = call.session or call.run_id
        if call.visit:
            visit = await self._visit(call)
            if visit.login is not None:
                return json.loads(visit.login) if visit.login else None
            which = visit.current
        session = await self._sessions.read(call.widget_id, which)
        return None if session is None else session.login

    async def change(self, call: ServiceCall, login: dict[str, Any] | None) -> None:
        """Have somebody, or nobody, logged in; of a visit the answer has to say that it was changed."""
        if call.visit:
            await self._visits.change_login(call.visit, json.dumps(login) if login else "")
        else:
            await self._sessions.set_login(call.widget_id, call.session or call.run_id, login)

    async def forget_objects(self, call: ServiceCall) -> None:
        """Let what the page that called was given before be worth nothing, where a page did (T-73)."""
        if call.visit:
            await self._visits.forget(call.visit)

    async def remembered(self, call: ServiceCall) -> dict[str, Any]:
        """Return what the browser keeps for the Users service."""
        if not call.visit:
            return {}
        jar = self._jar(call).open((await self._visit(call)).cookie(Kind.REMEMBERED))
        try:
            return dict(jar.get("kept", self._signer_of(call)))
        except NativeError:
            return {}

    async def remember(self, call: ServiceCall, values: Mapping[str, Any], days: float) -> None:
        """Have the browser keep values for so many days, instead of those before."""
        if not call.visit:
            return
        jar = self._jar(call)
        jar.set(days, {"kept": dict(values)}, self._signer_of(call))
        await self._visits.change_cookie(call.visit, Kind.REMEMBERED, jar.sealed())

    async def _visit(self, call: ServiceCall) -> Visit:
        return await self._visits.read(call.visit, call.session)

    def _jar(self, call: ServiceCall) -> CookieJar:
        return CookieJar(self._box.derived_keys(PURPOSE), Kind.REMEMBERED, call.widget_id)
