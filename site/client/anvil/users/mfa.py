"""Second factors of users: codes of authenticator apps (U-21)."""

from anvil.users import _call


def get_totp_mfa_login(code):
    """Return what ``login_with_email`` takes as ``mfa`` for the code of an authenticator app."""
    return {"type": "totp", "code": code}


def generate_totp_secret(email):
    """Return a new secret: "secret", "uri" and "qr_code" for the app, "mfa_method" for ``add_mfa_method``."""
    return _call("totp.generate_secret", email)


def validate_totp_code(mfa_method, code):
    """Tell whether a code is of this method."""
    return _call("totp.validate_code", mfa_method, code)


def add_mfa_method(password, method, clear_existing=False):
    """Have who is logged in need a second factor from now on."""
    return _call("add_mfa_method", password, method, clear_existing)


def get_available_mfa_types(email, password):
    """Return the kinds of second factors that a user has set up."""
    return _call("get_available_mfa_types", email, password)


def get_enabled_mfa_types():
    """Return the kinds of second factors that there are here."""
    return _call("get_enabled_mfa_types")


def send_mfa_reset_email(email):
    """Mail a link that removes the second factor."""
    _call("send_mfa_reset_email", email)
