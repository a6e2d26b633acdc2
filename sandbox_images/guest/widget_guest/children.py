"""Making children: a fork into new namespaces, the spare that waits for a run, and what is known of the living."""

import contextlib
import os
import select
import signal
import socket
import struct
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from widget_guest import child, syscalls
from widget_guest.isolation import Walls, isolate
from widget_guest.link import DATA, Link, leave

#: Data socket, stdout, stderr: what comes with a run.
RUN_DESCRIPTORS = 3
#: Where the spare keeps the socket on which its run's descriptors come; the first free ones are then 3, 4, 5.
_HAND = 9
_CLOSE_TO = 4096
_DESCRIPTORS = struct.Struct(f"{RUN_DESCRIPTORS}i")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_DESCRIPTORS.size)
_NAMESPACES_HELD = 16
#: Exit code of a child that could not be made ready: our fault, never user code's.
BROKEN_CHILD = 70


@dataclass(frozen=True)
class Spare:
    """A child that has isolated itself and waits for a run."""

    pid: int
    #: Readable when it has died.
    pidfd: int
    hand: socket.socket


class Nursery:
    """Forks children. Each is pid 1 of a pid namespace of its own, so that its end is the end of all it started."""

    def __init__(self, walls: Walls, link: Link) -> None:
        self._walls = walls
        self._link = link
        # Who started us may have ignored it, and children would inherit that.
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._recent: deque[int] = deque()

    def make_child(self, descriptors: list[int]) -> int:
        """Fork a child for a run at once; return its pid. OSError when none can be made."""
        pid = self._fork()
        if pid == 0:
            _be_a_child(lambda: self._serve(descriptors))
        return pid

    def make_spare(self) -> Spare:
        """Fork a child that does all it can before it knows its run."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = self._fork()
        if pid == 0:
            _be_a_child(lambda: self._wait_and_serve(theirs))
        theirs.close()
        return Spare(pid, os.pidfd_open(pid), ours)

    def _serve(self, descriptors: list[int]) -> None:
        isolate(self._walls)
        _empty_stdin()
        _take_over(descriptors)
        child.serve(self._link)

    def _wait_and_serve(self, hand: socket.socket) -> None:
        isolate(self._walls)
        waiting = _keep_only(hand)
        _empty_stdin()
        if not _has_run(waiting):
            _rehearse_hand_over()
            child.rehearse(self._link)
        _close_all_but(_HAND)
        _, descriptors = receive(waiting, 16)
        if not descriptors:
            leave(0)  # the supervisor had no use for us
        waiting.detach()
        _take_over(descriptors)
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


def hand_over(spare: Spare, descriptors: list[int], data: bytes = b"r") -> bool:
    """Give a run's descriptors to the spare; False when it has died."""
    try:
        spare.hand.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, pack_descriptors(descriptors))])
    except OSError:
        return False
    finally:
        spare.hand.close()
    return True


def pack_descriptors(descriptors: list[int]) -> bytes:
    """Return descriptors as SCM_RIGHTS wants them."""
    return _DESCRIPTORS.pack(*descriptors)


def receive(connection: socket.socket, most_bytes: int) -> tuple[bytes, list[int]]:
    """Return the next packet and the descriptors that came along (none, or as many as a run has)."""
    data, extra, _, _ = connection.recvmsg(most_bytes, _ANCILLARY_BYTES)
    for level, kind, packed in extra:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS and len(packed) == _DESCRIPTORS.size:
            return data, list(_DESCRIPTORS.unpack(packed))
    return data, []


def _has_run(hand: socket.socket) -> bool:
    """Return whether the run is here already: then there is no time to be made quicker in."""
    return bool(select.select([hand], [], [], 0)[0])


def _keep_only(hand: socket.socket) -> socket.socket:
    """Move ``hand`` to _HAND and close everything else that the supervisor had open."""
    os.dup2(hand.fileno(), _HAND)
    hand.detach()
    _close_all_but(_HAND)
    return socket.socket(fileno=_HAND)


def _rehearse_hand_over() -> None:
    """Take over descriptors that lead nowhere, so that the pages which that writes to are copied already."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    errors = os.dup(2)
    hand_over(Spare(0, 0, ours), [os.open(os.devnull, os.O_RDWR) for _ in range(RUN_DESCRIPTORS)])
    _, descriptors = receive(theirs, 16)
    _put_in_place(descriptors)
    theirs.close()
    os.dup2(errors, 2)


def _close_all_but(descriptor: int) -> None:
    """Close everything from 3 on, but for one."""
    os.closerange(DATA, descriptor)
    os.closerange(descriptor + 1, _CLOSE_TO)


def _take_over(descriptors: list[int]) -> None:
    """Make a run's descriptors 3, 1 and 2, and close every other one."""
    _put_in_place(descriptors)
    os.closerange(DATA + 1, _CLOSE_TO)


def _put_in_place(descriptors: list[int]) -> None:
    data, out, err = descriptors
    os.dup2(out, 1)
    os.dup2(err, 2)
    if data != DATA:
        os.dup2(data, DATA)
    os.set_inheritable(DATA, False)
    for descriptor in (1, 2, DATA):
        os.set_blocking(descriptor, True)


def _empty_stdin() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


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
