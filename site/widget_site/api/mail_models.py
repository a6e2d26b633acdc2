"""The bodies of the JSON API about mail that widgets send and get."""

from typing import Literal

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time

Direction = Literal["out", "in"]
State = Literal["waiting", "sent", "failed", "kept", "handled", "refused", "put_off"]
Accepts = Literal["", "all", "listed", "none"]
_ACCEPTS = "Whose mail it gets: all, listed (see senders), none; empty for all, and none while it is private."
_SENDERS = "Addresses, and domains like @example.com."


class LetterShown(BaseModel):
    """Mail that a widget's code sent or got."""

    id: str
    direction: Direction
    message_id: str = Field(description="Its Message-ID header.")
    sender: str = Field(description="Its From header.")
    recipients: list[str] = Field(description="Every address that it goes to, Bcc included.")
    subject: str
    size_bytes: int
    state: State = Field(
        description="Out: waiting, sent, failed, or kept (this site sends no mail, so it is here to be read). "
        "In: handled, refused, or put_off (its sender tries again)."
    )
    attempts: int
    error: str = Field(description="Why it was not taken, or for whom; of what came in, what was answered.")
    created_at: Time
    sent_at: Time | None


class Letters(BaseModel):
    """A page of mail, newest first."""

    items: list[LetterShown]
    next: str | None


class AttachedShown(BaseModel):
    """Something attached."""

    name: str
    content_type: str
    size_bytes: int
    cid: str = Field(description="By which the HTML names it; empty for what stands beside the text.")


class LetterRead(LetterShown):
    """One letter with its texts."""

    headers: list[tuple[str, str]]
    text: str | None
    html: str | None
    attached: list[AttachedShown]


class MailSettings(BaseModel):
    """How a widget's mail goes out and comes in."""

    test_mode: bool = Field(description="Whether everything goes to the owner instead.")
    host: str = Field(description="A mail server of the owner's; empty for the site's.")
    port: int
    encryption: Literal["", "starttls", "ssl"]
    username: str
    has_password: bool
    accepts: Accepts = Field(description=_ACCEPTS)
    senders: list[str] = Field(description=_SENDERS)
    address: str = Field(description="Where mail for it goes: anything at this domain.")
    month_used: int = Field(description="Recipients of all widgets of the account this month, by the site's server.")
    month_most: int = Field(description="How many that may be; 0 is no bound.")


class NewMailSettings(Body):
    """How mail shall go out; what is left out is as if it were never set, but for the password."""

    test_mode: bool = False
    host: str = Field("", max_length=253, description="smtp.example.com; empty for the site's server.")
    port: int = 587
    encryption: Literal["", "starttls", "ssl"] = "starttls"
    username: str = Field("", max_length=254)
    password: str | None = Field(
        None,
        max_length=1000,
        description="Kept encrypted, never shown. Left out, one that is kept stays with the same server, user name and "
        "encryption; empty for none.",
    )

    accepts: Accepts = Field("", description=_ACCEPTS)
    senders: list[str] = Field([], max_length=200, description=_SENDERS)


class TriedMail(Body):
    """A message for the widget's code, as if it had come by mail."""

    sender: str = Field("", max_length=254, description="Who sends it; the owner when empty.")
    subject: str = Field("", max_length=500)
    text: str = Field("", max_length=100_000)


class TestSaid(BaseModel):
    """What came of a test."""

    said: str
