"""What proves that somebody reads an address, and what that is good for: verification, a new address, a new password.

Asking for a new password tells nobody whether a name or an address has an account: the answer is the same, and so is
the work (security.md 64).
"""

import logging

from widget_site.accounts import names
from widget_site.accounts.accounts import Accounts
from widget_site.accounts.passwords import check_password
from widget_site.accounts.rates import Rate, RateLimiter, caller
from widget_site.accounts.secret import MAX_CHARS, hash_secret, new_secret
from widget_site.errors import NotFoundError, TooManyError
from widget_site.settings import SiteSettings
from widget_site.store import accounts, recovery
from widget_site.store.links import Purpose
from widget_site.store.store import Store
from widget_site.store.values import Account, WebSession

log = logging.getLogger("widget_site.security")

_HOUR_S = 3600.0
#: Links for one account in an hour: nobody's mailbox is filled.
_LINKS_PER_HOUR = 5
_GONE = "This link was used already, or is older than an hour. Ask for a new one."


class Recovery:
    """Links that are mailed, and what they do. ``address`` is the caller's, for the limits."""

    def __init__(self, settings: SiteSettings, store: Store, limiter: RateLimiter, accounts: Accounts) -> None:
        self._settings = settings
        self._store = store
        self._limiter = limiter
        self._accounts = accounts
        self._asked = Rate("recovery", settings.rate_resets_per_hour, _HOUR_S)
        self._links = Rate("recovery-account", _LINKS_PER_HOUR, _HOUR_S)

    # --- addresses ---

    async def send_verification(self, account: Account, address: str) -> None:
        """Mail a link that proves the account's address; TooManyError."""
        await self._limiter.take(self._asked, caller(address))
        await self._limiter.take(self._links, f"email {account.id}")
        await self._mail_link(account, account.email)

    async def change_email(self, session: WebSession, email: str, password: str, address: str) -> bool:
        """Change the address once the link that is mailed there is used; at once where the site sends no mail.

        Return whether it is changed already. FormError, WrongPasswordError, StaleSignInError, ConflictError,
        TooManyError.
        """
        email = names.check_email(email)
        account = await self._accounts.confirm(session, password, address)
        # Also where no link is mailed: the answer tells whether another account has the address.
        await self._limiter.take(self._asked, caller(address))
        await self._limiter.take(self._links, f"email {account.id}")
        if not self._settings.sends_mail:
            await recovery.set_email(self._store, account.id, email, proven=False)
            log.info("account %s changed its address", account.id)
            return True
        await self._mail_link(account, email)
        return False

    async def address_of_link(self, secret: str) -> str:
        """Return the address that a link would prove; NotFoundError when it works no more."""
        found = await recovery.find(self._store, Purpose.EMAIL, hash_secret(secret[:MAX_CHARS]))
        if found is None:
            raise NotFoundError(_GONE)
        return found.email

    async def prove_address(self, secret: str) -> str:
        """Use a link up: its account has its address, proven. NotFoundError, ConflictError when another has it."""
        found = await recovery.prove_address(self._store, hash_secret(secret[:MAX_CHARS]))
        if found is None:
            raise NotFoundError(_GONE)
        log.info("account %s proved its address", found.account_id)
        return found.email

    async def _mail_link(self, account: Account, email: str) -> None:
        secret = new_secret()
        text = (
            f"Hello {account.username},\n\nthis link confirms that you read mail at {email}:\n\n"
            f"{self._settings.site_url}/confirm/{secret}\n\n"
            "It works once, within an hour. If you did not ask for it, do nothing.\n"
        )
        await recovery.keep_link(self._store, Purpose.EMAIL, account.id, email, hash_secret(secret), text)

    # --- passwords ---

    async def ask_for_reset(self, name: str, address: str) -> None:
        """Mail a link that sets a new password to whoever has this name or address; the same to see when nobody has.

        TooManyError for who asks too often.
        """
        await self._limiter.take(self._asked, caller(address))
        found = await accounts.with_password(self._store, name.strip())
        account = None if found is None or found[0].disabled_at is not None else found[0]
        try:
            # Also for a name that nobody has, so that both take as long.
            await self._limiter.take(self._links, f"reset {account.id if account else name.lower()}")
        except TooManyError:
            return
        secret = new_secret()
        called = account.username if account else "nobody"
        text = (
            f"Hello {called},\n\nthis link sets a new password for your account:\n\n"
            f"{self._settings.site_url}/reset/{secret}\n\n"
            "It works once, within an hour. If you did not ask for it, do nothing: your password stays as it is.\n"
        )
        account_id, email = (account.id, account.email) if account else (None, "")
        await recovery.keep_link(self._store, Purpose.RESET, account_id, email, hash_secret(secret), text)
        log.info("a new password was asked for from %s", address)

    async def is_reset_link(self, secret: str) -> bool:
        """Whether this link would work now."""
        return await recovery.find(self._store, Purpose.RESET, hash_secret(secret[:MAX_CHARS])) is not None

    async def reset(self, secret: str, password: str) -> None:
        """Use a link up: the password is new, and every sign-in ends. NotFoundError, FormError."""
        hashed = hash_secret(secret[:MAX_CHARS])
        link = await recovery.find(self._store, Purpose.RESET, hashed)
        if link is None:
            raise NotFoundError(_GONE)
        account = await accounts.by_id(self._store, link.account_id)
        check_password(password, account.username, account.email.partition("@")[0])
        kept = await self._accounts.passwords.hash(password)
        if not await recovery.reset(self._store, hashed, kept, proves_address=self._settings.sends_mail):
            raise NotFoundError(_GONE)
        log.info("account %s set a new password by a link", account.id)
