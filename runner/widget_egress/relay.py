"""Carrying bytes between a sandbox's connection and the outside, both ways, until both are done.

One buffer serves every connection: bytes are received into it and sent from it at once, so an idle connection holds no
memory and a busy one is copied only where the receiver is slower than the sender.
"""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable

from widget_egress.caps import Meter

_BUFFER_BYTES = 256 * 1024
_SWEEP_S = 5.0
_RESET = struct.pack("ii", 1, 0)


def reset(connection: socket.socket) -> None:
    """Close with a reset: the peer sees a refusal, not an empty answer."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


class Relays:
    """Every open relay, the buffer they share and the sweep that ends the idle ones."""

    def __init__(self, idle_s: float = 900.0, half_closed_idle_s: float = 120.0) -> None:
        self.loop = asyncio.get_running_loop()
        self.buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._idle_s = idle_s
        self._half_closed_idle_s = half_closed_idle_s
        self._open: set[Relay] = set()
        self._sweep = asyncio.create_task(self._end_idle())

    def __len__(self) -> int:
        return len(self._open)

    def start(
        self, inner: socket.socket, outer: socket.socket, meter: Meter, on_end: Callable[[], None], first: bytes = b""
    ) -> "Relay":
        """Carry bytes between two connected non-blocking sockets, which it owns from now on.

        ``first`` goes to ``outer`` before anything else; ``on_end`` is called once, when both are closed.
        """
        relay = Relay(self, inner, outer, meter, on_end)
        self._open.add(relay)
        relay.begin(first)
        return relay

    def forget(self, relay: "Relay") -> None:
        """Take an ended relay off the books."""
        self._open.discard(relay)

    async def close(self) -> None:
        """End all of them."""
        self._sweep.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._sweep
        for relay in list(self._open):
            relay.abort()

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(min(_SWEEP_S, self._idle_s / 2))
            now = time.monotonic()
            for relay in list(self._open):
                if now - relay.active_at > (self._half_closed_idle_s if relay.half_closed else self._idle_s):
                    relay.abort()


class Relay:
    """Two connected sockets and the two pumps between them."""

    def __init__(
        self, relays: Relays, inner: socket.socket, outer: socket.socket, meter: Meter, on_end: Callable[[], None]
    ) -> None:
        self._relays = relays
        self._sockets = (inner, outer)
        self.meter = meter
        self._on_end = on_end
        self._pumps = (_Pump(self, relays, inner, outer), _Pump(self, relays, outer, inner))
        self.active_at = time.monotonic()
        self.ended = False

    @property
    def half_closed(self) -> bool:
        """Whether one direction is done."""
        return any(pump.done for pump in self._pumps)

    def begin(self, first: bytes) -> None:
        """Start both pumps."""
        up, down = self._pumps
        down.resume()
        if first:
            up.carry(memoryview(first))
        else:
            up.resume()

    def pump_done(self) -> None:
        """Close both sockets when both directions are done."""
        if all(pump.done for pump in self._pumps):
            self._end()

    def abort(self) -> None:
        """Break both connections off with a reset."""
        self._end(broken=True)

    def _end(self, *, broken: bool = False) -> None:
        if self.ended:
            return
        self.ended = True
        for end in self._sockets:
            self._relays.loop.remove_reader(end.fileno())
            self._relays.loop.remove_writer(end.fileno())
            if broken:
                reset(end)
            else:
                end.close()
        self._relays.forget(self)
        self._on_end()


class _Pump:
    """One direction: reads only while everything read before has been handed on."""

    def __init__(self, relay: Relay, relays: Relays, source: socket.socket, target: socket.socket) -> None:
        self._relay = relay
        self._loop = relays.loop
        self._buffer = relays.buffer
        self._source = source
        self._target = target
        self._waiting = b""
        self._pause_s = 0.0
        self.done = False

    def resume(self) -> None:
        if not self._relay.ended:
            self._loop.add_reader(self._source.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            size = self._source.recv_into(self._buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._relay.abort()
            return
        if size:
            self.carry(self._buffer[:size], reading=True)
        else:
            self._finish()

    def carry(self, data: memoryview, *, reading: bool = False) -> None:
        """Hand ``data`` on; what the target does not take now is kept and reading stops until it has."""
        self._relay.active_at = time.monotonic()
        pause_s = self._relay.meter.carry(len(data))
        if pause_s < 0:
            self._relay.abort()
            return
        sent = self._send(data)
        if sent is None:
            return
        if sent < len(data):
            self._stop_reading(reading)
            self._waiting, self._pause_s = bytes(data[sent:]), pause_s
            self._loop.add_writer(self._target.fileno(), self._writable)
        elif pause_s > 0:
            self._stop_reading(reading)
            self._loop.call_later(pause_s, self.resume)
        elif not reading:
            self.resume()

    def _stop_reading(self, reading: bool) -> None:
        if reading:
            self._loop.remove_reader(self._source.fileno())

    def _send(self, data: bytes | memoryview) -> int | None:
        try:
            return self._target.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self._relay.abort()
            return None

    def _writable(self) -> None:
        sent = self._send(self._waiting)
        if sent is None:
            return
        self._relay.active_at = time.monotonic()
        self._waiting = self._waiting[sent:]
        if self._waiting:
            return
        self._loop.remove_writer(self._target.fileno())
        if self._pause_s > 0:
            self._loop.call_later(self._pause_s, self.resume)
            self._pause_s = 0.0
        else:
            self.resume()

    def _finish(self) -> None:
        """The source has said all it will; the other direction goes on."""
        self._loop.remove_reader(self._source.fileno())
        self.done = True
        with contextlib.suppress(OSError):
            self._target.shutdown(socket.SHUT_WR)
        self._relay.pump_done()
