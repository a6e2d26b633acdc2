"""Scheduled tasks as an Anvil app's ``anvil.yaml`` has them, as schedules of ours (B-20, B-21).

An entry is ``{task_name, job_id, time_spec: {every, n?, at?: {minute?, hour?, day?}}}``; times are UTC, and days of the
week count from 1, which is Sunday.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from widget_model.schedules import DAYS, Schedule, ScheduleError, Unit, parse

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
        schedule = _read(entry)
        made[_free_name(entry["task_name"], made)] = schedule
    return made


def what_can_be_read(entries: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Schedule], list[str]]:
    """Return the schedules by name, and why the entries that are left out can't be read."""
    made: dict[str, Schedule] = {}
    problems = []
    for entry in entries:
        try:
            schedule = _read(entry)
        except ScheduleError as error:
            problems.append(str(error))
            continue
        made[_free_name(entry["task_name"], made)] = schedule
    return made, problems


def to_anvil(
    schedules: Mapping[str, Schedule], before: Sequence[Mapping[str, Any]] = ()
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Return the entries for these schedules, and why some are left out: those that no ``time_spec`` says.

    Entries of ``before`` that come due as one of the schedules of their task does stay as they are, where they are.
    """
    left, entries = dict(schedules), []
    for entry in before:
        if (name := _name_of(entry, left)) is not None:
            del left[name]
            entries.append(entry)
    problems = []
    for name, schedule in left.items():
        if schedule.every is None or schedule.timezone != "UTC":
            problems.append(
                f"The schedule {name!r} ({schedule.in_words()}) is none of an Anvil app's, which are in UTC."
            )
            continue
        job = hashlib.sha256(name.encode()).hexdigest()[:8].upper()
        entries.append({"task_name": task_of(name), "job_id": job, "time_spec": _time_spec(schedule)})
    return entries, problems


def _read(entry: Mapping[str, Any]) -> Schedule:
    task, spec = entry.get("task_name"), entry.get("time_spec")
    if not isinstance(task, str) or not task or not isinstance(spec, Mapping):
        raise ScheduleError("scheduled_tasks", "A scheduled task of anvil.yaml has a task_name and a time_spec.")
    try:
        return parse(_spec(spec))
    except (ScheduleError, AttributeError, TypeError, ValueError) as error:
        raise ScheduleError("scheduled_tasks", f"The schedule of {task[:80]!r} can't be read: {error}") from error


def _free_name(task: str, taken: Mapping[str, Schedule]) -> str:
    name, count = task, 1
    while name in taken:
        count += 1
        name = f"{task}{LABEL}{count}"
    return name


def _name_of(entry: Mapping[str, Any], schedules: Mapping[str, Schedule]) -> str | None:
    """Return the schedule that an entry says, None for none."""
    try:
        said = _read(entry)
    except ScheduleError:
        return None
    task = entry["task_name"]
    return next((name for name, one in schedules.items() if task_of(name) == task and one.same_times(said)), None)


def _time_spec(schedule: Schedule) -> dict[str, Any]:
    assert schedule.every is not None
    at = {name: value for name in ("day", "hour", "minute") if (value := getattr(schedule.at, name)) is not None}
    if schedule.every is Unit.WEEK:
        # Ours begins with Monday, theirs with Sunday, whether it is written or not.
        at["day"] = (at.get("day", 0) + 1) % 7 + 1
    spec = {"every": schedule.every.value, "n": schedule.n}
    return {**spec, "at": at} if at else spec


def _spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    every, at = str(spec.get("every", "")), spec.get("at") or {}
    day, hour, minute = (None if at.get(name) is None else int(at[name]) for name in ("day", "hour", "minute"))
    clock = "" if hour is None and minute is None else f"{hour or 0:02}:{minute or 0:02}"
    text = {
        "hour": "" if minute is None else str(minute),
        "day": clock,
        "week": f"{DAYS[((day or 1) + 5) % 7]} {clock}".strip(),
        "month": f"{day or 1} {clock}".strip(),
    }.get(every, "")
    shown = {"every": every, "n": spec.get("n") or 1}
    return {**shown, "at": text} if text else shown
