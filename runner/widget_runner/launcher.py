"""The process that starts sandboxes of the local engine under the sandboxes' own uid.

The runner, which has another uid, asks for them over a ``SOCK_SEQPACKET`` Unix socket; nobody else may
(SO_PEERCRED). A request can say no more than a sandbox's name, its kind and to kill it: the command line is made here,
from the policy and this process's own settings. Every sandbox ends with the connection that asked for it, and with this
process (bwrap's ``--die-with-parent`` follows the thread that started it, so there is only one thread).

Runner to launcher: ``{"op": "launch", "name": ..., "kind": "run", "install" or "language"}`` + the control socket, for
"language" also ``"environment": <digest>``, the packages to show; ``{"op": "kill", "name": ...}``.
Launcher to runner: ``{"ev": "launched"|"failed"|"exit", "name": ..., ...}``; ``launched`` brings ``pid`` (the sandbox's
pid 1 as the host sees it), ``failed`` brings ``text``, ``exit`` comes when every process of the sandbox is gone.

Started by ops as the sandboxes' uid with WIDGETRY_LAUNCHER (the socket to make), WIDGETRY_RUNNER_UID, WIDGETRY_ROOTFS,
WIDGETRY_CGROUP, WIDGETRY_ENVIRONMENTS, WIDGETRY_CA_FILE and WIDGETRY_GUEST; or by the runner itself with ``--fd N``,
the number of a connected socket.
"""

import contextlib
import ctypes
import json
import os
import re
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import widget_policy
from widget_runner import cgroups

MAX_PACKET_BYTES = 4096
#: What a sandbox may be called; also the name of its cgroup.
NAME = re.compile(r"w-[A-Za-z0-9_-]{1,60}")
#: How long bwrap may take to make the namespaces.
_START_TIMEOUT_S = 10.0
_PR_SET_DUMPABLE = 4
#: How far sandboxes step back for other processes where no cgroup weighs them (``ops/up`` without root).
_NICE = 10
#: The installer, from PyPI like everything else of ours.
UV = Path(sys.prefix, "bin", "uv")
#: The tools that read what people write, likewise.
RUFF, PYREFLY = (Path(sys.prefix, "bin", name) for name in ("ruff", "pyrefly"))
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: What this machine itself trusts (Debian's place for it).
SYSTEM_CA_FILE = "/etc/ssl/certs/ca-certificates.crt"
#: MB that an install may unpack, unless WIDGETRY_INSTALL_UNPACKED_MB says otherwise; and more for what builds leave.
INSTALL_UNPACKED_MB = 1500
_BUILD_MB = 300


class LaunchError(Exception):
    """A sandbox could not be started; the text says why."""


@dataclass(frozen=True)
class LauncherSettings:
    """What the launcher's own environment says."""

    rootfs: str
    cgroup_folders: Mapping[str, Path]
    runner_uid: int
    envs: str = ""
    ca_file: str = ""
    #: Root of a checkout whose guest code stands in for the image's; "" for none.
    checkout: str = ""
    #: MB that an install may unpack.
    install_unpacked_mb: int = INSTALL_UNPACKED_MB

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "LauncherSettings":
        """Read WIDGETRY_…; LaunchError when the image is missing."""
        rootfs = environ.get("WIDGETRY_ROOTFS", "")
        if not Path(rootfs, "usr").is_dir():
            raise LaunchError(f"WIDGETRY_ROOTFS={rootfs!r} holds no image; build one with sandbox_images/build.py")
        return cls(
            rootfs=rootfs,
            cgroup_folders=cgroups.parse_folders(environ.get("WIDGETRY_CGROUP", "")),
            runner_uid=int(environ.get("WIDGETRY_RUNNER_UID") or os.getuid()),
            envs=environ.get("WIDGETRY_ENVIRONMENTS", ""),
            ca_file=environ.get("WIDGETRY_CA_FILE", ""),
            checkout=environ.get("WIDGETRY_GUEST", ""),
            install_unpacked_mb=int(environ.get("WIDGETRY_INSTALL_UNPACKED_MB") or INSTALL_UNPACKED_MB),
        )

    def command(self, control_fd: int, kind: str, environment: str = "") -> list[str]:
        """Return the command line of a sandbox whose first process inherits ``control_fd``."""
        if kind == "install":
            return self._install_command(control_fd)
        if kind == "language":
            return self._language_command(control_fd, environment)
        if kind != "run":
            raise LaunchError(f"unknown kind of sandbox {kind[:40]!r}")
        config = widget_policy.guest_config(
            control_fd,
            own_namespaces=False,
            memory_cgroup=any(name in self.cgroup_folders for name in ("memory", "unified")),
            ca_file=bool(self.ca_file),
        )
        checkout = widget_policy.checkout_folders(self.checkout) if self.checkout else {}
        return widget_policy.bwrap_command(config, rootfs=self.rootfs, envs=self.envs, ca_file=self.ca_file, **checkout)

    def _install_command(self, control_fd: int) -> list[str]:
        ca_file = self.ca_file or (SYSTEM_CA_FILE if Path(SYSTEM_CA_FILE).is_file() else "")
        checkout = widget_policy.checkout_folders(self.checkout) if self.checkout else {}
        return widget_policy.bwrap_install_command(
            json.dumps({"control": control_fd}),
            rootfs=self.rootfs,
            uv=str(UV),
            # Caches share their files with the environment, builds do not.
            scratch_bytes=str((self.install_unpacked_mb + _BUILD_MB) << 20),
            ca_file=ca_file,
            **checkout,
        )

    def _language_command(self, control_fd: int, environment: str) -> list[str]:
        if environment and not _DIGEST.fullmatch(environment):
            raise LaunchError("not a digest of an environment")
        folder = Path(self.envs, environment) if self.envs and environment else None
        checkout = widget_policy.checkout_folders(self.checkout) if self.checkout else {}
        return widget_policy.bwrap_language_command(
            json.dumps({"control": control_fd}),
            rootfs=self.rootfs,
            ruff=str(RUFF),
            pyrefly=str(PYREFLY),
            # One that is gone is shown as none.
            environment=str(folder) if folder is not None and folder.is_dir() else "",
            **checkout,
        )


@dataclass
class _Launched:
    """A sandbox that lives: bwrap, the pidfd of its pid 1, and whose it is."""

    name: str
    bwrap: subprocess.Popen[bytes]
    #: pidfd of pid 1 inside: when it is killed the kernel ends everything inside before bwrap sees it end.
    init_fd: int
    owner: "_Connection"

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.init_fd, signal.SIGKILL)


