"""A name server on loopback that knows the TXT records that a test gives it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import dns.message
import dns.rcode
import dns.rrset


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, records: dict[str, str]) -> None:
        self._records = records
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        name = query.question[0].name
        text = self._records.get(name.to_text(omit_final_dot=True))
        if text is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            pieces = " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", pieces))
        self.transport.sendto(answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def name_server(records: dict[str, str]) -> AsyncIterator[str]:
    """Answer inside the block, at the address that is given."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Answers(records), ("127.0.0.1", 0))
    try:
        yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
