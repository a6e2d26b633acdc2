"""Signing in with a provider that speaks OpenID Connect: authorization code with PKCE, state and nonce.

State, nonce and the code's verifier are derived from one secret in a cookie of the browser that began, so nothing is
kept here, and an answer that another browser brings fits nothing.
"""

import base64
import hashlib
import hmac
import logging
from typing import Any

from widget_site.accounts import names
from widget_site.accounts.secret import new_secret
from widget_site.errors import ForbiddenError, FormError
from widget_site.openid import AGAIN, Client, Flow, OpenId
from widget_site.outgoing import Outgoing
from widget_site.settings import SiteSettings
from widget_site.store import identities
from widget_site.store.store import Store
from widget_site.store.values import Account

log = logging.getLogger("widget_site.security")

CALLBACK = "/sign-in/oidc/callback"
#: Seconds that somebody may take at the provider.
FLOW_S = 600


class OidcSignIn:
    """The provider that the settings name."""

    def __init__(self, settings: SiteSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._issuer = settings.oidc_issuer.rstrip("/")
        secret = settings.oidc_client_secret
        self._client = Client(
            settings.oidc_client_id, secret.get_secret_value() if secret else "", settings.site_url + CALLBACK
        )
        self._provider = OpenId(self._issuer, Outgoing(settings.ca_file))

    @staticmethod
    def new_flow() -> str:
        """Return the secret of one sign-in, for the cookie of the browser that begins it."""
        return new_secret()

    async def address(self, flow: str, *, anew: bool = False) -> str:
        """Return where the browser goes to sign in; UnavailableError when the provider does not answer.

        With ``anew`` the provider asks who it is also of somebody whom it knows.
        """
        return await self._provider.address(self._client, _flow(flow, anew=anew))

    async def finish(self, flow: str, state: str, code: str) -> Account:
        """Return whose sign-in this answer of the provider is; ForbiddenError for one that does not fit."""
        if not hmac.compare_digest(state.encode("utf-8", "replace"), _derived(flow, "state").encode()):
            raise ForbiddenError(AGAIN)
        answer = await self._provider.tokens(self._client, _flow(flow), code)
        claims = await self._provider.claims(self._client, _flow(flow), str(answer.get("id_token") or ""))
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


def _flow(secret: str, *, anew: bool = False) -> Flow:
    more: dict[str, Any] = {"prompt": "login", "max_age": "0"} if anew else {}
    return Flow(_derived(secret, "state"), _derived(secret, "nonce"), _derived(secret, "verifier"), more=more)


def _derived(flow: str, purpose: str) -> str:
    digest = hmac.new(flow.encode(), purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
