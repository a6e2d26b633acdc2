"""Signatures of what user code holds but may not make: capabilities, live objects, lazy media.

A signature is good for one widget and one audience: server code and uplinks of a widget share one, each client key and
each open page has its own. So what leaked from one widget, or from one visitor to another, opens nothing.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from widget_wire.runs import ServiceCall

#: The purpose for which ``SecretBox.derived_keys`` makes the keys.
PURPOSE = "signatures"


def signer_of(keys: Sequence[bytes], call: ServiceCall) -> "WidgetSigner":
    """Return the signer for what comes with a call, whoever made it: that of its widget's server code.

    What a client sends was checked and signed anew at its link (``uplink.boundary``), as server code's.
    """
    return WidgetSigner(keys, call.widget_id)


class WidgetSigner:
    """Signs for one widget and audience (``widget_wire.values.Signer``)."""

    def __init__(self, keys: Sequence[bytes], widget_id: str, audience: str = "server") -> None:
        self._keys = keys
        self._for = [widget_id, audience]

    def sign(self, kind: str, content: Any) -> str:
        """Return the signature of ``content`` as a ``kind``, with the first key."""
        return self._signature(self._keys[0], kind, content)

    def is_valid(self, kind: str, content: Any, signature: str) -> bool:
        """Tell whether one of the keys made this signature; in constant time for each."""
        try:
            given = signature.encode("ascii")
        except UnicodeEncodeError:
            return False
        return any(hmac.compare_digest(self._signature(key, kind, content).encode(), given) for key in self._keys)

    def _signature(self, key: bytes, kind: str, content: Any) -> str:
        # Canonical: peers send back what they parsed, with keys in whatever order.
        signed = json.dumps([*self._for, kind, content], sort_keys=True, separators=(",", ":"))
        return base64.urlsafe_b64encode(hmac.digest(key, signed.encode(), hashlib.sha256)).decode()
