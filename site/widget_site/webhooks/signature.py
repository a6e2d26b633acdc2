"""What a delivery carries so that its receiver knows whose it is: the scheme of Standard Webhooks.

``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``. The secret is shown once, as
``whsec_`` and its base64. Receivers refuse old timestamps, and ids that they have seen.
"""

import base64
import hashlib
import hmac
import secrets

_PREFIX = "whsec_"


def new_secret() -> str:
    """Return a new secret of 256 random bits."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(secret: str, delivery_id: str, at: int, body: bytes) -> dict[str, str]:
    """Return the headers of a delivery that is sent at this Unix time."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = hmac.new(key, f"{delivery_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
