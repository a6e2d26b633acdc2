"""How much output of a widget's runs is kept, all together: a flood of many runs must not fill the database."""

import time
from collections import OrderedDict
from collections.abc import Callable

#: What a widget may have kept at once, and what it regains in a second.
BURST_BYTES = 20_000_000
BYTES_PER_S = 200_000.0
#: Of each run so much is kept in any case.
LEAST_BYTES = 4_000
_MAX_WIDGETS = 10_000


class Allowance:
    """A bucket of bytes per widget, refilled all the time; those unused longest are forgotten, which fills them."""

    def __init__(self, burst: int, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_s = per_s
        self._clock = clock
        #: Bytes left, and when that was so.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def left(self, widget_id: str) -> float:
        """Return how many bytes the widget has."""
        left, then = self._buckets.get(widget_id, (self._burst, 0.0))
        return min(self._burst, left + (self._clock() - then) * self._per_s)

    def spend(self, widget_id: str, size: int) -> None:
        """Take bytes from what the widget has; it may owe some afterwards."""
        self._buckets[widget_id] = (self.left(widget_id) - size, self._clock())
        self._buckets.move_to_end(widget_id)
        if len(self._buckets) > _MAX_WIDGETS:
            self._buckets.popitem(last=False)


class OutputAllowance(Allowance):
    """What is kept of the text that runs print."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(BURST_BYTES, BYTES_PER_S, clock)

    def kept_bytes(self, widget_id: str, most: int) -> int:
        """Return how much of its next run's output is kept, ``most`` at most."""
        return min(most, max(LEAST_BYTES, int(self.left(widget_id))))
