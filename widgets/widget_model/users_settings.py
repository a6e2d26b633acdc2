"""How a widget's Users service works: the settings of its owner, with Anvil's defaults (U-02, U-23).

Names are those that Anvil's apps have in their configuration, so that a library or an import finds them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

MAX_SUBJECT, MAX_BODY, MAX_NAME = 200, 5000, 100
#: What stands for the link and the widget's name in the text of a mail.
LINK, APP = "{link}", "{app}"


class UsersSettingsError(ValueError):
    """A setting can't be that; ``name`` says which, the text why."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True)
class MailText:
    """A mail that the service sends; ``{link}`` and ``{app}`` stand for the link and the widget's name."""

    subject: str
    text: str


#: The mails by name, as they are when their owner changed nothing.
MAILS: Mapping[str, MailText] = {
    "confirm_address": MailText(
        "Confirm your e-mail address",
        "Hello,\n\nplease confirm your e-mail address for {app}:\n\n{link}\n\n"
        "If you did not ask for an account, you can ignore this mail.\n",
    ),
    "reset_password": MailText(
        "Set a new password",
        "Hello,\n\nsomebody, probably you, asked to set a new password for {app}. This link works for 10 minutes:\n\n"
        "{link}\n\nIf it was not you, you can ignore this mail: your password stays as it is.\n",
    ),
    "token_login": MailText(
        "Your link to log in",
        "Hello,\n\nthis link logs you in to {app}. It works once, for 10 minutes:\n\n{link}\n\n"
        "If you did not ask for it, you can ignore this mail.\n",
    ),
    "mfa_reset": MailText(
        "Remove your two-factor authentication",
        "Hello,\n\nsomebody, probably you, asked to remove the two-factor authentication of your account of {app}. "
        "This link works for 10 minutes:\n\n{link}\n\nIf it was not you, change your password.\n",
    ),
}


@dataclass(frozen=True)
class UsersSettings:
    """The settings of one widget's Users service."""

    #: The Data Table that users are rows of.
    user_table: str = "users"
    use_email: bool = True
    #: Whether mail with a link logs people in.
    use_token: bool = False
    #: Whether people log in as whom they are at a provider (``widget_model.providers``).
    use_google: bool = False
    use_microsoft: bool = False
    use_facebook: bool = False
    #: Whether clients may make accounts.
    allow_signup: bool = False
    enable_automatically: bool = True
    confirm_email: bool = True
    require_secure_passwords: bool = True
    allow_remember_me: bool = True
    remember_me_days: int = 30
    max_password_failures: int = 10
    require_mfa: bool = False
    #: Whether who lost their second factor gets it removed by mail.
    allow_mfa_email_reset: bool = False
    from_address: str = ""
    from_name: str = ""
    #: By name of MAILS; those that are not here are as they are there.
    mails: Mapping[str, MailText] = field(default_factory=dict)

    def mail(self, name: str) -> MailText:
        """Return a mail as it goes out."""
        return self.mails.get(name, MAILS[name])

    @property
    def content(self) -> dict[str, Any]:
        """The settings as plain JSON."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "mails"}
        return {
            **plain,
            "mails": {name: {"subject": one.subject, "text": one.text} for name, one in self.mails.items()},
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "UsersSettings":
        """Read what ``content`` gave, of this version or another: what is not known is left out."""
        names = {one.name for one in fields(cls)} - {"mails"}
        mails = {
            name: MailText(str(one["subject"]), str(one["text"]))
            for name, one in content.get("mails", {}).items()
            if name in MAILS
        }
        return replace(cls(), **{name: content[name] for name in names if name in content}, mails=mails)

    def checked(self) -> "UsersSettings":
        """Return the settings when they can be; UsersSettingsError that says which can't."""
        for name, lowest, highest in (("remember_me_days", 1, 365), ("max_password_failures", 1, 1000)):
            if not lowest <= getattr(self, name) <= highest:
                raise UsersSettingsError(name, f"This is a whole number from {lowest} to {highest}.")
        for name in ("from_address", "from_name"):
            value = getattr(self, name)
            if len(value) > MAX_NAME or not value.isprintable():
                raise UsersSettingsError(name, f"This has at most {MAX_NAME} characters that can be seen.")
        for name, mail in self.mails.items():
            if not 0 < len(mail.subject.strip()) <= MAX_SUBJECT or not mail.subject.isprintable():
                raise UsersSettingsError(
                    f"{name}_subject", f"A subject is one line of at most {MAX_SUBJECT} characters."
                )
            if LINK not in mail.text or len(mail.text) > MAX_BODY:
                raise UsersSettingsError(
                    f"{name}_text", f"The text has {LINK} where the link goes, and at most {MAX_BODY:,} characters."
                )
        # What is as it comes needs no keeping: it follows later versions.
        return replace(self, mails={name: one for name, one in self.mails.items() if one != MAILS[name]})
