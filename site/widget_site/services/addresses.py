"""Addresses on widgets' own hosts at which visitors sign in with a provider, and come back from it."""

#: What all of them begin with, without ``/_/``.
SIGN_IN = "sign-in"
CALLBACK = "callback"
#: Where a sign-in ends that client code began: below SIGN_IN, like a provider.
DONE = "done"
#: On the site's own host: where Google sends owners back to who connect their account.
CONNECTED = "/services/google/callback"


def sign_in(provider: str) -> str:
    """Return where a visitor begins to sign in."""
    return f"/_/{SIGN_IN}/{provider}"


def callback(provider: str) -> str:
    """Return where the provider sends visitors back to; what is registered there."""
    return f"{sign_in(provider)}/{CALLBACK}"
