"""Who of Facebook's users uses the widget."""

import anvil.server


def get_user_email():
    """Return the address of who is logged in with Facebook, None for nobody."""
    return anvil.server.call("anvil.private.facebook.auth.get_user_email")


def get_user_access_token():
    """Return the token that Facebook gave for who is logged in."""
    return anvil.server.call("anvil.private.facebook.auth.get_user_access_token")
