"""Signing up, in and out; tokens; the link that makes the first account."""

import logging
import time
from dataclasses import dataclass

from widget_site.accounts import names
from widget_site.accounts.passwords import Passwords, check_password
from widget_site.accounts.rates import Rate, RateLimiter, caller
from widget_site.accounts.scopes import Scope
from widget_site.accounts.secret import MAX_CHARS, hash_secret, new_secret
from widget_site.errors import ForbiddenError, NotFoundError, SignInError, StaleSignInError, WrongPasswordError
from widget_site.settings import SiteSettings
from widget_site.store import accounts, rules, sessions, tokens
from widget_site.store.store import Store
from widget_site.store.tokens import Bearer
from widget_site.store.values import Account, Token, WebSession

log = logging.getLogger("widget_site.security")

_FIRST = "first-account"
#: The link of the first account; a new one is made at every start until it is used.
_LINK_LASTS_S = 24 * 3600.0
_DAY_S = 24 * 3600.0
#: How long a sign-in with the provider stands for a password, for who has none.
FRESH_SIGN_IN_S = 5 * 60.0
_QUARTER_HOUR_S = 15 * 60.0
#: Who signs up is signed in at once, so the form can't hide that a name or an address is taken; from one address it
#: says so no more often than this in an hour.
TAKEN_PER_HOUR = 20
_MAKE_ANOTHER = "Make a new one on your account page, or with POST /api/v1/tokens."


@dataclass(frozen=True)
class SignedIn:
    """A new sign-in: what its cookie must hold, once."""

    account: Account
    secret: str


