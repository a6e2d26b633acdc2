"""Passwords: which are taken (ASVS 5.0, 6.2), and argon2 in threads that can't pile up."""

import asyncio
import functools
import re
import secrets
from importlib import resources

import argon2

from widget_site.errors import FormError

MIN_CHARS = 8
#: Longer ones are refused instead of cut; argon2 takes them all the same time.
MAX_CHARS = 256
#: OWASP's parameters for argon2id with one lane: 19 MiB and some 25 ms of a core, so that two cores that also run
#: widgets are not taken by sign-ins. Older hashes are renewed at the next sign-in when these grow.
_PASSES, _MEMORY_KIB, _LANES = 2, 19 * 1024, 1
#: So many hashes at once, the others wait.
_AT_ONCE = 2
_SEQUENCES = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def check_password(password: str, *about_the_person: str) -> None:
    """Raise FormError unless this can be a password: 8 to 256 characters, not common, not the person's own name."""
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise FormError("password", f"The password must have {MIN_CHARS} to {MAX_CHARS} characters.")
    lowered = password.lower()
    if any(len(name) >= 3 and lowered.strip("0123456789!?.-_") == name.lower() for name in about_the_person):
        raise FormError("password", "The password must not be your own name. Choose another one.")
    if is_common(lowered):
        raise FormError("password", "Many people use this password, so it is quickly guessed. Choose another one.")


def is_common(password: str) -> bool:
    """Whether a password in small letters is among the first that are tried."""
    words = _common_words()
    # People end a common word with a year, a number or an exclamation mark.
    stem = re.sub(r"[0-9]{0,4}[!.?]{0,2}$", "", password)
    if password in words or stem in words or _is_repeated(password, words):
        return True
    return any(password in line or password in line[::-1] for line in _SEQUENCES)


def _is_repeated(password: str, words: frozenset[str]) -> bool:
    for length in range(1, min(10, len(password) // 2) + 1):
        part = password[:length]
        if part * (len(password) // length) == password:
            return length <= 3 or part in words or part.isdigit()
    return False


@functools.cache
def _common_words() -> frozenset[str]:
    return frozenset(resources.files(__package__).joinpath("common_passwords.txt").read_text().split())


class Passwords:
    """Hashes and compares passwords without blocking the loop."""

    def __init__(self) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, _bytes(password))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one that was kept; takes as long when there is none.

        There is none (``kept`` is None) of who does not exist, nor ("") of who only signs in with a provider.
        """
        if not kept and self._nobodys is None:
            self._nobodys = await self.hash(secrets.token_urlsafe())
        async with self._places:
            right = await asyncio.to_thread(self._verify, kept or self._nobodys or "", password)
        return right and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, _bytes(password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    return password[:MAX_CHARS].encode("utf-8", "surrogatepass")
