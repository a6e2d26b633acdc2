"""Logging in as who one is at Google, Microsoft or Facebook (U-20): what follows signing in there.

A user is known by the address that the provider vouches for. Somebody else may have signed up with it before, and never
confirmed it: so a password of an address that was not confirmed is gone once its owner comes by a provider.
"""

import functools
from collections.abc import Mapping
from typing import Any

from widget_model.providers import PROVIDERS
from widget_site.services.native import Answer, Native, NativeCall, NativeError
from widget_site.services.users import failures
from widget_site.services.users.interfaces import EmailAt, Tables
from widget_site.services.users.people import Here, People, address_of
from widget_site.store.data.users_table import User


class ByProvider:
    """The functions ``login_with_<provider>`` and ``signup_with_<provider>``."""

    def __init__(self, people: People, tables: Tables, email_at: EmailAt) -> None:
        self._people = people
        self._tables = tables
        self._email_at = email_at

    def natives(self, provider: str) -> Mapping[str, Native]:
        """Return the functions of a provider, by name."""
        return {
            f"login_with_{provider}": functools.partial(self._log_in, provider),
            f"signup_with_{provider}": functools.partial(self._sign_up, provider),
        }

    async def _log_in(self, provider: str, call: NativeCall) -> Answer:
        """Log in who signed in with the provider; None when the widget has no such user."""
        here, email = await self._who(call, provider, "login")
        user = await self._people.by_email(here, email)
        return Answer(None) if user is None else await self._logged_in(call, here, user)

    async def _sign_up(self, provider: str, call: NativeCall) -> Answer:
        """Make an account for who signed in with the provider, and log in if it is enabled; UserExists."""
        here, email = await self._who(call, provider, "signup")
        if not call.is_trusted and not here.settings.allow_signup:
            raise NativeError("anvil.server.PermissionDenied", "Signups from client code are not enabled.")
        user = await self._people.add(here, email, None)
        if user.enabled and not here.settings.require_mfa:
            return await self._logged_in(call, here, user)
        return await self._row(call, user)

    async def _who(self, call: NativeCall, provider: str, what: str) -> tuple[Here, str]:
        here = await self._people.here(call.source)
        title = PROVIDERS[provider].title
        if not getattr(here.settings, f"use_{provider}"):
            raise failures.failed(f"{title} {what} is not enabled.")
        email = address_of(await self._email_at(call.source, provider))
        if not email:
            raise failures.failed(f"Nobody has signed in with {title} here, with an address that {title} vouches for.")
        return here, email

    async def _logged_in(self, call: NativeCall, here: Here, user: User) -> Answer:
        if not user.enabled:
            raise failures.not_enabled()
        if not user.confirmed_email:
            gone: dict[str, Any] = {"password_hash": None, "remembered_logins": [], "mfa": []}
            user = await self._people.change(here, user, confirmed_email=True, email_confirmation_key=None, **gone)
        if user.mfa or here.settings.require_mfa:
            # A provider asks for what it likes; this widget asks for a code of its own.
            raise failures.second_factor_missing()
        user = await self._people.log_in(here, user, remember=bool(call.kwargs.get("remember")))
        return await self._row(call, user)

    async def _row(self, call: NativeCall, user: User) -> Answer:
        row = await self._tables.row(call, user.table_id, user.row_id, call.kwargs.get("fetch"))
        return Answer(row, visited=bool(call.source.visit))
