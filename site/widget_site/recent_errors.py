"""The last errors that this process logged, for administrators who look at its page."""

import logging
from collections import deque
from dataclasses import dataclass

_KEPT = 50
_MAX_CHARS = 4000


@dataclass(frozen=True)
class LoggedError:
    """A line of the log with its traceback."""

    at: float
    logger: str
    text: str
    traceback: str


class RecentErrors(logging.Handler):
    """Keeps the last errors in memory; ``install`` once per process."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._kept: deque[LoggedError] = deque(maxlen=_KEPT)

    def install(self) -> None:
        """Hear what every logger says; installing again changes nothing."""
        logging.getLogger().addHandler(self)

    def remove(self) -> None:
        """Hear nothing more."""
        logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        traceback = _FORMAT.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        text = record.getMessage()[:_MAX_CHARS]
        self._kept.append(LoggedError(record.created, record.name, text, traceback[-_MAX_CHARS:]))

    def newest(self) -> list[LoggedError]:
        """Return what is kept, newest first."""
        return list(reversed(self._kept))


_FORMAT = logging.Formatter()
