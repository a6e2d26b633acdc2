"""``anvil.server.cookies``: one encrypted cookie of each kind, each value with a time of its own (S-69 to S-73)."""

import base64
import binascii
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from widget_site.services.native import NativeError
from widget_wire.values import Signer, WireValueError, flatten, inflate

#: The purpose for which ``SecretBox.derived_keys`` makes the keys.
PURPOSE = "cookies"
MAX_CHARS = 4000
_ERROR = "anvil.server.CookieError"
_NONCE_BYTES = 12
_DAY_S = 86_400
#: Browsers keep nothing longer (RFC 6265bis).
MAX_DAYS = 400.0


class Kind(StrEnum):
    """Who reads a cookie: one widget's code, the code of all of one owner's, or one widget's Users service alone."""

    LOCAL = "local"
    SHARED = "shared"
    REMEMBERED = "remembered"


class CookieJar:
    """The values of one cookie. ``whose`` is the widget's or the owner's id: a cookie opens for nobody else."""

    def __init__(self, keys: Sequence[bytes], kind: Kind, whose: str, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._bound = f"{kind.value}:{whose}".encode()
        self._now = now
        #: By name: what ``flatten`` made of the value, and the time until which it is there.
        self._held: dict[str, tuple[dict[str, Any], float]] = {}

    def open(self, sent: str) -> "CookieJar":
        """Take the values of a cookie that a browser sent; one that is not ours, or damaged, has none."""
        try:
            sealed = base64.urlsafe_b64decode(sent.encode() + b"=" * (-len(sent) % 4))
        except (binascii.Error, ValueError):
            return self
        for key in self._keys:
            try:
                plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bound)
            except (InvalidTag, ValueError):
                continue
            self._held = {name: (flat, until) for name, flat, until in json.loads(plain) if until > self._now()}
            break
        return self

    def get(self, name: str, signer: Signer) -> Any:
        """Return a value; NativeError KeyError for one that is not there, or no more."""
        if name not in self._held:
            raise NativeError("KeyError", name)
        flat, _ = self._held[name]
        return inflate(json.loads(json.dumps(flat)), {}, signer)["value"]

    def set(self, days: float, values: Mapping[str, Any], signer: Signer) -> None:
        """Keep values for so many days; NativeError for what no cookie can hold."""
        until = self._now() + min(days, MAX_DAYS) * _DAY_S
        for name, value in values.items():
            try:
                flat = flatten({"value": value}, signer)
            except WireValueError as error:
                raise NativeError(_ERROR, str(error)) from error
            if flat.media:
                raise NativeError(_ERROR, "Cannot store Media in cookies.")
            self._held[name] = flat.message, until

    def delete(self, name: str) -> None:
        """Forget a value; NativeError KeyError for one that is not there."""
        if self._held.pop(name, None) is None:
            raise NativeError("KeyError", name)

    def sealed(self) -> str:
        """Return the cookie for the browser; "" when nothing is in it. NativeError for more than a cookie holds."""
        held = [(name, flat, until) for name, (flat, until) in self._held.items() if until > self._now()]
        if not held:
            return ""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(held, separators=(",", ":")).encode()
        sealed = base64.urlsafe_b64encode(nonce + AESGCM(self._keys[0]).encrypt(nonce, plain, self._bound)).rstrip(b"=")
        if len(sealed) > MAX_CHARS:
            raise NativeError(_ERROR, f"Cookie too big: it has {len(sealed)} characters; browsers keep {MAX_CHARS}.")
        return sealed.decode()
