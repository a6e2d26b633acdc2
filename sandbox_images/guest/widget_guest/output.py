"""sys.stdout and sys.stderr of a run: two pipes whose order stays what user code made it.

The two travel in different pipes, so that each keeps its name; a reader of both could see them in any order. Before
something goes to the other pipe than last time, the first must have been read (or 20 ms have passed). A reader that
looks at the pipes only now and then is told, the first time, that somebody waits or that a pipe may soon be full.
"""

import contextlib
import fcntl
import io
import os
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable
from typing import Any

from widget_wire.start import SINGLE_OUTPUT_CHARS

_WAIT_S = 0.020
_FIRST_NAP_S = 0.00005
_LONGEST_NAP_S = 0.001
_SHOWN_CHARS = 256
#: The descriptors of the process itself.
_OWN = (1, 2)
#: Printed before anybody is known to read: the half of what a pipe holds, as small pieces leave gaps in it.
_UNTOLD_BYTES = 32 * 1024
#: Before something is shown, everything printed must have been read, or this has passed.
_SETTLE_S = 2.0


class _Turns:
    """Which of the two streams was used last, by bytes and by text."""

    def __init__(self, pipes: tuple[int, ...]) -> None:
        self.last_pipe = -1
        self.last_text: _Text | None = None
        #: Tells the reader of the pipes that it is time to read; called once.
        self.tell_reader: Callable[[], None] | None = None
        self.untold_bytes = 0
        self.pipes = pipes

    def take(self, pipe: int, size_bytes: int) -> None:
        """Wait until what was written to the other pipe before has been read; so much comes now."""
        before, self.last_pipe = self.last_pipe, pipe
        if self.tell_reader is not None:
            self.untold_bytes += size_bytes
            if self.untold_bytes > _UNTOLD_BYTES:
                self._tell()
        if before in (pipe, -1):
            return
        if _unread_bytes(before):
            self._tell()
        wait_until_read(lambda: bool(_unread_bytes(before)), _WAIT_S)

    def settle(self) -> None:
        """Wait until everything that was written has been read."""
        # Both: programs that user code started write there, too.
        if any(_unread_bytes(pipe) for pipe in self.pipes):
            self._tell()
        wait_until_read(lambda: any(_unread_bytes(pipe) for pipe in self.pipes), _SETTLE_S)

    def _tell(self) -> None:
        if self.tell_reader is not None:
            tell, self.tell_reader = self.tell_reader, None
            tell()


class _Pipe(io.RawIOBase):
    """The write end of a pipe that takes turns."""

    def __init__(self, descriptor: int, turns: _Turns) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._turns = turns
        #: Held while a descriptor that may be given up is used: once it is closed its number may be another call's.
        self._using: Any = threading.Lock() if descriptor not in _OWN else contextlib.nullcontext()

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._turns.take(self._descriptor, len(data))
        with self._using:
            return os.write(self._descriptor, data)

    def give_up(self, instead: int) -> None:
        """Close the descriptor; what is written later goes ``instead``."""
        with self._using:
            given_up, self._descriptor = self._descriptor, instead
            os.close(given_up)


class _Text(io.TextIOWrapper):
    """A text stream, flushed at line ends and before the other one is used; W-33 shortens a single huge write."""

    def __init__(self, pipe: _Pipe, turns: _Turns) -> None:
        super().__init__(
            io.BufferedWriter(pipe),
            encoding="utf-8",
            errors="backslashreplace",
            newline="\n",
            line_buffering=True,
        )
        self._turns = turns

    def write(self, text: str) -> int:
        last = self._turns.last_text
        if last is not self:
            self._turns.last_text = self
            if last is not None:
                last.flush()
        if type(text) is str and len(text) >= SINGLE_OUTPUT_CHARS:
            super().write(f"[OVERSIZED OUTPUT TRUNCATED ({len(text)} chars)]: {text[:_SHOWN_CHARS]}[...]\n")
            return len(text)
        return super().write(text)


class Streams:
    """sys.stdout and sys.stderr of one run: two pipes that take turns."""

    def __init__(self, stdout: int = _OWN[0], stderr: int = _OWN[1]) -> None:
        self._turns = _Turns((stdout, stderr))
        self._pipes = (_Pipe(stdout, self._turns), _Pipe(stderr, self._turns))
        self.stdout, self.stderr = (_Text(pipe, self._turns) for pipe in self._pipes)

    def tell(self, reader: Callable[[], None] | None) -> None:
        """Call ``reader`` before the first wait for whoever reads the pipes, or when one of them may soon be full."""
        self._turns.tell_reader = reader

    def settle(self) -> None:
        """Wait until everything that was written has been read."""
        self._turns.settle()

    def give_up(self) -> None:
        """Close both pipes; what is printed later, by threads that go on, goes to the process's own."""
        self._turns.pipes = ()
        self._turns.tell_reader = None
        for pipe, instead in zip(self._pipes, _OWN, strict=True):
            pipe.give_up(instead)


#: Those of the process itself, which are a run's own unless the process has several.
own = Streams()
#: Returns the streams of whoever asks.
_of_caller: Callable[[], Streams] = lambda: own  # noqa: E731  # replaced as a whole


def replace_streams(tell_reader: Callable[[], None] | None = None) -> None:
    """Put our streams in place of sys.stdout and sys.stderr.

    ``tell_reader`` is called before the first wait for whoever reads the pipes, or when one may soon be full.
    """
    own.tell(tell_reader)
    sys.stdout = sys.__stdout__ = own.stdout  # type: ignore[misc]  # final only in the stubs
    sys.stderr = sys.__stderr__ = own.stderr  # type: ignore[misc]


def divide(of_caller: Callable[[], Streams]) -> None:
    """Let whatever prints print to the streams that ``of_caller`` returns for it."""
    global _of_caller
    _of_caller = of_caller
    stdout, stderr = (_Divided(lambda: of_caller().stdout), _Divided(lambda: of_caller().stderr))
    sys.stdout = sys.__stdout__ = stdout  # type: ignore[assignment, misc]  # as good as a TextIO
    sys.stderr = sys.__stderr__ = stderr  # type: ignore[assignment, misc]


class _Divided:
    """A text stream that is another one for each who uses it."""

    def __init__(self, of_caller: Callable[[], io.TextIOBase]) -> None:
        self._of_caller = of_caller

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_caller(), name)


io.TextIOBase.register(_Divided)


def flush() -> None:
    """Write out what user code printed; a stream that user code closed or replaced is its own affair."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: S110  # whatever user code put there may raise anything
            pass


def settle() -> None:
    """Write out what user code printed, and wait until it has been read: what comes on another way comes after it."""
    flush()
    _of_caller().settle()


def wait_until_read(is_waiting: Callable[[], bool], at_most_s: float) -> None:
    """Sleep in small naps until ``is_waiting`` is false, or the time has passed."""
    deadline = time.monotonic() + at_most_s
    nap_s = _FIRST_NAP_S
    while is_waiting() and time.monotonic() < deadline:
        time.sleep(nap_s)
        nap_s = min(2 * nap_s, _LONGEST_NAP_S)


def _unread_bytes(pipe: int) -> int:
    try:
        (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))
    except OSError:
        return 0  # user code closed it, or put something else there
    return int(count)
