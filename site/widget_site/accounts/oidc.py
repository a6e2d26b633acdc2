"""Signing in with a provider that speaks OpenID Connect: authorization code with PKCE, state and nonce.

State, nonce and the code's verifier are derived from one secret in a cookie of the browser that began, so nothing is
kept here, and an answer that another browser brings fits nothing.
"""

import base64
import hashlib
import hmac
import logging
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from widget_site.accounts import names
from widget_site.accounts.secret import new_secret
from widget_site.errors import ForbiddenError, FormError, UnavailableError
from widget_site.settings import LOCAL_HOSTS, SiteSettings
from widget_site.store import identities
from widget_site.store.store import Store
from widget_site.store.values import Account

log = logging.getLogger("widget_site.security")

CALLBACK = "/sign-in/oidc/callback"
#: Seconds that somebody may take at the provider.
FLOW_S = 600
_TIMEOUT_S = 10.0
#: Seconds after which the provider's own description and keys are read anew.
_FRESH_S = 3600.0
#: ... and at the least between two readings, whatever tokens come: anybody can send bad ones.
_AT_LEAST_S = 60.0
#: Clocks may differ by so many seconds.
_LEEWAY_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_MAX_BYTES = 1_000_000
_AGAIN = "Signing in did not work. Try again."


@dataclass
class _Provider:
    about: dict[str, Any]
    keys: KeySet
    read_at: float


class OidcSignIn:
    """The provider that the settings name."""

    def __init__(self, settings: SiteSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._callback = settings.site_url + CALLBACK
        self._provider: _Provider | None = None

    @staticmethod
    def new_flow() -> str:
        """Return the secret of one sign-in, for the cookie of the browser that begins it."""
        return new_secret()

    async def address(self, flow: str, *, anew: bool = False) -> str:
        """Return where the browser goes to sign in; UnavailableError when the provider does not answer.

        With ``anew`` the provider asks who it is also of somebody whom it knows.
        """
        provider = await self._read()
        challenge = hashlib.sha256(_derived(flow, "verifier").encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self._callback,
            "scope": "openid email profile",
            "state": _derived(flow, "state"),
            "nonce": _derived(flow, "nonce"),
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if anew else {})
        address = str(provider.about["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def finish(self, flow: str, state: str, code: str) -> Account:
        """Return whose sign-in this answer of the provider is; ForbiddenError for one that does not fit."""
        if not hmac.compare_digest(state.encode("utf-8", "replace"), _derived(flow, "state").encode()):
            raise ForbiddenError(_AGAIN)
        claims = await self._claims(flow, code)
        try:
            email = names.check_email(str(claims.get("email") or ""))
        except FormError as error:
            raise ForbiddenError("Your provider tells no e-mail address of yours, which an account needs.") from error
        if claims.get("email_verified") is not True:
            raise ForbiddenError("Your provider does not say that your e-mail address is confirmed. Confirm it there.")
        wanted = str(claims.get("preferred_username") or email.partition("@")[0])
        account = await identities.account_for(
            self._store, self._issuer, str(claims["sub"])[:255], email, wanted, names.OURS
        )
        if account.disabled_at is not None:
            raise ForbiddenError("This account is disabled. Ask whoever runs this site.")
        log.info("account %s signed in with the provider", account.id)
        return account

    async def _claims(self, flow: str, code: str) -> dict[str, Any]:
        """Exchange the code and return what the provider says of the person, its signature and every claim checked."""
        provider = await self._read()
        form = {
            "grant_type": "authorization_code",
            "code": code[:2000],
            "redirect_uri": self._callback,
            "code_verifier": _derived(flow, "verifier"),
        }
        secret = self._settings.oidc_client_secret
        auth = (self._settings.oidc_client_id, secret.get_secret_value() if secret else "")
        answer = await self._ask("POST", str(provider.about["token_endpoint"]), data=form, auth=auth)
        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": provider.about["issuer"]},
            aud={"essential": True, "value": self._settings.oidc_client_id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": _derived(flow, "nonce")},
        )
        try:
            token = jwt.decode(str(answer.get("id_token") or ""), provider.keys, algorithms=_ALGORITHMS)
            registry.validate(token.claims)
        except (JoseError, ValueError, KeyError) as error:
            # It may have new keys: they are read at the next try.
            if time.monotonic() - provider.read_at > _AT_LEAST_S:
                self._provider = None
            log.warning("the provider's token is refused: %s", error)
            raise ForbiddenError(_AGAIN) from error
        return token.claims

    async def _read(self) -> _Provider:
        """Return the provider's description of itself and its keys."""
        if self._provider is not None and time.monotonic() - self._provider.read_at < _FRESH_S:
            return self._provider
        about = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
        if str(about.get("issuer", "")).rstrip("/") != self._issuer:
            raise UnavailableError("The provider that this site signs in with is another one than it says.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _require_tls(str(about.get(name) or ""))
        keys = KeySet.import_key_set(await self._ask("GET", str(about["jwks_uri"])))  # type: ignore[arg-type]  # as read
        self._provider = _Provider(about, keys, time.monotonic())
        return self._provider

    async def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        context = ssl.create_default_context(cafile=self._settings.ca_file)
        try:
            async with httpx.AsyncClient(verify=context, timeout=_TIMEOUT_S, trust_env=False) as client:
                answer = await client.request(method, address, **more)
            found = answer.json() if len(answer.content) < _MAX_BYTES else None
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the provider does not answer at %s: %s", address, error)
            raise UnavailableError("The provider that this site signs in with does not answer.") from error
        if answer.status_code >= 500 or not isinstance(found, dict):
            raise UnavailableError("The provider that this site signs in with does not answer as it should.")
        if answer.status_code != 200:
            log.warning("the provider refuses: %s %s", answer.status_code, str(found.get("error"))[:200])
            raise ForbiddenError(_AGAIN)
        return found


def _derived(flow: str, purpose: str) -> str:
    digest = hmac.new(flow.encode(), purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _require_tls(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
        raise UnavailableError("The provider that this site signs in with is not reached by https.")
