"""Codes of authenticator apps (TOTP, RFC 6238) as a second factor (U-21)."""

import io
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pyotp
import segno

from widget_wire.values import Media

KIND = "totp"
_STEP_S = 30
_DIGITS = 6


def new_method(app: str, email: str) -> dict[str, Any]:
    """Return a new secret, the method that keeps it, and what authenticator apps read: an address, and its QR code."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=app)
    method = {"type": KIND, "secret": secret}
    return {"secret": secret, "uri": uri, "qr_code": _picture(uri), "mfa_method": method}


def is_method(value: Any) -> bool:
    """Tell whether a value is a method of this kind with a secret that can be one."""
    if not isinstance(value, Mapping) or value.get("type") != KIND or not isinstance(value.get("secret"), str):
        return False
    secret = value["secret"]
    return 16 <= len(secret) <= 128 and all(one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" for one in secret)


def step_of(method: Mapping[str, Any], code: Any) -> int | None:
    """Return the time step that a code is of, now or one step to either side; None for a wrong one and a used one."""
    digits = code.replace(" ", "") if isinstance(code, str) else ""
    if not is_method(method) or len(digits) != _DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    last = method.get("last_step")
    now = int(time.time()) // _STEP_S
    for step in (now, now - 1, now + 1):
        is_new = not isinstance(last, int) or step > last
        if is_new and pyotp.TOTP(method["secret"]).verify(digits, for_time=step * _STEP_S):
            return step
    return None


def used(methods: Sequence[dict[str, Any]], code: Any) -> list[dict[str, Any]] | None:
    """Return the methods with one used by this code, which is worth nothing from then on; None for a wrong code."""
    for number, method in enumerate(methods):
        step = step_of(method, code)
        if step is not None:
            return [*methods[:number], {**method, "last_step": step}, *methods[number + 1 :]]
    return None


def _picture(uri: str) -> Media:
    """Return the QR code of an address, as a PNG of some 300 pixels."""
    written = io.BytesIO()
    segno.make_qr(uri).save(written, kind="png", scale=6)
    return Media("image/png", written.getvalue(), "qr_code.png")
