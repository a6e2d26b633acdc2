"""Passwords of widgets' users: bcrypt, as Anvil keeps them, so that users of an app that moves here keep theirs."""

import asyncio
from weakref import WeakValueDictionary

import bcrypt

from widget_site.accounts.passwords import is_common
from widget_site.services.native import NativeError

MIN_CHARS = 8
#: bcrypt looks at no more.
MAX_BYTES = 72
#: 2**10 rounds: OWASP's least, some 60 ms. With ``authenticate_users`` each request of an API pays it.
_COST = 10
#: So many at once, and of one widget one: logins must not take the machine from runs, nor from other widgets' logins.
_AT_ONCE = 2
_KIND = "anvil.users.PasswordNotAcceptable"


def require_acceptable(password: str, email: str, *, secure: bool) -> None:
    """Raise PasswordNotAcceptable unless this can be somebody's new password (U-11)."""
    if not password:
        raise NativeError(_KIND, "A password can't be empty")
    if "\0" in password or len(_bytes(password)) > MAX_BYTES:
        raise NativeError(_KIND, f"Passwords have at most {MAX_BYTES} bytes, and no NUL")
    if not secure:
        return
    if len(password) < MIN_CHARS:
        raise NativeError(_KIND, f"Passwords must be {MIN_CHARS} characters or more")
    lowered = password.lower()
    if lowered in (email, email.partition("@")[0]):
        raise NativeError(_KIND, "This password is not safe to use: it is your own name")
    if is_common(lowered):
        raise NativeError(_KIND, "This password is not safe to use: many people have it, so it is quickly guessed")


class Hashes:
    """Makes and compares hashes without blocking the loop."""

    def __init__(self, cost: int = _COST) -> None:
        self.cost = cost
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._nobodys = ""

    async def make(self, widget_id: str, password: str) -> str:
        """Return what is kept of a password."""
        turn = self._turns.setdefault(widget_id, asyncio.Lock())
        async with turn, self._places:
            made = await asyncio.to_thread(bcrypt.hashpw, _bytes(password), bcrypt.gensalt(self.cost))
        return made.decode()

    async def matches(self, widget_id: str, kept: str, password: str) -> bool:
        """Whether ``password`` is the one that was kept; takes as long when there is none ("")."""
        if not kept and not self._nobodys:
            self._nobodys = await self.make(widget_id, "nobody's")
        turn = self._turns.setdefault(widget_id, asyncio.Lock())
        async with turn, self._places:
            right = await asyncio.to_thread(_verify, kept or self._nobodys, password)
        return right and bool(kept)


def _verify(kept: str, password: str) -> bool:
    try:
        # Hashes from elsewhere may be of longer passwords, of which bcrypt took this much.
        return bcrypt.checkpw(_bytes(password)[:MAX_BYTES], kept.encode())
    except ValueError:
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
