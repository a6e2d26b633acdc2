"""An engine without sandboxes: the other end of each control link is the test's own."""

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

from widget_runner.engines.base import EngineError, EngineReport, SandboxSpec


class FakeProcess:
    """Plays the supervisor as far as a test lets it: answers ready, bind and ping, keeps the runs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.control, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.theirs.setblocking(False)
        self.killed = 0
        self.kills_by_memory = 0
        self.ops: list[dict[str, Any]] = []
        self.fds: list[list[int]] = []
        #: Answers: op -> event to send back.
        self.answers: dict[str, dict[str, Any]] = {"bind": {"ev": "bound"}, "ping": {"ev": "pong"}}
        self._task: asyncio.Task[None] | None = None

    def say(self, fds: list[int] | None = None, **event: Any) -> None:
        socket.send_fds(self.theirs, [json.dumps(event).encode()], fds or [])

    def serve(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        loop.add_reader(self.theirs.fileno(), readable.set)
        try:
            while True:
                await readable.wait()
                readable.clear()
                self._take_all()
        finally:
            if self.theirs.fileno() >= 0:
                loop.remove_reader(self.theirs.fileno())

    def _take_all(self) -> None:
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self.theirs, 65536, 8)
            except OSError:
                return
            if not data:
                asyncio.get_running_loop().remove_reader(self.theirs.fileno())
                return
            op = json.loads(data)
            self.ops.append(op)
            self.fds.append(list(fds))
            if answer := self.answers.get(op["op"]):
                self.say(**answer)

    async def kill(self) -> None:
        self.killed += 1
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for fds in self.fds:
            for fd in fds:
                socket.close(fd)
        self.fds.clear()
        self.theirs.close()

    def oom_kills(self) -> int:
        return self.kills_by_memory

    def pids(self) -> list[int]:
        return []


class FakeEngine:
    """Launches FakeProcesses."""

    name = "fake"

    def __init__(self) -> None:
        self.launched: list[FakeProcess] = []
        self.refuses = ""
        self.attempts = 0
        #: Set to hold launches back.
        self.may_launch = asyncio.Event()
        self.may_launch.set()
        self.ready: dict[str, Any] = {
            "ev": "ready",
            "mode": "userns",
            "boot_ms": 1.0,
            "preloaded": [],
            "egress": "none",
        }

    async def probe(self) -> EngineReport:
        return EngineReport(self.name, usable=True)

    async def launch(self, spec: SandboxSpec) -> FakeProcess:
        self.attempts += 1
        await self.may_launch.wait()
        if self.refuses:
            raise EngineError(self.refuses)
        process = FakeProcess(spec.name)
        self.launched.append(process)
        process.serve()
        if self.ready:
            process.say(**self.ready)
        return process

    async def sweep(self) -> int:
        return 0

    async def close(self) -> None:
        pass


async def until(check: Callable[[], object], timeout_s: float = 3.0) -> None:
    """Wait until ``check`` is true; TimeoutError when it never is."""
    async with asyncio.timeout(timeout_s):
        while not check():  # noqa: ASYNC110 - what is watched has no event
            await asyncio.sleep(0.005)
