"""What widgets' secrets are encrypted with (D-25): keys that are never in the database, nor in a backup of it alone.

They come from ``WIDGETRY_SECRET_KEY`` (``_FILE``), or from ``secret.key`` in the site's data folder, which is made when
the first secret is kept. The first key encrypts, every key decrypts, so keys can be changed while the site runs::

    python -m widget_site.secret_box rotate    a new key is put first, every secret is encrypted with it
    python -m widget_site.secret_box forget    the other keys are dropped, once no secret needs them

With ``WIDGETRY_SECRET_KEY`` the operator puts the new key first (keys are separated by commas); ``rotate`` then only
encrypts anew.
"""

import asyncio
import base64
import binascii
import contextlib
import functools
import json
import os
import sys
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from widget_site.settings import SettingsError, SiteSettings
from widget_site.store import secrets
from widget_site.store.gate import NoGate
from widget_site.store.store import Store

FILE = "secret.key"
_KEY_BYTES = 32


class UnreadableSecretError(Exception):
    """No key that we have opens it: the key is lost, or the row was moved."""


class SecretBox:
    """Encrypts and decrypts; keys are read when first needed, and again when the file has changed."""

    def __init__(self, settings: SiteSettings) -> None:
        self._given = settings.secret_key.get_secret_value() if settings.secret_key is not None else None
        self.path = Path(settings.data) / FILE
        self._loaded: tuple[tuple[int, int], list[str], MultiFernet] | None = None

    @property
    def keeps_file(self) -> bool:
        """Whether the keys are in our own file."""
        return self._given is None

    def encrypt(self, widget_id: str, name: str, value: str) -> bytes:
        """Return a value as it is kept; it opens only as the secret of this name of this widget."""
        plain = json.dumps([widget_id, name, value], separators=(",", ":"))
        return self._keys(make=True).encrypt(plain.encode())

    def decrypt(self, widget_id: str, name: str, kept: bytes) -> str:
        """Return the value of what ``encrypt`` made; UnreadableSecretError when that can't be."""
        try:
            whose, which, value = json.loads(self._keys().decrypt(kept))
        except (InvalidToken, ValueError) as error:
            raise UnreadableSecretError(f"the secret {name!r} can't be decrypted with the keys of this site") from error
        if (whose, which) != (widget_id, name):
            raise UnreadableSecretError(f"the secret {name!r} is another one's")
        return str(value)

    def derived_keys(self, purpose: str) -> list[bytes]:
        """Return a key of 32 bytes for ``purpose`` from each of our keys, the first first; none of them tells another.

        Whoever signs does so with the first and takes what any of them signed.
        """
        return [_derived(text, purpose) for text in self._load(make=True)[0]]

    def encrypt_anew(self, kept: bytes) -> bytes:
        """Return a kept value encrypted with the first key; UnreadableSecretError when no key opens it."""
        try:
            return self._keys().rotate(kept)
        except InvalidToken as error:
            raise UnreadableSecretError("a secret can't be decrypted with the keys of this site") from error

    def add_key(self) -> None:
        """Put a new key first in our file."""
        self._write([_new_key(), *self._texts()])

    def keep_first_key(self) -> None:
        """Drop every key of our file but the first."""
        self._write(self._texts()[:1])

    def first_key_opens(self, kept: bytes) -> bool:
        """Whether the other keys are not needed for this value."""
        try:
            Fernet(self._texts()[0]).decrypt(kept)
        except (InvalidToken, IndexError):
            return False
        return True

    def _keys(self, make: bool = False) -> MultiFernet:
        return self._load(make)[1]

    def _load(self, make: bool) -> tuple[list[str], MultiFernet]:
        """Return the keys, read anew only when the file has changed: user code's calls ask for them often."""
        # Time and size: a file that is replaced twice within a tick of the clock has another size.
        seen = (0, 0)
        if self.keeps_file:
            if make:
                self._make_file()
            with contextlib.suppress(FileNotFoundError):
                stat = self.path.stat()
                seen = (stat.st_mtime_ns, stat.st_size)
        if self._loaded is None or self._loaded[0] != seen:
            texts = self._texts()
            if not texts:
                raise UnreadableSecretError(f"there is no key: {self.path} is missing")
            self._loaded = seen, texts, MultiFernet([Fernet(text) for text in texts])
        return self._loaded[1:]

    def _texts(self) -> list[str]:
        if self._given is not None:
            return [_checked(text) for text in self._given.replace(",", " ").split()]
        with contextlib.suppress(FileNotFoundError):
            return [_checked(text) for text in self.path.read_text().split()]
        return []

    def _make_file(self) -> None:
        """Make our file with one key unless it is there; two processes at once agree on one."""
        if self.path.exists():
            return
        made = self._write_beside([_new_key()])
        with contextlib.suppress(FileExistsError):
            os.link(made, self.path)
        made.unlink()

    def _write(self, texts: list[str]) -> None:
        self._write_beside(texts).replace(self.path)

    def _write_beside(self, texts: list[str]) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = self.path.with_name(f"{FILE}.{os.getpid()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if os.geteuid() == 0:
                # The site runs as the owner of its folder, and must be able to read what root makes there.
                owner = self.path.parent.stat()
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.write("".join(f"{text}\n" for text in texts))
            file.flush()
            os.fsync(descriptor)
        return made


def _new_key() -> str:
    return Fernet.generate_key().decode()


def _checked(text: str) -> str:
    """Return a key as Fernet takes it; ``openssl rand -base64 32`` writes one in the other alphabet."""
    text = text.translate(str.maketrans("+/", "-_"))
    try:
        is_key = len(base64.urlsafe_b64decode(text)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        raise SettingsError("WIDGETRY_SECRET_KEY must be 32 random bytes in base64, like openssl rand -base64 32 makes")
    return text


@functools.lru_cache(maxsize=64)
def _derived(text: str, purpose: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"widgetry {purpose}".encode())
    return derivation.derive(base64.urlsafe_b64decode(text))


async def _rotate(box: SecretBox, store: Store) -> str:
    if box.keeps_file:
        box.add_key()
    count = await secrets.encrypt_all_anew(store, box.encrypt_anew)
    return f"{count} secrets are encrypted with the new key."


async def _forget(box: SecretBox, store: Store) -> str:
    if not box.keeps_file:
        return "The keys are in WIDGETRY_SECRET_KEY: take the old ones out there."
    kept = [kept async for kept in secrets.all_kept(store)]
    if not all(box.first_key_opens(one) for one in kept):
        return "Some secrets still need an old key: rotate first. Nothing was dropped."
    box.keep_first_key()
    return "The old keys are dropped."


async def _main(command: str) -> str:
    settings = SiteSettings()
    store = Store.open(settings, NoGate())
    try:
        box = SecretBox(settings)
        return await (_rotate if command == "rotate" else _forget)(box, store)
    finally:
        await store.close()


def main() -> int:
    """Do what the one command says."""
    if sys.argv[1:] not in (["rotate"], ["forget"]):
        sys.stderr.write("usage: python -m widget_site.secret_box rotate|forget\n")
        return 2
    sys.stdout.write(asyncio.run(_main(sys.argv[1])) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
