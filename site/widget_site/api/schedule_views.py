"""The schedule of a widget: where it stands, and what another one would do; for its owner alone."""

import time
from itertools import islice

from quart import Blueprint

from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import visitor
from widget_site.api import schedule_models, shown
from widget_site.api.operation import operation
from widget_site.errors import NotFoundError
from widget_site.parts import parts
from widget_site.store import rules, schedules, widgets
from widget_site.store.values import StoredSchedule

blueprint = Blueprint("schedules", __name__)

_SHOWN = 5


@blueprint.get("/widgets/<slug>/schedule")
@operation(200, schedule_models.ScheduleShown, errors=(404,))
async def get_schedule(slug: str) -> schedule_models.ScheduleShown:
    """Read a widget's schedule, its next times and what became of the last ones; set it with PATCH of the widget."""
    store = parts().store
    widget = await widgets.owned(store, slug, (await visitor()).id, "see its schedule")
    stored = await schedules.of_widget(store, widget.id)
    if stored is None:
        return schedule_models.ScheduleShown(
            schedule=None, next_run_at=None, failing_since=None, next_times=[], ticks=[]
        )
    return await _shown(stored)


@blueprint.get("/widgets/<slug>/schedules")
@operation(200, schedule_models.SchedulesShown, errors=(404,))
async def get_schedules(slug: str) -> schedule_models.SchedulesShown:
    """List a widget's schedules: its own, if it is a scheduled widget, and those of its background tasks."""
    store = parts().store
    widget = await widgets.owned(store, slug, (await visitor()).id, "see its schedules")
    found = await schedules.all_of(store, widget.id)
    return schedule_models.SchedulesShown(items=[await _shown(one) for one in found])


@blueprint.put("/widgets/<slug>/schedules/<task>")
@operation(200, schedule_models.ScheduleShown, body=schedule_models.TaskScheduleBody, errors=(404, 409))
async def put_schedule(slug: str, task: str, body: schedule_models.TaskScheduleBody) -> schedule_models.ScheduleShown:
    """Run a background task of a widget by a schedule; a second one of the same task has `#` and a word behind it."""
    store, viewer = parts().store, (await visitor()).id
    await schedules.save(store, slug, viewer, rules.schedule(body.schedule), time.time(), task)
    widget = await widgets.owned(store, slug, viewer, "see its schedules")
    stored = await schedules.of_widget(store, widget.id, task)
    if stored is None:
        raise NotFoundError("The schedule was removed meanwhile.")
    return await _shown(stored)


@blueprint.delete("/widgets/<slug>/schedules/<task>")
@operation(204, errors=(404,))
async def delete_schedule(slug: str, task: str) -> None:
    """Remove the schedule of a background task."""
    await schedules.save(parts().store, slug, (await visitor()).id, None, time.time(), task)


@blueprint.post("/widgets/<slug>/schedule/preview")
@operation(200, schedule_models.NextTimes, body=schedule_models.ScheduleBody, errors=(404,), scope=Scope.READ)
async def preview_schedule(slug: str, body: schedule_models.ScheduleBody) -> schedule_models.NextTimes:
    """Say when the widget would run next with this schedule; nothing is changed."""
    widget = await widgets.owned(parts().store, slug, (await visitor()).id, "change its schedule")
    schedule = rules.schedule(body.schedule)
    times = list(islice(schedule.times_after(time.time(), widget.id), _SHOWN))
    return schedule_models.NextTimes(words=schedule.in_words(), times=times)


async def _shown(stored: StoredSchedule) -> schedule_models.ScheduleShown:
    schedule = stored.schedule
    next_at = [at for at in (stored.next_at, stored.retry_at) if at is not None]
    times = [] if schedule.paused else list(islice(schedule.times_after(time.time(), stored.seed), _SHOWN))
    ticks = await schedules.ticks(parts().store, stored.widget_id, task=stored.task)
    return schedule_models.ScheduleShown(
        task=stored.task,
        schedule=schedule.as_dict(),
        next_run_at=min(next_at, default=None),
        failing_since=stored.failing_since,
        next_times=times,
        ticks=[shown.tick(tick) for tick in ticks],
    )
