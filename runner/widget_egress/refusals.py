"""The log of what was refused, and why: enough to see an attack, never enough to fill a disk."""

import logging
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)

_EVERY_S = 10.0
_KEPT = 10_000


class Refusals:
    """Logs the first refusal of a widget for a reason, and after that one line each 10 s with how many there were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}
        self.total = 0

    def add(self, widget_id: str, target: str, reason: str) -> None:
        """Note that ``widget_id`` was kept from ``target``; ``reason`` is from a small set, so it can be counted by."""
        self.total += 1
        now = self._clock()
        logged_at, silent = self._seen.get((widget_id, reason), (float("-inf"), 0))
        if now - logged_at < _EVERY_S:
            self._seen[widget_id, reason] = (logged_at, silent + 1)
            return
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[widget_id, reason] = (now, 0)
        more = f" (and {silent} more since the last line)" if silent else ""
        # %r: a target may hold what a sandbox wrote, and a log line must stay one line.
        _log.warning("refused: widget %s to %r: %s%s", widget_id, target, reason, more)
