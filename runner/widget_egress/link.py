"""The link between a runner and the proxy: a Unix SEQPACKET socket over which sandboxes' listeners are handed over.

Runner to proxy, each packet one JSON object:
    ``{"op": "adopt", "sandbox": <name>, "kind": "transparent"|"proxy", "policy": "run"}`` + descriptors: the TCP
        listener and, for transparent, the UDP socket of DNS. Adopting a name again replaces the first.
    ``{"op": "bind", "sandbox": <name>, "widget": <id>}``: from now on it has a network, on this widget's account.
    ``{"op": "release", "sandbox": <name>}``: stop accepting, break off what is open.
Proxy to runner: ``{"ev": "failed", "op", "sandbox", "text"}`` for what could not be done; nothing otherwise.
An install's sandbox comes with ``"policy": "install"`` and kind proxy, ``"used"`` bytes of its limit being spent
already, and is served and metered by itself (``installs.py``): ``{"ev": "adopted", "sandbox", "index": <url>}`` says
that it has a network, ``{"ev": "meter", "sandbox", "bytes", "spent"}`` what it has used of its limit.

When a runner's link ends, so do the outlets it handed over: its sandboxes die with it, and a runner that only lost its
link hands them over again.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from widget_egress import connect_proxy, transparent
from widget_egress.installs import Installs, Metered
from widget_egress.outlet import Outlet, Shared
from widget_model.addresses import Policy

_log = logging.getLogger(__name__)

_PACKET_BYTES = 4096
_UCRED = struct.Struct("iII")
_SERVE = {"transparent": transparent.serve, "proxy": connect_proxy.serve}


class LinkError(Exception):
    """A packet that can't be obeyed; the text says why."""


class LinkServer:
    """Accepts runners and keeps the outlets of each."""

    def __init__(
        self, path: Path, runner_uid: int, policies: Mapping[str, Policy], shared: Shared, installs: Installs
    ) -> None:
        self._path = path
        self._installs = installs
        self._runner_uid = runner_uid
        self._policies = policies
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
        self._links: set[_Link] = set()

    def start(self) -> None:
        """Listen; a socket that an earlier proxy left is replaced."""
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        # Who may hand over listeners is decided by uid (SO_PEERCRED), not by the mode of the socket.
        self._path.chmod(0o666)
        self._listener.listen(8)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """End every link and outlet."""
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        self._path.unlink(missing_ok=True)
        for link in list(self._links):
            link.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            _log.warning("can't accept a runner: %s", error)
            return
        connection.setblocking(False)
        pid, uid, _ = _UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
        if uid not in (self._runner_uid, os.geteuid()):
            _log.warning("process %s with uid %s is not the runner (uid %s): sent away", pid, uid, self._runner_uid)
            connection.close()
            return
        link = _Link(connection, self._policies, self._shared, self._installs, self._links.discard)
        self._links.add(link)
        _log.info("runner %s is connected", pid)


class _Link:
    """One runner."""

    def __init__(
        self,
        connection: socket.socket,
        policies: Mapping[str, Policy],
        shared: Shared,
        installs: Installs,
        on_close: Any,
    ) -> None:
        self._installs = installs
        self._installing: dict[str, Metered] = {}
        self._connection = connection
        self._policies = policies
        self._shared = shared
        self._on_close = on_close
        self._outlets: dict[str, Outlet] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(connection.fileno(), self._readable)

    def close(self) -> None:
        if self._connection.fileno() < 0:
            return
        self._loop.remove_reader(self._connection.fileno())
        self._connection.close()
        for outlet in self._outlets.values():
            outlet.close()
        for install in self._installing.values():
            install.close()
        self._on_close(self)

    def _readable(self) -> None:
        try:
            data, descriptors, flags, _ = socket.recv_fds(self._connection, _PACKET_BYTES, 4)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, descriptors, flags = b"", [], 0
        ends = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if not data:
            _log.info("a runner left; its %s outlets are closed", len(self._outlets))
            self.close()
            return
        try:
            if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                raise LinkError("the packet is longer than agreed")
            self._obey(_decode(data), ends)
        except LinkError as error:
            _log.warning("the runner's packet %r can't be obeyed: %s", data[:200], error)
            self._complain(data, error)
            for end in ends:
                end.close()

    def _obey(self, packet: dict[str, Any], ends: list[socket.socket]) -> None:
        op, name = packet.get("op"), packet.get("sandbox")
        if not isinstance(name, str) or not name:
            raise LinkError("it names no sandbox")
        if op == "adopt":
            self._adopt(name, packet, ends)
            return
        if ends:
            raise LinkError(f"{op} takes no descriptors")
        if op == "bind" and name in self._outlets and isinstance(packet.get("widget"), str):
            self._outlets[name].bind(packet["widget"])
        elif op == "release":
            outlet = self._installing.pop(name, None) or self._outlets.pop(name, None)
            if outlet is not None:
                outlet.close()
        else:
            raise LinkError("an unknown op or sandbox")

    def _adopt(self, name: str, packet: dict[str, Any], ends: list[socket.socket]) -> None:
        serve = _SERVE.get(str(packet.get("kind")))
        policy = self._policies.get(str(packet.get("policy")))
        installs = packet.get("policy") == "install" and packet.get("kind") == "proxy"
        if serve is None or (policy is None and not installs):
            raise LinkError("an unknown kind or policy")
        if not ends or len(ends) > 2:
            raise LinkError("one listener, and one DNS socket, are handed over")
        for end, kind in zip(ends, (socket.SOCK_STREAM, socket.SOCK_DGRAM), strict=False):
            if end.family != socket.AF_INET or end.type != kind:
                raise LinkError("the descriptors are not a TCP listener and a UDP socket")
        if not ends[0].getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise LinkError("the first descriptor does not listen")
        before = self._installing.pop(name, None) or self._outlets.pop(name, None)
        if before is not None:
            before.close()
        if policy is None:
            self._installing[name] = self._installs.serve(name, ends[0], self._used(packet), self._tell)
            return
        outlet = Outlet(name, policy, self._shared, ends[0], ends[1] if len(ends) > 1 else None, serve)
        self._outlets[name] = outlet
        outlet.start()

    @staticmethod
    def _used(packet: dict[str, Any]) -> int:
        used = packet.get("used", 0)
        return used if isinstance(used, int) and used > 0 else 0

    def _complain(self, data: bytes, error: LinkError) -> None:
        packet: dict[str, Any] = {}
        with contextlib.suppress(LinkError):
            packet = _decode(data)
        answer = {"ev": "failed", "op": packet.get("op"), "sandbox": packet.get("sandbox"), "text": str(error)}
        self._tell(answer)

    def _tell(self, event: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._connection.send(json.dumps(event).encode())


def _decode(data: bytes) -> dict[str, Any]:
    try:
        packet = json.loads(data)
    except ValueError as error:
        raise LinkError("it is not JSON") from error
    if not isinstance(packet, dict):
        raise LinkError("it is not a JSON object")
    return packet
