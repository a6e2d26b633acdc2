"""Links of mails: what they say is signed, for one widget, one purpose, one user as they are now, for ten minutes.

A link names what it is good for only as long as that holds (``bound``): the password before, the login before. So each
works once, older ones die with it, and nothing has to be kept for them.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

#: The purpose for which ``SecretBox.derived_keys`` makes the keys.
PURPOSE = "links of users"
LIFE_S = 600
_MAX_CHARS = 400


@dataclass(frozen=True)
class Link:
    """A link that came back; it is good if ``signature`` is that of its user as they are now."""

    purpose: str
    table_id: int
    row_id: int
    #: Unix time, whole seconds.
    until: int
    signature: bytes = b""

    def text(self, keys: Sequence[bytes], widget_id: str, bound: str) -> str:
        """Return the link's last part, signed."""
        signed = self._sign(keys[0], widget_id, bound)
        said = json.dumps([self.purpose, self.table_id, self.row_id, self.until], separators=(",", ":"))
        return f"{_encoded(said.encode())}.{_encoded(signed)}"

    def is_good(self, keys: Sequence[bytes], widget_id: str, bound: str) -> bool:
        """Tell whether the link is one of ours, not too old, and what it is bound to still so."""
        fits = [hmac.compare_digest(self._sign(key, widget_id, bound), self.signature) for key in keys]
        return any(fits) and time.time() < self.until

    def _sign(self, key: bytes, widget_id: str, bound: str) -> bytes:
        said = json.dumps([widget_id, self.purpose, self.table_id, self.row_id, self.until, bound])
        return hmac.digest(key, said.encode(), hashlib.sha256)


def new(purpose: str, table_id: int, row_id: int) -> Link:
    """Return a link from now on."""
    return Link(purpose, table_id, row_id, int(time.time()) + LIFE_S)


def read(text: str) -> Link | None:
    """Return what a link says; None for what can't be one. Whether it is good is another question."""
    said, dot, signature = text.partition(".")
    if not dot or len(text) > _MAX_CHARS:
        return None
    try:
        content = json.loads(_decoded(said))
        purpose, table_id, row_id, until = content
        given = _decoded(signature)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None
    numbers = (table_id, row_id, until)
    if not isinstance(purpose, str) or not all(type(one) is int and 0 < one < 2**63 for one in numbers):
        return None
    return Link(purpose, table_id, row_id, until, given)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
