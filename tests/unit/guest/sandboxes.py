"""Starts the supervisor in bubblewrap with nothing between it and the test: no launcher, no cgroup, no pool."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.unit.guest.harness import Ended, Message, began_at, collect, send

import widget_policy

#: An ordinary uid: for root the kernel would not count processes.
UID = 65123
TIMEOUT_S = 20


class Supervisor:
    """The runner's end of one supervisor's control socket."""

    def __init__(self, control: socket.socket, launched: int) -> None:
        self.control = control
        self.launched = launched
        """The pid, as this machine sees it, of what was launched: all of this sandbox's processes come from it."""
        self.control.settimeout(TIMEOUT_S)
        data, descriptors, _, _ = socket.recv_fds(control, 65536, 2)
        self.ready: Message = json.loads(data)
        self.handed_out = descriptors
        self._runs = 0
        #: Whether children are made before their runs are known.
        self.ahead = False
        self.began_at: float | None = None
        """When user code of the last run began."""

    def ask(self, **operation: Any) -> Message:
        """Send an operation and return what comes next."""
        self.tell(**operation)
        return self.next_event()

    def tell(self, descriptors: tuple[int, ...] = (), **operation: Any) -> None:
        """Send an operation."""
        socket.send_fds(self.control, [json.dumps(operation).encode()], list(descriptors))

    def next_event(self) -> Message:
        """Return the next event."""
        event: Message = json.loads(self.control.recv(65536))
        return event

    @contextmanager
    def begin(
        self, sent: list[Message | bytes], *, ahead: bool = False, app: bool = False
    ) -> Iterator[tuple[int, socket.socket, int, int]]:
        """Start a run; yield its number, its data socket and the read ends of its pipes.

        ``ahead``: its child is made first, as for a run that is not known yet, and has ended its preparations; ``app``:
        those for a GUI.
        """
        self._runs += 1
        ours, theirs = socket.socketpair()
        stdout, to_stdout = os.pipe()
        stderr, to_stderr = os.pipe()
        began = os.eventfd(0, os.EFD_NONBLOCK)
        descriptors = (theirs.fileno(), to_stdout, to_stderr, began)
        self.tell(descriptors, op="run", id=self._runs, ahead=ahead, app=app)
        theirs.close()
        os.close(to_stdout)
        os.close(to_stderr)
        if ahead:
            self._wait_for_waiting_child()
        send(ours, sent)
        try:
            yield self._runs, ours, stdout, stderr
        finally:
            ours.close()
            self.began_at = began_at(began)
            os.close(stdout)
            os.close(stderr)

    def processes(self) -> list[int]:
        """Return the pids of Pythons in this sandbox, the supervisor's first."""
        return [pid for pid in _below(self.launched) if _read(f"/proc/{pid}/comm").startswith("python3.10")]

    def _wait_for_waiting_child(self) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            # The arguments of the system call it is in: a read of its data socket.
            if any(_read(f"/proc/{pid}/syscall").split()[1:2] == ["0x3"] for pid in self.processes()[1:]):
                return
            time.sleep(0.005)
        raise AssertionError("the child does not wait for START")

    def run(self, sent: list[Message | bytes], *, app: bool = False) -> Ended:
        """Start a run and return what came of it, once the supervisor has said that it is gone."""
        with self.begin(sent, ahead=self.ahead, app=app) as (number, ours, stdout, stderr):
            ended = collect({"data": ours.fileno(), "stdout": stdout, "stderr": stderr}, ours, lambda _: [])
        event = self.next_event()
        assert event["ev"] == "exit", event
        assert event["id"] == number
        ended.status = event["status"]
        return ended


@contextmanager
def start_sandbox(rootfs: Path, checkout: Path, envs: Path | None = None, **config: Any) -> Iterator[Supervisor]:
    """Start a supervisor; it and all its children end with the block."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    text = widget_policy.guest_config(theirs.fileno(), own_namespaces=False, memory_cgroup=True, **config)
    command = widget_policy.bwrap_command(
        text, rootfs=str(rootfs), envs=str(envs or ""), **widget_policy.checkout_folders(str(checkout))
    )
    drop = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"] if os.geteuid() == 0 else []
    with subprocess.Popen([*drop, *command], stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        with ours:
            supervisor = Supervisor(ours, process.pid)
            try:
                yield supervisor
            finally:
                for descriptor in supervisor.handed_out:
                    os.close(descriptor)
        assert process.wait(TIMEOUT_S) == 0


def _below(pid: int) -> list[int]:
    """Return the processes that come from ``pid``, parents first."""
    found = [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]
    return found + [grandchild for child in found for grandchild in _below(child)]


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
