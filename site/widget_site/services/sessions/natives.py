"""``anvil.private.*`` of sessions and cookies, for server code."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from widget_site.secret_box import SecretBox
from widget_site.services.native import Answer, NativeCall, NativeError, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service
from widget_site.services.sessions.cookie_jar import PURPOSE, CookieJar, Kind
from widget_site.services.sessions.session_store import Session, SessionStore
from widget_site.services.sessions.visits import Visit, Visits

log = logging.getLogger(__name__)

_NO_BROWSER = "This connection is not from a web browser - cannot access cookies."

OwnerOf = Callable[[str], Awaitable[str]]


def session_services(
    sessions: SessionStore, visits: Visits, box: SecretBox, owner_of: OwnerOf, signer_of: SignerOf
) -> Mapping[str, Service]:
    """Return the services by command; ``owner_of`` gives the owner's id of a widget's."""
    desk = _Desk(sessions, visits, box, owner_of, signer_of)
    natives = {
        "get_cookie": desk.get_cookie,
        "set_cookie": desk.set_cookie,
        "del_cookie": desk.delete_cookie,
        "clear_cookie": desk.clear_cookie,
        "get_session_id": desk.get_session_id,
        "switch_session!": desk.switch_session,
    }
    return {PREFIX + name: native_service(native, signer_of) for name, native in natives.items()}


class _Desk:
    def __init__(
        self, sessions: SessionStore, visits: Visits, box: SecretBox, owner_of: OwnerOf, signer_of: SignerOf
    ) -> None:
        self._sessions = sessions
        self._visits = visits
        self._box = box
        self._owner_of = owner_of
        self._signer_of = signer_of

    async def get_cookie(self, call: NativeCall) -> Any:
        """Give the value of a cookie (S-69)."""
        kind, name = _kind_and(call, str)
        jar = await self._jar(call, kind, await self._visit(call))
        return jar.get(name, self._signer_of(call.source))

    async def set_cookie(self, call: NativeCall) -> Answer:
        """Keep the keyword arguments in a cookie for so many days."""
        kind, days = _kind_and(call, (int, float))
        if not 0 < days:
            raise NativeError("ValueError", "The days that a cookie is kept are a number above 0.")
        jar = await self._jar(call, kind, await self._visit(call))
        jar.set(days, call.kwargs, self._signer_of(call.source))
        return await self._changed(call, kind, jar)

    async def delete_cookie(self, call: NativeCall) -> Answer:
        """Forget one value of a cookie."""
        kind, name = _kind_and(call, str)
        jar = await self._jar(call, kind, await self._visit(call))
        jar.delete(name)
        return await self._changed(call, kind, jar)

    async def clear_cookie(self, call: NativeCall) -> Answer:
        """Forget all values of a cookie."""
        await self._visit(call)
        [kind] = call.take(str)
        return await self._changed(call, _kind(kind), self._empty_jar(kind, ""))

    async def get_session_id(self, call: NativeCall) -> Answer:
        """Give the id of the session, which lasts from now on (S-66)."""
        if not call.source.visit:
            return Answer(call.source.session or call.source.run_id)  # nobody's: it begins and ends with the run
        visit = await self._visits.read(call.source.visit, call.source.session)
        await self._visits.keep(call.source.visit)
        return Answer(visit.current, visited=True)

    async def switch_session(self, call: NativeCall) -> Any:
        """Go on in the browser's own session, although a page of another site asked (H-73); give its data."""
        visit = await self._visits.read(call.source.visit, call.source.session)
        if visit.is_foreign:
            await self._visits.switch(call.source.visit)
        which = visit.own or visit.session
        session = await self._sessions.read(call.widget_id, which)
        return Answer((session or Session(which)).data, visited=visit.is_foreign)

    async def _visit(self, call: NativeCall) -> Visit:
        if not call.source.visit:
            raise NativeError("anvil.server.CookieError", _NO_BROWSER)
        return await self._visits.read(call.source.visit, call.source.session)

    async def _jar(self, call: NativeCall, kind: Kind, visit: Visit) -> CookieJar:
        whose = await self._owner_of(call.widget_id) if kind is Kind.SHARED else call.widget_id
        return self._empty_jar(kind, whose).open(visit.cookie(kind))

    def _empty_jar(self, kind: str, whose: str) -> CookieJar:
        return CookieJar(self._box.derived_keys(PURPOSE), Kind(kind), whose)

    async def _changed(self, call: NativeCall, kind: Kind, jar: CookieJar) -> Answer:
        await self._visits.change_cookie(call.source.visit, kind, jar.sealed())
        return Answer(None, visited=True)


def _kind(name: str) -> Kind:
    if name not in (Kind.LOCAL, Kind.SHARED):
        raise NativeError("anvil.server.CookieError", f'Cookies are "local" or "shared", not {name[:50]!r}.')
    return Kind(name)


def _kind_and(call: NativeCall, second: type | tuple[type, ...]) -> tuple[Kind, Any]:
    name, value = call.take(str, second)
    return _kind(name), value
