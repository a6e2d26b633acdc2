"""As whom a visitor signed in with a provider (Google, Microsoft, Facebook): with his session, encrypted.

What is kept is the provider's service's own; it holds tokens, and Redis writes to its disk. Logging out of the widget
forgets it, as the end of the session does.
"""

import json
from typing import Any

from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.services.sessions.session_store import SessionStore
from widget_site.services.sessions.visits import Visits
from widget_wire.runs import ServiceCall


class SignIns:
    """Reads and writes them."""

    def __init__(self, sessions: SessionStore, visits: Visits, box: SecretBox) -> None:
        self._sessions = sessions
        self._visits = visits
        self._box = box

    async def current(self, call: ServiceCall, provider: str) -> dict[str, Any] | None:
        """Return what ``begin`` was given last where the call comes from; None for nobody."""
        which = call.session or call.run_id
        if call.visit:
            visit = await self._visits.read(call.visit, call.session)
            if provider in visit.providers:
                return self._opened(call, provider, visit.providers[provider])
            if visit.login == "":
                return None
            which = visit.current
        session = await self._sessions.read(call.widget_id, which)
        sealed = session.providers.get(provider) if session else None
        return self._opened(call, provider, sealed) if sealed else None

    async def begin(self, call: ServiceCall, provider: str, who: dict[str, Any]) -> None:
        """Have the visitor whose browser waits signed in; the answer has to say that the visit was changed."""
        sealed = self._box.encrypt(call.widget_id, _name(provider), json.dumps(who))
        await self._visits.sign_in(call.visit, provider, sealed.decode())

    async def own_session(self, call: ServiceCall, *, keep: bool = False) -> str:
        """Return the id of the browser's own session; with ``keep`` it lasts from now on."""
        visit = await self._visits.read(call.visit, call.session)
        if keep:
            await self._visits.keep(call.visit)
        return visit.own or visit.current

    async def go_on(self, call: ServiceCall) -> None:
        """Go on in the browser's own session, although another site sent it here."""
        await self._visits.switch(call.visit)

    def _opened(self, call: ServiceCall, provider: str, sealed: str) -> dict[str, Any] | None:
        try:
            return dict(json.loads(self._box.decrypt(call.widget_id, _name(provider), sealed.encode())))
        except UnreadableSecretError:
            return None  # of a key that the site has no more


def _name(provider: str) -> str:
    return f"signed in with {provider}"
