"""Mail against a real server on loopback: TLS, sign-in, refusals, and headers that nobody can add."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr, ValidationError
from tests.services.mail.server import mail_server

from widget_site.mail.mailer import mailer
from widget_site.mail.smtp import MailServer, NotTakenError, RefusedError
from widget_site.settings import SiteSettings
from widget_site.store import accounts, outbox
from widget_site.store.outbox import Kind, Mail
from widget_site.store.store import Store
from widget_site.store.values import Message

#: An address of this machine that is none of LOCAL_HOSTS, as another machine's would be.
ELSEWHERE = "127.0.0.2"
LETTER = Mail("01MESSAGE", "nina@example.com", "Grüße ☃", "A text\nof two lines: ünïcödé.\n", 1)


def to(port: int, scheme: str = "smtp", host: str = "127.0.0.1", login: str = "", **more: Any) -> MailServer:
    url = SecretStr(f"{scheme}://{login}{host}:{port}{more.pop('query', '')}")
    found = MailServer.of(SiteSettings(smtp_url=url, site_url="https://site.example", **more))
    assert found is not None
    return found


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", ELSEWHERE).configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with mail_server() as mailbox:
        await to(mailbox.port, mail_from="news@site.example").send(LETTER)

    [letter] = mailbox.letters
    assert mailbox.recipients == [["nina@example.com"]]
    assert letter["From"] == "Widgetry <news@site.example>"
    assert (letter["To"], letter["Subject"]) == ("nina@example.com", "Grüße ☃")
    assert letter["Message-ID"] == "<01MESSAGE@site.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("nina@example.com\r\nBcc: all@example.com", "x"),
        ("nina@example.com>\r\nRCPT TO:<all@example.com", "x"),
        ("nina@example.com", "x\r\nBcc: all@example.com"),
        ("nina@example.com", "x\n\nanother body"),
    ],
)
async def test_64_no_header_and_no_recipient_can_be_smuggled_in(address: str, subject: str) -> None:
    async with mail_server() as mailbox:
        with pytest.raises(RefusedError):
            await to(mailbox.port).send(Mail("01MESSAGE", address, subject, "text", 1))

    assert mailbox.letters == []


async def test_name_and_password_are_sent_to_a_server_that_asks(server_tls: ssl.SSLContext, ca_file: Path) -> None:
    async with mail_server(start_tls=server_tls, needs_login=True, host=ELSEWHERE) as mailbox:
        await to(mailbox.port, host=ELSEWHERE, login="us%40er:right@", ca_file=ca_file).send(LETTER)
        with pytest.raises(NotTakenError, match="535"):
            await to(mailbox.port, host=ELSEWHERE, login="us%40er:wrong@", ca_file=ca_file).send(LETTER)

    assert mailbox.logins[0] == ("us@er", "right")
    assert (len(mailbox.letters), mailbox.over_tls) == (1, [True])


async def test_nothing_is_sent_to_a_server_whose_certificate_is_not_trusted(
    server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    async with mail_server(tls=server_tls) as mailbox:
        with pytest.raises(NotTakenError, match="certificate"):
            await to(mailbox.port, "smtps").send(LETTER)
        await to(mailbox.port, "smtps", ca_file=ca_file).send(LETTER)

    assert len(mailbox.letters) == 1


async def test_elsewhere_than_on_this_machine_nothing_is_sent_without_tls(
    server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    async with mail_server(host=ELSEWHERE) as plain:
        with pytest.raises(NotTakenError, match="STARTTLS"):
            await to(plain.port, host=ELSEWHERE).send(LETTER)
        await to(plain.port, host=ELSEWHERE, query="?tls=off").send(LETTER)
    async with mail_server(start_tls=server_tls, host=ELSEWHERE) as guarded:
        await to(guarded.port, host=ELSEWHERE, ca_file=ca_file).send(LETTER)

    assert (plain.over_tls, guarded.over_tls) == ([False], [True])


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_what_is_no_mail_server_is_refused_by_name(url: str) -> None:
    with pytest.raises(ValidationError, match="WIDGETRY_SMTP_URL"):
        SiteSettings(smtp_url=SecretStr(url))


async def _put(store: Store) -> None:
    olive = await accounts.create(store, "olive", "olive@example.com", "no password", is_verified=True)
    async with store.database.writing() as db:
        await outbox.put(db, Kind.RUN, "It failed", "The text.", account_id=olive.id)


async def _only(store: Store) -> Message:
    [message] = (await outbox.listed(store)).items
    return message


async def test_the_worker_sends_what_waits_once(store: Store) -> None:
    await _put(store)
    async with mail_server() as mailbox:
        mail = mailer(store, to(mailbox.port))
        assert [await mail.send_due(), await mail.send_due()] == [1, 0]

    message = await _only(store)
    assert (len(mailbox.letters), message.state, message.error) == (1, "sent", "")
    assert message.sent_at is not None


@pytest.mark.parametrize(
    ("recipient", "data", "state"),
    [
        ("550 No such user", "250 OK", "failed"),
        ("250 OK", "554 No spam", "failed"),
        ("450 Busy", "250 OK", "waiting"),
        ("250 OK", "451 Later", "waiting"),
    ],
)
async def test_what_is_refused_for_good_has_failed_and_what_is_put_off_waits(
    store: Store, recipient: str, data: str, state: str
) -> None:
    await _put(store)
    async with mail_server() as mailbox:
        mailbox.answer_to_recipient, mailbox.answer_to_data = recipient, data
        await mailer(store, to(mailbox.port)).send_due()

    message = await _only(store)
    assert message.state == state
    assert message.error == (recipient if not recipient.startswith("250") else data)


async def test_a_server_that_is_away_costs_no_message(store: Store) -> None:
    await _put(store)
    async with mail_server() as mailbox:
        port = mailbox.port

    await mailer(store, to(port)).send_due()

    message = await _only(store)
    assert (message.state, message.attempts) == ("waiting", 1)
    assert str(port) in message.error


async def test_without_a_server_the_worker_keeps_messages_in_the_site(store: Store) -> None:
    await _put(store)

    mail = mailer(store, MailServer.of(SiteSettings()))
    assert [await mail.send_due(), await mail.send_due()] == [1, 0]

    assert (await _only(store)).state == "kept"