@dataclass(eq=False)
class _Connection:
    """A runner that is connected."""

    socket: socket.socket
    sandboxes: dict[str, _Launched] = field(default_factory=dict)

    def tell(self, **event: Any) -> None:
        # A runner that doesn't read is as good as gone; its connection's end is seen elsewhere.
        with contextlib.suppress(OSError):
            self.socket.send(json.dumps(event).encode())


class Launcher:
    """The event loop of the process: one listening or connected socket, and the sandboxes."""

    def __init__(self, settings: LauncherSettings) -> None:
        self._settings = settings
        self._selector = selectors.DefaultSelector()
        self._connections: set[_Connection] = set()
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read, selectors.EVENT_READ, lambda: os.read(self._wake_read, 4096))

    def listen(self, path: Path) -> None:
        """Make the socket that runners connect to."""
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        listener.bind(str(path))
        path.chmod(0o666)  # who connects is told by SO_PEERCRED, not by the file's mode
        listener.listen(8)
        self._selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener))

    def adopt(self, connected: socket.socket) -> None:
        """Serve the runner at the other end of ``connected``; the process ends with it."""
        connected.setblocking(False)
        self._add(connected)

    def run(self, *, until_alone: bool) -> None:
        """Serve until SIGTERM, SIGINT or (``until_alone``) the last connection's end; then end all sandboxes."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        while not self._stopping and not (until_alone and not self._connections):
            for key, _ in self._selector.select():
                key.data()
        for connection in list(self._connections):
            self._drop(connection)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            _, uid, _ = struct.unpack(
                "3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            )
            if uid != self._settings.runner_uid:
                _log("refused", f"a connection of uid {uid}; only {self._settings.runner_uid} may")
                peer.close()
                return
            self.adopt(peer)

    def _add(self, peer: socket.socket) -> None:
        connection = _Connection(peer)
        self._connections.add(connection)
        self._selector.register(peer, selectors.EVENT_READ, lambda: self._serve(connection))

    def _drop(self, connection: _Connection) -> None:
        """End what the connection asked for, then forget it."""
        self._selector.unregister(connection.socket)
        self._connections.discard(connection)
        for launched in connection.sandboxes.values():
            launched.kill()
        for launched in list(connection.sandboxes.values()):
            self._reap(launched)
        connection.socket.close()

    def _serve(self, connection: _Connection) -> None:
        try:
            data, fds, flags, _ = socket.recv_fds(connection.socket, MAX_PACKET_BYTES, 2)
        except BlockingIOError:
            return
        except OSError:
            data, fds, flags = b"", [], 0
        if not data:
            return self._drop(connection)
        name = ""
        try:
            if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                raise LaunchError("a packet larger than agreed")
            request = json.loads(data.decode("ascii"))
            name = str(request["name"])
            if not NAME.fullmatch(name):
                raise LaunchError("not a name of a sandbox")
            self._act(connection, request, name, fds)
        except (LaunchError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            _log("failed", f"{name!r}: {error}")
            connection.tell(ev="failed", name=name, text=str(error)[:1000])
        finally:
            for fd in fds:
                os.close(fd)
        return None

    def _act(self, connection: _Connection, request: dict[str, Any], name: str, fds: list[int]) -> None:
        op = str(request["op"])
        if op == "kill":
            if launched := connection.sandboxes.get(name):
                launched.kill()
        elif op == "launch" and len(fds) == 1:
            if any(name in other.sandboxes for other in self._connections):
                raise LaunchError(f"there is a sandbox {name} already")
            command = self._settings.command(
                fds[0], str(request.get("kind", "run")), str(request.get("environment", ""))
            )
            self._launch(connection, name, command, fds[0])
        else:
            raise LaunchError(f"unknown request {op!r} with {len(fds)} descriptors")

    def _launch(self, connection: _Connection, name: str, command: list[str], control_fd: int) -> None:
        info_read, info_write = os.pipe()
        prepare = _preparation(self._settings.cgroup_folders, name)
        command[1:1] = ["--info-fd", str(info_write)]
        try:
            bwrap = subprocess.Popen(  # noqa: S603 - the command is made of the policy and our own settings
                command,
                pass_fds=(control_fd, info_write),
                preexec_fn=prepare,  # safe: this process has one thread
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except subprocess.SubprocessError as error:
            os.close(info_read)
            raise LaunchError(f"the sandbox can't enter its cgroup {name}: {error}") from error
        except OSError as error:  # no process or memory is left for it
            os.close(info_read)
            raise LaunchError(f"bwrap can't be started: {error}") from error
        finally:
            os.close(info_write)
        try:
            pid = _read_child_pid(info_read)
            init_fd = os.pidfd_open(pid)
        except (LaunchError, OSError) as error:
            bwrap.kill()
            bwrap.wait()
            raise LaunchError(f"bwrap did not start: {error}; see this process's log") from error
        finally:
            os.close(info_read)
        launched = _Launched(name, bwrap, init_fd, connection)
        connection.sandboxes[name] = launched
        bwrap_fd = os.pidfd_open(bwrap.pid)
        self._selector.register(bwrap_fd, selectors.EVENT_READ, lambda: self._ended(bwrap_fd, launched))
        connection.tell(ev="launched", name=name, pid=pid)

    def _ended(self, bwrap_fd: int, launched: _Launched) -> None:
        self._selector.unregister(bwrap_fd)
        os.close(bwrap_fd)
        self._reap(launched)

    def _reap(self, launched: _Launched) -> None:
        """Wait for bwrap, which ends once pid 1 inside and so everything inside has ended; say so once."""
        if launched.owner.sandboxes.pop(launched.name, None) is None:
            return
        try:
            launched.bwrap.wait(5)
        except subprocess.TimeoutExpired:
            launched.bwrap.kill()
            launched.bwrap.wait()
        os.close(launched.init_fd)
        launched.owner.tell(ev="exit", name=launched.name, status=launched.bwrap.returncode)


def _preparation(folders: Mapping[str, Path], name: str) -> Callable[[], None]:
    """Return what a new process does first: enter the sandbox's cgroups, which the runner has made, or step back."""
    paths = [str(folder / name / "cgroup.procs") for folder in folders.values()]
    is_weighed = "cpu" in folders or "unified" in folders

    def prepare() -> None:
        for path in paths:
            fd = os.open(path, os.O_WRONLY)
            os.write(fd, b"0")
            os.close(fd)
        if not is_weighed:
            os.nice(_NICE)

    return prepare


