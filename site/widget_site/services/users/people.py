"""Users of widgets: who they are, whether a password is theirs, who is logged in (issue 4, point 7).

A login names the user's row and a *mark* of the password that it was made with: a new password, being disabled or
deleted end every login of theirs at once. Passwords are compared outside of transactions, for they take their time, and
one after the other for one address, so that guesses at the same time are counted like any others.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from widget_model.users_settings import UsersSettings
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.errors import TooManyError
from widget_site.services.users import failures, totp
from widget_site.services.users.interfaces import Logins, Tables
from widget_site.services.users.passwords import Hashes
from widget_site.store import users_services
from widget_site.store.data import users_table
from widget_site.store.data.users_table import User
from widget_site.store.data.values import TableInfo
from widget_site.store.store import Store
from widget_wire.runs import ServiceCall

T = TypeVar("T")

#: Tries of one address of a widget that are not right, whatever its row counts: code may roll that back.
_TRIES = Rate("users-tries", 100, 3600.0)
_DAY_S = 86_400.0
MAX_EMAIL = 254
_MAX_REMEMBERED = 20


@dataclass(frozen=True)
class Here:
    """A widget's service for one call."""

    call: ServiceCall
    settings: UsersSettings


def address_of(given: Any) -> str:
    """Return an address as it is looked for, in small letters; "" for what can't be one."""
    if not isinstance(given, str):
        return ""
    email = given.strip().lower()
    local, at, domain = email.rpartition("@")
    is_one = bool(local and at and domain) and len(email) <= MAX_EMAIL and email.isprintable() and " " not in email
    return email if is_one and not any("\ud800" <= one <= "\udfff" for one in email) else ""


def mark_of(user: User) -> str:
    """Return what a login is bound to: it says nothing about the password, and is another one after a change."""
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]


