"""Who of Google's users uses the widget."""

import anvil.server
from anvil._sign_in import sign_in


def login(additional_scopes=()):
    """Let somebody sign in with Google, in a window of its own; return the address, None for who did not."""
    return get_user_email() if sign_in("google", "Google", additional_scopes) else None


def get_user_email():
    """Return the address of who is logged in with Google, None for nobody."""
    return anvil.server.call("anvil.private.google.auth.get_user_email")


def get_user_access_token():
    """Return the token that Google gave for who is logged in."""
    return anvil.server.call("anvil.private.google.auth.get_user_access_token")
