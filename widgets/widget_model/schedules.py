"""Schedules: when a scheduled widget runs by itself. Pure: no clock, no database; times are Unix seconds.

What is promised (B-20 to B-23, X-25; ``docs/scheduled-tasks.md`` says it to users):

* A grid without drift: the times follow from the schedule alone, never from when the last run ended.
* Every n minutes or hours counts elapsed time from midnight of 2000-01-01 in the schedule's zone: nothing runs twice
  or not at all when clocks change. Every n days, weeks (Monday to Sunday) or months counts on the zone's calendar.
* A time of day that a change of clocks skips runs at the first moment after the gap; one that comes twice runs the
  first time. Cron text follows Debian's cron, which says the same of times of day.
* Day 29, 30 or 31 of a shorter month is that month's last day.
* An unset minute (B-22) is one of the first 30, always the same for one widget and spread over widgets.
"""

import calendar
import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

MAX_N = 1000
MAX_RETRIES = 5
MAX_CRON_CHARS = 100
#: Unset minutes are below this.
SPREAD_MINUTES = 30
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORIGIN = datetime(2000, 1, 1)
_FIELDS = frozenset({"every", "n", "at", "cron", "timezone", "paused", "retries", "notify"})
#: How an owner can be told: on their page of messages and by mail; at the webhooks of the widget.
NOTIFY = ("mail", "webhook")
_TIME = r"(\d{1,2}):(\d{2})"


class ScheduleError(ValueError):
    """A schedule that can't be; ``field`` is the part that is wrong, the text says what would be right."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Unit(StrEnum):
    """What "every n ..." counts."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class At:
    """The place within a unit. None is unset: the first day, and a minute that spreads."""

    #: Week: 0 is Monday. Month: 1 to 31.
    day: int | None = None
    hour: int | None = None
    minute: int | None = None


