"""One HTTP request to one checked address: no redirects, no cookies, a bounded answer, a deadline for all of it."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import h11

from widget_site.webhooks.address import Target

#: From the first packet to the last byte that is read of the answer.
TIMEOUT_S = 10.0
#: Of an answer's body; the rest is not read.
MAX_ANSWER_BYTES = 1000
_READ = 16 * 1024


class NoAnswerError(Exception):
    """Nothing came back, or nothing that is HTTP; the text says what happened."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str


async def post(
    target: Target,
    addresses: list[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    tls: ssl.SSLContext,
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """Send ``body`` to the first of ``addresses`` that takes a connection; NoAnswerError."""
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await _connect(target, addresses, tls)
            try:
                return await _exchange(target, headers, body, reader, writer)
            finally:
                writer.transport.abort()
    except TimeoutError as error:
        raise NoAnswerError(f"No answer within {timeout_s:g} seconds.") from error
    except (h11.RemoteProtocolError, ssl.SSLError) as error:
        raise NoAnswerError(f"What came back is not right: {error}.") from error
    except OSError as error:
        raise NoAnswerError(f"The connection failed: {error.strerror or error}.") from error


async def _connect(
    target: Target, addresses: list[str], tls: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    last: OSError | None = None
    for address in addresses:
        # The address, not the name: the name might lead elsewhere when it is asked for again.
        try:
            if target.is_tls:
                return await asyncio.open_connection(address, target.port, ssl=tls, server_hostname=target.host)
            return await asyncio.open_connection(address, target.port)
        except ssl.SSLError:
            raise
        except OSError as error:
            last = error
    raise last or OSError("no address")


async def _exchange(
    target: Target, headers: Mapping[str, str], body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Answer:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=64 * 1024)
    fixed = {"Host": target.authority, "Content-Length": str(len(body)), "Connection": "close"}
    request = h11.Request(method="POST", target=target.path, headers=list({**fixed, **headers}.items()))
    for event in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    # A receiver that answers before it has read all of it is no fault.
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    status, text = 0, b""
    while len(text) < MAX_ANSWER_BYTES:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(_READ))
            case h11.Response(status_code=found):
                status = found
            case h11.Data(data=data):
                text += bytes(data)
            case h11.EndOfMessage() | h11.PAUSED | h11.ConnectionClosed():
                break
    if not status:
        raise NoAnswerError("The connection was closed without an answer.")
    return Answer(status, text[:MAX_ANSWER_BYTES].decode("utf-8", "replace"))
