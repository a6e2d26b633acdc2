"""What the slices of Google, Microsoft, Facebook and Stripe share, and what the assembly hands to them (G-89).

A provider that people sign in with is a ``SignInProvider``; ``signing_in`` sends browsers there and takes them back,
and the session keeps who they are there (``SignIns``). ``auth_services`` is what ``anvil.<provider>.auth`` calls.
"""

import functools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from widget_model.providers import PROVIDERS
from widget_site.errors import SiteError
from widget_site.openid import Client, Flow, OpenId
from widget_site.secret_box import UnreadableSecretError
from widget_site.services.native import Answer, NativeCall, NativeError, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service, refusal
from widget_site.store.service_credentials import Credentials
from widget_wire.runs import ServiceAnswer, ServiceCall

#: Seconds before its end at which an access token is exchanged for a new one.
_EARLY_S = 60.0
#: Calls of one widget that are under way at providers, in one site process.
AT_ONCE_EACH = 8


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider, and what may be done there in their name."""

    subject: str
    #: An address that the provider knows to be theirs; "" for none.
    email: str
    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    #: Unix time until which the access token is good.
    expires_at: float = 0.0

    @classmethod
    def of(cls, subject: str, email: str, tokens: Mapping[str, Any]) -> "Identity":
        """Return who came with these tokens."""
        life_s = tokens.get("expires_in")
        until = time.time() + (float(life_s) if isinstance(life_s, int | float | str) and str(life_s).isdigit() else 0)
        return cls(
            subject[:255],
            email[:254],
            str(tokens.get("access_token") or ""),
            str(tokens.get("refresh_token") or ""),
            until,
        )

    @property
    def content(self) -> dict[str, Any]:
        """This as plain JSON."""
        return asdict(self)

    @property
    def is_fresh(self) -> bool:
        """Whether the access token is good for a while."""
        return time.time() < self.expires_at - _EARLY_S


class SignIns(Protocol):
    """As whom the visitor behind a call signed in with providers."""

    async def current(self, call: ServiceCall, provider: str) -> dict[str, Any] | None:
        """Return what ``begin`` was given last."""

    async def begin(self, call: ServiceCall, provider: str, who: dict[str, Any]) -> None:
        """Have the visitor signed in."""

    async def own_session(self, call: ServiceCall, *, keep: bool = False) -> str:
        """Return the id of the browser's own session; with ``keep`` it lasts from now on."""

    async def go_on(self, call: ServiceCall) -> None:
        """Go on in the browser's own session, although another site sent it here."""


class SignInProvider(Protocol):
    """A provider that people sign in with; site errors say what does not work."""

    @property
    def name(self) -> str:
        """Its name in ``widget_model.providers``."""

    async def address(self, app: Credentials, redirect_uri: str, flow: Flow) -> str:
        """Return where the browser goes to sign in."""

    async def finish(self, app: Credentials, redirect_uri: str, flow: Flow, code: str) -> Identity:
        """Return who came back with this code."""


#: Returns the credentials of a widget's service; None for one that is not set up.
CredentialsOf = Callable[[str, str], Awaitable[Credentials | None]]


class Turns:
    """Lets a widget ask providers a few times at once, so that one does not take the places of all."""

    def __init__(self) -> None:
        self._busy: Counter[str] = Counter()

    def limited(self, services: Mapping[str, Service]) -> Mapping[str, Service]:
        """Return the services as they answer a widget that has a turn; it is told when it has none."""
        return {command: functools.partial(self._take, service) for command, service in services.items()}

    async def _take(self, service: Service, call: ServiceCall) -> ServiceAnswer:
        if self._busy[call.widget_id] >= AT_ONCE_EACH:
            text = f"A widget asks Google, Microsoft, Facebook and Stripe {AT_ONCE_EACH} times at once, not more."
            return refusal(call, "anvil.server.RuntimeUnavailableError", text)
        self._busy[call.widget_id] += 1
        try:
            return await service(call)
        finally:
            self._busy[call.widget_id] -= 1
            self._busy += Counter()  # forgets those at zero


