"""What goes wrong with users, as user code gets it (U-08 to U-19)."""

from widget_site.services.native import NativeError

_USERS = "anvil.users."


def wrong() -> NativeError:
    """Return the answer to a wrong password and an unknown address alike."""
    return NativeError(f"{_USERS}AuthenticationFailed", "Incorrect email address or password")


def failed(text: str) -> NativeError:
    """Return another failure to log in."""
    return NativeError(f"{_USERS}AuthenticationFailed", text)


def too_many() -> NativeError:
    """Return the answer to who is locked out."""
    text = "You have entered an incorrect password too many times. Please reset your password by email."
    return NativeError(f"{_USERS}TooManyPasswordFailures", text)


def not_enabled() -> NativeError:
    """Return the answer to who is disabled, and knows the password."""
    return NativeError(f"{_USERS}AccountIsNotEnabled", "This account has not been enabled by an administrator")


def not_confirmed() -> NativeError:
    """Return the answer to who has not followed the link yet, and knows the password."""
    text = "You haven't confirmed your email address. Please check your email and follow the link in it."
    return NativeError(f"{_USERS}EmailNotConfirmed", text)


def exists() -> NativeError:
    """Return the answer to who signs up twice."""
    return NativeError(f"{_USERS}UserExists", "This user already exists")


def second_factor_missing() -> NativeError:
    """Return the answer to who knows the password and gave no code."""
    return NativeError(f"{_USERS}MFARequired", "Two-factor authentication is required for this account")


def second_factor_wrong() -> NativeError:
    """Return the answer to a wrong code."""
    return NativeError(f"{_USERS}MFAException", "Incorrect code entered. Please try again.")


def not_added() -> NativeError:
    """Return the answer of a widget without the service (U-22)."""
    text = "The Users service has not been added to this widget: switch it on on the widget's Users tab"
    return NativeError("anvil.server.ServiceNotAdded", text)
