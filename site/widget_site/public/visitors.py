"""The browser behind a request to a widget: its session and cookies come in, and go back with the answer.

Whatever a browser sends may be another's: a token opens the session that it was made for, on its widget alone. A
request that a page of somebody else's made runs in a session of its own, which is forgotten with it (H-72).
"""

import json
import logging
import secrets
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from redis.exceptions import RedisError

from widget_model.cookies import is_platform_cookie
from widget_model.ids import new_id
from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.public.hosts import Headers
from widget_site.services.sessions import Kind, Session, SessionStore, Visit, Visits, session_id
from widget_site.store.values import WidgetSnapshot
from widget_wire.runs import RunReply

log = logging.getLogger(__name__)

_AGE_S = 400 * 86_400
#: Longer ones are not ours.
_MAX_CHARS = 4096
_MAX_TOKEN_CHARS = 100
#: A public suffix, or none: browsers take no cookie for it.
_UNSHAREABLE = ("localhost",)


@dataclass(frozen=True)
class Visitor:
    """Who sent a request."""

    run_id: str
    widget_id: str
    owner_id: str
    #: The session that the request runs in.
    session: Session
    #: What the browser has to send to be in that session again.
    token: str
    #: The browser's own session, where the request came from a page of somebody else's; its token.
    own: Session | None = None
    own_token: str = ""
    #: Whether a page of somebody else's made the request.
    is_foreign: bool = False
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether the browser sent anything of ours."""
        return bool(self.session.version or self.session.login or self.own or self.cookies)


class Visitors:
    """Reads visitors from requests, and tells browsers what became of their sessions and cookies."""

    def __init__(self, sessions: SessionStore, visits: Visits, widget_domain: str, *, https: bool, local: bool) -> None:
        self._sessions = sessions
        self._visits = visits
        self._https = https
        self._guarded = https or local
        shareable = "." in widget_domain and not widget_domain.endswith(_UNSHAREABLE)
        self._domain = widget_domain if shareable and not widget_domain.replace(".", "").isdigit() else ""

    async def arrive(self, widget: WidgetSnapshot, headers: Headers, origin: str) -> Visitor:
        """Return who sent this request; AwayError when Redis does not answer."""
        run_id, fresh = new_id(), secrets.token_urlsafe(24)
        blank = Visitor(
            run_id,
            widget.widget_id,
            widget.owner_id,
            Session(session_id(fresh)),
            fresh,
            is_foreign=_is_foreign(headers, origin),
        )
        sent = _platform_cookies(headers)
        if not sent:
            return blank
        try:
            visitor = await self._read(blank, sent)
            if visitor.is_known:
                own = visitor.own.id if visitor.own else ""
                await self._visits.begin(run_id, Visit(visitor.session.id, visitor.is_foreign, own, visitor.cookies))
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return visitor

    async def _read(self, blank: Visitor, sent: dict[str, str]) -> Visitor:
        names = {kind.value: self._cookie_name(kind, blank.owner_id) for kind in Kind}
        cookies = {kind: sent[name] for kind, name in names.items() if name in sent}
        token = sent.get(self._session_name, "")[:_MAX_TOKEN_CHARS]
        # A token that nobody was given opens nothing and is not taken up: it may have been put there for another.
        session = await self._sessions.read(blank.widget_id, session_id(token)) if token else None
        if blank.is_foreign:
            return replace(blank, own=session, own_token=token, cookies=cookies)
        if session is None:
            return replace(blank, cookies=cookies)
        return replace(blank, session=session, token=token, cookies=cookies)

    async def leave(self, visitor: Visitor, reply: RunReply) -> list[tuple[bytes, bytes]]:
        """Keep what code left in the session; return the cookies for the browser as headers."""
        if not reply.visited and reply.session_data is None:
            return []
        try:
            visit = Visit(visitor.session.id)
            if reply.visited:
                visit = await self._visits.read(visitor.run_id, visitor.session.id)
            return (await self._settle(visitor, visit, reply))[1]
        except (*GONE, RedisError):
            # The code has run and answered; its caller gets the answer.
            log.warning("run %s: what it left in a session is lost: Redis does not answer", visitor.run_id)
            return []

    async def again(self, visitor: Visitor) -> Visitor:
        """Return the same visitor with another request of an open page; AwayError when Redis does not answer."""
        visitor = replace(visitor, run_id=new_id())
        try:
            if visitor.is_known:
                await self._visits.begin(visitor.run_id, Visit(visitor.session.id, False, "", visitor.cookies))
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return visitor

    async def settle(self, asked: Visitor, newest: Visitor) -> tuple[Visitor, list[tuple[bytes, bytes]], bool]:
        """Return who an open page's visitor is after a request that changed its visit, the cookies for it, and whether
        what the page was given is to be worth nothing now.

        ``asked`` made the request; ``newest`` is who the page's visitor is by now.
        """
        try:
            visit = await self._visits.read(asked.run_id, asked.session.id)
            reply = RunReply(asked.run_id, "done", visited=True)
            token, cookies = await self._settle(asked, visit, reply)
            session = await self._sessions.read(asked.widget_id, session_id(token))
        except (*GONE, RedisError):
            log.warning("call %s: what it left in a session is lost: Redis does not answer", asked.run_id)
            return newest, [], False
        kept = {**newest.cookies, **visit.changed}
        after = replace(newest, cookies={kind: value for kind, value in kept.items() if value})
        after = after if session is None else replace(after, session=session, token=token)
        return after, cookies, visit.forgets

    async def _settle(self, visitor: Visitor, visit: Visit, reply: RunReply) -> tuple[str, list[tuple[bytes, bytes]]]:
        session, token = visitor.session, visitor.token
        if visit.switched and visitor.own is not None:
            session, token = visitor.own, visitor.own_token
        elif visitor.is_foreign and not visit.switched:
            return token, []
        cookies = []
        has_logged_out = visit.login == "" and bool(session.login or session.providers)
        if visit.login or visit.providers or has_logged_out:
            token = await self._renewed(visitor, session, visit, reply)
            cookies.append(self._header(self._session_name, token))
        elif reply.session_data is not None or (visit.kept and not session.version):
            data = session.data if reply.session_data is None else reply.session_data
            if not await self._sessions.save(visitor.widget_id, session, data):
                log.info("run %s: its session was written by another run meanwhile", visitor.run_id)
            if not session.version:
                cookies.append(self._header(self._session_name, token))
        for kind, value in visit.changed.items():
            is_shared = kind == Kind.SHARED and bool(self._domain)
            name = self._cookie_name(Kind(kind), visitor.owner_id)
            cookies.append(self._header(name, value, _AGE_S if value else 0, shared=is_shared))
        return token, cookies

    async def _renewed(self, visitor: Visitor, old: Session, visit: Visit, reply: RunReply) -> str:
        """Go on in a new session with another login, or another sign-in with a provider; return its token."""
        held = await self._sessions.read(visitor.widget_id, old.id) or old
        data = held.data
        if reply.session_data is not None and held.version == old.version:
            data = reply.session_data
        token = secrets.token_urlsafe(24)
        login = held.login if visit.login is None else json.loads(visit.login or "null")
        providers = {**({} if visit.login == "" else held.providers), **visit.providers}
        new = Session(session_id(token), data, login=login, providers=providers)
        await self._sessions.renew(visitor.widget_id, old.id, new)
        return token

    @property
    def _session_name(self) -> str:
        return ("__Host-" if self._guarded else "") + "widgetry-visitor"

    def _cookie_name(self, kind: Kind, owner_id: str) -> str:
        if kind is not Kind.SHARED:
            return ("__Host-" if self._guarded else "") + f"widgetry-{kind.value}"
        # All widgets share the domain, so whose they are is in the name.
        return ("__Secure-" if self._guarded else "") + f"widgetry-shared-{owner_id}"

    def _header(self, name: str, value: str, age_s: int | None = None, *, shared: bool = False) -> tuple[bytes, bytes]:
        # Requests from other sites' pages run in a session of their own, so sending the cookie along with them gives
        # them nothing; a route with cross_site_session needs it.
        parts = [f"{name}={value}", "Path=/", "HttpOnly", "SameSite=None" if self._https else "SameSite=Lax"]
        if age_s is not None:
            parts.append(f"Max-Age={age_s}")
        if self._guarded:
            parts.append("Secure")
        if shared:
            parts.append(f"Domain={self._domain}")
        return b"set-cookie", "; ".join(parts).encode("latin-1")


def _platform_cookies(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        if raw_name != b"cookie" or b"widgetry-" not in raw_value:
            continue
        for pair in raw_value.decode("latin-1").split(";"):
            name, _, value = pair.strip().partition("=")
            if is_platform_cookie(name) and value.isascii() and len(value) <= _MAX_CHARS:
                found.setdefault(name, value)
    return found


def _is_foreign(headers: Headers, origin: str) -> bool:
    """Tell whether a page of another origin made the request: browsers say so in at least one of three ways."""
    said = {
        name: value.decode("latin-1") for name, value in headers if name in (b"origin", b"referer", b"sec-fetch-site")
    }
    if said.get(b"sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    if b"origin" in said:
        return said[b"origin"] != origin
    referer = said.get(b"referer", "")
    try:
        parts = urlsplit(referer)
    except ValueError:
        return True
    return bool(referer) and f"{parts.scheme}://{parts.netloc}" != origin


__all__ = ["Visitor", "Visitors"]
