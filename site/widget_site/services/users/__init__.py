"""The Users service of widgets (issue 4, point 7; U-01 to U-24): what ``anvil.users`` calls.

Users are rows of a Data Table of the widget, so its code reads and writes them like any others. Tables, sessions and
mail belong to other services and are handed in (``interfaces``). ``people`` knows users, passwords and logins,
``natives`` is what code calls, ``pages`` is what links of mails lead to, on the widget's own host.
"""

from typing import Any

from widget_site.accounts.rates import RateLimiter
from widget_site.services.native import NativeCall, SignerOf, native_service
from widget_site.services.offered import Offered
from widget_site.services.registry import PREFIX
from widget_site.services.users.by_provider import ByProvider
from widget_site.services.users.interfaces import EmailAt, Logins, SendMail, Tables
from widget_site.services.users.links import PURPOSE
from widget_site.services.users.mails import Mails
from widget_site.services.users.natives import Keys, Natives, natives_of
from widget_site.services.users.pages import UserPages
from widget_site.services.users.passwords import Hashes
from widget_site.services.users.people import People
from widget_site.store import users_services
from widget_site.store.store import Store

__all__ = ["CONFIG", "PURPOSE", "Keys", "Logins", "SendMail", "Tables", "UserPages", "Users"]

#: The name by which the library asks how the service works.
CONFIG = "/runtime/services/anvil/users.yml"
#: Providers that people may log in with.
PROVIDERS = ("google", "microsoft", "facebook")
_TOLD = (
    "use_email",
    "use_token",
    *(f"use_{name}" for name in PROVIDERS),
    "allow_signup",
    "allow_remember_me",
    "remember_me_days",
    "require_secure_passwords",
    "require_mfa",
    "allow_mfa_email_reset",
    "confirm_email",
    "enable_automatically",
)


class Users:
    """The service, put together."""

    def __init__(
        self,
        store: Store,
        tables: Tables,
        logins: Logins,
        send_mail: SendMail,
        limiter: RateLimiter,
        email_at: EmailAt,
        keys: Keys,
        signer_of: SignerOf,
        hashes: Hashes | None = None,
    ) -> None:
        self._store = store
        self._signer_of = signer_of
        people = People(store, tables, logins, limiter, hashes or Hashes())
        self._natives = Natives(people, tables, Mails(send_mail, limiter), keys)
        self._by_provider = ByProvider(people, tables, email_at)
        #: Answers requests to the pages of the service on widgets' hosts.
        self.pages = UserPages(people, keys)

    def offered(self) -> Offered:
        """Return the services by command, and what the library asks of how they work."""
        for_clients, for_servers = natives_of(self._natives)
        services = {
            f"{PREFIX}users.{name}": native_service(native, self._signer_of, for_clients=name in for_clients)
            for name, native in (for_clients | for_servers).items()
        }
        for provider in PROVIDERS:
            for name, native in self._by_provider.natives(provider).items():
                services[f"{PREFIX}users.{name}"] = native_service(native, self._signer_of, for_clients=True)
        return Offered(services, client_config={CONFIG: self._client_config})

    async def _client_config(self, call: NativeCall) -> dict[str, Any] | None:
        """Return what the library, also in a browser, may know of how the service works; None where it is off."""
        settings = await users_services.read(self._store, call.widget_id)
        if settings is None:
            return None
        told = {name: getattr(settings, name) for name in _TOLD}
        return {**told, "use_saml": False}
