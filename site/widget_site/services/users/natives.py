"""``anvil.private.users.*``: what the functions of ``anvil.users`` call (spec/anvil-protocol.md 3.4)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from widget_site.services.native import Answer, NativeCall, NativeError
from widget_site.services.users import failures, links, totp
from widget_site.services.users.interfaces import Tables
from widget_site.services.users.mails import Mails
from widget_site.services.users.passwords import require_acceptable
from widget_site.services.users.people import Here, People, address_of, mark_of
from widget_site.store.data.users_table import User

#: Returns the keys that links are signed with, the first first.
Keys = Callable[[], Sequence[bytes]]

RESET, TOKEN_LOGIN, MFA_RESET = "reset", "login", "mfa"


def bound_to(purpose: str, user: User) -> str:
    """Return what of a user a link is good for: as long as it stays so."""
    now = {RESET: mark_of(user), TOKEN_LOGIN: str(user.last_login), MFA_RESET: repr(user.mfa)}
    return f"{now[purpose]} {user.email}"


class Natives:
    """The functions; each takes a call and returns what the library makes a row of, or a plain value."""

    def __init__(self, people: People, tables: Tables, mails: Mails, keys: Keys) -> None:
        self._people = people
        self._tables = tables
        self._mails = mails
        self._keys = keys

    # --- logging in ---

    async def get_current_user(self, call: NativeCall) -> Answer:
        """Give the row of who is logged in (U-06)."""
        here = await self._people.here(call.source)
        allowed = call.kwargs.get("allow_remembered", True)
        return await self._row(call, await self._people.current(here, allow_remembered=bool(allowed)))

    async def login_with_email(self, call: NativeCall) -> Answer:
        """Log in with an address and a password (U-08, U-09)."""
        here = await self._email_service(call, "Email login")
        typed, password = call.take(object, object)
        user = await self._people.checked(here, typed, password, call.kwargs.get("mfa"))
        try:
            self._people.require_usable(here, user)
        except NativeError as error:
            if error.kind.endswith(".EmailNotConfirmed"):
                await self._send_confirmation(here, user)
            raise
        return await self._logged_in(call, here, user)

    async def signup_with_email(self, call: NativeCall) -> Answer:
        """Make an account, and log in unless something has to come first (U-10, U-11, U-12)."""
        here = await self._email_service(call, "Email signup")
        if not call.is_trusted and not here.settings.allow_signup:
            raise NativeError("anvil.server.PermissionDenied", "Signups from client code are not enabled.")
        typed, password = call.take(object, object)
        email, method = address_of(typed), call.kwargs.get("mfa_method")
        if not email:
            raise failures.failed("Please provide a valid email address.")
        if not isinstance(password, str):
            raise failures.failed("Please provide a password.")
        if method is not None and not totp.is_method(method):
            raise NativeError("anvil.users.MFAException", "This is no two-factor authentication that this site knows")
        require_acceptable(password, email, secure=here.settings.require_secure_passwords)
        user = await self._people.add(here, email, password)
        if method is not None:
            user = await self._people.change(here, user, mfa=[dict(method)])
        if here.settings.confirm_email:
            await self._send_confirmation(here, user)
        elif user.enabled and (user.mfa or not here.settings.require_mfa):
            return await self._logged_in(call, here, user)
        return await self._row(call, user)

    async def force_login(self, call: NativeCall) -> Answer:
        """Log somebody in without asking for anything; None logs out (U-16)."""
        here = await self._people.here(call.source)
        [value] = call.take(object)
        if value is None:
            await self._people.log_out(here)
            return Answer(None, visited=True)
        user = await self._people.by_id(here, *self._tables.held(value))
        if user is None:
            text = f"force_login() takes a row of the table '{here.settings.user_table}', which the users are in"
            raise failures.failed(text)
        return await self._logged_in(call, here, user)

    async def logout(self, call: NativeCall) -> Answer:
        """Forget who is logged in (U-07), and what the page was given where that is wanted (T-73)."""
        forgets = call.kwargs.get("invalidate_client_objects") is True
        await self._people.log_out(await self._people.here(call.source), forgets_objects=forgets)
        return Answer(None, visited=True)

    async def get_last_login_email(self, call: NativeCall) -> str | None:
        """Give the address that the login form begins with."""
        return await self._people.last_email(call.source)

    # --- passwords and mails ---

    async def reset_password(self, call: NativeCall) -> Answer:
        """Change the password of who is logged in; every other login of theirs ends (U-15)."""
        here = await self._people.here(call.source)
        old, new = call.take(object, object)
        user = await self._people.current(here)
        if user is None:
            raise failures.failed("You must be logged in to change your password")
        await self._require_password(here, user, old)
        if not isinstance(new, str):
            raise NativeError("anvil.users.PasswordNotAcceptable", "A password is a string")
        require_acceptable(new, user.email, secure=here.settings.require_secure_passwords)
        hashed = await self._people.hashes.make(call.widget_id, new)
        user = await self._people.change(here, user, password_hash=hashed, n_password_failures=0, remembered_logins=[])
        await self._people.log_in(here, user)
        return Answer(None, visited=True)

    async def send_password_reset_email(self, call: NativeCall) -> None:
        """Mail a link to set a new password; an unknown address is told nothing else (U-13)."""
        here = await self._people.here(call.source)
        user = await self._asked_for(here, call)
        if user is not None:
            await self._send_link(here, user, RESET, "reset_password")

    async def send_token_login_email(self, call: NativeCall) -> None:
        """Mail a link that logs in (U-14)."""
        here = await self._people.here(call.source)
        if not here.settings.use_token:
            raise failures.failed("Token login is not enabled.")
        if not call.args or not call.args[0]:
            raise failures.failed("Please provide an email address.")
        user = await self._asked_for(here, call)
        if user is None or not user.enabled:
            raise failures.failed("User disabled, or not found.")
        await self._send_link(here, user, TOKEN_LOGIN, "token_login")

    async def send_mfa_reset_email(self, call: NativeCall) -> None:
        """Mail a link that removes the second factor, where the owner allows it (U-21)."""
        here = await self._people.here(call.source)
        if not here.settings.allow_mfa_email_reset:
            raise NativeError("anvil.users.MFAException", "Two-factor authentication can't be reset by email here.")
        user = await self._asked_for(here, call)
        if user is not None and user.mfa:
            await self._send_link(here, user, MFA_RESET, "mfa_reset")

    async def cancel_password_reset(self, call: NativeCall) -> None:
        """Do nothing: a link resets nothing before it is used."""

    # --- second factors (U-21) ---

    async def generate_secret(self, call: NativeCall) -> dict[str, Any]:
        """Give a new secret for authenticator apps; it is nobody's before ``add_mfa_method``."""
        await self._people.here(call.source)
        [email] = call.take(str)
        app = call.source.origin.partition("://")[2].partition(":")[0] or "Widgetry"
        return totp.new_method(app, email[:200])

    async def validate_code(self, call: NativeCall) -> bool:
        """Tell whether a code is of a method that was just made, so that it is added only when it works."""
        method, code = call.take(object, object)
        return totp.is_method(method) and totp.step_of(method, code) is not None

    async def add_mfa_method(self, call: NativeCall) -> None:
        """Add a second factor to who is logged in, who proves it by the password."""
        here = await self._people.here(call.source)
        if len(call.args) not in (2, 3):
            raise NativeError(
                "TypeError", "add_mfa_method() takes a password, a method and whether to clear the others"
            )
        password, method, *clear = call.args
        user = await self._people.current(here)
        if user is None:
            raise failures.failed("You must be logged in to add two-factor authentication")
        if not totp.is_method(method):
            raise NativeError("anvil.users.MFAException", "This is no two-factor authentication that this site knows")
        await self._require_password(here, user, password)
        new = {"type": totp.KIND, "secret": method["secret"]}
        await self._people.change(here, user, mfa=[*(() if any(clear) else user.mfa), new])

    async def get_available_mfa_types(self, call: NativeCall) -> list[str]:
        """Give the kinds of second factors that a user has set up."""
        here = await self._people.here(call.source)
        typed, password = call.take(object, object)
        email = address_of(typed)
        if not email or not isinstance(password, str):
            raise failures.wrong()
        async with self._people.turn(here, email):
            user = await self._people.by_email(here, email, typed.strip())
            if user is None:
                await self._people.hashes.matches(call.widget_id, "", password)
                raise failures.wrong()
            await self._people.with_password(here, user, password)
        return sorted({str(one.get("type")) for one in user.mfa})

    async def get_enabled_mfa_types(self, call: NativeCall) -> list[str]:
        """Give the kinds of second factors that there are here."""
        await self._people.here(call.source)
        return [totp.KIND]

    # --- what they share ---

    async def _email_service(self, call: NativeCall, what: str) -> Here:
        here = await self._people.here(call.source)
        if not here.settings.use_email:
            raise failures.failed(f"{what} is not enabled.")
        return here

    async def _logged_in(self, call: NativeCall, here: Here, user: User) -> Answer:
        user = await self._people.log_in(here, user, remember=bool(call.kwargs.get("remember")))
        return await self._row(call, user)

    async def _row(self, call: NativeCall, user: User | None) -> Answer:
        """Give a user as the library takes it; the visit may have changed."""
        if user is None:
            return Answer(None)
        row = await self._tables.row(call, user.table_id, user.row_id, call.kwargs.get("fetch"))
        return Answer(row, visited=bool(call.source.visit))

    async def _require_password(self, here: Here, user: User, password: Any) -> None:
        async with self._people.turn(here, user.email):
            now = await self._people.by_id(here, user.table_id, user.row_id)
            if now is None or not isinstance(password, str):
                raise failures.failed("Incorrect password")
            try:
                await self._people.with_password(here, now, password)
            except NativeError as error:
                is_wrong = error.kind.endswith(".AuthenticationFailed")
                raise (failures.failed("Incorrect password") if is_wrong else error) from error

    async def _asked_for(self, here: Here, call: NativeCall) -> User | None:
        [typed] = call.take(object)
        email = address_of(typed)
        return await self._people.by_email(here, email, str(typed).strip()) if email else None

    async def _send_confirmation(self, here: Here, user: User) -> None:
        key = user.confirmation_key
        if key:
            path = f"email-confirm/{user.email}/{key}"
            await self._mails.send(here.call, here.settings, "confirm_address", user.email, path)

    async def _send_link(self, here: Here, user: User, purpose: str, mail: str) -> None:
        link = links.new(purpose, user.table_id, user.row_id)
        text = link.text(self._keys(), here.call.widget_id, bound_to(purpose, user))
        await self._mails.send(here.call, here.settings, mail, user.email, f"users/{purpose}/{text}")


Native = Callable[[NativeCall], Awaitable[Any]]


def natives_of(functions: Natives) -> tuple[dict[str, Native], dict[str, Native]]:
    """Return the functions by name: those that clients may call, too, and those for server code alone."""
    for_clients: dict[str, Native] = {
        "get_current_user": functions.get_current_user,
        "login_with_email": functions.login_with_email,
        "signup_with_email": functions.signup_with_email,
        "logout": functions.logout,
        "get_last_login_email": functions.get_last_login_email,
        "reset_password": functions.reset_password,
        "cancel_password_reset": functions.cancel_password_reset,
        "send_password_reset_email": functions.send_password_reset_email,
        "send_token_login_email": functions.send_token_login_email,
        "send_mfa_reset_email": functions.send_mfa_reset_email,
        "totp.generate_secret": functions.generate_secret,
        "totp.validate_code": functions.validate_code,
        "add_mfa_method": functions.add_mfa_method,
        "get_available_mfa_types": functions.get_available_mfa_types,
        "get_enabled_mfa_types": functions.get_enabled_mfa_types,
    }
    return for_clients, {"force_login": functions.force_login}
