"""Whose call a thread works for: a process has one call, or, if it is kept, one in each of several threads."""

import threading
from collections.abc import Callable
from typing import Any

from widget_guest import output
from widget_guest.link import Link


class Call:
    """What belongs to one run in this process: its link, its output, and what the library must know of it."""

    def __init__(self, link: Link, streams: output.Streams = output.own) -> None:
        self.link = link
        self.streams = streams
        #: The id of the CALL, once it has come; and the same if that is for a route.
        self.id: str | None = None
        self.route_id: str | None = None
        #: What is called.
        self.command = ""
        #: Whether it is a background task, and whether the widget is being loaded for one.
        self.is_task = False
        self.loads_task = False
        #: Its session as it came.
        self.session: str | None = None
        #: What the library would do in a thread of its own for it.
        self.work: list[Callable[[], None]] = []
        #: Where its threads wait for answers of the site.
        self.answers: Any = None
        #: How often and how many bytes were shown as media.
        self.shown = [0, 0]


_here = threading.local()
_default: Call


def make_default(call: Call) -> None:
    """Let every thread that is in no call be in this one."""
    global _default
    _default = call


def enter(call: Call) -> None:
    """Let this thread be in ``call`` from now on."""
    _here.call = call


def of_this_thread() -> Call | None:
    """Return the call that this thread entered."""
    return getattr(_here, "call", None)


def current() -> Call:
    """Return the call that this thread works for."""
    return getattr(_here, "call", None) or _default
