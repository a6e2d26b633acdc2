"""What is asked about runs, what is answered, and about quotas."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from widget_model.quotas import NAMES
from widget_site.api.models import Body, ListQuery, RunShown, Time
from widget_site.store.quotas import MOST

TriggerName = Literal["owner", "schedule", "route", "client_call", "background", "uplink", "install"]
OutcomeName = Literal["ok", "error", "timeout", "memory", "output_limit", "stopped", "crashed", "internal_error"]


class RunQuery(ListQuery):
    """Which runs to list; what is left out is any."""

    trigger: TriggerName | None = Field(None, description="Why it exists; install is one of packages.")
    outcome: OutcomeName | Literal["failed"] | None = Field(None, description="How it ended; failed: not ok.")
    status: Literal["queued", "running", "finished"] | None = None
    revision: int | None = Field(None, ge=1, le=2**31 - 1)
    since: float | None = Field(None, ge=0, le=10**11, description="Unix time: made then or later.")
    until: float | None = Field(None, ge=0, le=10**11, description="Unix time: made before.")
    method: str = Field("", description="Of a request: GET, POST, ...", max_length=20)
    path: str = Field("", description="A part of a request's path.", max_length=500)
    http_status: str | None = Field(
        None, description="A request's status: 404, or 4xx for a class.", pattern="^[1-5]([0-9][0-9]|xx)$"
    )
    q: str = Field("", description="Text that the output or the error holds.", max_length=200)


class SummaryQuery(BaseModel):
    """Over which time runs are counted."""

    by: Literal["hour", "day"] = Field("hour", description="hour: the last 24 hours; day: the last 30 days.")


class Runs(BaseModel):
    """A page of runs, newest first."""

    items: list[RunShown]
    next: str | None = Field(description="`page` of the next page; it may be there though this page is empty.")
    searched_to: Time | None = Field(
        description="Set where more may match further back than was looked; `next` looks further."
    )


class SpanShown(BaseModel):
    """What ran in an hour or a day."""

    start: Time
    runs: int
    outcomes: dict[str, int] = Field(description="Outcome to how many ended so.")
    p50_ms: int | None = Field(description="Half of them took no longer, within a tenth.")
    p95_ms: int | None


class Summary(BaseModel):
    """What ran in a time, oldest first; the last one is under way. Installs are not counted."""

    spans: list[SpanShown]


_Days = Annotated[float | None, Field(ge=1 / 24, le=36_500)]
_Kept = Annotated[int | None, Field(ge=1, le=MOST)]


class RetentionBody(Body):
    """How long and how many finished runs a widget keeps; null is as much as the site keeps."""

    days: _Days = None
    runs: _Kept = None


class RetentionShown(BaseModel):
    """How long and how many finished runs a widget keeps."""

    days: float | None
    runs: int | None
    site_days: float = Field(description="What the site keeps at most, and without a choice of the owner.")
    site_runs: int


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
