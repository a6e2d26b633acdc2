"""The runner's end of the link to the egress proxy (the proxy's end and the packets: ``widget_egress/link.py``).

The runner keeps its own descriptor of every listener it hands over, so a proxy that restarts gets them all again. A
proxy that is not there never fails a run: its sandbox has no network, and the log says so. After a few seconds without
a proxy the listeners are answered here, with a reset or a DNS failure, so that user code sees an error and does not
hang.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)

#: How long the task that keeps the connection may take to end.
_CLOSE_TIMEOUT_S = 2.0

SOCKET_NAME = "egress.sock"
_RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)
#: A proxy that restarts is back sooner; connections made meanwhile wait in the listener's queue.
_ABSENT_AFTER_S = 3.0
_RESET = struct.pack("ii", 1, 0)


@dataclass
class _Handed:
    """A sandbox's sockets as the runner keeps them."""

    kind: str
    policy: str
    descriptors: tuple[int, ...]
    widget_id: str | None = None
    #: Bytes that count as used already (installs).
    used: int = 0


class EgressLink:
    """Hands sandboxes' listeners to the egress proxy at ``path``; every method returns at once and never raises
    for the proxy's absence."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handed: dict[str, _Handed] = {}
        self._connection: socket.socket | None = None
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._refuser: _Refuser | None = None
        self._listeners: dict[str, Callable[[dict[str, Any]], None]] = {}

    @property
    def connected(self) -> bool:
        """Whether the proxy is there; without it sandboxes have no network."""
        return self._connection is not None

    async def start(self) -> None:
        """Connect now if the proxy is there, and keep connecting in the background."""
        if self._try_connect():
            _log.info("the egress proxy is connected")
        self._task = asyncio.create_task(self._keep_connected())

    async def close(self) -> None:
        """Disconnect and forget every sandbox."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_CLOSE_TIMEOUT_S)
        self._drop()
        self._stop_refusing()
        for name in list(self._handed):
            self._forget(name)

    def adopt(self, name: str, kind: str, descriptors: Sequence[int], policy: str = "run") -> None:
        """Hand over a sandbox's listener (and DNS socket); the descriptors are the link's from now on.

        ``kind`` is "transparent" or "proxy"; a sandbox without either ("none") is not handed over.
        """
        self._forget(name)
        if kind == "none" or not descriptors:
            return
        self._handed[name] = _Handed(kind, policy, tuple(descriptors))
        if self._refuser is not None:
            self._refuser.add(self._handed[name].descriptors)
        self._send_adopt(name)

    def adopt_install(self, name: str, descriptor: int, used: int, listener: Callable[[dict[str, Any]], None]) -> None:
        """Hand over an install's listener; ``listener`` gets every event about it, ``lost`` when the proxy goes away.

        ``used`` bytes of its limit are spent already. ``release`` ends it.
        """
        self._forget(name)
        self._handed[name] = _Handed("proxy", "install", (descriptor,), used=used)
        self._listeners[name] = listener
        if self._connection is None:
            listener({"ev": "lost"})
        self._send_adopt(name)

    def bind(self, name: str, widget_id: str) -> None:
        """From now on the sandbox has a network, on this widget's account."""
        handed = self._handed.get(name)
        if handed is None:
            return
        handed.widget_id = widget_id
        if self._connection is None:
            _log.warning("sandbox %s of widget %s has no network: the egress proxy is not there", name, widget_id)
        self._send({"op": "bind", "sandbox": name, "widget": widget_id})

    def release(self, name: str) -> None:
        """The sandbox is gone."""
        if name in self._handed:
            self._forget(name)
            self._send({"op": "release", "sandbox": name})

    def _forget(self, name: str) -> None:
        handed = self._handed.pop(name, None)
        self._listeners.pop(name, None)
        if handed is None:
            return
        if self._refuser is not None:
            self._refuser.remove(handed.descriptors)
        for descriptor in handed.descriptors:
            os.close(descriptor)

    def _send_adopt(self, name: str) -> None:
        handed = self._handed[name]
        packet: dict[str, object] = {"op": "adopt", "sandbox": name, "kind": handed.kind, "policy": handed.policy}
        if handed.used:
            packet["used"] = handed.used
        self._send(packet, handed.descriptors)
        if handed.widget_id is not None:
            self._send({"op": "bind", "sandbox": name, "widget": handed.widget_id})

    def _send(self, packet: dict[str, object], descriptors: Sequence[int] = ()) -> None:
        if self._connection is None:
            return
        try:
            socket.send_fds(self._connection, [json.dumps(packet).encode()], list(descriptors))
        except OSError as error:
            # Also when its queue is full: a proxy that does not read is as good as gone, and gets everything anew.
            _log.warning("the egress proxy does not take packets (%s); connecting again", error)
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            asyncio.get_running_loop().remove_reader(self._connection.fileno())
            self._connection.close()
            self._connection = None
            for listener in list(self._listeners.values()):
                listener({"ev": "lost"})
        self._lost.set()

    async def _keep_connected(self) -> None:
        while True:
            if self._connection is None:
                await self._connect()
            await self._lost.wait()
            self._lost.clear()

    async def _connect(self) -> None:
        """Return when connected and everything has been handed over."""
        loop = asyncio.get_running_loop()
        tries, since = 0, loop.time()
        while not self._try_connect():
            if tries == 0:
                _log.warning("the egress proxy at %s is not there: sandboxes have no network", self._path)
            if self._refuser is None and loop.time() - since > _ABSENT_AFTER_S:
                self._refuser = _Refuser()
                for handed in self._handed.values():
                    self._refuser.add(handed.descriptors)
            await asyncio.sleep(_RETRY_S[min(tries, len(_RETRY_S) - 1)])
            tries += 1
        self._stop_refusing()
        for name in list(self._handed):
            self._send_adopt(name)
        _log.info("the egress proxy is connected; %s sandboxes handed over", len(self._handed))

    def _stop_refusing(self) -> None:
        if self._refuser is not None:
            for handed in self._handed.values():
                self._refuser.remove(handed.descriptors)
            self._refuser = None

    def _try_connect(self) -> bool:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            return False
        self._connection = connection
        asyncio.get_running_loop().add_reader(connection.fileno(), self._readable)
        return True

    def _readable(self) -> None:
        assert self._connection is not None
        try:
            data = self._connection.recv(65536)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data and (listener := self._listener_of(data)) is not None:
            listener(json.loads(data))
        elif data:
            _log.error("the egress proxy says: %s", data.decode(errors="replace"))
        else:
            _log.warning("the egress proxy went away")
            self._drop()

    def _listener_of(self, data: bytes) -> Callable[[dict[str, Any]], None] | None:
        return self._listeners.get(str(json.loads(data).get("sandbox")))


class _Refuser:
    """Answers sandboxes' listeners while there is no proxy: TCP with a reset, DNS with a failure."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def add(self, descriptors: Sequence[int]) -> None:
        for descriptor, answer in zip(descriptors, (self._reset, self._fail), strict=False):
            os.set_blocking(descriptor, False)
            self._loop.add_reader(descriptor, answer, descriptor)

    def remove(self, descriptors: Sequence[int]) -> None:
        for descriptor in descriptors:
            self._loop.remove_reader(descriptor)

    def _reset(self, descriptor: int) -> None:
        with socket.socket(fileno=os.dup(descriptor)) as listener, contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.close()

    def _fail(self, descriptor: int) -> None:
        with socket.socket(fileno=os.dup(descriptor)) as dns, contextlib.suppress(OSError):
            query, sender = dns.recvfrom(4096)
            # The query's own bytes, marked as an answer with SERVFAIL.
            if len(query) >= 12:
                dns.sendto(query[:2] + bytes([query[2] | 0x80, 0x82]) + query[4:], sender)
