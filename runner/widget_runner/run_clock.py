"""When the user code of one run began, and when its time is over."""

import asyncio
import time
from collections.abc import Callable

from widget_runner.channel import Channel


class RunClock:
    """Asks a child's eventfd for the start only when somebody wants to know; one timer for both limits."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timeout_s: float,
        start_timeout_s: float,
        on_time: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._timeout_s = timeout_s
        self.start_timeout_s = start_timeout_s
        #: Called once, when user code has had its time, or has not begun in time.
        self._on_time = on_time
        self._child: Channel | None = None
        self._fed_at = 0.0
        self._began_at: float | None = None
        self._started_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._listens = False

    def watch(self, child: Channel, on_began: Callable[[], None] | None) -> None:
        """Count from now, when ``child`` was sent its run; ``on_began`` is told of the start as soon as it is seen."""
        self._child = child
        self._fed_at = time.monotonic()
        if on_began is not None:
            self._listens = True
            self._loop.add_reader(child.began, on_began)
        self._timer = self._loop.call_later(min(self.start_timeout_s, self._timeout_s), self._look)

    @property
    def has_begun(self) -> bool:
        """Whether a line of user code may have run."""
        if self._began_at is None and self._child is not None:
            self._began_at = self._child.began_at()
            if self._began_at is not None:
                self._started_at = time.time() - (time.monotonic() - self._began_at)
        return self._began_at is not None

    @property
    def started_at(self) -> float:
        """When user code began, in Unix time; 0 when it has not."""
        return self._started_at if self.has_begun else 0.0

    def stop_listening(self) -> None:
        """Call ``on_began`` no more."""
        if self._listens and self._child is not None:
            self._listens = False
            self._loop.remove_reader(self._child.began)

    def stop(self) -> None:
        """Let no limit end the run any more; idempotent, and to be called before the child is closed."""
        self.stop_listening()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = time.monotonic()
        if self.has_begun and self._began_at is not None:
            left_s = self._began_at + self._timeout_s - now
        else:
            left_s = self._fed_at + self.start_timeout_s - now
        if left_s > 0:
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            self._on_time()
