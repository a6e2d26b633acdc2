"""The bodies of the JSON API about background tasks."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time


class NewTask(Body):
    """A background task to launch, without arguments."""

    name: str = Field(
        description="A function with @anvil.server.background_task, or script: and a file.", max_length=200
    )


class TaskShown(BaseModel):
    """A background task."""

    id: str = Field(description="Of its run, too.")
    name: str
    status: Literal["queued", "running", "finished"]
    termination: Literal["completed", "failed", "killed", "missing"] | None = Field(description="Once it is finished.")
    error: str = Field(description="In words; empty where there is none.")
    created_at: Time
    started_at: Time | None
    finished_at: Time | None


class TaskInFull(TaskShown):
    """A background task with what it says of itself."""

    state: Any = Field(description="Its task state, as far as JSON can hold it; null before it has one.")
    returned: Any = Field(description="What it returned, as far as JSON can hold it.")


class TasksShown(BaseModel):
    """The newest tasks of a widget, newest first."""

    items: list[TaskShown]
