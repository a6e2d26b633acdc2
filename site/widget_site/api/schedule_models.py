"""The bodies of the JSON API about schedules."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from widget_site.api.models import SCHEDULE_FORM, Body, Time
from widget_site.api.run_models import TickReason


class TaskScheduleBody(Body):
    """The schedule of a background task."""

    schedule: dict[str, Any] = Field(description=SCHEDULE_FORM)


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

    task: str = Field("", description="The background task that it runs; empty for the whole widget.")
    schedule: dict[str, Any] | None
    next_run_at: Time | None
    failing_since: Time | None
    next_times: list[Time]
    ticks: list[TickShown] = Field(description="The newest times, newest first.")


class SchedulesShown(BaseModel):
    """Every schedule of a widget."""

    items: list[ScheduleShown]
