"""A run's way to what executes it: a process of its own, or a kept one that serves several."""

import abc
import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from widget_runner.masking import Masker


@dataclass(frozen=True)
class ChildExit:
    """How a child ended. ``status`` is the exit code, negative for a signal, None when nobody saw it end."""

    status: int | None
    cpu_s: float = 0.0
    rss_kb: int = 0
    #: The kernel killed it because the sandbox's memory was full.
    oom_killed: bool = False
    #: Why there is no status, in words.
    text: str = ""


@dataclass(frozen=True)
class Descriptors:
    """Our ends of a run's descriptors, non-blocking, and the eventfd that both sides have."""

    data: socket.socket
    stdout: int
    stderr: int
    began: int


class Channel(abc.ABC):
    """The descriptors of one run; whoever has it reads ``data``, ``stdout`` and ``stderr``."""

    #: Whether START is to be sent before anything else.
    needs_start = True

    def __init__(self, number: int, descriptors: Descriptors, masker: Masker) -> None:
        self.number = number
        self.data = descriptors.data
        #: Read ends, non-blocking.
        self.stdout = descriptors.stdout
        self.stderr = descriptors.stderr
        #: The eventfd that becomes readable when user code begins; ``began_at`` reads it.
        self.began = descriptors.began
        #: What is hidden in the output of whatever the same process serves.
        self.masker = masker
        self.exit: asyncio.Future[ChildExit] = asyncio.get_running_loop().create_future()
        self.killed = False
        #: Whether all that is left of it is its end.
        self.answered = False
        #: Takes what its process prints otherwise than through ``stdout`` and ``stderr``.
        self.hear: Callable[[str, bytes], None] = lambda stream, data: None
        self._began_at: float | None = None
        self._open = True

    def began_at(self) -> float | None:
        """Return when user code began, in seconds of ``time.monotonic``; None while it has not."""
        if self._began_at is None and self._open:
            with contextlib.suppress(BlockingIOError):
                self._began_at = min(os.eventfd_read(self.began) / 1e6, time.monotonic())
        return self._began_at

    @abc.abstractmethod
    def kill(self) -> None:
        """Ask for its end; ``exit`` follows. Harmless when it has ended."""

    @abc.abstractmethod
    def note_answered(self) -> None:
        """Say that the run has answered, and only ends."""

    @abc.abstractmethod
    async def finish(self, grace_s: float = 1.0) -> ChildExit:
        """End it, if need be by force after ``grace_s``, and return its exit."""

    def close(self) -> None:
        """Close the descriptors; idempotent. No reader of the event loop may watch them any more."""
        if self._open:
            self.began_at()
            self._open = False
            self.data.close()
            for fd in (self.stdout, self.stderr, self.began):
                os.close(fd)


def make_descriptors() -> tuple[Descriptors, list[int]]:
    """Return our ends of a data socket and two pipes, with an eventfd, and the other ends of the first three.

    OSError leaves none open.
    """
    opened: list[int] = []
    try:
        for _ in range(2):
            opened += os.pipe()
        opened.append(os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK))
        data, their_data = socket.socketpair()
    except BaseException:
        for fd in opened:
            os.close(fd)
        raise
    stdout, their_stdout, stderr, their_stderr, began = opened
    data.setblocking(False)
    os.set_blocking(stdout, False)
    os.set_blocking(stderr, False)
    return Descriptors(data, stdout, stderr, began), [their_data.detach(), their_stdout, their_stderr]
