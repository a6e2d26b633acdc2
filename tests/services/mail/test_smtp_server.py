"""The way in for mail against whoever connects: what is refused with which code, and that nobody keeps others out."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
import trustme
from pydantic import ValidationError
from tests.services.fake_runner import eventually_true

from widget_site.services.email import smtp_server
from widget_site.services.email.receiving import Arrived, NotTakenError
from widget_site.services.email.smtp_server import serving_mail
from widget_site.settings import SiteSettings

LETTER = b"From: a@b.example\r\nSubject: S\r\n\r\n.dot\r\nText\r\n"


class Desk:
    """Knows the addresses that begin with "a", and answers as the test says."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.answers: dict[str, str] = {}
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def find(self, recipient: str, sender: str) -> object:
        if not recipient.startswith("a"):
            raise NotTakenError(f"550 5.1.1 No app registered for address: {recipient}")
        return recipient

    async def receive(self, arrived: Arrived) -> str:
        await self.may_go_on.wait()
        self.arrived.append(arrived)
        return self.answers.get(arrived.recipient, "250 2.0.0 OK")


class Line:
    """A connection, spoken by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def said(self) -> str:
        """Return the next answer, "" at the end."""
        async with asyncio.timeout(20):
            while line := (await self.reader.readline()).decode():
                if line[3:4] != "-":
                    return line.strip()
            return ""

    async def ask(self, command: str | bytes) -> str:
        self.writer.write(command.encode() + b"\r\n" if isinstance(command, str) else command)
        return await self.said()

    async def is_over(self) -> bool:
        """Whether the server ends it."""
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                await self.reader.read()
        return True


@contextlib.asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def receiving(desk: Desk, **more: Any) -> AsyncIterator[int]:
    async with serving_mail(SiteSettings(**{"mail_max_mb": 0.5, **more}), desk) as port:
        yield port


async def begin(line: Line, recipient: str = "a@w.localhost", sender: str = "<x@y.example>") -> list[str]:
    await line.said()
    return [await line.ask(one) for one in ("EHLO me", f"MAIL FROM:{sender}", f"RCPT TO:<{recipient}>", "DATA")]


async def test_a_message_arrives_as_it_was_sent_and_one_connection_takes_several() -> None:
    desk = Desk()
    async with receiving(desk) as port, aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for _ in range(2):
            await client.sendmail("x@y.example", ["a@w.localhost", "a2@w.localhost"], LETTER)

    assert desk.arrived == [Arrived("x@y.example", to, LETTER) for to in ("a@w.localhost", "a2@w.localhost")] * 2


async def test_a_notice_of_a_mail_server_has_no_sender() -> None:
    desk = Desk()
    async with receiving(desk) as port, line_to(port) as line:
        await begin(line, sender="<>")
        assert await line.ask(b"Subject: S\r\n\r\nT\r\n.\r\n") == "250 2.0.0 OK"

    assert desk.arrived == [Arrived("", "a@w.localhost", b"Subject: S\r\n\r\nT\r\n")]


async def test_commands_may_come_all_at_once() -> None:
    desk = Desk()
    async with receiving(desk) as port, line_to(port) as line:
        await line.said()
        one = b"MAIL FROM:<x@y.example>\r\nRCPT TO:<a@w.localhost>\r\nRCPT TO:<b@w.localhost>\r\nDATA\r\nT\r\n.\r\n"
        line.writer.write(b"EHLO me\r\n" + one * 2 + b"QUIT\r\n")
        codes = [(await line.said())[:3] for _ in range(12)]

    assert codes == ["250", *["250", "250", "550", "354", "250"] * 2, "221"]
    assert [one.raw for one in desk.arrived] == [b"T\r\n"] * 2


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"a2@w": "554 no"}, "250"),
        ({"a1@w": "554 no", "a2@w": "554 no"}, "554"),
        ({"a2@w": "451 later"}, "451"),
        ({"a1@w": "554 no", "a2@w": "451 later"}, "451"),
    ],
)
async def test_one_answer_stands_for_all_recipients(answers: dict[str, str], code: str) -> None:
    desk = Desk()
    desk.answers = answers
    async with receiving(desk) as port, line_to(port) as line:
        await line.said()
        for command in ("EHLO me", "MAIL FROM:<x@y.example>", "RCPT TO:<a1@w>", "RCPT TO:<a2@w>", "DATA"):
            await line.ask(command)
        assert (await line.ask(b"T\r\n.\r\n"))[:3] == code


async def test_a_message_that_is_too_large_is_refused_before_and_after_it_came() -> None:
    desk = Desk()
    async with receiving(desk) as port, line_to(port) as line:
        await line.said()
        await line.ask("EHLO me")
        assert (await line.ask("MAIL FROM:<x@y.example> SIZE=600000"))[:3] == "552"
        for command in ("MAIL FROM:<x@y.example>", "RCPT TO:<a@w.localhost>", "DATA"):
            await line.ask(command)
        line.writer.write(b"\r\n" * 300_000)
        assert (await line.ask(b".\r\n"))[:9] == "552 5.3.4"
        # The connection goes on.
        assert (await line.ask("NOOP"))[:3] == "250"

    assert desk.arrived == []


async def test_no_line_is_endless_and_none_smuggles_the_end_of_a_message() -> None:
    desk = Desk()
    async with receiving(desk) as port, line_to(port) as line:
        await begin(line)
        # What is left of a line that is too long is no lone dot, and lone line feeds end no line.
        line.writer.write(b"x" * (smtp_server._LINE_BYTES + 1) + b".\r\n")
        assert await line.ask(b"MAIL FROM:<e@v.example>\r\n.\r\n") == "500 5.6.0 Line too long"
        for command in ("MAIL FROM:<x@y.example>", "RCPT TO:<a@w.localhost>", "DATA"):
            await line.ask(command)
        said = await line.ask(b"T\n.\nMAIL FROM:<e@v.example>\n\n.\r\nT\r\n.\r\n")
        assert (said, (await line.ask("NOOP"))[:3]) == ("250 2.0.0 OK", "250")
        assert (await line.ask("x" * 1000))[:3] == "500"

    assert [one.raw for one in desk.arrived] == [b"T\n.\nMAIL FROM:<e@v.example>\n\n.\r\nT\r\n"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("RCPT TO:<a@b>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:x", "250"),
        ("MAIL FROM:", "501"),
        ("MAIL FROM:<a@b> EVIL=1", "555"),
        ("VRFY a@w.localhost", "252"),
        ("EXPN staff", "502"),
        ("AUTH PLAIN AGEAYg==", "538"),
        ("STARTTLS", "454"),
        ("\0\0", "500"),
        ("MAIL\0FROM:<a@b>", "500"),
        ("", "500"),
    ],
)
async def test_what_makes_no_sense_is_told_so(command: str, code: str) -> None:
    async with receiving(Desk()) as port, line_to(port) as line:
        await line.said()
        await line.ask("EHLO me")
        assert (await line.ask(command))[:3] == code


async def test_nobody_tries_many_names_or_commands() -> None:
    async with receiving(Desk()) as port:
        async with line_to(port) as line:
            await line.said()
            await line.ask("EHLO me")
            await line.ask("MAIL FROM:<x@y.example>")
            answers = [await line.ask(f"RCPT TO:<b{n}@w.localhost>") for n in range(smtp_server.MAX_REFUSED + 1)]
            assert [answer[:3] for answer in answers] == [*["550"] * smtp_server.MAX_REFUSED, "421"]
            assert await line.is_over()
        async with line_to(port) as line:
            await line.said()
            await line.ask("EHLO me")
            await line.ask("MAIL FROM:<x@y.example>")
            answers = [await line.ask(f"RCPT TO:<a{n}@w.localhost>") for n in range(smtp_server.MAX_RECIPIENTS + 1)]
            assert answers[-2:] == ["250 2.1.5 OK", "452 4.5.3 Too many recipients"]
        async with line_to(port) as line:
            await line.said()
            assert {(await line.ask("NOOP"))[:3] for _ in range(60)} >= {"421"}
            assert await line.is_over()


async def test_who_is_slow_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_server, "IDLE_S", 0.2)
    monkeypatch.setattr(smtp_server, "MESSAGE_S", 0.2)
    desk = Desk()
    async with receiving(desk) as port:
        async with line_to(port) as line:
            await line.said()
            line.writer.write(b"EHL")
            assert await line.is_over()
        async with line_to(port) as line:
            await begin(line)
            line.writer.write(b"Subject: S\r\n")
            assert (await line.said())[:9] == "421 4.4.2"
            assert await line.is_over()

    assert desk.arrived == []


async def test_there_is_room_for_so_many_connections_and_for_others_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_server, "MAX_CONNECTIONS", 2)
    async with receiving(Desk()) as port:
        async with line_to(port) as first, line_to(port) as second:
            assert [(await first.said())[:3], (await second.said())[:3]] == ["220", "220"]
            async with line_to(port) as third:
                assert (await third.said())[:9] == "421 4.7.0"
                assert await third.is_over()
            # What was turned away takes no place of others.
            assert (await first.ask("NOOP"))[:3] == "250"

        async def has_room() -> bool:
            async with line_to(port) as line:
                return (await line.said())[:3] == "220"

        await eventually_true(has_room, 30)


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        (("127.0.0.1", 1), ("127.0.0.1", True)),
        (("10.1.2.3", 1), ("10.1.2.3", True)),
        (("8.8.8.8", 1), ("8.8.8.8", False)),
        (("2606:4700::1:2", 1, 0, 0), ("2606:4700::/64", False)),
        (None, ("", False)),
    ],
)
def test_strangers_are_counted_by_address_or_network(peer: Any, counted: tuple[str, bool]) -> None:
    assert smtp_server._counted(peer) == counted
    connections = smtp_server._Connections()
    let_in = [connections.let_in(*counted) for _ in range(smtp_server.MAX_OF_ADDRESS + 1)]
    assert let_in == [*[True] * smtp_server.MAX_OF_ADDRESS, counted[1]]


async def test_what_is_being_handled_goes_on_when_its_sender_hangs_up() -> None:
    desk = Desk()
    desk.may_go_on.clear()
    async with receiving(desk) as port:
        async with line_to(port) as line:
            await begin(line)
            line.writer.write(b"T\r\n.\r\n")
            await line.writer.drain()

            async def is_handled() -> bool:
                return any(task.get_name() == "received mail" for task in asyncio.all_tasks())

            await eventually_true(is_handled, 30)
        desk.may_go_on.set()

    # The server waits for it when it ends, too.
    assert [one.raw for one in desk.arrived] == [b"T\r\n"]


async def test_with_a_certificate_mail_comes_over_tls_and_nothing_from_before_it_counts(tmp_path: Path) -> None:
    authority = trustme.CA()
    made, trusted = authority.issue_cert("127.0.0.1"), ssl.create_default_context()
    authority.configure_trust(trusted)
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made.cert_chain_pems[0].write_to_path(cert)
    made.private_key_pem.write_to_path(key)
    desk = Desk()
    async with receiving(desk, mail_cert=cert, mail_key=key, mail_tls="required") as port:
        async with line_to(port) as line:
            await line.said()
            await line.ask("EHLO me")
            assert (await line.ask("MAIL FROM:<x@y.example>"))[:3] == "530"
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=True, tls_context=trusted)
        async with client:
            assert not client.supports_extension("AUTH")
            await client.sendmail("x@y.example", ["a@w.localhost"], LETTER)
        async with line_to(port) as line:
            await line.said()
            await line.ask("EHLO me")
            # What was said in the clear after STARTTLS is not heard as if it had come over TLS.
            assert (await line.ask(b"STARTTLS\r\nVRFY evil\r\n"))[:3] == "220"
            await line.writer.start_tls(trusted, server_hostname="127.0.0.1")
            assert (await line.ask("NOOP"))[:3] == "250"
            assert (await line.ask("MAIL FROM:<x@y.example>"))[:3] == "503"

    assert [one.sender for one in desk.arrived] == ["x@y.example"]


@pytest.mark.parametrize("given", [{"mail_cert": Path("x")}, {"mail_tls": "required"}, {"mail_domain": "a@b"}])
def test_settings_that_make_no_mail_server_are_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="WIDGETRY_MAIL_"):
        SiteSettings(**given)
