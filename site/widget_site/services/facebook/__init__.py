"""Signing in with Facebook, and ``anvil.facebook.auth`` (G-89, U-20)."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from widget_site.errors import ForbiddenError, UnavailableError
from widget_site.openid import AGAIN, Flow
from widget_site.outgoing import Outgoing
from widget_site.services.native import SignerOf
from widget_site.services.providers import CredentialsOf, Identity, SignIns, auth_services
from widget_site.services.registry import Service
from widget_site.store.service_credentials import Credentials

NAME = "facebook"
_VERSION = "v21.0"
_FUNCTIONS = "get_user_email get_user_id get_user_access_token"


class Facebook:
    """Facebook's login, by authorization code with PKCE. Who it is, its API says: there is no token that says so."""

    name = NAME

    def __init__(self, url: str, api_url: str, outgoing: Outgoing) -> None:
        self._url = f"{url.rstrip('/')}/{_VERSION}"
        self._api = f"{api_url.rstrip('/')}/{_VERSION}"
        self._outgoing = outgoing

    async def address(self, app: Credentials, redirect_uri: str, flow: Flow) -> str:
        """Return where the browser goes to sign in."""
        query = {
            "response_type": "code",
            "client_id": app["client_id"],
            "redirect_uri": redirect_uri,
            "scope": ",".join(dict.fromkeys(("email", "public_profile", *flow.scopes))),
            "state": flow.state,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._url}/dialog/oauth?{urlencode(query)}"

    async def finish(self, app: Credentials, redirect_uri: str, flow: Flow, code: str) -> Identity:
        """Return who came back with this code."""
        form = {
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": redirect_uri,
            "code": code[:4000],
            "code_verifier": flow.verifier,
        }
        tokens = await self._ask("POST", "/oauth/access_token", data=form)
        token = str(tokens.get("access_token") or "")
        proof = hmac.new(app["client_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
        who = await self._ask(
            "GET",
            "/me",
            params={"fields": "id,email", "appsecret_proof": proof},
            headers={"authorization": f"Bearer {token}"},
        )
        if not token or not who.get("id"):
            raise ForbiddenError(AGAIN)
        return Identity.of(str(who["id"]), str(who.get("email") or ""), tokens)

    async def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        reply = await self._outgoing.ask(method, self._api + path, **more)
        if reply.status >= 500:
            raise UnavailableError("Facebook does not answer as it should.")
        if reply.status != 200:
            raise ForbiddenError(AGAIN)
        return reply.json()


def facebook_services(credentials_of: CredentialsOf, sign_ins: SignIns, signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""
    return auth_services(NAME, _FUNCTIONS, credentials_of, sign_ins, None, signer_of)
