"""Who of Facebook's users uses the widget."""

import anvil.server
from anvil._sign_in import sign_in


def login(additional_permissions=()):
    """Let somebody sign in with Facebook, in a window of its own; return the address, None for who did not."""
    return get_user_email() if sign_in("facebook", "Facebook", additional_permissions) else None


def get_user_email():
    """Return the address of who is logged in with Facebook, None for nobody."""
    return anvil.server.call("anvil.private.facebook.auth.get_user_email")


def get_user_access_token():
    """Return the token that Facebook gave for who is logged in."""
    return anvil.server.call("anvil.private.facebook.auth.get_user_access_token")
