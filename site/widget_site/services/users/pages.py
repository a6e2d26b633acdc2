"""Pages that links of mails lead to, on the widget's own host (U-12 to U-14).

Opening one changes nothing; its button does.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from widget_site.services.native import NativeError
from widget_site.services.own_pages import PageAnswer, PageRequest, Shown
from widget_site.services.users import links
from widget_site.services.users.natives import MFA_RESET, RESET, TOKEN_LOGIN, Keys, bound_to
from widget_site.services.users.passwords import require_acceptable
from widget_site.services.users.people import Here, People, address_of
from widget_site.store.data.users_table import User
from widget_wire.runs import ServiceCall

CONFIRM = "email-confirm"
LINKS = "users"
_GONE = (
    "This link does not work any more",
    "It was used already, is older than 10 minutes, or a newer one took its place. Ask for a new one where you got it.",
)
_GONE_CONFIRM = ("This link does not work any more", "The address is confirmed already, or the account is gone.")


class UserPages:
    """Answers below ``/_/email-confirm/`` and ``/_/users/``."""

    def __init__(self, people: People, keys: Keys) -> None:
        self.people = people
        self._keys = keys

    def has(self, path: str) -> bool:
        """Tell whether a path, without ``/_/``, is one of these pages."""
        return path.startswith((f"{CONFIRM}/", f"{LINKS}/"))

    async def answer(self, call: ServiceCall, asked: PageRequest) -> PageAnswer:
        """Answer a request."""
        try:
            shown, visited = await self._answer(await self.people.here(call), asked.path, asked.form)
        except NativeError as error:
            # Switched off, or its table is gone: nothing that the visitor could do about.
            shown, visited = Shown("This does not work now", f"{error}.".replace("..", "."), status=409), False
        return shown.answer(call, visited=visited)

    async def _answer(self, here: Here, path: str, form: Mapping[str, str] | None) -> tuple[Shown, bool]:
        kind, _, rest = path.partition("/")
        if kind == CONFIRM:
            email, _, key = rest.rpartition("/")
            return await self._confirm(here, unquote(email), key, form), False
        purpose, _, text = rest.partition("/")
        link = links.read(text)
        if link is None or link.purpose != purpose or purpose not in (RESET, TOKEN_LOGIN, MFA_RESET):
            return _gone(_GONE), False
        user = await self.people.by_id(here, link.table_id, link.row_id)
        if user is None or not self._is_good(here, link, user):
            return _gone(_GONE), False
        if purpose == TOKEN_LOGIN:
            return await self._log_in(here, link, user, form)
        if purpose == MFA_RESET:
            return await self._remove_factor(here, link, user, form), False
        return await self._reset(here, link, user, form), False

    async def _confirm(self, here: Here, typed: str, key: str, form: Mapping[str, str] | None) -> Shown:
        email = address_of(typed)
        user = await self.people.by_email(here, email, typed) if email else None
        if user is None or not _is_key_of(user, key):
            return _gone(_GONE_CONFIRM)
        if form is None:
            return Shown("Confirm your e-mail address", "You read mail at this address:", user.email, "Confirm")
        values: dict[str, Any] = {"confirmed_email": True, "email_confirmation_key": None}
        if await self.people.change_if(here, user, lambda now: _is_key_of(now, key), **values) is None:
            return _gone(_GONE_CONFIRM)
        return Shown("Your address is confirmed", "You can log in now.", user.email)

    async def _reset(self, here: Here, link: links.Link, user: User, form: Mapping[str, str] | None) -> Shown:
        page = Shown(
            "Set a new password", "Every login of your account ends with it.", user.email, "Set the password", True
        )
        if form is None:
            return page
        password = form.get("password", "")
        try:
            require_acceptable(password, user.email, secure=here.settings.require_secure_passwords)
        except NativeError as error:
            return replace(page, problem=f"{error}.", status=400)
        # Who reads mail there has confirmed the address by that.
        values: dict[str, Any] = {
            "password_hash": await self.people.hashes.make(here.call.widget_id, password),
            "n_password_failures": 0,
            "remembered_logins": [],
            "confirmed_email": True,
            "email_confirmation_key": None,
        }
        if await self.people.change_if(here, user, lambda now: self._is_good(here, link, now), **values) is None:
            return _gone(_GONE)
        return Shown("Your password is set", "You can log in with it now.", user.email)

    async def _log_in(
        self, here: Here, link: links.Link, user: User, form: Mapping[str, str] | None
    ) -> tuple[Shown, bool]:
        if not here.settings.use_token or not user.enabled:
            return _gone(_GONE), False
        if user.mfa or here.settings.require_mfa:
            text = "This account has two-factor authentication, so a link alone does not log in. Use your password."
            return Shown("Log in with your password", text, user.email, status=403), False
        if form is None:
            return Shown("Log in", "You log in as", user.email, "Log in"), False
        # Taken in the same moment as it is used: of two that open it at once, one is logged in.
        values: dict[str, Any] = {"confirmed_email": True, "last_login": datetime.now(UTC)}
        taken = await self.people.change_if(here, user, lambda now: self._is_good(here, link, now), **values)
        if taken is None:
            return _gone(_GONE), False
        await self.people.log_in(here, taken)
        return Shown("You are logged in", "You are logged in as", user.email, go_on="/"), True

    async def _remove_factor(self, here: Here, link: links.Link, user: User, form: Mapping[str, str] | None) -> Shown:
        if not here.settings.allow_mfa_email_reset:
            return _gone(_GONE)
        if form is None:
            text = "From then on, your password alone logs in to the account of"
            return Shown("Remove two-factor authentication", text, user.email, "Remove it")
        if await self.people.change_if(here, user, lambda now: self._is_good(here, link, now), mfa=[]) is None:
            return _gone(_GONE)
        return Shown("Two-factor authentication is removed", "You can log in with your password now.", user.email)

    def _is_good(self, here: Here, link: links.Link, user: User) -> bool:
        return link.is_good(self._keys(), here.call.widget_id, bound_to(link.purpose, user))


def _is_key_of(user: User, key: str) -> bool:
    kept = user.confirmation_key
    return bool(kept) and secrets.compare_digest(kept.encode(), key.encode("utf-8", "replace"))


def _gone(said: tuple[str, str]) -> Shown:
    return Shown(*said, status=404)
