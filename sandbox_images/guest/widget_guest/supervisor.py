"""The fork server of one sandbox: boots it, then makes one child per run as the runner asks (``widget_wire.control``).

Its memory is copied into every child, so nothing of a run ever passes through it: it forwards descriptors, not bytes.
"""

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
from widget_guest.children import Nursery
from widget_guest.descriptors import RUN_DESCRIPTORS, receive
from widget_guest.isolation import Walls
from widget_guest.link import decoded, leave
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
    """Owns the control socket and the living children of one sandbox."""

    def __init__(self, control: socket.socket, nursery: Nursery) -> None:
        self._control = control
        self._nursery = nursery
        self._live: dict[int, _Live] = {}  # by pidfd
        self._bound = False
        self._preloaded: list[str] = []
        self._operations: dict[str, Callable[[dict[str, Any], list[int]], None]] = {
            "run": self._run,
            "kill": self._kill,
            "bind": self._bind,
            "ping": self._pong,
        }
        self._epoll = select.epoll()
        self._epoll.register(control.fileno(), select.EPOLLIN)

    def serve(self) -> NoReturn:
        """Serve until the runner goes away; ends the process, and with it every child."""
        while True:
            for descriptor, _ in self._epoll.poll():
                if descriptor == self._control.fileno():
                    self._take_packet()
                else:
                    self._bury(descriptor)

    def _take_packet(self) -> None:
        try:
            data, descriptors = receive(self._control, MAX_PACKET_BYTES)
        except ConnectionError:
            data, descriptors = b"", []
        if not data:
            leave(0)  # the runner is gone; the pid namespace takes the children along
        message = decoded(data)
        try:
            self._operations[message["op"]](message, descriptors)
        except (OSError, KeyError, TypeError, ValueError) as error:
            text = f"{type(error).__name__}: {error}"
            self._say(ev="failed", op=message.get("op"), id=message.get("id"), text=text)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _say(self, **fields: Any) -> None:
        try:
            self._control.send(packet(**fields))
        except ConnectionError:
            leave(0)  # the runner is gone

    def _run(self, message: dict[str, Any], descriptors: list[int]) -> None:
        run = int(message["id"])
        if len(descriptors) != RUN_DESCRIPTORS:
            raise ValueError(f"a run comes with {RUN_DESCRIPTORS} descriptors, not {len(descriptors)}")
        ahead, app = bool(message.get("ahead")), bool(message.get("app"))
        pid = self._nursery.make_child(descriptors, ahead=ahead, app=app)
        pidfd = os.pidfd_open(pid)
        self._live[pidfd] = _Live(run, pid)
        self._epoll.register(pidfd, select.EPOLLIN)

    def _kill(self, message: dict[str, Any], _descriptors: list[int]) -> None:
        for pidfd, live in self._live.items():
            if live.run == message["id"]:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)

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
        self._say(
            ev="exit",
            id=live.run,
            status=os.waitstatus_to_exitcode(status),
            cpu_s=round(used.ru_utime + used.ru_stime, 6),
            rss_kb=used.ru_maxrss,
        )

    def _forget(self, pidfd: int) -> None:
        self._epoll.unregister(pidfd)
        os.close(pidfd)

    def _bind(self, message: dict[str, Any], _descriptors: list[int]) -> None:
        """Make this the sandbox of one widget: its environment to be seen, all others covered, its imports loaded."""
        if self._bound:
            raise ValueError("this sandbox belongs to a widget already")
        if self._live:
            raise ValueError("there are children already; they would not see the environment")
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
    Supervisor(control, nursery).serve()


def _connect(control: int | str) -> socket.socket:
    if isinstance(control, int):
        return socket.socket(fileno=control)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(control)
    return connection
