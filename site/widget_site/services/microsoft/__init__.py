"""Signing in with Microsoft, and ``anvil.microsoft.auth`` (G-89, U-20).

The address in a token of Microsoft is whatever the administrator of somebody's organisation wrote there. So it is
believed only of the one organisation that the owner named, of personal accounts, whose addresses Microsoft confirms,
and where Microsoft says that the domain is the organisation's (``xms_edov``).
"""

from collections.abc import Mapping
from typing import Any

from widget_site.openid import Flow, OpenId
from widget_site.outgoing import Outgoing
from widget_site.services.native import SignerOf
from widget_site.services.providers import CredentialsOf, Identity, SignIns, auth_services, client_of
from widget_site.services.registry import Service
from widget_site.store.service_credentials import Credentials

NAME = "microsoft"
_FUNCTIONS = "get_user_email get_user_id get_user_access_token get_user_refresh_token refresh_access_token"
#: Names of more than one organisation.
_MANY = frozenset({"common", "organizations", "consumers"})
#: The tenant of personal accounts.
_PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
_MAX_TENANTS = 1000


class Microsoft:
    """Microsoft's identity platform, by tenant."""

    name = NAME

    def __init__(self, url: str, outgoing: Outgoing) -> None:
        self._url = url.rstrip("/")
        self._outgoing = outgoing
        self._by_tenant: dict[str, OpenId] = {}

    def open_id_of(self, app: Credentials) -> OpenId:
        """Return the provider that a widget's tenant is."""
        tenant = app["tenant"] or "common"
        if len(self._by_tenant) > _MAX_TENANTS:
            self._by_tenant.clear()
        if tenant not in self._by_tenant:
            issuer = f"{self._url}/{tenant}/v2.0"
            self._by_tenant[tenant] = OpenId(issuer, self._outgoing, has_tenants=True, secret_in_body=True)
        return self._by_tenant[tenant]

    async def address(self, app: Credentials, redirect_uri: str, flow: Flow) -> str:
        """Return where the browser goes to sign in."""
        asked = Flow(flow.state, flow.nonce, flow.verifier, ("offline_access", *flow.scopes))
        return await self.open_id_of(app).address(client_of(app, redirect_uri), asked)

    async def finish(self, app: Credentials, redirect_uri: str, flow: Flow, code: str) -> Identity:
        """Return who came back with this code."""
        open_id, client = self.open_id_of(app), client_of(app, redirect_uri)
        tokens = await open_id.tokens(client, flow, code)
        claims = await open_id.claims(client, flow, str(tokens.get("id_token") or ""))
        return Identity.of(str(claims.get("oid") or claims["sub"]), _email(app["tenant"], claims), tokens)


def microsoft_services(
    provider: Microsoft, credentials_of: CredentialsOf, sign_ins: SignIns, signer_of: SignerOf
) -> Mapping[str, Service]:
    """Return the services by command."""
    return auth_services(NAME, _FUNCTIONS, credentials_of, sign_ins, provider.open_id_of, signer_of)


def _email(tenant: str, claims: Mapping[str, Any]) -> str:
    is_of_one = tenant.lower() not in _MANY and bool(tenant)
    is_vouched_for = claims.get("tid") == _PERSONAL or claims.get("xms_edov") in (True, 1, "1", "true")
    if is_of_one:
        return str(claims.get("email") or claims.get("preferred_username") or "")
    return str(claims.get("email") or "") if is_vouched_for else ""
