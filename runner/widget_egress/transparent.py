"""The transparent kind: nft in the sandbox's own network namespace sends every TCP connection to our listener.

Where it was going is asked of the kernel (SO_ORIGINAL_DST), checked as an address and dialled as that same address: no
name is involved, so nothing can change between check and dial. ``connect()`` has succeeded inside before we are asked,
so a refusal is a reset.
"""

import asyncio
import socket
import struct

from widget_egress.outlet import Outlet, RefusedError
from widget_egress.relay import reset

_SO_ORIGINAL_DST = 80
#: The resolver that /etc/resolv.conf of a sandbox names lives in this documentation network; it exists nowhere.
#: UDP to any resolver is redirected to our DNS socket; TCP to this one is answered here.
_RESOLVER_NETWORK = "192.0.2."
_DNS_PORT = 53
_DNS_IDLE_S = 10.0


def original_destination(connection: socket.socket) -> tuple[str, int]:
    """Return the address and port that the sandbox connected to; OSError when the kernel knows of none."""
    raw = connection.getsockopt(socket.SOL_IP, _SO_ORIGINAL_DST, 16)
    (port,) = struct.unpack_from("!H", raw, 2)
    return socket.inet_ntoa(raw[4:8]), port


async def serve(outlet: Outlet, connection: socket.socket) -> None:
    """Connect one accepted connection to where it was going, or reset it."""
    try:
        address, port = original_destination(connection)
        meter = await outlet.meter()
        if port == _DNS_PORT and address.startswith(_RESOLVER_NETWORK):
            await _answer_queries(outlet, connection)
            return
        outlet.check(address, port)
        outer = await outlet.admit(meter, f"{address}:{port}", lambda: outlet.dial(address, port))
    except (RefusedError, OSError):
        reset(connection)
        return
    outlet.relay(connection, outer, meter)


async def _answer_queries(outlet: Outlet, connection: socket.socket) -> None:
    """DNS over TCP, for answers too long for UDP: each query has its length in two bytes before it."""
    loop = asyncio.get_running_loop()
    meter = await outlet.meter()
    with connection:
        try:
            async with asyncio.timeout(_DNS_IDLE_S):
                while True:
                    (length,) = struct.unpack("!H", await _read_exactly(loop, connection, 2))
                    wire = await _read_exactly(loop, connection, length)
                    if not meter.admit_query():
                        raise outlet.refused("its resolver", "too many DNS queries a second")
                    reply = await outlet.shared.dns.answer(wire, stream=True)
                    if reply is None:
                        return
                    await loop.sock_sendall(connection, struct.pack("!H", len(reply)) + reply)
        except (RefusedError, OSError, EOFError):
            return


async def _read_exactly(loop: asyncio.AbstractEventLoop, connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = await loop.sock_recv(connection, size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data
