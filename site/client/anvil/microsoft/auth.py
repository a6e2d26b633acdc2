"""Who of Microsoft's users uses the widget."""

import anvil.server


def get_user_email():
    """Return the address of who is logged in with Microsoft, None for nobody."""
    return anvil.server.call("anvil.private.microsoft.auth.get_user_email")


def get_user_access_token():
    """Return the token that Microsoft gave for who is logged in."""
    return anvil.server.call("anvil.private.microsoft.auth.get_user_access_token")
