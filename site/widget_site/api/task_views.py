"""Background tasks of a widget: listed, read, launched and killed by its owner alone (B-19)."""

import dataclasses

from quart import Blueprint

from widget_site import task_reading
from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import visitor
from widget_site.api import task_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import rules, widgets
from widget_site.store.tasks import Task
from widget_site.store.values import Widget

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/widgets/<slug>/tasks")
@operation(200, task_models.TasksShown, errors=(404,))
async def get_tasks(slug: str) -> task_models.TasksShown:
    """List the newest background tasks of a widget, scripts among them."""
    found = await task_reading.listed(parts(), await _owned(slug))
    return task_models.TasksShown(items=[task_models.TaskShown(**_fields(task)) for task in found])


@blueprint.post("/widgets/<slug>/tasks")
@operation(202, task_models.TaskShown, body=task_models.NewTask, errors=(404,), scope=Scope.RUN)
async def launch_task(slug: str, body: task_models.NewTask) -> task_models.TaskShown:
    """Launch a background task of a widget, as its code would without arguments."""
    widget = await _owned(slug)
    task_id = await parts().dispatch.start_task(widget, rules.task_name(body.name))
    return task_models.TaskShown(**_fields((await task_reading.seen(parts(), widget, task_id)).task))


@blueprint.get("/widgets/<slug>/tasks/<task_id>")
@operation(200, task_models.TaskInFull, errors=(404,))
async def get_task(slug: str, task_id: str) -> task_models.TaskInFull:
    """Read a background task with its state and what it returned; what it printed is its run's output."""
    found = await task_reading.seen(parts(), await _owned(slug), task_id)
    return task_models.TaskInFull(**_fields(found.task), state=found.state, returned=found.returned)


@blueprint.post("/widgets/<slug>/tasks/<task_id>/kill")
@operation(202, task_models.TaskShown, errors=(404, 409), scope=Scope.RUN)
async def kill_task(slug: str, task_id: str) -> task_models.TaskShown:
    """Kill a background task that waits or runs; one that is over stays as it is. One on an uplink can't be: 409."""
    return task_models.TaskShown(**_fields(await task_reading.kill(parts(), await _owned(slug), task_id)))


async def _owned(slug: str) -> Widget:
    return await widgets.owned(parts().store, slug, (await visitor()).id, "see its background tasks")


def _fields(task: Task) -> dict[str, object]:
    left_out = ("outcome", "returned", "request")
    shown = {name: value for name, value in dataclasses.asdict(task).items() if name not in left_out}
    return {**shown, "termination": task.termination}
