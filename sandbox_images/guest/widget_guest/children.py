"""Making children: a fork into new namespaces, shut in, with a run's descriptors in place."""

import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from typing import NoReturn

from widget_guest import child, syscalls
from widget_guest.isolation import Walls, isolate
from widget_guest.link import BEGAN, DATA, Link, leave

_CLOSE_TO = 4096
_NAMESPACES_HELD = 16
#: Exit code of a child that could not be made ready: our fault, never user code's.
BROKEN_CHILD = 70


class Nursery:
    """Forks children. Each is pid 1 of a pid namespace of its own, so that its end is the end of all it started."""

    def __init__(self, walls: Walls, link: Link) -> None:
        self._walls = walls
        self._link = link
        # Who started us may have ignored it, and children would inherit that.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._recent: deque[int] = deque()

    def make_child(self, descriptors: list[int], *, ahead: bool, app: bool = False) -> int:
        """Fork a child for a run and return its pid; it waits for START. OSError when none can be made.

        ``ahead``: the run is not known yet, so there is time to be made quicker in; ``app``: it will be of a GUI.
        """
        pid = self._fork()
        if pid == 0:
            _be_a_child(lambda: self._serve(descriptors, ahead, app))
        return pid

    def _serve(self, descriptors: list[int], ahead: bool, app: bool) -> None:
        isolate(self._walls)
        _put_in_place(descriptors)
        if ahead and not self._link.is_readable():
            (child.rehearse_app if app else child.rehearse)(self._link)
        child.serve(self._link)

    def _fork(self) -> int:
        """Fork into a new pid namespace; which side this is, only the return value tells (both may be pid 1)."""
        syscalls.unshare(syscalls.CLONE_NEWPID)
        try:
            pid = syscalls.fork()
        except OSError:
            syscalls.setns(self._own_pids, syscalls.CLONE_NEWPID)
            raise
        if pid:
            self._remember_namespace()
            syscalls.setns(self._own_pids, syscalls.CLONE_NEWPID)
        return pid

    def _remember_namespace(self) -> None:
        """Hold the new pid namespace open for a while after its end.

        The kernel gives a freed number out again at once; two runs in a row would look as if they had shared one.
        """
        with contextlib.suppress(OSError):  # nothing depends on it
            self._recent.append(os.open("/proc/self/ns/pid_for_children", os.O_RDONLY | os.O_CLOEXEC))
        if len(self._recent) > _NAMESPACES_HELD:
            os.close(self._recent.popleft())


def _put_in_place(descriptors: list[int]) -> None:
    """Make a run's descriptors 3, 1, 2 and 4, stdin empty, and close every other one."""
    data, out, err, began = descriptors
    if began == DATA:
        began = os.dup(began)
    os.dup2(out, 1)
    os.dup2(err, 2)
    if data != DATA:
        os.dup2(data, DATA)
    os.set_inheritable(DATA, False)
    if began != BEGAN:
        os.dup2(began, BEGAN)
    os.set_inheritable(BEGAN, False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.closerange(BEGAN + 1, _CLOSE_TO)


def _be_a_child(live: Callable[[], None]) -> NoReturn:
    """Live, and end the process whatever goes wrong: a child must never run on as a second supervisor."""
    try:
        live()
    except BaseException as error:
        try:
            sys.stderr.write(f"The run could not be started: {type(error).__name__}: {error}\n")
            sys.stderr.flush()
        except Exception:  # noqa: S110  # stderr may be what is broken
            pass
    finally:
        leave(BROKEN_CHILD)
