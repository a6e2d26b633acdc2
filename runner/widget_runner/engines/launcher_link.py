"""The runner's connection to the launcher: asks for sandboxes, learns of their ends."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from widget_runner import launcher
from widget_runner.engines.base import EngineError

#: bwrap makes a sandbox in about 10 ms; a loaded machine may need longer.
LAUNCH_TIMEOUT_S = 15.0
#: How long the kernel may take to end a sandbox that was killed, and a launcher of our own to end.
KILL_TIMEOUT_S = 10.0
#: How long a launcher that died may take to be there again.
RESTART_TIMEOUT_S = 3.0


class LauncherLink:
    """One connection to a launcher; connects when first used, and again when the launcher was restarted."""

    def __init__(self, path: Path | None, environment: Mapping[str, str]) -> None:
        #: The launcher's socket, or None to start a launcher of our own under our own uid.
        self._path = path
        self._environment = dict(environment)
        self._socket: socket.socket | None = None
        self._own: subprocess.Popen[bytes] | None = None
        self._launching: dict[str, asyncio.Future[int]] = {}
        self._ended: dict[str, asyncio.Event] = {}

    async def launch(self, name: str, control: socket.socket, kind: str = "run", environment: str = "") -> int:
        """Start sandbox ``name`` with ``control`` as its supervisor's link; return the host's pid of its pid 1."""
        link = await self._connected()
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._launching[name] = answer
        self._ended[name] = asyncio.Event()
        try:
            request = {"op": "launch", "name": name, "kind": kind, "environment": environment}
            socket.send_fds(link, [json.dumps(request).encode()], [control.fileno()])
            async with asyncio.timeout(LAUNCH_TIMEOUT_S):
                return await answer
        except TimeoutError as error:
            raise EngineError(f"the launcher did not answer within {LAUNCH_TIMEOUT_S:g} s") from error
        except OSError as error:
            self._lost()
            raise EngineError(f"the launcher's connection failed: {error.strerror}") from error
        finally:
            del self._launching[name]
            if not answer.done() or answer.cancelled() or answer.exception():
                self._send_kill(name)
                self._ended.pop(name, None)

    async def kill(self, name: str) -> None:
        """End every process of sandbox ``name``; returns when they are gone. EngineError when they don't go."""
        ended = self._ended.get(name)
        if ended is None:
            return
        self._send_kill(name)
        try:
            async with asyncio.timeout(KILL_TIMEOUT_S):
                await ended.wait()
        except TimeoutError as error:
            raise EngineError(f"sandbox {name} did not end within {KILL_TIMEOUT_S:g} s") from error
        finally:
            self._ended.pop(name, None)

    async def close(self) -> None:
        """Leave the launcher, which then ends what it started for us."""
        self._lost()
        if self._own is not None:
            own, self._own = self._own, None
            try:
                await asyncio.to_thread(own.wait, KILL_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                own.kill()  # its sandboxes die with it
                await asyncio.to_thread(own.wait)

    def _send_kill(self, name: str) -> None:
        if self._socket is not None:
            try:
                self._socket.send(json.dumps({"op": "kill", "name": name}).encode())
            except OSError:
                self._lost()

    async def _connected(self) -> socket.socket:
        """Return the connection; a launcher that is being restarted is waited for."""
        deadline = asyncio.get_running_loop().time() + RESTART_TIMEOUT_S
        while True:
            try:
                return self._connect()
            except EngineError:
                if self._path is None or asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(0.05)

    def _connect(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        link = self._start_own() if self._path is None else self._connect_to(self._path)
        link.setblocking(False)
        self._socket = link
        asyncio.get_running_loop().add_reader(link.fileno(), self._read)
        return link

    @staticmethod
    def _connect_to(path: Path) -> socket.socket:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            link.connect(str(path))
        except OSError as error:
            link.close()
            raise EngineError(f"no launcher answers at {path}: {error.strerror}") from error
        return link

    def _start_own(self) -> socket.socket:
        if os.getuid() == 0:
            raise EngineError(
                "the runner is root: start it as an ordinary user, or with `ops/up`, which separates uids"
            )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._own = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "widget_runner.launcher", "--fd", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
            )
        return ours

    def _read(self) -> None:
        link = self._socket
        while link is not None and link is self._socket:
            try:
                data = link.recv(launcher.MAX_PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                return self._lost()
            self._take(json.loads(data))
        return None

    def _take(self, event: dict[str, object]) -> None:
        name = str(event["name"])
        answer = self._launching.get(name)
        if event["ev"] == "launched" and answer is not None and not answer.done():
            answer.set_result(int(str(event["pid"])))
        elif event["ev"] == "failed" and answer is not None and not answer.done():
            answer.set_exception(EngineError(str(event["text"])))
        elif event["ev"] == "exit" and (ended := self._ended.get(name)):
            ended.set()

    def _lost(self) -> None:
        """The launcher is gone, and with it all its sandboxes."""
        if self._socket is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop may be closed already
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        for answer in self._launching.values():
            if not answer.done():
                answer.set_exception(EngineError("the launcher ended"))
        for ended in self._ended.values():
            ended.set()