def _read_child_pid(info_fd: int) -> int:
    """Return the host's pid of the sandbox's pid 1, which bwrap tells on ``--info-fd``."""
    text = b""
    deadline = time.monotonic() + _START_TIMEOUT_S
    with selectors.DefaultSelector() as selector:
        selector.register(info_fd, selectors.EVENT_READ)
        while not text.rstrip().endswith(b"}"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise LaunchError(f"no word of it after {_START_TIMEOUT_S:g} s")
            chunk = os.read(info_fd, 4096)
            if not chunk:
                raise LaunchError("it ended at once")
            text += chunk
    return int(json.loads(text)["child-pid"])


def _log(event: str, text: str) -> None:
    print(json.dumps({"event": f"launcher {event}", "text": text}), file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Serve; return the exit code of the process."""
    if os.getuid() == 0:
        _log("refused", "must not run as root: the kernel does not count root's processes")
        return 2
    try:
        launcher = Launcher(LauncherSettings.from_environment(os.environ))
    except LaunchError as error:
        _log("refused", str(error))
        return 2
    # Sandboxes have this uid: should one escape its namespaces, it shall not read this process's memory.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if sys.argv[1:2] == ["--fd"]:
        launcher.adopt(socket.socket(fileno=int(sys.argv[2])))
        launcher.run(until_alone=True)
    else:
        launcher.listen(Path(os.environ["WIDGETRY_LAUNCHER"]))
        launcher.run(until_alone=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
