"""The bodies of the JSON API that concern webhooks."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time


class NewWebhook(Body):
    """An address to tell of runs that end."""

    url: str = Field(max_length=2000, description="https:// or http://, public; redirects are not followed.")
    events: Literal["failed", "all"] = Field(
        "failed", description="Which runs are told of. Of requests to an API only those that failed are, with both."
    )


class WebhookShown(BaseModel):
    """An address that is told of runs that end."""

    id: str
    url: str
    events: Literal["failed", "all"]
    created_at: Time
    dropped: int = Field(description="Deliveries that were never tried, for too many waited.")
    disabled_at: Time | None = Field(description="Since when nothing is sent there.")
    why: str = Field(description="Why nothing is sent there.")


class WebhookMade(WebhookShown):
    """A new webhook; ``secret`` is shown this once."""

    secret: str = Field(description="What deliveries are signed with, as Standard Webhooks does it.")


class Webhooks(BaseModel):
    """The webhooks of a widget."""

    items: list[WebhookShown]


class DeliveryShown(BaseModel):
    """Something that was, or will be, sent to a webhook."""

    id: str = Field(description="Also its webhook-id, the same at every try.")
    event: str
    payload: dict[str, Any]
    state: Literal["waiting", "done", "failed"]
    attempts: int
    due_at: Time | None = Field(description="When it is tried next.")
    created_at: Time
    tried_at: Time | None
    status: int | None = Field(description="HTTP status of the last answer.")
    answer: str = Field(description="The beginning of the last answer.")
    error: str
    took_s: float | None


class Deliveries(BaseModel):
    """A page of deliveries, newest first."""

    items: list[DeliveryShown]
    next: str | None