class People:
    """The users of all widgets."""

    def __init__(self, store: Store, tables: Tables, logins: Logins, limiter: RateLimiter, hashes: Hashes) -> None:
        self._store = store
        self._tables = tables
        self._logins = logins
        self._limiter = limiter
        self.hashes = hashes
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def here(self, call: ServiceCall) -> Here:
        """Return the service of the widget that calls; ServiceNotAdded when it has none."""
        settings = await users_services.read(self._store, call.widget_id)
        if settings is None:
            raise failures.not_added()
        return Here(call, settings)

    # --- rows ---

    async def by_email(self, here: Here, email: str, typed: str = "") -> User | None:
        """Return the user of an address."""
        return await self._read(here, lambda db, info: users_table.by_email(db, info, email, typed))

    async def by_id(self, here: Here, table_id: int, row_id: int) -> User | None:
        """Return the user of a row; None when it is gone, or of another table."""

        def work(db: Any, info: TableInfo) -> User | None:
            return users_table.by_id(db, info, row_id) if info.id == table_id else None

        return await self._read(here, work)

    async def change(self, here: Here, user: User, **values: Any) -> User:
        """Set cells of a user, and return them as they are then; AuthenticationFailed when they are gone."""

        def work(db: Any, info: TableInfo) -> User | None:
            users_table.change(db, info, user.row_id, **values)
            return users_table.by_id(db, info, user.row_id)

        changed = await self._write(here, work)
        if changed is None:
            raise failures.failed("This user has been deleted")
        return changed

    async def change_if(self, here: Here, user: User, is_still: Callable[[User], bool], **values: Any) -> User | None:
        """Set cells of a user if they are still as ``is_still`` says; None, and nothing is done, when not."""

        def work(db: Any, info: TableInfo) -> User | None:
            users_table.hold(db, info)
            now = users_table.by_id(db, info, user.row_id)
            if now is None or not is_still(now):
                return None
            users_table.change(db, info, user.row_id, **values)
            return users_table.by_id(db, info, user.row_id)

        return await self._write(here, work)

    async def add(self, here: Here, email: str, password: str | None) -> User:
        """Make a user; UserExists when the address has one. Without a password a provider vouches for the address."""
        values: dict[str, Any] = {
            "email": email,
            "enabled": here.settings.enable_automatically,
            "signed_up": datetime.now(UTC),
            "confirmed_email": password is None,
            "n_password_failures": 0,
        }
        if password is not None:
            values["password_hash"] = await self.hashes.make(here.call.widget_id, password)
        if here.settings.confirm_email and password is not None:
            values["email_confirmation_key"] = secrets.token_urlsafe(24)
        await self._tables.require_room(here.call)

        def work(db: Any, info: TableInfo) -> User | None:
            users_table.hold(db, info)
            if users_table.by_email(db, info, email) is not None:
                return None
            return users_table.by_id(db, info, users_table.add(db, info, **values))

        made = await self._write(here, work)
        if made is None:
            raise failures.exists()
        return made

    # --- passwords ---

    async def checked(self, here: Here, typed: Any, password: Any, code: Any = None) -> User:
        """Return the user whose address and password these are, and whose second factor ``code`` is.

        Whoever knows no password learns nothing: an unknown address takes as long and is locked out like a known one.
        """
        email = address_of(typed)
        if not email or not isinstance(password, str):
            raise failures.wrong()
        async with self.turn(here, email):
            user = await self.by_email(here, email, typed.strip())
            if user is None or not user.password_hash:
                await self._refuse_unknown(here, email, password)
                raise failures.wrong()
            return await self._with_second_factor(here, await self.with_password(here, user, password), code)

    async def with_password(self, here: Here, user: User, password: str) -> User:
        """Return the user if the password is theirs, else count the failure; to be asked in their turn."""
        if user.failures >= here.settings.max_password_failures:
            raise failures.too_many()
        if not await self.hashes.matches(here.call.widget_id, user.password_hash, password):
            await self.change(here, user, n_password_failures=user.failures + 1)
            raise failures.wrong()
        return user

    def require_usable(self, here: Here, user: User) -> None:
        """Raise when a user may not log in although they are who they say."""
        if not user.enabled:
            raise failures.not_enabled()
        if here.settings.confirm_email and not user.confirmed_email:
            raise failures.not_confirmed()

    async def _with_second_factor(self, here: Here, user: User, code: Any) -> User:
        if not user.mfa and not here.settings.require_mfa:
            return user
        if code is None:
            raise failures.second_factor_missing()
        given = code.get("code") if isinstance(code, dict) and code.get("type") == totp.KIND else None
        methods = totp.used(user.mfa, given)
        if methods is None:
            await self.change(here, user, n_password_failures=user.failures + 1)
            raise failures.second_factor_wrong()
        return await self.change(here, user, mfa=methods)

    async def _refuse_unknown(self, here: Here, email: str, password: str) -> None:
        rate = Rate("users-unknown", here.settings.max_password_failures, _DAY_S)
        try:
            await self._limiter.take(rate, f"{here.call.widget_id} {email}")
        except TooManyError as error:
            raise failures.too_many() from error
        await self.hashes.matches(here.call.widget_id, "", password)

    @contextlib.asynccontextmanager
    async def turn(self, here: Here, email: str) -> AsyncIterator[None]:
        """Let tries of one address take turns; what raises inside counts as one that was wrong."""
        who = f"{here.call.widget_id} {email}"
        turn = self._turns.setdefault(who, asyncio.Lock())
        async with turn:
            try:
                await self._limiter.take(_TRIES, who)
            except TooManyError as error:
                raise failures.too_many() from error
            yield
            await self._limiter.give_back(_TRIES, who)

    # --- logins ---

    async def log_in(self, here: Here, user: User, *, remember: bool = False) -> User:
        """Log a user in where the call comes from, for the session or for longer."""
        values: dict[str, Any] = {"last_login": datetime.now(UTC), "n_password_failures": 0}
        token = secrets.token_urlsafe(24)
        is_remembered = remember and here.settings.allow_remember_me and bool(here.call.visit)
        if is_remembered:
            kept = [one for one in user.remembered if _is_fresh(one, here.settings)][-_MAX_REMEMBERED + 1 :]
            now = datetime.now(UTC).isoformat(timespec="seconds")
            values["remembered_logins"] = [*kept, {"login_time": now, "token_hash": _hash(token)}]
        user = await self.change(here, user, **values)
        await self._logins.change(here.call, _login(user))
        if is_remembered:
            remembered = {"table": user.table_id, "row": user.row_id, "token": token, "email": user.email}
            await self._logins.remember(here.call, remembered, here.settings.remember_me_days)
        return user

    async def log_out(self, here: Here, *, forgets_objects: bool = False) -> None:
        """Forget who is logged in here, in this session and in the browser.

        ``forgets_objects``: and let the rows and the like that the page has be worth nothing.
        """
        await self._logins.change(here.call, None)
        if forgets_objects:
            await self._logins.forget_objects(here.call)
        remembered = await self._logins.remembered(here.call)
        if "token" not in remembered:
            return
        user = await self._remembered_user(here, remembered)
        if user is not None:
            kept = [one for one in user.remembered if one.get("token_hash") != _hash(str(remembered["token"]))]
            await self.change(here, user, remembered_logins=kept)
        # The address stays, for the next form.
        await self._logins.remember(here.call, {"email": remembered["email"]}, here.settings.remember_me_days)

    async def current(self, here: Here, *, allow_remembered: bool = True) -> User | None:
        """Return who is logged in where the call comes from, or was before and is remembered (U-06, U-18)."""
        login = await self._logins.current(here.call)
        if login is not None:
            if login.get("remembered") and not allow_remembered:
                return None
            user = await self.by_id(here, login["table"], login["row"])
            if user is not None and user.enabled and mark_of(user) == login["mark"]:
                return user
            return None
        if not allow_remembered or not here.settings.allow_remember_me:
            return None
        user = await self._remembered_user(here, await self._logins.remembered(here.call))
        if user is None or not user.enabled:
            return None
        await self._logins.change(here.call, {**_login(user), "remembered": True})
        return user

    async def last_email(self, call: ServiceCall) -> str | None:
        """Return the address that was last logged in with, where the browser was to remember it."""
        found = (await self._logins.remembered(call)).get("email")
        return found if isinstance(found, str) else None

    async def _remembered_user(self, here: Here, remembered: dict[str, Any]) -> User | None:
        if "token" not in remembered:
            return None
        user = await self.by_id(here, remembered["table"], remembered["row"])
        if user is None:
            return None
        hashed = _hash(str(remembered["token"]))
        known = [one for one in user.remembered if _is_fresh(one, here.settings)]
        is_known = any(secrets.compare_digest(str(one.get("token_hash")).encode(), hashed.encode()) for one in known)
        return user if is_known else None

    async def _read(self, here: Here, work: Callable[[Any, TableInfo], T]) -> T:
        widget_id, name = here.call.widget_id, here.settings.user_table
        return await self._tables.read(here.call, lambda db: work(db, users_table.find(db, widget_id, name)))

    async def _write(self, here: Here, work: Callable[[Any, TableInfo], T]) -> T:
        widget_id, name = here.call.widget_id, here.settings.user_table

        def with_table(db: Any) -> T:
            users_table.find(db, widget_id, name)
            return work(db, users_table.ensure(db, widget_id, name))

        return await self._tables.write(here.call, with_table)


def _login(user: User) -> dict[str, Any]:
    return {"table": user.table_id, "row": user.row_id, "mark": mark_of(user)}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _is_fresh(remembered: dict[str, Any], settings: UsersSettings) -> bool:
    try:
        at = datetime.fromisoformat(str(remembered["login_time"]))
    except (KeyError, ValueError):
        return False
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return datetime.now(UTC) - aware < timedelta(days=settings.remember_me_days)
