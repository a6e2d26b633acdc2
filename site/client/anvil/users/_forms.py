"""The dialogs of the Users service: log in, sign up, a forgotten password, a new one (U-03, U-04, U-17, U-21)."""

import anvil
import anvil.server
from anvil.users import (
    MFARequired,
    _call,
    get_user,
    login_with_email,
    reset_password,
    send_password_reset_email,
    signup_with_email,
)
from anvil.users._dialog import Dialog

_SIGN_UP = "sign up"
_LOG_IN = "log in"
_FORGOT = "forgot"


def _settings():
    """Return how the widget's Users service works; ServiceNotAdded when it has none."""
    found = anvil.server.call("anvil.private.get_client_config", "/runtime/services/anvil/users.yml")
    if found is None:
        # A function of the service says best that there is none.
        _call("get_current_user")
    return found or {}


def login_with_form(
    show_signup_option=None, remember_by_default=True, allow_remembered=True, allow_cancel=False, initial_email=None
):
    """Have somebody log in, and return the user's row; None for who cancelled.

    Who is logged in already, or is remembered, is returned at once.
    """
    user = get_user(allow_remembered=allow_remembered)
    if user is not None:
        return user
    settings = _settings()
    may_sign_up = settings.get("allow_signup") if show_signup_option is None else show_signup_option
    email = initial_email or _call("get_last_login_email")
    wanted = _LOG_IN
    while True:
        if wanted == _SIGN_UP:
            found = _ask_signup(settings, remember_by_default, allow_cancel, True)
        elif wanted == _FORGOT:
            found = _ask_forgotten(email)
        else:
            found = _ask_login(settings, may_sign_up, remember_by_default, allow_cancel, email)
        if not isinstance(found, str):
            return found
        wanted = found


def signup_with_form(remember_by_default=True, allow_cancel=False):
    """Have somebody make an account, and return its row; None for who cancelled.

    The user is not logged in when the account must be confirmed first.
    """
    return _ask_signup(_settings(), remember_by_default, allow_cancel, False)


def _ask_login(settings, may_sign_up, remember_by_default, allow_cancel, email):
    dialog = Dialog("Log In", "Log in", allow_cancel)
    remember = None
    if settings.get("use_email", True):
        box = dialog.box("Email", email, type="email")
        password = dialog.box("Password", hide_text=True)
        if settings.get("allow_remember_me"):
            remember = dialog.check("Remember me", remember_by_default)
        dialog.main_button()
        dialog.link("Forgot your password?", lambda: dialog.close(_FORGOT))
    if may_sign_up:
        dialog.link("Sign up for a new account", lambda: dialog.close(_SIGN_UP))

    def log_in():
        keep = remember is not None and remember.checked
        try:
            user = login_with_email(box.text, password.text, remember=keep)
        except MFARequired:
            user = _ask_code(box.text, password.text, keep)
        if user is not None:
            dialog.close(user)

    return dialog.show(log_in)


def _ask_code(email, password, remember):
    dialog = Dialog("Two-factor authentication", "Log in", True)
    dialog.add(anvil.Label(text="Type the code that your authenticator app shows."))
    code = dialog.box("Code")
    dialog.main_button()

    def log_in():
        factor = {"type": "totp", "code": code.text.strip()}
        dialog.close(login_with_email(email, password, remember=remember, mfa=factor))

    return dialog.show(log_in)


def _ask_signup(settings, remember_by_default, allow_cancel, may_log_in):
    dialog = Dialog("Sign Up", "Sign up", allow_cancel)
    email = dialog.box("Email", type="email")
    password = dialog.box("Password", hide_text=True)
    again = dialog.box("Retype password", hide_text=True)
    remember = dialog.check("Remember me", remember_by_default) if settings.get("allow_remember_me") else None
    dialog.main_button()
    if may_log_in:
        dialog.link("I have an account: log in", lambda: dialog.close(_LOG_IN))

    def sign_up():
        if password.text != again.text:
            dialog.say("Passwords do not match")
            return
        user = signup_with_email(email.text, password.text, remember=remember is not None and remember.checked)
        dialog.close(user)
        if get_user() is None:
            anvil.alert(
                "We have sent you an email. Click on the link in it to confirm your address.", title="Almost there"
            )

    return dialog.show(sign_up)


def _ask_forgotten(email):
    dialog = Dialog("Forgot your password?", "Mail me a link", True)
    box = dialog.box("Email", email, type="email")
    dialog.main_button()

    def send():
        send_password_reset_email(box.text)
        dialog.close(_LOG_IN)
        anvil.alert("If there is an account for %s, a link that sets a new password is on its way." % box.text)

    return dialog.show(send) or _LOG_IN


def change_password_with_form(require_old_password=True):
    """Have who is logged in choose a new password; True when that was done, None when it was cancelled."""
    dialog = Dialog("Change password", "Change password", True)
    old = dialog.box("Old password", hide_text=True) if require_old_password else None
    new = dialog.box("New password", hide_text=True)
    again = dialog.box("Retype new password", hide_text=True)
    dialog.main_button()

    def change():
        if new.text != again.text:
            dialog.say("Passwords do not match")
            return
        reset_password(None if old is None else old.text, new.text)
        dialog.close(True)

    return dialog.show(change)


def configure_account_with_form():
    """Have who is logged in change the password of their account."""
    return change_password_with_form()
