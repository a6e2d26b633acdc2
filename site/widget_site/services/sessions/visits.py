"""What is known of the browser behind a run while it lasts, and what the run's code did with its session and cookies.

Kept in Redis only when there is something to know: a visit of a browser without any cookie of ours, whose code asks for
neither, is nowhere.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import cast

from widget_site.dispatch.redis_link import RedisLink
from widget_wire import keys

#: Longer than any run that somebody waits for.
TTL_S = 900
_SET = "set:"
_PROVIDER = "provider:"


@dataclass(frozen=True)
class Visit:
    """One run's browser."""

    #: The id of the session that the run began in.
    session: str
    #: A page of somebody else's made the request: it runs in a session of its own (H-72).
    is_foreign: bool = False
    #: The id of the browser's own session, where the request is foreign and there is one.
    own: str = ""
    #: The cookies that the browser sent: by kind, still encrypted.
    cookies: dict[str, str] = field(default_factory=dict)
    #: The cookies that code has changed: by kind, encrypted; "" for one that is to go.
    changed: dict[str, str] = field(default_factory=dict)
    #: Code switched to the browser's own session (``cross_site_session``).
    switched: bool = False
    #: Code asked for the session's id: it must last.
    kept: bool = False
    #: Who logged in during the run, as the Users service wrote it (JSON); "" for who logged out; None for no change.
    login: str | None = None
    #: As whom the visitor signed in with providers during the run: by provider, encrypted.
    providers: dict[str, str] = field(default_factory=dict)
    #: Whoever logged out wants what the page was given to be worth nothing (T-73).
    forgets: bool = False

    @property
    def current(self) -> str:
        """The id of the session that the run is in now."""
        return (self.own or self.session) if self.switched else self.session

    def cookie(self, kind: str) -> str:
        """Return the newest cookie of a kind, encrypted; "" when there is none.

        What the browser sent is nothing to code that a page of somebody else's called (H-72).
        """
        sent = {} if self.is_foreign and not self.switched else self.cookies
        return self.changed.get(kind, sent.get(kind, ""))


class Visits:
    """Visits by id: that of the run that a browser waits for."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    async def begin(self, visit_id: str, visit: Visit) -> None:
        """Keep what is known of a run's browser before that is handed over."""
        fields = {"session": visit.session, "own": visit.own, "foreign": visit.is_foreign and "1", **visit.cookies}
        await self._write(visit_id, {name: value for name, value in fields.items() if value})

    async def read(self, visit_id: str, session: str) -> Visit:
        """Return the visit of a run that began in ``session``."""
        held = await cast(Awaitable[dict[bytes, bytes]], self._link.client.hgetall(keys.VISIT + visit_id))
        known = {name.decode(): value.decode() for name, value in held.items()}
        return Visit(
            known.get("session", session),
            "foreign" in known,
            known.get("own", ""),
            {kind: known[kind] for kind in ("local", "shared", "remembered") if kind in known},
            {name.removeprefix(_SET): value for name, value in known.items() if name.startswith(_SET)},
            "switched" in known,
            "kept" in known,
            known.get("login"),
            {name.removeprefix(_PROVIDER): value for name, value in known.items() if name.startswith(_PROVIDER)},
            "forgets" in known,
        )

    async def change_cookie(self, visit_id: str, kind: str, value: str) -> None:
        """Let the browser have this cookie when the run has answered; "" deletes it."""
        await self._write(visit_id, {_SET + kind: value})

    async def switch(self, visit_id: str) -> None:
        """Go on in the browser's own session."""
        await self._write(visit_id, {"switched": "1"})

    async def keep(self, visit_id: str) -> None:
        """Let the session last although nothing may be in it."""
        await self._write(visit_id, {"kept": "1"})

    async def change_login(self, visit_id: str, login: str) -> None:
        """Have somebody logged in (JSON) or, by "", nobody, from now on and when the run has answered."""
        await self._write(visit_id, {"login": login})

    async def sign_in(self, visit_id: str, provider: str, sealed: str) -> None:
        """Have the visitor signed in with a provider, from now on and when the run has answered."""
        await self._write(visit_id, {_PROVIDER + provider: sealed})

    async def forget(self, visit_id: str) -> None:
        """Let what the page was given be worth nothing when the run has answered."""
        await self._write(visit_id, {"forgets": "1"})

    async def _write(self, visit_id: str, fields: dict[str, str]) -> None:
        key = keys.VISIT + visit_id
        async with self._link.client.pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping=fields)
            pipe.expire(key, TTL_S)
            await pipe.execute()
