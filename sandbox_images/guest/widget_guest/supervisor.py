"""The fork server of one sandbox: boots it, then makes one child per run as the runner asks (``widget_wire.control``).

Its memory is copied into every child, so nothing of a run ever passes through it: it forwards descriptors, not bytes.
"""

import contextlib
import json
import os
import re
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import widget_policy
from widget_guest import syscalls
from widget_guest.boot import OWN_ENVIRONMENT, boot
from widget_guest.children import RUN_DESCRIPTORS, Nursery, Spare, hand_over, receive
from widget_guest.isolation import Walls
from widget_guest.link import leave
from widget_guest.preloading import preload
from widget_wire.control import MAX_PACKET_BYTES, packet

_ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ENVIRONMENTS = "/envs"


@dataclass(frozen=True)
class _Live:
    """A child that has a run."""

    run: int
    pid: int


class Supervisor:
    """Owns the control socket, the spare and the living children of one sandbox."""

    def __init__(self, control: socket.socket, nursery: Nursery, keep_spare: bool) -> None:
        self._control = control
        self._nursery = nursery
        self._keep_spare = keep_spare
        self._spares_live = True
        self._spare: Spare | None = None
        self._live: dict[int, _Live] = {}  # by pidfd
        #: Whether each of them has answered, and is only ending.
        self._all_answered = False
        self._bound = False
        self._preloaded: list[str] = []
        self._operations: dict[str, Callable[[dict[str, Any], list[int]], None]] = {
            "run": self._run,
            "kill": self._kill,
            "answered": self._note_answered,
            "bind": self._bind,
            "ping": self._pong,
        }
        self._epoll = select.epoll()
        self._epoll.register(control.fileno(), select.EPOLLIN)

    def serve(self) -> NoReturn:
        """Serve until the runner goes away; ends the process, and with it every child."""
        while True:
            if self._wants_spare():
                self._add_spare()
            for descriptor, _ in self._epoll.poll():
                if descriptor == self._control.fileno():
                    self._take_packet(self._control)
                elif descriptor in self._live:
                    self._bury(descriptor)
                else:
                    self._lose_spare(descriptor)

    def _wants_spare(self) -> bool:
        """A spare is made only while no run works: made under load it costs more than it saves ([M]: p95 x2.5).

        Runs that only end don't count: whoever calls again at once would never meet a spare.
        """
        return (
            self._keep_spare
            and self._spares_live
            and self._spare is None
            and (self._all_answered or not self._live)
            and not self._is_called()
        )

    def _is_called(self) -> bool:
        """Return whether the runner has said something that was not read yet."""
        return bool(select.select([self._control], [], [], 0)[0])

    def _add_spare(self) -> None:
        try:
            self._spare = self._nursery.make_spare()
        except OSError:
            self._spares_live = False  # out of processes or memory
            return
        self._epoll.register(self._spare.pidfd, select.EPOLLIN)
        if not self._is_called():
            with contextlib.suppress(OSError):
                self._rehearse()

    def _rehearse(self) -> None:
        """Hand over a run that is none, so that the pages which that writes to are copied now.

        The fork of the spare has made every page of this process one to be copied at its next write.
        """
        runner, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        hand_over(Spare(0, 0, runner), [theirs.fileno()] * RUN_DESCRIPTORS, packet(op="run", id=0))
        kept, self._spare = self._spare, Spare(0, -1, ours)
        self._take_packet(control)
        self._spare = kept
        del self._live[-1]
        control.close()
        theirs.close()

    def _take_packet(self, control: socket.socket) -> None:
        try:
            data, descriptors = receive(control, MAX_PACKET_BYTES)
        except ConnectionError:
            data, descriptors = b"", []
        if not data:
            leave(0)  # the runner is gone; the pid namespace takes the children along
        message = json.loads(data)
        try:
            self._operations[message["op"]](message, descriptors)
        except (OSError, KeyError, TypeError, ValueError) as error:
            text = f"{type(error).__name__}: {error}"
            self._say(ev="failed", op=message.get("op"), id=message.get("id"), text=text)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _say(self, **fields: Any) -> None:
        self._control.send(packet(**fields))

    def _run(self, message: dict[str, Any], descriptors: list[int]) -> None:
        run = int(message["id"])
        if len(descriptors) != RUN_DESCRIPTORS:
            raise ValueError(f"a run comes with {RUN_DESCRIPTORS} descriptors, not {len(descriptors)}")
        self._all_answered = False
        spare, self._spare = self._spare, None
        if spare is not None:
            if hand_over(spare, descriptors):
                self._live[spare.pidfd] = _Live(run, spare.pid)  # its pidfd is watched already
                return
            self._forget(spare.pidfd)
            os.waitpid(spare.pid, 0)
        pid = self._nursery.make_child(descriptors)
        pidfd = os.pidfd_open(pid)
        self._live[pidfd] = _Live(run, pid)
        self._epoll.register(pidfd, select.EPOLLIN)

    def _kill(self, message: dict[str, Any], _descriptors: list[int]) -> None:
        for pidfd, live in self._live.items():
            if live.run == message["id"]:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)

    def _note_answered(self, _message: dict[str, Any], _descriptors: list[int]) -> None:
        self._all_answered = True

    def _pong(self, _message: dict[str, Any], _descriptors: list[int]) -> None:
        self._say(ev="pong")

    def _bury(self, pidfd: int) -> None:
        """Tell the runner how a child ended, once nothing of it is left."""
        live = self._live[pidfd]
        pid, status, used = os.wait4(live.pid, os.WNOHANG)
        if not pid:
            return  # the event was of a descriptor that had this number before
        del self._live[pidfd]
        self._forget(pidfd)
        self._spares_live = True
        self._say(
            ev="exit",
            id=live.run,
            status=os.waitstatus_to_exitcode(status),
            cpu_s=round(used.ru_utime + used.ru_stime, 6),
            rss_kb=used.ru_maxrss,
        )

    def _lose_spare(self, pidfd: int) -> None:
        """Bury a spare that died unasked, for want of memory most likely: no other one until a run has ended."""
        self._spares_live = False
        if self._spare is not None and self._spare.pidfd == pidfd:
            self._forget(pidfd)
            self._spare.hand.close()
            os.waitpid(self._spare.pid, 0)
            self._spare = None

    def _forget(self, pidfd: int) -> None:
        self._epoll.unregister(pidfd)
        os.close(pidfd)

    def _bind(self, message: dict[str, Any], _descriptors: list[int]) -> None:
        """Make this the sandbox of one widget: its environment to be seen, all others covered, its imports loaded."""
        if self._bound:
            raise ValueError("this sandbox belongs to a widget already")
        self._dismiss_spare()  # it was forked before, and would not see the environment
        environment = message.get("environment")
        if environment is not None:
            if not _ENVIRONMENT_NAME.fullmatch(environment):
                raise ValueError(f"not the name of an environment: {environment!r}")
            syscalls.mount(f"{_ENVIRONMENTS}/{environment}", OWN_ENVIRONMENT, None, syscalls.MS_BIND)
        for folder in (_ENVIRONMENTS, widget_policy.CONTROL_FOLDER):
            if os.path.isdir(folder):
                syscalls.mount("tmpfs", folder, "tmpfs", syscalls.MS_RDONLY, "size=4k,nr_inodes=2,mode=0555")
        self._preloaded = preload(message.get("preload", []))
        self._bound = True
        self._say(ev="bound", preloaded=self._preloaded)

    def _dismiss_spare(self) -> None:
        if self._spare is not None:
            signal.pidfd_send_signal(self._spare.pidfd, signal.SIGKILL)
            self._lose_spare(self._spare.pidfd)
            self._spares_live = True


def main() -> NoReturn:
    """Boot the sandbox as CONFIG_VARIABLE says and serve."""
    started = time.perf_counter()
    config: dict[str, Any] = json.loads(os.environ.pop(widget_policy.CONFIG_VARIABLE))
    control = _connect(config["control"])
    try:
        egress, handed_out, link = boot(config)
        nursery = Nursery(Walls.from_policy(config["memory_cgroup"]), link)
    except (OSError, widget_policy.PolicyError) as error:
        control.send(packet(ev="failed", op="boot", id=None, text=f"{type(error).__name__}: {error}"))
        leave(1)
    ready = packet(
        ev="ready",
        mode="userns",
        boot_ms=round((time.perf_counter() - started) * 1000, 1),
        preloaded=list(widget_policy.page("preload")["always"]["modules"]),
        egress=egress,
    )
    socket.send_fds(control, [ready], [listener.fileno() for listener in handed_out])
    for listener in handed_out:
        listener.close()
    Supervisor(control, nursery, config["spare"]).serve()


def _connect(control: int | str) -> socket.socket:
    if isinstance(control, int):
        return socket.socket(fileno=control)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(control)
    return connection
