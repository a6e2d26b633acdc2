"""The bodies of the JSON API about quotas."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from widget_model.quotas import NAMES
from widget_site.api.models import Body, Time
from widget_site.store.quotas import MOST


class QuotaShown(BaseModel):
    """A quota and what is used of it."""

    name: Literal["runs_per_day", "minutes_per_day", "minutes_per_month", "storage_mb"]
    used: float
    most: int = Field(description="0 is no bound.")
    resets_at: Time | None = Field(description="When it counts from nothing again; null for storage.")


class QuotasShown(BaseModel):
    """The quotas of an account."""

    items: list[QuotaShown]


_Amount = Annotated[int | None, Field(ge=0, le=MOST)]


class QuotasBody(Body):
    """What an account may use; null is the site's own quota, 0 is no bound."""

    runs_per_day: _Amount = None
    minutes_per_day: _Amount = None
    minutes_per_month: _Amount = None
    storage_mb: _Amount = None


assert set(NAMES) == set(QuotasBody.model_fields)
