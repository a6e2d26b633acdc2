"""Who uses the widget: asked of the server, which alone knows."""

import anvil.server
from anvil._server_errors import AnvilWrappedError, _register_exception_type


class AuthenticationFailed(AnvilWrappedError):
    """The e-mail address or the password is wrong, or nobody is logged in."""


class EmailNotConfirmed(AuthenticationFailed):
    """The e-mail address is not confirmed."""


class AccountIsNotEnabled(AuthenticationFailed):
    """The account is not enabled."""


class TooManyPasswordFailures(AuthenticationFailed):
    """Too many wrong passwords."""


class PasswordResetRequested(AuthenticationFailed):
    """The password must be set anew."""


class MFARequired(AuthenticationFailed):
    """A second factor is needed."""


class UserExists(AnvilWrappedError):
    """Somebody has this e-mail address already."""


class PasswordNotAcceptable(AnvilWrappedError):
    """The password is too weak."""


class MFAException(AnvilWrappedError):
    """Something about the second factor."""


for _class in (
    AuthenticationFailed,
    EmailNotConfirmed,
    AccountIsNotEnabled,
    TooManyPasswordFailures,
    PasswordResetRequested,
    MFARequired,
    UserExists,
    PasswordNotAcceptable,
    MFAException,
):
    _register_exception_type("anvil.users." + _class.__name__, _class)


def get_user(allow_remembered=True):
    """Return the row of who is logged in, None for nobody."""
    return anvil.server.call("anvil.private.users.get_current_user", allow_remembered=allow_remembered)


def login_with_email(email, password, remember=False, mfa=None):
    """Log in and return the user's row; AuthenticationFailed when that does not go."""
    return anvil.server.call("anvil.private.users.login_with_email", email, password, remember=remember, mfa=mfa)


def signup_with_email(email, password, remember=False):
    """Make an account and return its row; UserExists, PasswordNotAcceptable."""
    return anvil.server.call("anvil.private.users.signup_with_email", email, password, remember=remember)


def logout(invalidate_client_objects=True):
    """Log out."""
    return anvil.server.call("anvil.private.users.logout", invalidate_client_objects=invalidate_client_objects)


def send_password_reset_email(email):
    """Mail a link that sets a new password."""
    return anvil.server.call("anvil.private.users.send_password_reset_email", email)
