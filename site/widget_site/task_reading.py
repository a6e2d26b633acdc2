"""Background tasks as their widget's owner sees them, in pages and the JSON API."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from widget_model.outcomes import Status
from widget_site.errors import NotFoundError
from widget_site.parts import SiteParts
from widget_site.store import tasks
from widget_site.store.tasks import Task
from widget_site.store.values import Widget

#: Tasks of a widget that are shown.
SHOWN = 100


@dataclass(frozen=True)
class TaskSeen:
    """A task, and what it says of itself as JSON."""

    task: Task
    state: Any = None
    returned: Any = None


async def listed(site: SiteParts, widget: Widget) -> list[Task]:
    """Return the newest tasks of a widget, newest first, as they are now."""
    return [await _now(site, task) for task in await tasks.listed(site.store, widget.id, SHOWN)]


async def seen(site: SiteParts, widget: Widget, task_id: str) -> TaskSeen:
    """Return a task of the widget in full; NotFoundError when it has none of this id."""
    task = await tasks.get(site.store, widget.id, task_id)
    if task is None:
        raise NotFoundError(f"This widget has no background task {task_id[:40]!r}.")
    task = await _now(site, task)
    answer, state = await tasks.end_of(site.store, task.id)
    state = state or await site.dispatch.task_state(task.id)
    returned = task.returned if answer is None else answer.get("response")
    return TaskSeen(task, None if state is None else state.get("response"), returned)


async def _now(site: SiteParts, task: Task) -> Task:
    """Return a task with what its live stream knows beyond its row: that it runs."""
    newer = None if task.termination is not None else await site.dispatch.status(task.id)
    is_running = newer is not None and newer.get("status") == Status.RUNNING
    return dataclasses.replace(task, status=Status.RUNNING.value) if is_running else task


async def kill(site: SiteParts, widget: Widget, task_id: str) -> Task:
    """Ask for the end of a task; one that is over stays as it is."""
    task = (await seen(site, widget, task_id)).task
    if task.termination is None:
        await site.dispatch.stop_run(task.id)
    return task
