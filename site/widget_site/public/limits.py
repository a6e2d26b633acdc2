"""How often, and how many at once, a widget may be called through this process (H-63; security test 34)."""

import time
from collections import OrderedDict

_MAX_WIDGETS = 20_000


class RateLimit:
    """A bucket per widget: ``per_s`` calls a second, and ``burst`` at once."""

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, widget_id: str, cost: float = 1.0) -> bool:
        """Take a call, or what costs as much as several, out of the bucket; False when there is not as much in it."""
        now = time.monotonic()
        level, then = self._buckets.get(widget_id, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._per_s)
        allowed = level >= cost
        self._buckets[widget_id] = (level - cost if allowed else level, now)
        self._buckets.move_to_end(widget_id)
        if len(self._buckets) > _MAX_WIDGETS:
            self._buckets.popitem(last=False)
        return allowed


class Concurrency:
    """How many calls of each widget wait in this process.

    A widget that calls its own URL holds one place per level: it ends here at the latest, and in the runner before
    (its cap per widget), whatever headers it sends.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[str, int] = {}

    def enter(self, widget_id: str) -> bool:
        """Take a place; False when all are taken."""
        held = self._held.get(widget_id, 0)
        if held >= self._most:
            return False
        self._held[widget_id] = held + 1
        return True

    def leave(self, widget_id: str) -> None:
        """Give the place back."""
        held = self._held.get(widget_id, 0) - 1
        if held > 0:
            self._held[widget_id] = held
        else:
            self._held.pop(widget_id, None)
