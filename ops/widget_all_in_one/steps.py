"""The printed list of set-up steps: what each does and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class SetupError(Exception):
    """A step can't be done on this machine; the text says what is missing and the command that would mend it."""


def indented_tail(text: str, lines: int = 25) -> str:
    """Return the last lines of what a program said, as they are shown below an error."""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (nothing)"


class Steps:
    """Prints one line per step to a terminal or a log."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._detailed = False

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Announce a step, do it, and say how long it took; what it raises passes on."""
        self._write(f"- {what} ... ")
        self._detailed = False
        start = time.monotonic()
        try:
            yield
        except BaseException:
            self._write("failed\n")
            raise
        self._write(f"{'  in all ' if self._detailed else ''}{time.monotonic() - start:.1f} s\n")

    def detail(self, text: str) -> None:
        """Print a line that belongs to the step under way."""
        self._write(text if self._detailed else f"\n{text}")
        self._detailed = True

    def say(self, text: str) -> None:
        """Print a line of its own."""
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
