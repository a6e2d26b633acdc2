"""What the service of background tasks needs of the site around it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from widget_site.dispatch.ports import NewRun
from widget_site.store.store import Store
from widget_wire.values import LiveObject

BACKEND_METHODS = (
    "get_error",
    "get_id",
    "get_return_value",
    "get_start_time",
    "get_state",
    "get_task_name",
    "get_termination_status",
    "is_completed",
    "is_running",
    "kill",
)


@dataclass(frozen=True)
class Outside:
    """The store, and how tasks are started, asked for their state, and stopped."""

    store: Store
    launch: Callable[[str, NewRun], Awaitable[None]]
    #: Returns the newest state of one that is not over, as an answer's message; None when there is none.
    state: Callable[[str], Awaitable[dict[str, Any] | None]]
    #: ConflictError when it can't be stopped.
    stop: Callable[[str], Awaitable[None]]


def object_of(task_id: str, backend: str) -> LiveObject:
    """Return what stands for a task in user code."""
    return LiveObject(backend, json.dumps(task_id), methods=BACKEND_METHODS)
