"""What one widget may take of the network: connections, their rate, bytes and their rate, DNS queries."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Caps:
    """The bounds of one widget, over all its sandboxes on this proxy. A rate or an amount of 0 means no bound."""

    #: Open connections.
    connections: int = 128
    #: New connections per second, and how many may come at once.
    connections_per_s: float = 50.0
    connections_burst: int = 200
    #: Bytes per second both ways together; up to one second's worth may come at once.
    bytes_per_s: float = 0.0
    #: Bytes both ways in one hour.
    bytes_per_hour: int = 20_000_000_000
    #: DNS queries per second, and how many may come at once.
    queries_per_s: float = 50.0
    queries_burst: int = 200


class Bucket:
    """A token bucket that may go into debt: what is taken is always given, the answer is how long to pause."""

    def __init__(self, per_s: float, burst: float, now: float) -> None:
        self._per_s = per_s
        self._burst = burst
        self._level = burst
        self._at = now

    def _fill(self, now: float) -> None:
        self._level = min(self._burst, self._level + (now - self._at) * self._per_s)
        self._at = now

    def take(self, amount: float, now: float) -> float:
        """Take ``amount`` and return the seconds until the debt is paid; 0.0 without one or without a bound."""
        if self._per_s <= 0:
            return 0.0
        self._fill(now)
        self._level -= amount
        return max(0.0, -self._level / self._per_s)

    def offer(self, now: float) -> bool:
        """Take one when there is one."""
        if self._per_s <= 0:
            return True
        self._fill(now)
        if self._level < 1:
            return False
        self._level -= 1
        return True


class Meter:
    """What one widget uses now, against its caps."""

    def __init__(self, caps: Caps, clock: Callable[[], float] = time.monotonic) -> None:
        self._caps = caps
        self._clock = clock
        now = clock()
        self.open = 0
        self.total_bytes = 0
        self.touched_at = now
        self._arrivals = Bucket(caps.connections_per_s, caps.connections_burst, now)
        self._queries = Bucket(caps.queries_per_s, caps.queries_burst, now)
        self._bytes = Bucket(caps.bytes_per_s, caps.bytes_per_s, now)
        self._hour_from = now
        self._hour_bytes = 0

    def admit(self) -> str | None:
        """Count a new connection in and return None, or return why it may not be; ``leave`` counts it out."""
        now = self.touched_at = self._clock()
        if self.open >= self._caps.connections:
            return f"more than {self._caps.connections} connections at once"
        if self.spent(now):
            return f"more than {self._caps.bytes_per_hour} bytes in one hour"
        if not self._arrivals.offer(now):
            return f"more than {self._caps.connections_per_s:g} new connections a second"
        self.open += 1
        return None

    def leave(self) -> None:
        """Count a connection out."""
        self.open -= 1

    def admit_query(self) -> bool:
        """Say whether one more DNS query may be asked now."""
        now = self.touched_at = self._clock()
        return self._queries.offer(now)

    def spent(self, now: float) -> bool:
        """Say whether this hour's bytes are used up."""
        if now - self._hour_from >= 3600:
            self._hour_from, self._hour_bytes = now, 0
        return 0 < self._caps.bytes_per_hour <= self._hour_bytes

    def carry(self, size_bytes: int) -> float:
        """Count bytes that passed; return the seconds to pause before more, or -1.0 when the hour's are used up."""
        now = self.touched_at = self._clock()
        self.total_bytes += size_bytes
        self._hour_bytes += size_bytes
        return -1.0 if self.spent(now) else self._bytes.take(size_bytes, now)


class Meters:
    """The meter of each widget, forgotten an hour after its last use."""

    def __init__(self, caps: Caps, clock: Callable[[], float] = time.monotonic) -> None:
        self._caps = caps
        self._clock = clock
        self._meters: dict[str, Meter] = {}

    def of(self, widget_id: str) -> Meter:
        """Return the widget's meter."""
        meter = self._meters.get(widget_id)
        if meter is None:
            self._forget()
            meter = self._meters[widget_id] = Meter(self._caps, self._clock)
        return meter

    def _forget(self) -> None:
        before = self._clock() - 3600
        for widget_id in [key for key, meter in self._meters.items() if not meter.open and meter.touched_at < before]:
            del self._meters[widget_id]
