"""The bodies of the API's calls about messages."""

from pydantic import BaseModel, Field

from widget_site.api.models import Body, ListQuery, Time


class MessagesQuery(ListQuery):
    """Where in the messages to begin."""


class ReadUpTo(Body):
    """Up to where messages were read."""

    up_to: str = Field(description="Id of the newest message that was read.", max_length=100)


class MessageShown(BaseModel):
    """Something that the site told you."""

    id: str
    kind: str = Field(description="What it is about: account, run, widget or test.")
    subject: str
    text: str
    created_at: Time
    is_read: bool


class Messages(BaseModel):
    """Some of your messages, newest first."""

    items: list[MessageShown]
    next: str | None
