"""Visitors of widgets sign in with providers, by redirects on the widget's own host (G-89, U-20).

``/_/sign-in/<provider>?next=/path&scope=…`` sends the browser there; ``…/callback`` takes it back. What was begun is in
Redis under the hash of its state, bound to one widget, provider and session, and taken out by the first that comes
back: nothing works twice, for another browser or on another widget.
"""

import hashlib
import json
import logging
import secrets
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from redis.exceptions import RedisError

from widget_model.providers import PROVIDERS
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.errors import SiteError, UnavailableError
from widget_site.openid import Flow
from widget_site.secret_box import UnreadableSecretError
from widget_site.services import addresses
from widget_site.services.own_pages import PageAnswer, PageRequest, Shown
from widget_site.services.providers import CredentialsOf, SignInProvider, SignIns
from widget_site.store.service_credentials import Credentials
from widget_wire import keys
from widget_wire.runs import ServiceCall

log = logging.getLogger("widget_site.security")

#: Seconds that somebody may take at the provider.
FLOW_S = 600
#: Begun on one widget.
_BEGUN = Rate("sign-ins-begun", 600, 60.0)
_SIGNED_IN = Shown("You are signed in", "You can close this window.")
_MAX_SCOPES, _MAX_SCOPE, _MAX_NEXT = 20, 200, 1000


@dataclass(frozen=True)
class _Begun:
    """A sign-in under way."""

    widget_id: str
    provider: str
    session: str
    #: Path on the widget's host to go on at; "" for a page of ours.
    target: str
    nonce: str
    verifier: str


class SignInPages:
    """Answers below ``/_/sign-in/``."""

    def __init__(
        self,
        providers: Sequence[SignInProvider],
        credentials_of: CredentialsOf,
        sign_ins: SignIns,
        link: RedisLink,
        limiter: RateLimiter,
    ) -> None:
        self._providers = {one.name: one for one in providers}
        self._credentials_of = credentials_of
        self._sign_ins = sign_ins
        self._link = link
        self._limiter = limiter

    def has(self, path: str) -> bool:
        """Tell whether a path, without ``/_/``, is one of these pages."""
        return path.startswith(f"{addresses.SIGN_IN}/")

    async def answer(self, call: ServiceCall, asked: PageRequest) -> PageAnswer:
        """Answer a request."""
        name, _, rest = asked.path.removeprefix(f"{addresses.SIGN_IN}/").partition("/")
        if (name, rest) == (addresses.DONE, ""):
            # Client code looks for this address, and closes the window.
            return _SIGNED_IN.answer(call)
        provider = self._providers.get(name)
        app = None
        try:
            if provider is not None and rest in ("", addresses.CALLBACK) and asked.form is None:
                app = await self._credentials_of(call.widget_id, name)
            if provider is None or app is None:
                return Shown("There is nothing here", "Nobody signs in at this address.", status=404).answer(call)
            if rest == addresses.CALLBACK:
                return await self._finish(call, asked, provider, app)
            return await self._begin(call, asked, provider, app)
        except UnreadableSecretError:
            return _failed("The credentials of this widget can't be read. Tell its owner.", 503).answer(call)
        except SiteError as error:
            return _failed(str(error), error.status).answer(call)
        except (*GONE, RedisError) as error:
            raise UnavailableError("Signing in does not work now. Try again in a moment.") from error

    async def _begin(
        self, call: ServiceCall, asked: PageRequest, provider: SignInProvider, app: Credentials
    ) -> PageAnswer:
        title = PROVIDERS[provider.name].title
        if asked.is_foreign:
            # A page of another site led here: who has not asked for it here is asked first.
            way = addresses.sign_in(provider.name) + _query(asked)
            text = f"You sign in to this app with your account of {title}."
            return Shown(f"Sign in with {title}", text, go_on=way, go_on_text=f"Go on to {title}").answer(call)
        await self._limiter.take(_BEGUN, call.widget_id)
        session = await self._sign_ins.own_session(call, keep=True)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = _Begun(call.widget_id, provider.name, session, _target(asked.asked("next")), nonce, verifier)
        flow = Flow(state, nonce, verifier, _scopes(asked))
        address = await provider.address(app, call.origin + addresses.callback(provider.name), flow)
        await self._link.client.set(_key(state), json.dumps(begun.__dict__), ex=FLOW_S)
        return PageAnswer(303, visited=True, location=address)

    async def _finish(
        self, call: ServiceCall, asked: PageRequest, provider: SignInProvider, app: Credentials
    ) -> PageAnswer:
        state = asked.asked("state")
        begun = await self._taken(call, provider.name, state)
        if begun is None:
            log.warning("widget %s: a sign-in with %s that nobody began here", call.widget_id, provider.name)
            return _failed("It was finished already, took longer than 10 minutes, or began elsewhere.").answer(call)
        title = PROVIDERS[provider.name].title
        if not asked.asked("code"):
            text = f"{title} says that you did not sign in."
            return Shown("You are not signed in", text, go_on=begun.target or "/").answer(call)
        flow = Flow(state, begun.nonce, begun.verifier)
        redirect_uri = call.origin + addresses.callback(provider.name)
        who = await provider.finish(app, redirect_uri, flow, asked.asked("code"))
        if asked.is_foreign:
            await self._sign_ins.go_on(call)
        await self._sign_ins.begin(call, provider.name, who.content)
        if begun.target:
            return PageAnswer(303, visited=True, location=begun.target)
        return replace(_SIGNED_IN, email=who.email).answer(call, visited=True)

    async def _taken(self, call: ServiceCall, provider: str, state: str) -> _Begun | None:
        """Return what was begun, once, for whom it was begun; None for anything else."""
        held = await cast(Awaitable[bytes | None], self._link.client.getdel(_key(state)))
        if held is None:
            return None
        begun = _Begun(**cast(dict[str, Any], json.loads(held)))
        session = await self._sign_ins.own_session(call)
        fits = (begun.widget_id, begun.provider, begun.session) == (call.widget_id, provider, session)
        return begun if fits else None


def _failed(text: str, status: int = 400) -> Shown:
    return Shown("Signing in did not work", text, go_on="/", go_on_text="Back to the app", status=status)


def _key(state: str) -> str:
    return keys.SIGN_IN_FLOW + hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _target(path: str) -> str:
    """Return a path on the widget's host; "" for anything that could lead elsewhere."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if is_path and path.isascii() and path.isprintable() and len(path) <= _MAX_NEXT else ""


def _scopes(asked: PageRequest) -> tuple[str, ...]:
    found = [one for text in asked.query.get("scope", ()) for one in text.split()]
    return tuple(one for one in found if len(one) <= _MAX_SCOPE and one.isascii() and one.isprintable())[:_MAX_SCOPES]


def _query(asked: PageRequest) -> str:
    kept = {"next": _target(asked.asked("next")), "scope": " ".join(_scopes(asked))}
    given = {name: value for name, value in kept.items() if value}
    return f"?{urlencode(given)}" if given else ""
