"""The bodies of the JSON API about schedules."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from widget_site.api.models import SCHEDULE_FORM, Body, Time
from widget_site.api.run_models import TickReason


class ScheduleBody(Body):
    """A schedule to try."""

    schedule: dict[str, Any] = Field(description=SCHEDULE_FORM)


class TickShown(TickReason):
    """A time at which the schedule was due, and what became of it."""

    state: Literal["waiting", "handed_over", "done", "skipped"]
    run_id: str | None
    outcome: str | None
    error: str | None


class NextTimes(BaseModel):
    """When a schedule comes due."""

    words: str
    times: list[Time]


class ScheduleShown(BaseModel):
    """A schedule and where it stands."""

    schedule: dict[str, Any] | None
    next_run_at: Time | None
    failing_since: Time | None
    next_times: list[Time]
    ticks: list[TickShown] = Field(description="The newest times, newest first.")
