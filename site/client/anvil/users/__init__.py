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


def _row(user):
    """Return a user as a row of the users table, None for nobody."""
    if not isinstance(user, list):
        return user
    from anvil.tables.v2._row import Row

    return Row._anvil_create_from_trusted(*user)


def _call(name, *args, **kwargs):
    return anvil.server.call("anvil.private.users." + name, *args, **kwargs)


def get_user(allow_remembered=True, fetch=None):
    """Return the row of who is logged in, None for nobody (U-06)."""
    return _row(_call("get_current_user", allow_remembered=allow_remembered, fetch=fetch))


def login_with_email(email, password, remember=False, mfa=None, fetch=None):
    """Log in and return the user's row; AuthenticationFailed when that does not go (U-08)."""
    return _row(_call("login_with_email", email, password, remember=remember, mfa=mfa, fetch=fetch))


def signup_with_email(email, password, remember=False, fetch=None):
    """Make an account and return its row; UserExists, PasswordNotAcceptable (U-10)."""
    return _row(_call("signup_with_email", email, password, remember=remember, fetch=fetch))


def logout(invalidate_client_objects=False):
    """Log out; with ``invalidate_client_objects`` what the page knows of tables is asked for anew (U-07)."""
    _call("logout", invalidate_client_objects=invalidate_client_objects)
    if invalidate_client_objects:
        anvil.server.invalidate_client_objects()


def send_password_reset_email(email):
    """Mail a link that sets a new password (U-13)."""
    _call("send_password_reset_email", email)


def send_token_login_email(email):
    """Mail a link that logs in (U-14)."""
    _call("send_token_login_email", email)


def reset_password(old_password, new_password):
    """Change the password of who is logged in (U-15)."""
    _call("reset_password", old_password, new_password)


def _by_provider(what, provider, title, remember, scopes):
    from anvil._sign_in import sign_in

    if not sign_in(provider, title, scopes):
        return None
    return _row(_call("%s_with_%s" % (what, provider), remember=remember))


def login_with_google(remember=False, additional_scopes=()):
    """Log in who signs in with Google; None for nobody, and for who has no account here (U-20)."""
    return _by_provider("login", "google", "Google", remember, additional_scopes)


def signup_with_google(remember=False, additional_scopes=()):
    """Make an account for who signs in with Google; UserExists (U-20)."""
    return _by_provider("signup", "google", "Google", remember, additional_scopes)


def login_with_microsoft(remember=False, additional_scopes=()):
    """Log in who signs in with Microsoft; None for nobody, and for who has no account here (U-20)."""
    return _by_provider("login", "microsoft", "Microsoft", remember, additional_scopes)


def signup_with_microsoft(remember=False, additional_scopes=()):
    """Make an account for who signs in with Microsoft; UserExists (U-20)."""
    return _by_provider("signup", "microsoft", "Microsoft", remember, additional_scopes)


def login_with_facebook(remember=False, additional_permissions=()):
    """Log in who signs in with Facebook; None for nobody, and for who has no account here (U-20)."""
    return _by_provider("login", "facebook", "Facebook", remember, additional_permissions)


def signup_with_facebook(remember=False, additional_permissions=()):
    """Make an account for who signs in with Facebook; UserExists (U-20)."""
    return _by_provider("signup", "facebook", "Facebook", remember, additional_permissions)


def force_login(user, remember=False):
    """Refuse: server code alone logs somebody in without asking."""
    raise RuntimeError("force_login() is for server code: write a server function that does it.")


from anvil.users._forms import (
    change_password_with_form,
    configure_account_with_form,
    login_with_form,
    signup_with_form,
)
