"""The schedules of a widget: when it or a background task of it runs, pause, run now, the last times (B-20 to B-26).

A scheduled widget has one of its own; the page's ``task`` says which of the others is meant.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_model.anvil_schedules import task_of
from widget_model.kinds import Kind
from widget_model.schedules import DAYS, DEFAULT, MAX_RETRIES, NOTIFY, Schedule, Unit, timezones
from widget_site import study
from widget_site.accounts.visitor import signed_in
from widget_site.errors import FormError, NotFoundError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.public.declared import declared_tasks
from widget_site.store import rules, schedules, trees, widgets
from widget_site.store.values import Widget, seed_of

blueprint = Blueprint("schedule", __name__)

_FIELDS = ("task", "every", "n", "minute", "weekday", "day", "time", "cron", "timezone", "retries", *NOTIFY)
_NEXT = 5
CRON = "cron"
#: No task has this name: what a form that names none removes.
_NO_TASK = "-"
#: Where a problem with the schedule's ``at`` is shown, by unit.
_AT_FIELDS = {"hour": "minute", "day": "time", "week": "time", "month": "day"}


@dataclass(frozen=True)
class NextTime:
    """A time at which the widget will run."""

    at: float
    #: As the clocks of its zone show it.
    text: str


@blueprint.get("/w/<slug>/schedule")
async def schedule_page(slug: str) -> str:
    """Show the schedule to the owner."""
    task = request.args.get("task", "")
    widget = await _owned(slug)
    stored = await schedules.of_widget(parts().store, widget.id, task)
    if task and stored is None:
        raise NotFoundError(f"The task {task[:50]!r} of this widget has no schedule.")
    schedule = DEFAULT if stored is None else stored.schedule
    is_new = "new" in request.args
    return await _page(widget, Form({**_values(schedule), "task": task}), schedule, is_new=is_new)


@blueprint.post("/w/<slug>/schedule")
async def save_schedule(slug: str) -> ResponseReturnValue:
    """Keep the schedule."""
    widget = await _owned(slug)
    form = await _posted()
    try:
        schedule = await _read(widget, form)
        task = _task(widget, form)
        await schedules.save(parts().store, slug, widget.owner_id, schedule, time.time(), task)
    except SiteError as error:
        return await _page(widget, _refuse(form, error), None), form.status
    return see_other(_address(slug, task, "saved"))


@blueprint.post("/w/<slug>/schedule/next")
async def next_times(slug: str) -> ResponseReturnValue:
    """Show when the widget would run with what is in the form; nothing is kept."""
    widget = await _owned(slug)
    form = await _posted()
    try:
        schedule = await _read(widget, form)
    except SiteError as error:
        return await _page(widget, _refuse(form, error), None), form.status
    return await _page(widget, form, schedule)


@blueprint.post("/w/<slug>/schedule/pause")
async def pause(slug: str) -> ResponseReturnValue:
    """Pause the schedule, or let it go on."""
    widget = await _owned(slug)
    sent = (await posted("paused", "task")).values
    paused = sent["paused"] == "yes"
    await schedules.resume(parts().store, slug, widget.owner_id, paused=paused, now=time.time(), task=sent["task"])
    return see_other(_address(slug, sent["task"], "paused" if paused else "resumed"))


@blueprint.post("/w/<slug>/schedule/remove")
async def remove(slug: str) -> ResponseReturnValue:
    """Remove the schedule of a background task."""
    widget = await _owned(slug)
    task = (await posted("task")).values["task"]
    await schedules.save(parts().store, slug, widget.owner_id, None, time.time(), task or _NO_TASK)
    return see_other(_address(slug, "", "schedule-removed"))


@blueprint.post("/w/<slug>/schedule/run")
async def run_now(slug: str) -> ResponseReturnValue:
    """Run it now, as a run of its owner; the schedule stays as it is."""
    widget = await _owned(slug)
    task = (await posted("task")).values["task"]
    run_id = await (parts().dispatch.start_task(widget, task_of(task)) if task else parts().dispatch.start_run(slug))
    return see_other(f"/w/{slug}/runs#run-{run_id}")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "change its schedule")


async def _posted() -> Form:
    return await posted(*_FIELDS)


async def _read(widget: Widget, form: Form) -> Schedule:
    """Return the schedule that the form says; what it does not show stays as it is."""
    values = {name: value.strip() for name, value in form.values.items()}
    stored = await schedules.of_widget(parts().store, widget.id, values["task"])
    kept = DEFAULT if stored is None else stored.schedule
    spec: dict[str, Any] = {"timezone": values["timezone"] or "UTC", "paused": kept.paused}
    spec["retries"] = _whole("retries", values["retries"] or "0")
    spec["notify"] = [one for one in NOTIFY if values[one]]
    if values["every"] == CRON:
        return rules.schedule({**spec, "cron": values["cron"]})
    spec |= {"every": values["every"], "n": _whole("n", values["n"] or "1")}
    return rules.schedule({**spec, "at": _at(values)})


def _task(widget: Widget, form: Form) -> str:
    task = form.values["task"].strip()
    if not task and widget.kind != Kind.SCHEDULED:
        raise FormError("task", "Name the background task that is to run.")
    return task


def _address(slug: str, task: str, done: str) -> str:
    which = {"task": task} if task else {}
    return f"/w/{slug}/schedule?{urlencode({**which, 'done': done})}"


def _at(values: dict[str, str]) -> str:
    match values["every"]:
        case Unit.HOUR:
            return values["minute"]
        case Unit.DAY:
            return values["time"]
        case Unit.WEEK:
            return f"{values['weekday'] or DAYS[0]} {values['time']}".strip()
        case Unit.MONTH:
            return f"{values['day'] or '1'} {values['time']}".strip()
    return ""


def _whole(field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FormError(field, "A whole number goes here.")
    return int(text)


def _refuse(form: Form, error: SiteError) -> Form:
    form.refuse(error)
    if isinstance(error, FormError) and error.field == "at":
        form.problem = ""
        form.problems[_AT_FIELDS.get(form.values["every"], "every")] = str(error)
    return form


def _values(schedule: Schedule) -> dict[str, str]:
    at = schedule.at
    clock = "" if at.hour is None else f"{at.hour:02}:{at.minute or 0:02}"
    return {
        "every": CRON if schedule.every is None else schedule.every.value,
        "n": str(schedule.n),
        "minute": _text(at.minute) if schedule.every is Unit.HOUR else "",
        "weekday": DAYS[at.day or 0] if schedule.every is Unit.WEEK else DAYS[0],
        "day": _text(at.day) if schedule.every is Unit.MONTH else "",
        "time": clock,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "retries": str(schedule.retries),
        **{one: "yes" if one in schedule.notify else "" for one in NOTIFY},
    }


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def next_of(schedule: Schedule, seed: str, now: float, count: int = _NEXT) -> list[NextTime]:
    """Return the next times, as the clocks of the schedule's zone show them."""
    zone = ZoneInfo(schedule.timezone)
    return [
        NextTime(moment, datetime.fromtimestamp(moment, zone).strftime("%a %d %b %Y, %H:%M %Z"))
        for moment in islice(schedule.times_after(now, seed), count)
    ]


async def _page(widget: Widget, form: Form, schedule: Schedule | None, *, is_new: bool = False) -> str:
    has_own = widget.kind == Kind.SCHEDULED
    store, task = parts().store, form.values["task"].strip()
    found = {one.task: one for one in await schedules.all_of(store, widget.id)}
    stored = None if is_new else found.get(task)
    shown: dict[str, Any] = {
        "task": task if task in found else "",
        "stored": stored,
        "others": [one for name, one in found.items() if name and name != task],
        "declared": await study.read(declared_tasks, await trees.files_of(store, widget.code)),
        "has_own": has_own,
        "asks_task": stored is None and (is_new or bool(task) or not has_own),
        "words": None if stored is None else stored.schedule.in_words(),
        "next": [] if schedule is None else next_of(schedule, seed_of(widget.id, task), time.time()),
        "ticks": [] if stored is None else await schedules.ticks(store, widget.id, 30, task),
    }
    choices = {"units": list(Unit), "days": DAYS, "zones": sorted(timezones()), "max_retries": MAX_RETRIES}
    return await page("schedule.html", widget=widget, form=form, **shown, **choices)
