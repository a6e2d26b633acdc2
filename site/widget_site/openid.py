"""OpenID Connect as a client of a provider: authorization code with PKCE, and tokens whose signature is checked."""

import base64
import hashlib
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from widget_site.errors import ForbiddenError, UnavailableError
from widget_site.outgoing import Outgoing, require_tls

log = logging.getLogger("widget_site.security")

#: Seconds after which the provider's own description and keys are read anew.
_FRESH_S = 3600.0
#: ... and at the least between two readings, whatever tokens come: anybody can send bad ones.
_AT_LEAST_S = 60.0
#: Clocks may differ by so many seconds.
_LEEWAY_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
AGAIN = "Signing in did not work. Try again."
#: Where a provider with many tenants says in its issuer which one.
_TENANT = "{tenantid}"


@dataclass(frozen=True)
class Client:
    """What we are at a provider."""

    id: str
    secret: str = field(repr=False)
    #: Where it sends browsers back to.
    redirect_uri: str = ""


@dataclass(frozen=True)
class Flow:
    """The secrets of one sign-in."""

    state: str
    nonce: str
    verifier: str
    scopes: tuple[str, ...] = ()
    #: Parameters of the provider's own.
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (PKCE, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class _Read:
    about: dict[str, Any]
    keys: KeySet
    read_at: float


class OpenId:
    """One provider. ForbiddenError for an answer that does not fit, UnavailableError for none."""

    def __init__(self, issuer: str, outgoing: Outgoing, *, has_tenants: bool = False, secret_in_body: bool = False):
        self._issuer = issuer.rstrip("/")
        self._outgoing = outgoing
        #: Its issuers are named by tenants, at the same host.
        self._has_tenants = has_tenants
        self._secret_in_body = secret_in_body
        self._read_last: _Read | None = None

    async def address(self, client: Client, flow: Flow) -> str:
        """Return where the browser goes to sign in."""
        about = (await self._read()).about
        query = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect_uri,
            "scope": " ".join(dict.fromkeys(("openid", "email", "profile", *flow.scopes))),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
            **flow.more,
        }
        address = str(about["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def tokens(self, client: Client, flow: Flow, code: str) -> dict[str, Any]:
        """Exchange a code for tokens."""
        return await self._token(
            client,
            {
                "grant_type": "authorization_code",
                "code": code[:4000],
                "redirect_uri": client.redirect_uri,
                "code_verifier": flow.verifier,
            },
        )

    async def refreshed(self, client: Client, refresh_token: str) -> dict[str, Any]:
        """Exchange a refresh token for a new access token."""
        return await self._token(client, {"grant_type": "refresh_token", "refresh_token": refresh_token[:4000]})

    async def claims(self, client: Client, flow: Flow, id_token: str) -> dict[str, Any]:
        """Return what a token says of the person, its signature and every claim checked."""
        provider = await self._read()
        try:
            token = jwt.decode(id_token, provider.keys, algorithms=_ALGORITHMS)
            registry = jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": _issuer_of(provider.about["issuer"], token.claims)},
                aud={"essential": True, "value": client.id},
                sub={"essential": True},
                exp={"essential": True},
                nonce={"essential": True, "value": flow.nonce},
            )
            registry.validate(token.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            # It may have new keys: they are read at the next try.
            if time.monotonic() - provider.read_at > _AT_LEAST_S:
                self._read_last = None
            log.warning("the provider's token is refused: %s", error)
            raise ForbiddenError(AGAIN) from error
        return token.claims

    async def _token(self, client: Client, form: dict[str, str]) -> dict[str, Any]:
        address = str((await self._read()).about["token_endpoint"])
        if self._secret_in_body:
            return await self._ask(
                "POST", address, data={**form, "client_id": client.id, "client_secret": client.secret}
            )
        return await self._ask("POST", address, data=form, auth=(client.id, client.secret))

    async def _read(self) -> _Read:
        """Return the provider's description of itself and its keys."""
        if self._read_last is not None and time.monotonic() - self._read_last.read_at < _FRESH_S:
            return self._read_last
        about = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
        said = str(about.get("issuer", "")).rstrip("/")
        if said != self._issuer and not (self._has_tenants and _origin(said) == _origin(self._issuer)):
            raise UnavailableError("The provider that this site signs in with is another one than it says.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            require_tls(str(about.get(name) or ""))
        said_keys = await self._ask("GET", str(about["jwks_uri"]))
        try:
            keys = KeySet.import_key_set(said_keys)  # type: ignore[arg-type]  # as read
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError("The keys of the provider that this site signs in with can't be read.") from error
        self._read_last = _Read(about, keys, time.monotonic())
        return self._read_last

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        reply = await self._outgoing.ask(method, address, **more)
        found = reply.json()
        if reply.status >= 500 or not found:
            raise UnavailableError("The provider that this site signs in with does not answer as it should.")
        if reply.status != 200:
            log.warning("the provider refuses: %s %s", reply.status, str(found.get("error"))[:200])
            raise ForbiddenError(AGAIN)
        return found


def _issuer_of(said: str, claims: Mapping[str, Any]) -> str:
    """Return the issuer that a token must name; of a provider with tenants, that of the tenant which it is of."""
    if _TENANT not in said:
        return said
    tenant = str(claims.get("tid", ""))
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", tenant):
        raise ValueError("the token does not say of which tenant it is")
    return said.replace(_TENANT, tenant)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