def client_of(app: Credentials, redirect_uri: str = "") -> Client:
    """Return what a widget is at its provider."""
    return Client(app["client_id"], app["client_secret"], redirect_uri)


def failed(provider: str, text: str) -> NativeError:
    """Return an error of a provider as user code gets it: an AnvilWrappedError with this text."""
    return NativeError(f"anvil.{provider}.Error", text)


async def require(credentials_of: CredentialsOf, call: NativeCall, provider: str) -> Credentials:
    """Return what the widget that calls has of a provider; ServiceNotAdded for nothing."""
    title = PROVIDERS[provider].title
    try:
        found = await credentials_of(call.widget_id, provider)
    except UnreadableSecretError as error:
        text = f"The credentials of {title} can't be decrypted on this site. Its owner enters them again."
        raise failed(provider, text) from error
    if found is None:
        text = f"The {title} service has not been added to this widget. Its owner adds it on the widget's Services tab."
        raise NativeError("anvil.server.ServiceNotAdded", text)
    return found


async def identity_of(sign_ins: SignIns, call: ServiceCall, provider: str) -> Identity | None:
    """Return who signed in where the call comes from; None for nobody."""
    found = await sign_ins.current(call, provider)
    return Identity(**found) if found else None


def auth_services(
    provider: str,
    functions: str,
    credentials_of: CredentialsOf,
    sign_ins: SignIns,
    open_id_of: Callable[[Credentials], OpenId] | None,
    signer_of: SignerOf,
) -> Mapping[str, Service]:
    """Return those of the functions of ``anvil.<provider>.auth`` that are named, by command."""
    desk = _Auth(provider, credentials_of, sign_ins, open_id_of)
    return {
        f"{PREFIX}{provider}.auth.{name}": native_service(
            getattr(desk, name), signer_of, for_clients=name in ("get_user_email", "get_user_id")
        )
        for name in functions.split()
    }


class _Auth:
    def __init__(
        self,
        provider: str,
        credentials_of: CredentialsOf,
        sign_ins: SignIns,
        open_id_of: Callable[[Credentials], OpenId] | None,
    ) -> None:
        self._provider = provider
        self._credentials_of = credentials_of
        self._sign_ins = sign_ins
        self._open_id_of = open_id_of

    async def get_user_email(self, call: NativeCall) -> str | None:
        """Give the address of who signed in; None for nobody, or one whose provider does not vouch for it."""
        who = await self._who(call)
        return (who.email or None) if who else None

    async def get_user_id(self, call: NativeCall) -> str | None:
        """Give the id that the provider knows them by."""
        who = await self._who(call)
        return who.subject if who else None

    async def get_user_access_token(self, call: NativeCall) -> Answer:
        """Give the token by which code does something in their name."""
        who = await self._who(call)
        return _token(who.access_token if who else "")

    async def get_user_refresh_token(self, call: NativeCall) -> Answer:
        """Give the token by which code gets a new access token."""
        who = await self._who(call)
        return _token(who.refresh_token if who else "")

    async def refresh_access_token(self, call: NativeCall) -> Answer:
        """Give a new access token for a refresh token."""
        app = await require(self._credentials_of, call, self._provider)
        [token] = call.take(str)
        assert self._open_id_of is not None
        try:
            answer = await self._open_id_of(app).refreshed(client_of(app), token)
        except SiteError as error:
            title = PROVIDERS[self._provider].title
            raise failed(self._provider, f"{title} gives no new access token: {error}") from error
        return _token(str(answer.get("access_token") or ""))

    async def _who(self, call: NativeCall) -> Identity | None:
        await require(self._credentials_of, call, self._provider)
        return await identity_of(self._sign_ins, call.source, self._provider)


def _token(text: str) -> Answer:
    return Answer(text or None, mask=(text,) if text else ())
