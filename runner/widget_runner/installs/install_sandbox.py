"""One throw-away sandbox in which uv works: started, asked to resolve, then to install, ended.

Builds run code of strangers in it, so whatever comes out may be hostile: a packet outside the protocol ends it.
"""

import asyncio
import contextlib
import io
import json
import os
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from widget_runner.egress_link import EgressLink
from widget_runner.engines.base import EngineError, SandboxEngine, SandboxProcess, SandboxSpec
from widget_runner.installs.environment_store import EnvironmentStore
from widget_runner.installs.failures import Failure
from widget_wire.control import MAX_PACKET_BYTES, packet
from widget_wire.installs import LOG_CHARS
from widget_wire.packing import PackingError

_MAX_LOCK_CHARS = 4_000_000
_READY_S = 20.0
#: The proxy may have to learn the index first.
_NETWORK_S = 45.0
_NO_NETWORK = "The package index can't be reached: the egress proxy of this site is not there. Try again."


class InstallSandbox:
    """Made by ``start``; ``close`` ends every process in it."""

    def __init__(self, process: SandboxProcess, egress: EgressLink, heard: Callable[[str], None]) -> None:
        self.name = process.name
        #: Bytes that went through the proxy, and whether that was the limit.
        self.downloaded_bytes = 0
        self.spent = False
        self._process = process
        self._control = process.control
        self._control.setblocking(False)
        self._egress = egress
        self._heard = heard
        self._index: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @classmethod
    async def start(
        cls, engine: SandboxEngine, spec: SandboxSpec, egress: EgressLink, used: int, heard: Callable[[str], None]
    ) -> "InstallSandbox":
        """Start one that may download what is left of its limit after ``used`` bytes; ``heard`` gets uv's words."""
        sandbox = cls(await engine.launch(spec), egress, heard)
        try:
            async with asyncio.timeout(_READY_S):
                descriptor = await sandbox._ready()
            egress.adopt_install(sandbox.name, descriptor, used, sandbox._on_egress)
        except BaseException as error:
            await asyncio.shield(sandbox.close())
            if isinstance(error, TimeoutError):
                raise EngineError("the sandbox of an install was not ready in time") from error
            raise
        return sandbox

    async def resolve(self, requirements: Sequence[str], builds: bool) -> str | None:
        """Return the lock of these requirements, None when uv refused; Failure without a network."""
        try:
            async with asyncio.timeout(_NETWORK_S):
                index = await asyncio.shield(self._index)
        except TimeoutError:
            raise Failure("index", "The package index does not answer. Try again.") from None
        self._send(op="resolve", requirements=list(requirements), index=index, builds=builds)
        lock = ""
        while True:
            event = await self._event()
            if event["ev"] == "lock" and len(lock) <= _MAX_LOCK_CHARS:
                lock += str(event["text"])
            elif event["ev"] == "resolved":
                return lock
            elif event["ev"] == "failed":
                return None

    async def install(self, store: EnvironmentStore, digest: str) -> int | None:
        """Install what was resolved and keep it under ``digest``; return its bytes, None when uv refused."""
        reading, writing = os.pipe()
        stop = threading.Event()
        keeping = asyncio.ensure_future(asyncio.to_thread(_keep, store, digest, reading, stop))
        try:
            socket.send_fds(self._control, [packet(op="install")], [writing])
        finally:
            os.close(writing)
        try:
            while (event := await self._event())["ev"] not in ("installed", "failed"):
                pass
            kept = await asyncio.shield(keeping)
            return kept if event["ev"] == "installed" else None
        finally:
            if not keeping.done():
                # Its writers must be gone before the thread sees the end of the pipe.
                stop.set()
                await asyncio.shield(self.close())
                await asyncio.wait([keeping])

    async def close(self) -> None:
        """End it."""
        self._egress.release(self.name)
        await self._process.kill()
        self._control.close()

    def _send(self, **fields: Any) -> None:
        try:
            self._control.send(packet(**fields))
        except OSError as error:
            raise EngineError(f"the sandbox of an install went away: {error.strerror}") from error

    def _on_egress(self, event: dict[str, Any]) -> None:
        if event["ev"] == "meter":
            self.downloaded_bytes, self.spent = int(event["bytes"]), bool(event["spent"])
        elif self._index.done():
            return
        elif event["ev"] == "adopted":
            self._index.set_result(str(event["index"]))
        else:
            self._index.set_exception(Failure("index", f"{event.get('text', _NO_NETWORK)}"))
            # Whoever waits for it sees it; nobody may.
            self._index.exception()

    async def _event(self) -> dict[str, Any]:
        """Return the next event; what is a log goes to ``heard``. EngineError when the sandbox ended."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                data = await loop.sock_recv(self._control, MAX_PACKET_BYTES)
            except OSError:
                data = b""
            if not data:
                raise EngineError("the sandbox of an install ended")
            event = _decode(data)
            if event["ev"] != "log":
                return event
            self._heard(str(event.get("text", ""))[:LOG_CHARS])

    async def _ready(self) -> int:
        """Return the descriptor of the listener."""
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        loop.add_reader(self._control.fileno(), lambda: None if readable.done() else readable.set_result(None))
        try:
            await readable
        finally:
            loop.remove_reader(self._control.fileno())
        data, descriptors, _, _ = socket.recv_fds(self._control, MAX_PACKET_BYTES, 4)
        if len(descriptors) == 1 and data and _decode(data)["ev"] == "ready":
            return descriptors[0]
        for descriptor in descriptors:
            os.close(descriptor)
        raise EngineError("the sandbox of an install did not start; see the launcher's log")


def _keep(store: EnvironmentStore, digest: str, reading: int, stop: threading.Event) -> int | None:
    """Put what comes out of the pipe into the store; None when nothing came, since uv refused."""
    with io.BufferedReader(io.FileIO(reading), 1 << 20) as source:
        if not source.peek(1):  # the end
            return None
        with contextlib.suppress(PackingError):
            return store.put(digest, source, stop)
        return -1


def _decode(data: bytes) -> dict[str, Any]:
    try:
        event = json.loads(data)
        if isinstance(event, dict) and isinstance(event.get("ev"), str):
            return event
    except (ValueError, RecursionError):
        pass
    raise EngineError("the sandbox of an install sent something unknown")