class Accounts:
    """Everything about who somebody is. ``address`` is the caller's, for the limits."""

    def __init__(self, settings: SiteSettings, store: Store, limiter: RateLimiter) -> None:
        self._store = store
        self._limiter = limiter
        self._settings = settings
        #: Hashes and compares them, a few at a time.
        self.passwords = Passwords()
        self._sign_ups = Rate("sign-up", settings.rate_sign_ups_per_hour, 3600.0)
        self._taken = Rate("sign-up-taken", TAKEN_PER_HOUR, 3600.0)
        self._failures = Rate("sign-in", settings.rate_sign_in_failures, _QUARTER_HOUR_S)
        self._address_failures = Rate("sign-in-ip", settings.rate_sign_in_failures_per_address, _QUARTER_HOUR_S)

    # --- accounts ---

    async def sign_up(self, username: str, email: str, password: str, address: str) -> Account:
        """Make an account; FormError, ConflictError, TooManyError, or ForbiddenError where sign-up is closed."""
        if not self._settings.is_sign_up_open:
            raise ForbiddenError("New accounts are not taken here. Ask whoever runs this site.")
        username, email = names.check_username(username), names.check_email(email)
        check_password(password, username, email.partition("@")[0])
        source = caller(address)
        await self._limiter.take(self._sign_ups, source)
        hashed = await self.passwords.hash(password)
        # Counted before it is known, as failed sign-ins are.
        await self._limiter.take(self._taken, source)
        account = await accounts.create(self._store, username, email, hashed)
        await self._limiter.give_back(self._taken, source)
        log.info("account %s was made from %s", account.id, address)
        return account

    async def check(self, username: str, password: str, address: str) -> Account:
        """Return whose name and password these are; WrongPasswordError, as quickly whether the name exists or not."""
        # Counted before the password is looked at: a thousand tries at once must not all see an empty count.
        source = caller(address)
        await self._limiter.take(self._address_failures, source)
        found = await accounts.with_password(self._store, username)
        # By account: a name can be written in many ways (its address, other letters, control characters).
        who = f"{source} {username.lower() if found is None else found[0].id}"
        await self._limiter.take(self._failures, who)
        kept = None if found is None else found[1]
        if not await self.passwords.matches(kept, password) or found is None:
            log.warning("a sign-in from %s failed", address)
            raise WrongPasswordError
        if found[0].disabled_at is not None:
            # Only who has the password is told.
            raise ForbiddenError("This account is disabled. Ask whoever runs this site.")
        await self._limiter.give_back(self._address_failures, source)
        await self._limiter.give_back(self._failures, who)
        if self.passwords.is_outdated(found[1]):
            await accounts.set_password(self._store, found[0].id, await self.passwords.hash(password))
        return found[0]

    async def confirm(self, session: WebSession, password: str, address: str) -> Account:
        """Return the account of a sign-in whose owner proves once more that it is theirs.

        By the password; by having signed in with the provider within FRESH_SIGN_IN_S where there is none.
        WrongPasswordError, StaleSignInError.
        """
        if await accounts.has_password(self._store, session.account.id):
            return await self.check(session.account.username, password, address)
        if not self.is_fresh(session):
            raise StaleSignInError
        return session.account

    @staticmethod
    def is_fresh(session: WebSession) -> bool:
        """Whether somebody signed in so shortly ago that this proves who they are."""
        return time.time() - session.created_at < FRESH_SIGN_IN_S

    async def change_password(
        self, session: WebSession, old: str, new: str, address: str, device: str = ""
    ) -> SignedIn:
        """Replace the password; every sign-in of the account ends, and the caller gets a new one."""
        account = await self.check(session.account.username, old, address)
        check_password(new, account.username, account.email.partition("@")[0])
        await accounts.change_password(self._store, account.id, await self.passwords.hash(new))
        log.info("account %s changed its password", account.id)
        return await self.open_session(account, address, device)

    # --- sign-ins ---

    async def sign_in(
        self, username: str, password: str, address: str, old_secret: str | None = None, device: str = ""
    ) -> SignedIn:
        """Sign in; the id is always new, and the sign-in that the browser had before ends."""
        account = await self.check(username, password, address)
        if old_secret:
            await self.sign_out(old_secret)
        return await self.open_session(account, address, device)

    async def open_session(self, account: Account, address: str = "", device: str = "") -> SignedIn:
        """Begin a sign-in of this account; ``address`` and ``device`` are for its owner to recognise it by."""
        secret = new_secret()
        lasts_s = self._settings.session_days * _DAY_S
        await sessions.create(self._store, hash_secret(secret), account, lasts_s, address=address, device=device)
        return SignedIn(account, secret)

    async def session_of(self, secret: str) -> WebSession | None:
        """Return the sign-in whose cookie holds this, while it lasts."""
        if len(secret) > MAX_CHARS:
            return None
        return await sessions.get(self._store, hash_secret(secret), self._settings.session_idle_days * _DAY_S)

    async def sign_out(self, secret: str) -> None:
        """End the sign-in whose cookie holds this."""
        await sessions.end(self._store, hash_secret(secret[:MAX_CHARS]))

    async def sessions(self, account: Account) -> tuple[WebSession, ...]:
        """Return the account's sign-ins, the last used first."""
        return await sessions.of_account(self._store, account.id, self._settings.session_idle_days * _DAY_S)

    async def sign_out_elsewhere(self, session: WebSession) -> int:
        """End the account's other sign-ins; return how many."""
        return await sessions.end_all(self._store, session.account.id, keep=session.id)

    # --- tokens ---

    async def make_token(
        self, account: Account, name: str, *, scope: str = Scope.WRITE.value, expires_in_days: int | None = None
    ) -> tuple[Token, str]:
        """Make a bearer token; the secret is returned this once. Without ``expires_in_days`` it works until revoked."""
        scope, days = rules.token_scope(scope), rules.token_days(expires_in_days)
        expires_at = None if days is None else time.time() + days * _DAY_S
        secret = new_secret()
        token = await tokens.create(
            self._store, account.id, rules.token_name(name), hash_secret(secret), scope=scope, expires_at=expires_at
        )
        log.info("account %s made the token %s to %s", account.id, token.id, scope)
        return token, secret

    async def bearer(self, secret: str) -> Bearer:
        """Return whose token this is; SignInError when it is nobody's, or too old."""
        found = None
        if secret and len(secret) <= MAX_CHARS:
            found = await tokens.bearer(self._store, hash_secret(secret))
        if found is None:
            raise SignInError(f"This token is not valid. {_MAKE_ANOTHER}")
        if found.token.expires_at is not None and found.token.expires_at <= time.time():
            raise SignInError(f"The token {found.token.name!r} has expired. {_MAKE_ANOTHER}")
        return found

    # --- the first administrator ---

    async def first_link(self) -> str | None:
        """Return the address that makes the administrator's account, once; None when there is one already.

        Others may have signed up before, or come by a provider: that must not leave the site without anybody.
        """
        if await accounts.has_admin(self._store):
            return None
        secret = new_secret()
        await tokens.add_link(self._store, _FIRST, hash_secret(secret), time.time() + _LINK_LASTS_S)
        return f"{self._settings.site_url}/welcome/{secret}"

    async def is_first_link(self, secret: str) -> bool:
        """Whether this link would work now."""
        return await tokens.is_link(self._store, _FIRST, hash_secret(secret[:MAX_CHARS]))

    async def use_first_link(self, secret: str, username: str, email: str, password: str) -> SignedIn:
        """Make the first administrator's account, and sign it in; the link works no more then."""
        if not await self.is_first_link(secret):
            raise NotFoundError("This link was used already, or is too old. A new one is printed at the next start.")
        username, email = names.check_username(username), names.check_email(email)
        check_password(password, username, email.partition("@")[0])
        hashed = await self.passwords.hash(password)
        account = await accounts.create(self._store, username, email, hashed, is_admin=True, only_first=True)
        await tokens.use_link(self._store, _FIRST, hash_secret(secret))
        log.info("account %s is the first", account.id)
        return await self.open_session(account)
