"""The bodies of the JSON API about who may call an API widget, and how often."""

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time


class AccessRules(Body):
    """Who may call an API and how often."""

    keys_needed: bool = Field(False, description="Whether a request needs one of the API's keys.")
    per_minute: int | None = Field(None, description="Requests of one caller (a key or an address); null: no limit.")


class NewApiKey(Body):
    """A new key for callers of an API."""

    name: str = Field(max_length=200)


class ApiKeyShown(BaseModel):
    """A key of an API, without its secret."""

    id: str
    name: str
    created_at: Time


class ApiKeyMade(ApiKeyShown):
    """A new key; it is shown this once."""

    key: str


class Access(BaseModel):
    """Who may call an API and how often."""

    keys_needed: bool
    per_minute: int | None
    keys: list[ApiKeyShown]
