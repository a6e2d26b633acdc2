"""Scheduled tasks as an Anvil app's ``anvil.yaml`` has them, as schedules of ours (B-20, B-21).

An entry is ``{task_name, job_id, time_spec: {every, n?, at?: {minute?, hour?, day?}}}``; times are UTC, and days of the
week count from 1, which is Sunday.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from widget_model.schedules import DAYS, Schedule, ScheduleError, parse

#: Parts a task's name from a word that tells its schedules apart.
LABEL = "#"


def task_of(name: str) -> str:
    """Return the background task that the schedule of this name runs: ``report#2`` is another one of ``report``."""
    return name.partition(LABEL)[0]


def from_anvil(entries: Sequence[Mapping[str, Any]]) -> dict[str, Schedule]:
    """Return schedules by name; a task that has several gets ``#2``, ``#3`` behind its name.

    ScheduleError for an entry that can't be read; its text names it.
    """
    made: dict[str, Schedule] = {}
    for entry in entries:
        task, spec = entry.get("task_name"), entry.get("time_spec")
        if not isinstance(task, str) or not task or not isinstance(spec, Mapping):
            raise ScheduleError("scheduled_tasks", "A scheduled task of anvil.yaml has a task_name and a time_spec.")
        name, count = task, 1
        while name in made:
            count += 1
            name = f"{task}{LABEL}{count}"
        try:
            made[name] = parse(_spec(spec))
        except (ScheduleError, TypeError, ValueError) as error:
            raise ScheduleError("scheduled_tasks", f"The schedule of {task!r} can't be read: {error}") from error
    return made


def _spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    every, at = str(spec.get("every", "")), spec.get("at") or {}
    day, hour, minute = (None if at.get(name) is None else int(at[name]) for name in ("day", "hour", "minute"))
    clock = "" if hour is None else f"{hour:02}:{minute or 0:02}"
    text = {
        "hour": "" if minute is None else str(minute),
        "day": clock,
        "week": f"{DAYS[((day or 1) + 5) % 7]} {clock}".strip(),
        "month": f"{day or 1} {clock}".strip(),
    }.get(every, "")
    shown = {"every": every, "n": spec.get("n") or 1}
    return {**shown, "at": text} if text else shown
