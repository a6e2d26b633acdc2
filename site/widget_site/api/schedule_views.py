"""The schedule of a widget: where it stands, and what another one would do; for its owner alone."""

import time
from itertools import islice

from quart import Blueprint

from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import visitor
from widget_site.api import schedule_models, shown
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import rules, schedules, widgets

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
    schedule = stored.schedule
    next_at = [at for at in (stored.next_at, stored.retry_at) if at is not None]
    times = [] if schedule.paused else list(islice(schedule.times_after(time.time(), widget.id), _SHOWN))
    return schedule_models.ScheduleShown(
        schedule=schedule.as_dict(),
        next_run_at=min(next_at, default=None),
        failing_since=stored.failing_since,
        next_times=times,
        ticks=[shown.tick(tick) for tick in await schedules.ticks(store, widget.id)],
    )


@blueprint.post("/widgets/<slug>/schedule/preview")
@operation(200, schedule_models.NextTimes, body=schedule_models.ScheduleBody, errors=(404,), scope=Scope.READ)
async def preview_schedule(slug: str, body: schedule_models.ScheduleBody) -> schedule_models.NextTimes:
    """Say when the widget would run next with this schedule; nothing is changed."""
    widget = await widgets.owned(parts().store, slug, (await visitor()).id, "change its schedule")
    schedule = rules.schedule(body.schedule)
    times = list(islice(schedule.times_after(time.time(), widget.id), _SHOWN))
    return schedule_models.NextTimes(words=schedule.in_words(), times=times)
