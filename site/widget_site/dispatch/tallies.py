"""Counts of finished runs for metrics: added by the site worker with each batch of records, read at each scrape.

One hash in Redis holds them, so they are whole with any number of site processes and workers, and a call costs nothing.
Its fields are a trigger, an outcome and a step of the histogram: bounded, whatever people call their widgets.
"""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from widget_site.dispatch.redis_link import RedisLink
from widget_wire import keys
from widget_wire.runs import RunRecord

#: Upper bounds of the steps of the histogram of durations, in seconds.
STEPS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True)
class RunTallies:
    """How many runs ended how, and how long they took, since this Redis began."""

    #: (trigger, outcome) -> runs
    outcomes: dict[tuple[str, str], int]
    #: trigger -> (runs up to each of STEPS_S and in all, seconds in all)
    durations: dict[str, tuple[list[int], float]]


def add(pipe: Any, records: Iterable[RunRecord]) -> None:
    """Add finished runs to a pipeline that is about to be sent."""
    counts: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    for record in records:
        took_s = max(0.0, record.finished_at - record.started_at)
        step = next((index for index, most in enumerate(STEPS_S) if took_s <= most), len(STEPS_S))
        counts[f"runs:{record.trigger}:{record.outcome}"] += 1
        counts[f"step:{record.trigger}:{step}"] += 1
        seconds[f"seconds:{record.trigger}"] += took_s
    for name, count in counts.items():
        pipe.hincrby(keys.METRICS, name, count)
    for name, amount in seconds.items():
        pipe.hincrbyfloat(keys.METRICS, name, amount)


async def read(link: RedisLink) -> RunTallies:
    """Return the counts; redis' own errors when it does not answer."""
    found = await cast(Awaitable[dict[bytes, bytes]], link.client.hgetall(keys.METRICS))
    outcomes: dict[tuple[str, str], int] = {}
    steps: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(STEPS_S) + 1))
    seconds: defaultdict[str, float] = defaultdict(float)
    for name, value in found.items():
        what, trigger, *rest = name.decode().split(":")
        if what == "runs":
            outcomes[trigger, rest[0]] = int(value)
        elif what == "step" and int(rest[0]) <= len(STEPS_S):
            steps[trigger][int(rest[0])] = int(value)
        elif what == "seconds":
            seconds[trigger] = float(value)
    return RunTallies(outcomes, {trigger: (_summed(counts), seconds[trigger]) for trigger, counts in steps.items()})


def _summed(counts: list[int]) -> list[int]:
    return [sum(counts[: index + 1]) for index in range(len(counts))]
