"""One sandbox's way out: the listener it was given, whose widget it is, and what it shares with the others."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from widget_egress.caps import Meter, Meters
from widget_egress.dns import DnsForwarder
from widget_egress.own_addresses import OwnAddresses
from widget_egress.refusals import Refusals
from widget_egress.relay import Relay, Relays, reset
from widget_model.addresses import Policy

_log = logging.getLogger(__name__)

_DIAL_S = 10.0
#: A connection can overtake the ``bind`` that was sent before it: both are ready in the same turn of the loop.
_BIND_WAIT_S = 0.5
#: Connections that wait for their policy, their name or the far end.
_PENDING_MAX = 256
_QUERIES_AT_ONCE = 32


@dataclass(frozen=True)
class Shared:
    """What all sandboxes of a proxy share."""

    own: OwnAddresses
    meters: Meters
    relays: Relays
    refusals: Refusals
    dns: DnsForwarder


class RefusedError(Exception):
    """A sandbox may not have this connection; the text says why."""


class Outlet:
    """A sandbox's listener and, for the transparent kind, its DNS socket, from adoption to release."""

    def __init__(
        self,
        name: str,
        policy: Policy,
        shared: Shared,
        listener: socket.socket,
        dns_socket: socket.socket | None,
        serve: Callable[["Outlet", socket.socket], Coroutine[Any, Any, None]],
    ) -> None:
        self.name = name
        self.policy = policy
        self.shared = shared
        self._listener = listener
        self._dns_socket = dns_socket
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._bound = asyncio.Event()
        self._widget_id = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._relays: set[Relay] = set()
        self._queries = 0

    def start(self) -> None:
        """Accept from now on."""
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener.fileno(), self._accept)
        if self._dns_socket is not None:
            self._dns_socket.setblocking(False)
            self._loop.add_reader(self._dns_socket.fileno(), self._query)

    def bind(self, widget_id: str) -> None:
        """From now on this sandbox is this widget's; it has no network before."""
        self._widget_id = widget_id
        self._bound.set()

    def close(self) -> None:
        """Stop accepting and break off what is open."""
        for end in (self._listener, self._dns_socket):
            if end is not None and end.fileno() >= 0:
                self._loop.remove_reader(end.fileno())
                end.close()
        for task in self._tasks:
            task.cancel()
        for relay in list(self._relays):
            relay.abort()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            self._rest(error)
            return
        if len(self._tasks) >= _PENDING_MAX:
            self.shared.refusals.add(self._widget_id, self.name, "too many connections waiting")
            reset(connection)
            return
        connection.setblocking(False)
        self._spawn(self._serve_one(connection))

    def _rest(self, error: OSError) -> None:
        """No descriptor or memory is left: look again in a second instead of spinning."""
        _log.error("can't accept for sandbox %s: %s", self.name, error)
        listener = self._listener
        self._loop.remove_reader(listener.fileno())
        self._loop.call_later(1.0, lambda: listener.fileno() >= 0 and self._loop.add_reader(listener, self._accept))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve_one(self, connection: socket.socket) -> None:
        try:
            await self._serve(self, connection)
        except OSError:
            reset(connection)
        except asyncio.CancelledError:
            reset(connection)
            raise
        except Exception:
            _log.exception("a connection of sandbox %s failed", self.name)
            reset(connection)

    # -- what the two kinds of proxy use

    async def meter(self) -> Meter:
        """Return the widget's meter; RefusedError when the sandbox belongs to none."""
        try:
            async with asyncio.timeout(_BIND_WAIT_S):
                await self._bound.wait()
        except TimeoutError:
            raise self.refused("anywhere", "the sandbox belongs to no widget") from None
        return self.shared.meters.of(self._widget_id)

    def refused(self, target: str, reason: str) -> RefusedError:
        """Log a refusal and return it."""
        self.shared.refusals.add(self._widget_id, target, reason)
        return RefusedError(reason)

    def check_place(self, host: str, port: int) -> None:
        """Raise RefusedError unless the policy lets the sandbox ask for this name."""
        reason = self.policy.place_refusal(host, port)
        if reason is not None:
            raise self.refused(f"{host}:{port}", reason)

    def check(self, address: str, port: int, host: str = "") -> None:
        """Raise RefusedError unless the policy lets the sandbox reach this address (by the name ``host``)."""
        reason = self.policy.refusal(address, port, self.shared.own.current, host)
        if reason is not None:
            raise self.refused(f"{address}:{port}", reason)

    async def dial(self, address: str, port: int) -> socket.socket:
        """Return a connection to an address that ``check`` passed; OSError when there is none within 10 s."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        outer = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(_DIAL_S):
                await self._loop.sock_connect(outer, (address, port))
        except BaseException:
            outer.close()
            raise
        return outer

    async def admit(self, meter: Meter, target: str, connect: Callable[[], Awaitable[socket.socket]]) -> socket.socket:
        """Return what ``connect`` gives, counted in ``meter`` from before the first packet; RefusedError over a cap."""
        reason = meter.admit()
        if reason is not None:
            raise self.refused(target, reason)
        try:
            return await connect()
        except BaseException:
            meter.leave()
            raise

    def relay(self, inner: socket.socket, outer: socket.socket, meter: Meter, first: bytes = b"") -> None:
        """Carry bytes between both, which must be counted in ``meter``, until they are done."""
        started: list[Relay] = []

        def ended() -> None:
            meter.leave()
            self._relays.difference_update(started)

        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        relay = self.shared.relays.start(inner, outer, meter, ended, first)
        started.append(relay)
        if not relay.ended:
            self._relays.add(relay)

    # -- DNS over UDP

    def _query(self) -> None:
        assert self._dns_socket is not None
        try:
            wire, sender = self._dns_socket.recvfrom(4096)
        except OSError:
            return
        # Over these bounds a query is dropped, as a busy resolver would: the asker tries again.
        if self._queries < _QUERIES_AT_ONCE:
            self._spawn(self._answer(wire, sender))

    async def _answer(self, wire: bytes, sender: Any) -> None:
        self._queries += 1
        try:
            if not (await self.meter()).admit_query():
                raise self.refused("its resolver", "too many DNS queries a second")
            reply = await self.shared.dns.answer(wire)
            if reply is not None and self._dns_socket is not None:
                with contextlib.suppress(OSError):
                    self._dns_socket.sendto(reply, sender)
        except RefusedError:
            return
        except Exception:
            _log.exception("a DNS query of sandbox %s failed", self.name)
        finally:
            self._queries -= 1
