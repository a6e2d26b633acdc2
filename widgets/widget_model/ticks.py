"""Ticks: what becomes of a time at which a schedule is due. Pure; times are Unix seconds."""

from dataclasses import dataclass
from enum import StrEnum

from widget_model.outcomes import Outcome
from widget_model.schedules import Schedule

#: A time that is found this late was missed: the run that makes up for it says so.
CATCH_UP_AFTER_S = 60.0
#: A failed run is tried again after this, then after twice as long, and so on.
RETRY_AFTER_S = 60.0


class Reason(StrEnum):
    """Why a scheduled run exists."""

    #: Its time came.
    DUE = "due"
    #: Its time was missed, and perhaps more times after it; this one run makes up for all of them (W-14).
    CATCH_UP = "catch_up"
    #: The run of its time failed.
    RETRY = "retry"


class TickState(StrEnum):
    """Where a tick is."""

    #: Its run is written down and not handed to the runners yet.
    WAITING = "waiting"
    #: Its run is with the runners.
    HANDED_OVER = "handed_over"
    #: Its run has ended, and what follows from that is done.
    DONE = "done"
    #: The run before was not over: no run was made (W-13).
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Tick:
    """One time at which a schedule was due, and why."""

    tick_at: float
    reason: Reason
    #: 0 for the first run of a time, then the number of the retry.
    attempt: int = 0
    #: Times that passed without a run, ``tick_at`` among them; 0 unless this makes up for them.
    missed: int = 0


@dataclass(frozen=True)
class Retry:
    """A failed run that will be tried again."""

    tick_at: float
    attempt: int
    at: float


@dataclass(frozen=True)
class Step:
    """What a due schedule does now, and when its next time is."""

    tick: Tick
    next_at: float


def step(schedule: Schedule, seed: str, tick_at: float, retry: Retry | None, now: float) -> Step:
    """Decide for a schedule of which ``tick_at`` or the retry has come (is at or before ``now``).

    The next time is computed from now, so downtime makes one run however many times it covers (W-14).
    """
    if tick_at > now and retry is not None:
        return Step(Tick(retry.tick_at, Reason.RETRY, retry.attempt), tick_at)
    following = schedule.next_after(now, seed)
    if now - tick_at <= CATCH_UP_AFTER_S:
        return Step(Tick(tick_at, Reason.DUE), following)
    return Step(Tick(tick_at, Reason.CATCH_UP, missed=schedule.count_until(tick_at, now, seed)), following)


def is_failure(outcome: str) -> bool:
    """Whether a run that ended so failed by itself; one that its owner stopped did not."""
    return outcome not in (Outcome.OK, Outcome.STOPPED)


def retry_of(schedule: Schedule, tick: Tick, next_at: float, now: float) -> Retry | None:
    """Return when a failed tick is tried again: None when it has had its retries, or the next time comes first."""
    at = now + RETRY_AFTER_S * 2**tick.attempt
    if schedule.paused or tick.attempt >= schedule.retries or at >= next_at:
        return None
    return Retry(tick.tick_at, tick.attempt + 1, at)
