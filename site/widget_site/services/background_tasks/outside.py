"""What the service of background tasks needs of the site around it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from widget_site.dispatch.ports import NewRun
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.store.store import Store
from widget_wire import keys
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
    """The store, Redis, and how tasks are started and stopped."""

    store: Store
    link: RedisLink
    launch: Callable[[str, NewRun], Awaitable[None]]
    stop: Callable[[str], Awaitable[None]]


async def live_state(link: RedisLink, task_id: str) -> dict[str, Any] | None:
    """Return the newest state that a task has said, as an answer's message; None before it said any."""
    try:
        said = await link.client.get(keys.TASK_STATE + task_id)
    except (*GONE, RedisError):
        return None
    state: dict[str, Any] | None = None if said is None else json.loads(said)
    return state


def object_of(task_id: str, backend: str) -> LiveObject:
    """Return what stands for a task in user code."""
    return LiveObject(backend, json.dumps(task_id), methods=BACKEND_METHODS)
