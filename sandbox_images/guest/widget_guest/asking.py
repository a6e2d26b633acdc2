"""What a run reads: sys.stdin, input() and getpass ask whoever started the run, or say helpfully that nobody is there.

In an interactive run (``START``) each line that user code wants is asked for on the run's own socket when it is wanted,
and shown where the output shows. In any other run stdin is empty. The descriptor 0 itself is always empty, also for the
programs that a run starts.
"""

import builtins
import getpass
import io
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from widget_guest import output
from widget_guest.link import Link
from widget_wire.start import ASK

HELP = (
    "input() can't be answered in this run: nobody is there to type. Run it in the editor or on the widget's page and "
    "you are asked there; or pass values as arguments (they are in sys.argv), keep them in a file of the widget, or "
    "make an HTTP API that takes them as parameters."
)
_END = "EOF when reading a line"

_input = builtins.input
_getpass = getpass.getpass


class Keyboard(io.RawIOBase):
    """The bytes below sys.stdin: none, until ``connect`` says how to ask for them."""

    def __init__(self) -> None:
        super().__init__()
        self._link: Link | None = None
        self._wait_until: Callable[[Callable[[], bool]], None]
        #: One question at a time, whichever threads ask.
        self._turn = threading.Lock()
        self._answers: deque[str | None] = deque()
        self._left = b""
        #: What is said with the next question.
        self.prompt = ""
        self.secret = False

    def connect(self, link: Link, wait_until: Callable[[Callable[[], bool]], None]) -> None:
        """Ask on ``link`` from now on; ``wait_until`` receives from it until a condition holds."""
        self._link = link
        self._wait_until = wait_until

    @property
    def can_ask(self) -> bool:
        """Whether somebody can be asked: not what user code forked from the run."""
        return self._link is not None and self._link.is_here

    def answer(self, text: str | None) -> None:
        """Take the answer to a question; None is the end of input."""
        self._answers.append(text)

    def fileno(self) -> int:
        """Return 0: what programs that are started inherit, and where nothing ever comes."""
        return 0

    def readable(self) -> bool:
        """Return whether it can be read: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give what is left of an answer, or ask for the next one; nothing at the end of input."""
        if not self._left and self.can_ask:
            self._left = self._ask()
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _ask(self) -> bytes:
        assert self._link is not None
        output.flush()  # what is asked comes after what was printed
        with self._turn:
            self._link.send({"type": ASK, "prompt": self.prompt, "secret": self.secret})
            self._wait_until(lambda: bool(self._answers))
            text = self._answers.popleft()
        return b"" if text is None else text.encode()


keyboard = Keyboard()
_stdin: io.TextIOWrapper


def replace_input() -> None:
    """Put our stdin and our functions where user code looks for them."""
    global _stdin
    _stdin = io.TextIOWrapper(io.BufferedReader(keyboard), encoding="utf-8")
    sys.stdin = sys.__stdin__ = _stdin  # type: ignore[misc]  # final only in the stubs
    builtins.input = read_line
    getpass.getpass = read_secret


def read_line(prompt: object = "", /) -> str:
    """Stand in for ``input``: show the prompt, wait for a line.

    EOFError at the end of input, or when nobody is there.
    """
    if sys.stdin is not _stdin:
        return _input(prompt)  # user code put its own there
    text = str(prompt)
    sys.stdout.write(text)
    sys.stdout.flush()
    if not keyboard.can_ask:
        raise EOFError(HELP)
    keyboard.prompt = text
    try:
        line = _stdin.readline()
    finally:
        keyboard.prompt = ""
    if not line:
        raise EOFError(_END)
    return line[:-1] if line.endswith("\n") else line


def read_secret(prompt: str = "Password: ", stream: Any = None) -> str:
    """Stand in for ``getpass.getpass``: what is typed is not shown, and not kept with the output."""
    if sys.stdin is not _stdin:
        return _getpass(prompt, stream)
    keyboard.secret = True
    try:
        return read_line(prompt)
    finally:
        keyboard.secret = False
