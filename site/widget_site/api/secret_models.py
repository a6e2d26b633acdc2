"""The bodies of the JSON API about secrets."""

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time


class SecretValue(Body):
    """The value of a secret; it is never shown again."""

    value: str = Field(description="1 to 8192 bytes of text", max_length=10_000)


class SecretShown(BaseModel):
    """A secret, without its value."""

    name: str
    changed_at: Time


class Secrets(BaseModel):
    """The secrets of a widget."""

    items: list[SecretShown]
