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


class OutputAllowance:
    """A bucket of bytes per widget, refilled all the time; those unused longest are forgotten, which fills them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: Bytes left, and when that was so.
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def kept_bytes(self, widget_id: str, most: int) -> int:
        """Return how much of its next run's output is kept, ``most`` at most."""
        return min(most, max(LEAST_BYTES, int(self._left(widget_id))))

    def spend(self, widget_id: str, kept_bytes: int) -> None:
        """Take what was kept of a run from what its widget has."""
        self._buckets[widget_id] = (self._left(widget_id) - kept_bytes, self._clock())
        self._buckets.move_to_end(widget_id)
        if len(self._buckets) > _MAX_WIDGETS:
            self._buckets.popitem(last=False)

    def _left(self, widget_id: str) -> float:
        left, then = self._buckets.get(widget_id, (BURST_BYTES, 0.0))
        return min(BURST_BYTES, left + (self._clock() - then) * BYTES_PER_S)
