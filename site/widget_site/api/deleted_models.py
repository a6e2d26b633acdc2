"""What the JSON API says of deleted widgets."""

from pydantic import BaseModel, Field

from widget_site.api.models import Time, WidgetShown


class DeletedWidget(WidgetShown):
    """A widget in the bin."""

    deleted_at: Time
    gone_at: Time = Field(description="Until then it can be restored.")


class DeletedWidgets(BaseModel):
    """A page of deleted widgets, last deleted first."""

    items: list[DeletedWidget]
    next: str | None
