"""Signing in with Google, Microsoft or Facebook: in a window of its own."""

import _bridge

import anvil
import anvil.server

#: Pages of the platform on the widget's host.
_PAGE, _DONE = "/_/sign-in/", "/_/sign-in/done"


def sign_in(provider, title, scopes):
    """Let somebody sign in; return whether that was done. ServiceNotAdded where the owner has not set it up."""
    # Says so before a window opens.
    anvil.server.call("anvil.private.%s.auth.get_user_email" % provider)
    address = _PAGE + provider + "?next=" + _bridge.url_encode(_DONE)
    if scopes:
        address += "&scope=" + _bridge.url_encode(" ".join(scopes))
    found = _bridge.wait(_bridge.sign_in(address))
    if found == "blocked" and _asks(title):
        found = _bridge.wait(_bridge.sign_in(address))
    return found == "done"


def _asks(title):
    """Browsers open a window for who has just clicked."""
    buttons = [("Cancel", False), ("Go on to %s" % title, True)]
    return anvil.alert("You sign in on a page of %s." % title, title="Sign in", buttons=buttons)
