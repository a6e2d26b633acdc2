"""The bodies of the JSON API about the users of a widget, and how its Users service works."""

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time


class MailBody(Body):
    """A mail that the service sends."""

    subject: str = Field(max_length=1000)
    text: str = Field(max_length=20_000, description="With {link} where the link goes; {app} is the widget's host.")


class UsersSettingsBody(Body):
    """How the service works; what is left out stays as it is."""

    on: bool | None = Field(None, description="Whether the widget has the service.")
    use_email: bool | None = None
    use_token: bool | None = Field(None, description="Whether mailed links log people in.")
    use_google: bool | None = Field(None, description="Whether people log in as who they are at Google.")
    use_microsoft: bool | None = None
    use_facebook: bool | None = None
    allow_signup: bool | None = Field(None, description="Whether client code may make accounts.")
    enable_automatically: bool | None = None
    confirm_email: bool | None = None
    require_secure_passwords: bool | None = None
    allow_remember_me: bool | None = None
    remember_me_days: int | None = None
    max_password_failures: int | None = None
    require_mfa: bool | None = None
    allow_mfa_email_reset: bool | None = None
    from_address: str | None = Field(None, max_length=1000)
    from_name: str | None = Field(None, max_length=1000)
    mails: dict[str, MailBody] | None = Field(
        None, description="By confirm_address, reset_password, token_login, mfa_reset; those left out are the site's."
    )


class MailShown(BaseModel):
    """A mail that the service sends."""

    subject: str
    text: str


class UsersSettingsShown(BaseModel):
    """How the service works."""

    on: bool
    user_table: str = Field(description="The Data Table that users are rows of.")
    use_email: bool
    use_token: bool
    use_google: bool
    use_microsoft: bool
    use_facebook: bool
    allow_signup: bool
    enable_automatically: bool
    confirm_email: bool
    require_secure_passwords: bool
    allow_remember_me: bool
    remember_me_days: int
    max_password_failures: int
    require_mfa: bool
    allow_mfa_email_reset: bool
    from_address: str
    from_name: str
    mails: dict[str, MailShown]


class UserShown(BaseModel):
    """A user of a widget, without anything that lets anybody in."""

    id: int = Field(description="The row's number.")
    email: str
    enabled: bool
    confirmed_email: bool
    locked: bool = Field(description="Whether too many wrong passwords locked the account.")
    has_second_factor: bool
    signed_up: Time | None
    last_login: Time | None


class UsersShown(BaseModel):
    """A page of users, in the order of their rows."""

    items: list[UserShown]
    next: str | None


class UserPatch(Body):
    """What changes of a user."""

    enabled: bool
