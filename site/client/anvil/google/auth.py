"""Who of Google's users uses the widget."""

import anvil.server


def get_user_email():
    """Return the address of who is logged in with Google, None for nobody."""
    return anvil.server.call("anvil.private.google.auth.get_user_email")


def get_user_access_token():
    """Return the token that Google gave for who is logged in."""
    return anvil.server.call("anvil.private.google.auth.get_user_access_token")
