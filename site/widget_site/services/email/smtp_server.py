"""Mail servers' way in: SMTP for the addresses of widgets (``receiving.py``), and nothing else: no relay, no accounts.

Whoever connects is a stranger. Connections, their time, commands, recipients and bytes are bounded, so that nobody who
is slow or many keeps others out for long.
"""

import asyncio
import contextlib
import ipaddress
import logging
import ssl
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session

from widget_site.services.email.receiving import Arrived, NotTakenError
from widget_site.settings import SiteSettings
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: Connections at once; of one address (of a network of 64 bits in IPv6) that is not our own machine's or network's.
MAX_CONNECTIONS, MAX_OF_ADDRESS = 100, 10
#: How long a connection may be idle, a message may take to arrive, and a connection may last.
IDLE_S, MESSAGE_S, CONNECTION_S = 60.0, 120.0, 900.0
#: Recipients of one message; those who are refused in one connection before it is closed.
MAX_RECIPIENTS, MAX_REFUSED = 20, 10
#: How often each command may come in one connection.
_CALLS = {"*": 50, "RCPT": 500, "MAIL": 100, "DATA": 100, "RSET": 200}
#: Bytes of a line. The standard has 1000; programs that write their own mail know nothing of that.
_LINE_BYTES = 16 * 1024
#: How long a process that stops waits for what is being handled.
_DRAIN_S = 10.0


class Desk(Protocol):
    """Who takes mail (``receiving.Reception``)."""

    async def find(self, recipient: str, sender: str) -> object:
        """Return whose address it is; NotTakenError when it is nobody's."""

    async def receive(self, arrived: Arrived) -> str:
        """Have a message handled; return the SMTP answer."""


class _Connections:
    """Who is connected."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def let_in(self, who: str, is_near: bool) -> bool:
        """Count one more; False when there are too many."""
        if self._open.total() >= MAX_CONNECTIONS or (not is_near and self._open[who] >= MAX_OF_ADDRESS):
            return False
        self._open[who] += 1
        return True

    def let_out(self, who: str) -> None:
        """Count one less."""
        self._open[who] -= 1
        self._open += Counter()


class _Door(SMTP):
    """One connection."""

    line_length_limit = _LINE_BYTES

    def __init__(self, taker: "_Taker", connections: _Connections, settings: SiteSettings, **more: Any) -> None:
        super().__init__(
            taker,
            data_size_limit=int(settings.mail_max_mb * 1024 * 1024),
            enable_SMTPUTF8=True,
            hostname=settings.mail_domain or settings.widget_domain,
            ident="Widgetry",
            timeout=IDLE_S,
            command_call_limit=_CALLS,
            # Nobody has an account here, so none is offered to be guessed.
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            **more,
        )
        self._connections = connections
        #: By which this connection is counted; None before, and when it was turned away.
        self._who: str | None = None
        self._end: asyncio.TimerHandle | None = None
        #: Recipients that were refused.
        self.refused = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or turn it away. Comes a second time with STARTTLS."""
        if self._who is None:
            who, is_near = _counted(transport.get_extra_info("peername"))
            if not self._connections.let_in(who, is_near):
                assert isinstance(transport, asyncio.Transport)
                transport.write(b"421 4.7.0 Too many connections, try again later\r\n")
                transport.close()
                return
            self._who = who
            self._end = self.loop.call_later(CONNECTION_S, self.hang_up)
        super().connection_made(transport)

    def hang_up(self) -> None:
        """Close it."""
        if self.transport is not None:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless it was turned away."""
        if self._who is not None:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """Take the end of what they say."""
        return super().eof_received() if self._who is not None else False

    def connection_lost(self, error: Exception | None) -> None:
        """Forget it. Comes more than once where TLS fails."""
        if self._who is None:
            return
        if self._end is not None:
            self._end.cancel()
            self._end = None
            self._connections.let_out(self._who)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # the library's name
        """Take a message: as one text, within its time. The library keeps an object for each line, however short."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        # While it arrives and is handled, the time is ours to keep.
        self._reset_timeout(CONNECTION_S)
        try:
            async with asyncio.timeout(MESSAGE_S):
                content, wrong = await self._message()
        except TimeoutError:
            await self.push("421 4.4.2 The message took too long")
            self.hang_up()
            return
        if wrong:
            await self.push(wrong)
        else:
            self.envelope.content = content
            await self.push(await self._call_handler_hook("DATA"))
        self._set_post_data_state()  # type: ignore[no-untyped-call]  # the library's
        self._reset_timeout()

    async def _message(self) -> tuple[bytes, str]:
        """Read to the lone dot; return the message, or what is wrong with it."""
        made, wrong = bytearray(), ""
        most = self.data_size_limit or 0
        while True:
            try:
                line = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                await self._reader.readexactly(error.consumed)
                made.clear()
                # What is left of the line looks like another; it must not look like the end.
                await self._rest_of_line()
                wrong = wrong or "500 5.6.0 Line too long"
                continue
            if line == b".\r\n":
                return bytes(made), wrong
            if not wrong:
                made += line[1:] if line.startswith(b".") else line
            if len(made) > most:
                made.clear()
                wrong = f"552 5.3.4 A message has {most // (1024 * 1024)} MB at most"

    async def _rest_of_line(self) -> None:
        while True:
            try:
                await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as error:
                await self._reader.readexactly(error.consumed)
            else:
                return


