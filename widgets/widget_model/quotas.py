"""What an account may use in a time, what it has used, and what it is told. Pure; times are Unix seconds."""

import time
from dataclasses import dataclass, fields
from datetime import UTC, datetime

#: Whoever reads of a used-up quota can do one of these.
WAY_OUT = "wait until then, or ask whoever runs this site for more"
_DAY_S = 86400
_MB = 1_000_000


@dataclass(frozen=True)
class Quotas:
    """The most that an account may use; 0 is no bound."""

    #: Runs and requests that finished in one day (UTC).
    runs_per_day: int = 0
    #: Minutes that its code ran, waiting included, in one day and in one calendar month (UTC).
    minutes_per_day: int = 0
    minutes_per_month: int = 0
    #: Files of all revisions, and installed packages.
    storage_mb: int = 0


NO_QUOTAS = Quotas()
NAMES = tuple(item.name for item in fields(Quotas))
#: What is used up, in the middle of a sentence.
_WORDS = {
    "runs_per_day": "runs of today",
    "minutes_per_day": "minutes of running code of today",
    "minutes_per_month": "minutes of running code of this month",
    "storage_mb": "MB of storage",
}
_TITLES = {
    "runs_per_day": "Runs today",
    "minutes_per_day": "Minutes today",
    "minutes_per_month": "Minutes this month",
    "storage_mb": "Storage, MB",
}


@dataclass(frozen=True)
class Used:
    """What an account has used."""

    runs_today: int = 0
    seconds_today: float = 0.0
    seconds_this_month: float = 0.0
    storage_bytes: int = 0


@dataclass(frozen=True)
class Quota:
    """One quota of an account and how much of it is used."""

    #: A name of ``Quotas``.
    name: str
    used: float
    #: 0 is no bound.
    most: int
    #: When it counts from nothing again; None for storage, which only what is deleted frees.
    resets_at: float | None

    @property
    def title(self) -> str:
        """Its name for people."""
        return _TITLES[self.name]

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left of it."""
        return self.most > 0 and self.used >= self.most

    @property
    def percent(self) -> int:
        """How much of it is used, at most 100; 0 without a bound."""
        return min(100, int(100 * self.used / self.most)) if self.most else 0

    def refusal(self) -> str:
        """Return what its owner is told when it is used up: which, and the way out."""
        used = f"Your account has used up its {self.most:,} {_WORDS[self.name]}."
        if self.resets_at is None:
            return f"{used} Delete widgets or packages that you don't need, or ask whoever runs this site for more."
        return f"{used} They count anew from {moment_text(self.resets_at)}: {WAY_OUT}."

    def public_refusal(self) -> str:
        """Return what a visitor of a widget is told; it names no numbers."""
        again = "" if self.resets_at is None else f" It answers again from {moment_text(self.resets_at)}."
        return f"This widget does not answer now: its owner's account has used up its {_WORDS[self.name]}.{again}"


def quotas_of(most: Quotas, used: Used, now: float) -> tuple[Quota, ...]:
    """Return every quota with what is used of it."""
    day, month = next_day(now), next_month(now)
    return (
        Quota("runs_per_day", used.runs_today, most.runs_per_day, day),
        Quota("minutes_per_day", used.seconds_today / 60, most.minutes_per_day, day),
        Quota("minutes_per_month", used.seconds_this_month / 60, most.minutes_per_month, month),
        Quota("storage_mb", used.storage_bytes / _MB, most.storage_mb, None),
    )


def of_runs(quotas: tuple[Quota, ...]) -> Quota | None:
    """Return the quota of runs or minutes that is used up longest, if one is."""
    over = [one for one in quotas if one.resets_at is not None and one.is_used_up]
    return max(over, key=lambda one: one.resets_at or 0.0, default=None)


def day_of(now: float) -> int:
    """Return the day (UTC), counted from 1970."""
    return int(now // _DAY_S)


def first_day_of_month(now: float) -> int:
    """Return the first day of the month (UTC), counted from 1970."""
    return day_of(datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0).timestamp())


def next_day(now: float) -> float:
    """Return when the next day begins (UTC)."""
    return float((day_of(now) + 1) * _DAY_S)


def next_month(now: float) -> float:
    """Return when the next month begins (UTC)."""
    first = datetime.fromtimestamp(first_day_of_month(now) * _DAY_S, UTC)
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return following.timestamp()


def moment_text(at: float) -> str:
    """Return a moment as people read it."""
    return time.strftime("%d %b %Y, %H:%M UTC", time.gmtime(at))
