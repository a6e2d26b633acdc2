"""Signing in with Google (U-20)."""

from widget_site.openid import Flow, OpenId
from widget_site.outgoing import Outgoing
from widget_site.services.providers import Identity, client_of
from widget_site.store.service_credentials import Credentials

NAME = "google"


class Google:
    """Google's OpenID provider."""

    name = NAME

    def __init__(self, url: str, outgoing: Outgoing) -> None:
        self.open_id = OpenId(url, outgoing, secret_in_body=True)

    def open_id_of(self, _: Credentials) -> OpenId:
        """Return the provider, which is one for all widgets."""
        return self.open_id

    async def address(self, app: Credentials, redirect_uri: str, flow: Flow) -> str:
        """Return where the browser goes to sign in; who is asked for more than who they are may refresh it later."""
        more = {"access_type": "offline", "prompt": "consent"} if flow.scopes else {"prompt": "select_account"}
        asked = Flow(flow.state, flow.nonce, flow.verifier, flow.scopes, more)
        return await self.open_id.address(client_of(app, redirect_uri), asked)

    async def finish(self, app: Credentials, redirect_uri: str, flow: Flow, code: str) -> Identity:
        """Return who came back with this code."""
        client = client_of(app, redirect_uri)
        tokens = await self.open_id.tokens(client, flow, code)
        claims = await self.open_id.claims(client, flow, str(tokens.get("id_token") or ""))
        email = str(claims.get("email") or "") if claims.get("email_verified") in (True, "true") else ""
        return Identity.of(str(claims["sub"]), email, tokens)