class _Taker:
    """What each command is answered with; the names of its methods are aiosmtpd's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._under_way: set[asyncio.Task[str]] = set()

    async def handle_RCPT(  # noqa: N802  # the library's name
        self, server: _Door, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Say whether a recipient is one of ours."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            await self._desk.find(address, _sender(envelope))
        except NotTakenError as error:
            # Whoever only tries names is not to try many.
            server.refused += 1
            if server.refused > MAX_REFUSED:
                asyncio.get_running_loop().call_soon(server.hang_up)
                return "421 4.7.0 Too many addresses that are nobody's"
            return str(error)
        if address not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  # the library's name
        self, server: _Door, session: Session, envelope: Envelope
    ) -> str:
        """Have the message handled for each recipient; one answer stands for all.

        It is put off when it was for one of them (the others are not handled twice), and taken when one took it.
        """
        content = envelope.content
        assert isinstance(content, bytes)
        arrived = [Arrived(_sender(envelope), recipient, content) for recipient in envelope.rcpt_tos]
        handling = asyncio.create_task(self._handled(arrived), name="received mail")
        self._under_way.add(handling)
        handling.add_done_callback(self._under_way.discard)
        # Who hangs up ends nothing: what becomes of it is to be known when it comes again.
        return await asyncio.shield(handling)

    async def _handled(self, arrived: Sequence[Arrived]) -> str:
        answers = await asyncio.gather(*(self._desk.receive(one) for one in arrived))
        return min(answers, key=lambda answer: "425".index(answer[0]))

    async def finish(self) -> None:
        """Wait for what is being handled, for a while."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_DRAIN_S)
        await end_tasks(*self._under_way)

    async def handle_exception(self, error: Exception) -> str:
        """Say that something went wrong here, and not what."""
        log.error("a connection failed", exc_info=error)
        return "451 4.3.0 Something went wrong here: try again later"


def _sender(envelope: Envelope) -> str:
    return "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)


def _counted(peer: Any) -> tuple[str, bool]:
    """Return what a connection is counted by, and whether it is of this machine or network: a relay of ours."""
    try:
        address = ipaddress.ip_address(peer[0].partition("%")[0])
    except (TypeError, ValueError, IndexError):
        return "", False
    near = address.is_loopback or address.is_private
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False)), near
    return str(address), near


def tls_of(settings: SiteSettings) -> ssl.SSLContext | None:
    """Return what STARTTLS is done with; None where no certificate is set."""
    if settings.mail_cert is None or settings.mail_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.mail_cert, settings.mail_key)
    return context


@contextlib.asynccontextmanager
async def serving_mail(settings: SiteSettings, desk: Desk) -> AsyncIterator[int]:
    """Take mail inside the block, at the port that is given."""
    loop = asyncio.get_running_loop()
    connections, taker, tls = _Connections(), _Taker(desk), tls_of(settings)
    doors: weakref.WeakSet[_Door] = weakref.WeakSet()

    def door() -> _Door:
        made = _Door(
            taker,
            connections,
            settings,
            tls_context=tls,
            require_starttls=settings.mail_tls == "required",
            loop=loop,
        )
        doors.add(made)
        return made

    server = await loop.create_server(door, settings.mail_host, settings.mail_port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await taker.finish()
        for one in list(doors):
            one.hang_up()
        await server.wait_closed()