@dataclass(frozen=True)
class Schedule:
    """A checked schedule: ``parse`` makes it, ``as_dict`` is what is kept and shown."""

    #: None when ``cron`` says it.
    every: Unit | None
    n: int = 1
    at: At = At()
    cron: str = ""
    timezone: str = "UTC"
    paused: bool = False
    #: How often a failed run is tried again before the next time comes.
    retries: int = 0
    #: How its owner is told when it begins to fail, and when it works again: some of NOTIFY.
    notify: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the schedule as the API takes and shows it; ``parse`` reads it back."""
        if self.every is None:
            shown: dict[str, Any] = {"cron": self.cron}
        else:
            shown = {"every": self.every.value, "n": self.n}
            if at := _at_text(self.every, self.at):
                shown["at"] = at
        shown |= {"timezone": self.timezone, "paused": self.paused, "retries": self.retries}
        return {**shown, "notify": list(self.notify)} if self.notify else shown

    def same_times(self, other: "Schedule") -> bool:
        """Whether both come due at the same times: then a change keeps the next one (B-23)."""
        return self._timing() == other._timing()

    def for_fork(self) -> "Schedule":
        """Return the schedule of a copy: off, and telling nobody."""
        return replace(self, paused=True, notify=())

    def next_after(self, after: float, seed: str) -> float:
        """Return the first time above ``after``; ``seed`` (the widget's id) chooses an unset minute."""
        return next(self.times_after(after, seed))

    def times_after(self, after: float, seed: str) -> Iterator[float]:
        """Yield the times above ``after``, upwards."""
        zone = ZoneInfo(self.timezone)
        if self.every is None:
            return _cron_times(self.cron, zone, after)
        spread = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % SPREAD_MINUTES
        minute = spread if self.at.minute is None else self.at.minute
        if self.every is Unit.MINUTE:
            return _minute_times(self.n, zone, after)
        if self.every is Unit.HOUR:
            return _hour_times(self.n, minute, zone, after)
        return _calendar_times(self, time(self.at.hour or 0, minute), zone, after)

    def count_until(self, first: float, until: float, seed: str, most: int = 1000) -> int:
        """Count the times from ``first`` (one of them) up to ``until``, both included; ``most`` at most."""
        count = 1
        for moment in self.times_after(first, seed):
            if moment > until or count >= most:
                break
            count += 1
        return count

    def in_words(self) -> str:
        """Return the schedule as a person would say it."""
        if self.every is None:
            return f"cron {self.cron}, {self.timezone}"
        units = f"every {self.every}" if self.n == 1 else f"every {self.n} {self.every}s"
        at = _at_text(self.every, self.at)
        return f"{units}{f' at {at}' if at else ''}, {self.timezone}"

    def _timing(self) -> tuple[Unit | None, int, At, str, str]:
        return self.every, self.n, self.at, self.cron, self.timezone


#: What a new scheduled widget has until its owner says otherwise.
DEFAULT = Schedule(Unit.DAY)


# --- reading ---


def parse(value: Mapping[str, Any]) -> Schedule:
    """Check a schedule as the API takes it: ``{every, n?, at?}`` or ``{cron}``, ``timezone?``, ``paused?``, ...

    ScheduleError for anything that is not one, unknown fields included.
    """
    if unknown := sorted(str(name)[:40] for name in value.keys() - _FIELDS):
        raise ScheduleError("schedule", f"A schedule has no {unknown[0]!r}; it has {', '.join(sorted(_FIELDS))}.")
    given = {name: item for name, item in value.items() if item is not None}
    if ("every" in given) == ("cron" in given):
        raise ScheduleError("schedule", "A schedule has either 'every' or 'cron'.")
    common: dict[str, Any] = {
        "timezone": _timezone(given.get("timezone", "UTC")),
        "paused": _boolean("paused", given.get("paused", False)),
        "retries": _whole("retries", given.get("retries", 0), 0, MAX_RETRIES),
        "notify": _notify(given.get("notify", [])),
    }
    if "cron" in given:
        if alien := given.keys() & {"n", "at"}:
            raise ScheduleError(min(alien), f"Cron text says it all: leave {min(alien)!r} out.")
        return Schedule(None, cron=_cron(given["cron"]), **common)
    unit = _unit(given["every"])
    return Schedule(unit, _whole("n", given.get("n", 1), 1, MAX_N), _at(unit, given.get("at", "")), **common)


@functools.cache
def timezones() -> frozenset[str]:
    """Return the names of the time zones that schedules may have."""
    return frozenset(name for name in available_timezones() if name != "localtime")


def _unit(value: object) -> Unit:
    try:
        return Unit(str(value))
    except ValueError as error:
        raise ScheduleError("every", f"'every' is one of {', '.join(Unit)}.") from error


def _whole(field: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ScheduleError(field, f"{field!r} is a whole number from {least} to {most}.")
    return value


def _boolean(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ScheduleError(field, f"{field!r} is true or false.")
    return value


def _notify(value: object) -> tuple[str, ...]:
    # Several kinds of lists come from JSON, forms and the database; a text is none of them.
    if not isinstance(value, list | tuple) or not all(item in NOTIFY for item in value):
        raise ScheduleError("notify", f"'notify' is a list of some of {', '.join(NOTIFY)}.")
    return tuple(item for item in NOTIFY if item in value)


def _timezone(value: object) -> str:
    if not isinstance(value, str) or value not in timezones():
        raise ScheduleError("timezone", f"There is no time zone {str(value)[:60]!r}; use a name like Europe/Berlin.")
    return value


def _cron(value: object) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if len(text) > MAX_CRON_CHARS or len(text.split(" ")) != 5 or not text.isascii():
        raise ScheduleError("cron", "Cron text has five parts: minute, hour, day of month, month, day of week.")
    try:
        next(CronSim(text, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise ScheduleError("cron", f"The cron text is not right: {error}.") from error
    except StopIteration as error:
        raise ScheduleError("cron", "That never comes: no day matches the cron text.") from error
    return text


def _at(unit: Unit, value: object) -> At:
    text = " ".join(value.lower().split()) if isinstance(value, str) else None
    if text == "":
        return At()
    pattern, example = _AT_FORMS[unit]
    match = re.fullmatch(pattern, text, re.ASCII) if text is not None and len(text) <= 40 else None
    found = _AT_READERS[unit](match) if match is not None else None
    if found is None:
        raise ScheduleError("at", f"For every {unit}, 'at' is {example}.")
    return found


_AT_FORMS = {
    Unit.MINUTE: (r"(?!)", "left out"),
    Unit.HOUR: (r":?(\d{1,2})", "a minute like ':15'"),
    Unit.DAY: (_TIME, "a time like '09:30'"),
    Unit.WEEK: (rf"([a-z]+)(?: {_TIME})?", "a day and a time like 'monday 09:30'"),
    Unit.MONTH: (rf"(\d{{1,2}})(?: {_TIME})?", "a day and a time like '15 09:30'"),
}


def _at_minute(match: re.Match[str]) -> At | None:
    minute = int(match[1])
    return At(minute=minute) if minute < 60 else None


def _at_time(match: re.Match[str]) -> At | None:
    return _time_of(None, match[1], match[2])


def _at_weekday(match: re.Match[str]) -> At | None:
    days = [number for number, name in enumerate(DAYS) if match[1] in (name, name[:3])]
    return _time_of(days[0], match[2], match[3]) if days else None


def _at_day(match: re.Match[str]) -> At | None:
    day = int(match[1])
    return _time_of(day, match[2], match[3]) if 1 <= day <= 31 else None


_AT_READERS = {Unit.HOUR: _at_minute, Unit.DAY: _at_time, Unit.WEEK: _at_weekday, Unit.MONTH: _at_day}


def _time_of(day: int | None, hour: str | None, minute: str | None) -> At | None:
    if hour is None or minute is None:
        return At(day)
    return At(day, int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None


def _at_text(unit: Unit, at: At) -> str:
    if unit is Unit.HOUR:
        return "" if at.minute is None else f":{at.minute:02}"
    clock = "" if at.minute is None else f"{at.hour:02}:{at.minute:02}"
    day = "" if at.day is None else DAYS[at.day] if unit is Unit.WEEK else str(at.day)
    return f"{day} {clock}".strip()


# --- counting ---


def _minute_times(n: int, zone: ZoneInfo, after: float) -> Iterator[float]:
    origin, step = _origin_s(zone), 60 * n
    moment = origin + ((after - origin) // step + 1) * step
    while True:
        yield moment
        moment += step


def _hour_times(n: int, minute: int, zone: ZoneInfo, after: float) -> Iterator[float]:
    origin, step = _origin_s(zone), 3600 * n
    # One step back: the minute lies within the hour that begins at the grid's point.
    hour = origin + ((after - origin) // step - 1) * step
    while True:
        # Not everywhere does a change of clocks move them by whole hours: the minute is the local clock's.
        local = datetime.fromtimestamp(hour, zone)
        moment = hour + (minute * 60 - (local.minute * 60 + local.second)) % 3600
        if moment > after:
            yield moment
        hour += step


def _calendar_times(schedule: Schedule, at: time, zone: ZoneInfo, after: float) -> Iterator[float]:
    # One day back: a time that was skipped comes later than its date says.
    start = datetime.fromtimestamp(after, zone).date() - timedelta(days=1)
    last = after
    for day in _dates(schedule, start):
        moment = _instant(datetime.combine(day, at), zone)
        if moment > last:
            last = moment
            yield moment


def _dates(schedule: Schedule, start: date) -> Iterator[date]:
    """Yield the dates of the grid from ``start`` on."""
    n, day = schedule.n, schedule.at.day
    if schedule.every is Unit.MONTH:
        month = start.year * 12 + start.month - 1
        month -= month % n
        while True:
            year, index = divmod(month, 12)
            found = date(year, index + 1, min(day or 1, calendar.monthrange(year, index + 1)[1]))
            if found >= start:
                yield found
            month += n
    # Day 1 of the proleptic calendar is a Monday.
    step, offset = (7 * n, day or 0) if schedule.every is Unit.WEEK else (n, 0)
    number = start.toordinal() - 1 - offset
    number += -number % step
    while True:
        yield date.fromordinal(number + 1 + offset)
        number += step


def _instant(local: datetime, zone: ZoneInfo) -> float:
    """Return when the zone's clocks first show ``local``, or the first moment after it where they skip it."""
    while True:
        moment = local.replace(tzinfo=zone, fold=0).timestamp()
        if datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0) == local:
            return moment
        local += timedelta(minutes=1)


def _cron_times(text: str, zone: ZoneInfo, after: float) -> Iterator[float]:
    # In UTC the library must not look for changes of clocks; it knows its own UTC only.
    start = datetime.fromtimestamp(after, UTC if zone.key == "UTC" else zone)
    last = after
    for found in CronSim(text, start):
        moment = found.timestamp()
        # In the hour that comes twice the library starts from the clock's reading, which may be the earlier one.
        if moment > last:
            last = moment
            yield moment


def _origin_s(zone: ZoneInfo) -> float:
    return _ORIGIN.replace(tzinfo=zone).timestamp()
