"""Samples, the numbers that stand for them, and who is measured."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class BenchError(Exception):
    """Something could not be measured, or an answer was wrong; the text says what."""


@dataclass
class Series:
    """What was measured of one contender."""

    name: str
    #: "ms", "s", "1/s" or "MB".
    unit: str
    #: In the order in which they were taken.
    values: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A line of the table (contract.md: Benchmarks)."""

    name: str
    unit: str
    p50: float
    p95: float
    n: int
    #: The row that this one is compared with, and p50 over that row's p50.
    ratio_to: str = ""
    ratio: float | None = None
    #: What was promised, and whether it was kept; "" and None where nothing was.
    target: str = ""
    met: bool | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of the values lie, interpolated; ValueError without values."""
    if not values:
        raise ValueError("no samples")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def row(series: Series, base: Series | None = None, *, most: float | None = None, least: float | None = None) -> Row:
    """Return the line of ``series``.

    With ``base`` it has the ratio of the medians, and ``most`` or ``least`` bound that ratio; without ``base`` they
    bound the median itself.
    """
    p50 = percentile(series.values, 0.5)
    ratio = p50 / percentile(base.values, 0.5) if base is not None else None
    judged = p50 if ratio is None else ratio
    what = f" {series.unit}" if ratio is None else ""
    target, met = "", None
    if most is not None:
        target, met = f"≤ {most:g}{what}", judged <= most
    elif least is not None:
        target, met = f"≥ {least:g}{what}", judged >= least
    return Row(
        name=series.name,
        unit=series.unit,
        p50=p50,
        p95=percentile(series.values, 0.95),
        n=len(series.values),
        ratio_to=base.name if base is not None else "",
        ratio=ratio,
        target=target,
        met=met,
    )


@dataclass
class Contender:
    """Something that is measured next to others; ``measure`` does it once and returns ms."""

    name: str
    measure: Callable[[], float]
    #: Measured only in every n-th round (what takes long, or fills the machine).
    every: int = 1
    #: How many in a row per round.
    block: int = 1
    series: Series = field(init=False)

    def __post_init__(self) -> None:
        self.series = Series(self.name, "ms")


def interleave(contenders: Sequence[Contender], rounds: int, gap_s: float, warm_up: int = 3) -> None:
    """Measure each in turn, ``rounds`` times, so that what the machine does meanwhile meets them all alike.

    The order turns by one each round; between two measurements ``gap_s`` pass. What ``warm_up`` rounds measure is
    thrown away.
    """
    for number in range(-warm_up, rounds):
        turn = number % len(contenders)
        for contender in (*contenders[turn:], *contenders[:turn]):
            if number % contender.every:
                continue
            for _ in range(contender.block):
                time.sleep(gap_s)
                value = contender.measure()
                if number >= 0:
                    contender.series.values.append(value)
