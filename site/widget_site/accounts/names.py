"""User names and e-mail addresses that are taken."""

import re

from widget_model.slugs import RESERVED
from widget_site.errors import FormError

_USERNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,38}[A-Za-z0-9_])?")
# Only what is certainly wrong is refused; whether mail arrives, only mail can tell. No control characters, no spaces:
# an address ends up in a header.
_EMAIL = re.compile(r"[^\s@<>\",;:\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,187}[A-Za-z0-9])?")
#: Names that people would take for ours. Administrators are not among them: the first account may be called admin.
OURS = RESERVED - {"admin"}


def check_username(username: str) -> str:
    """Return the name as it is kept; FormError when it can't be one."""
    if len(username) < 2 or not _USERNAME.fullmatch(username) or ".." in username:
        raise FormError(
            "username",
            "A user name has 2 to 40 letters, digits, _ . or -, and starts with a letter or a digit.",
        )
    if username.lower() in OURS:
        raise FormError("username", f"The name {username} is kept for the site itself. Choose another one.")
    return username


def check_email(email: str) -> str:
    """Return the address as it is kept; FormError when it can't be one."""
    email = email.strip()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or ".." in email:
        raise FormError("email", "That is not an e-mail address like name@example.com.")
    try:
        email.encode()
    except UnicodeEncodeError as error:
        raise FormError("email", "That is not an e-mail address like name@example.com.") from error
    return email
