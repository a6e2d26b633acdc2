"""Mail of widgets against a real database and a real mail server: who gets it, what is refused, what becomes of it."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
import trustme
from pydantic import SecretStr
from sqlalchemy import text
from tests.services.mail.server import MailServer, mail_server

from widget_site.accounts.rates import RateLimiter
from widget_site.errors import ConflictError, FormError
from widget_site.secret_box import SecretBox
from widget_site.services.email import reading, testing
from widget_site.services.email.postman import postman
from widget_site.services.email.sending import LETTERS, Sender, email_services
from widget_site.services.signing import WidgetSigner
from widget_site.settings import SiteSettings
from widget_site.store import accounts, letters, mail_routes, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Letter, MailRoute, Widget
from widget_wire import media_chunks
from widget_wire.runs import ServiceCall
from widget_wire.values import flatten, inflate

SEND = "anvil.private.email.send.v2"


class Sending:
    """A site with one account and widget, whose code sends mail."""

    def __init__(self, store: Store, client: redis.asyncio.Redis, folder: Path, sink: MailServer) -> None:
        self.store, self.client, self.folder, self.sink = store, client, folder, sink
        self.settings = self.with_server()
        self.account: Account
        self.widget: Widget

    def with_server(self, **more: Any) -> SiteSettings:
        """Return settings of a site that sends mail by the sink, and may connect to it otherwise, too."""
        url = SecretStr(f"smtp://127.0.0.1:{self.sink.port}")
        given = {"data": self.folder, "smtp_url": url, "webhook_allow": f"127.0.0.1:{self.sink.port}"}
        return SiteSettings(**{**given, **more})

    async def make(self, is_proven: bool = True) -> "Sending":
        self.account = await accounts.create(self.store, "olive", "olive@example.com", "no password")
        if is_proven:
            await self.prove()
        self.widget = await widgets.create(self.store, self.account, "api", "W", {"main.py": ""})
        return self

    async def prove(self) -> None:
        async with self.store.database.writing() as db:
            await db.execute(text("UPDATE account SET email_verified_at = 1.0"))

    async def send(self, caller: str = "server_module", **kwargs: Any) -> Any:
        """Call as user code does; return the response, or the error."""
        signer = WidgetSigner([b"k" * 32], self.widget.id)
        sender = Sender(self.store, self.settings, RateLimiter(self.client))
        services = email_services(sender, lambda _: signer)
        flat = flatten({"args": [], "kwargs": kwargs}, signer)
        chunks = media_chunks.write({name: media.content for name, media in flat.media.items()})
        call = ServiceCall("c", "n", "r", self.widget.id, "route", "", SEND, flat.message, chunks, caller=caller)
        answer = await services[SEND](call)
        if "error" in answer.message:
            return answer.message["error"]
        return inflate(dict(answer.message), {}, signer)["response"]

    async def deliver(self) -> None:
        """Do what the site worker does until nothing is due."""
        carrier = postman(self.settings, self.store)
        while await carrier.send_due():
            pass

    async def log(self) -> list[Letter]:
        page = await letters.listed(self.store, self.widget.slug, self.account.id)
        return list(page.items)


@pytest.fixture
async def sending(store: Store, redis_client: redis.asyncio.Redis, tmp_path: Path) -> AsyncIterator[Sending]:
    async with mail_server() as sink:
        yield await Sending(store, redis_client, tmp_path, sink).make()


async def test_e_01_a_letter_arrives_and_the_report_names_it(sending: Sending) -> None:
    report = await sending.send(to="A <a@b.example>", cc="c@b.example", bcc=["d@b.example"], subject="Grüße", text="Hi")
    await sending.deliver()

    [letter] = sending.sink.letters
    assert report.type_name == "anvil.email.SendReport"
    # A long one is on a line of its own, which leaves the fold's space in front of it.
    assert letter["Message-ID"].strip() == report.value["message_id"]
    assert (letter["To"], letter["Cc"], letter["Bcc"]) == ("A <a@b.example>", "c@b.example", None)
    assert (letter["Subject"], letter.get_content().strip()) == ("Grüße", "Hi")
    assert letter["From"] == f"no-reply@{sending.widget.slug}.localhost"
    assert sending.sink.recipients == [["a@b.example", "c@b.example", "d@b.example"]]
    [logged] = await sending.log()
    assert (logged.state, logged.recipients) == ("sent", ("a@b.example", "c@b.example", "d@b.example"))


async def test_e_03_without_to_it_goes_to_the_owner(sending: Sending) -> None:
    await sending.send(subject="S", text="T")
    await sending.deliver()

    assert sending.sink.recipients == [["olive@example.com"]]


@pytest.mark.parametrize("caller", ["browser", "client_uplink"])
async def test_e_09_clients_send_nothing(sending: Sending, caller: str) -> None:
    error = await sending.send(caller, to="a@b.example", text="T")

    assert error["message"] == (
        "Permission denied. Cannot send email from client code. Call anvil.email.send() from a server module instead!"
    )
    assert await sending.log() == []


async def test_e_10_in_test_mode_everything_goes_to_the_owner_with_a_notice(sending: Sending) -> None:
    await choose(sending, MailRoute(test_mode=True))
    await sending.send(to="a@b.example", bcc="c@b.example", text="T")
    await sending.deliver()

    assert sending.sink.recipients == [["olive@example.com"]]
    assert (
        "[Test mode: this message would have gone to a@b.example, c@b.example]" in sending.sink.letters[0].get_content()
    )


async def test_e_10_the_months_recipients_have_an_end_for_all_widgets_of_an_account(sending: Sending) -> None:
    sending.settings = sending.with_server(emails_per_month=3)
    await sending.send(to=["a@b.example", "c@b.example"], text="T")
    over = await sending.send(to=["a@b.example", "c@b.example"], text="T")
    sending.widget = await widgets.create(sending.store, sending.account, "api", "Other", {"main.py": ""})
    last = await sending.send(to="a@b.example", text="T")
    none = await sending.send(to="a@b.example", text="T")

    assert (over["type"], none["type"]) == ("anvil.email.SendFailure", "anvil.email.SendFailure")
    assert "3 recipients a month" in over["message"]
    assert last.type_name == "anvil.email.SendReport"
    assert await letters.used_this_month(sending.store, sending.account.id) == 3


async def test_an_account_sends_so_many_letters_an_hour(sending: Sending) -> None:
    limiter = RateLimiter(sending.client)
    for _ in range(LETTERS.most):
        await limiter.take(LETTERS, sending.account.id)

    error = await sending.send(to="a@b.example", text="T")

    assert (error["type"], error["message"][:14]) == ("anvil.email.SendFailure", "Too many tries")


async def test_who_did_not_prove_an_address_sends_nothing_beyond_the_site(
    store: Store, redis_client: redis.asyncio.Redis, tmp_path: Path
) -> None:
    async with mail_server() as sink:
        unproven = await Sending(store, redis_client, tmp_path, sink).make(is_proven=False)
        refused = await unproven.send(to="a@b.example", text="T")
        unproven.settings = unproven.with_server(smtp_url=None)
        kept = await unproven.send(to="a@b.example", text="T")
        await unproven.deliver()

        assert "has not confirmed their e-mail address" in refused["message"]
        assert kept.type_name == "anvil.email.SendReport"
        assert [letter.state for letter in await unproven.log()] == ["kept"]
        assert sink.letters == []


async def test_what_a_server_refuses_or_puts_off_is_told(sending: Sending) -> None:
    sending.sink.answer_to_data = "554 no"
    await sending.send(to="a@b.example", text="T", subject="refused")
    await sending.deliver()
    sending.sink.answer_to_data = "451 later"
    await sending.send(to="a@b.example", text="T", subject="put off")
    await sending.deliver()

    put_off, refused = await sending.log()
    assert (refused.state, refused.error) == ("failed", "554 no")
    assert (put_off.state, put_off.error, put_off.attempts) == ("waiting", "451 later", 1)


async def test_two_workers_send_one_letter_once(sending: Sending) -> None:
    await sending.send(to="a@b.example", text="T")
    first, second = (postman(sending.settings, sending.store) for _ in range(2))
    tried = [await first.send_due(), await second.send_due()]

    assert tried == [1, 0]
    assert len(sending.sink.letters) == 1


@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
async def test_e_11_mail_goes_out_by_the_owners_server_from_any_address_and_does_not_count(
    sending: Sending, encryption: str
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    ca_file = sending.folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    # aiosmtpd lets nobody sign in who came with TLS from the start.
    signs_in = encryption == "starttls"
    from_start, later = (None, tls) if signs_in else (tls, None)
    async with mail_server(later, from_start, needs_login=signs_in) as own:
        allow = f"127.0.0.1:{own.port}"
        sending.settings = sending.with_server(smtp_url=None, webhook_allow=allow, ca_file=ca_file)
        box = await choose(
            sending, MailRoute(False, "127.0.0.1", own.port, encryption, "olive" if signs_in else ""), "right"
        )
        await sending.send(to="a@b.example", from_address="Boss <boss@bank.example>", text="T")
        await sending.deliver()
        said = await testing.send_test(
            sending.settings, sending.store, RateLimiter(sending.client), box, sending.widget.id
        )

        assert own.logins == [("olive", "right")] * 2 * signs_in
        assert own.letters[0]["From"] == "Boss <boss@bank.example>"
        assert own.recipients == [["a@b.example"], ["olive@example.com"]]
        assert said == "The mail server took a message to olive@example.com."
    assert await letters.used_this_month(sending.store, sending.account.id) == 0


async def test_e_11_a_password_is_kept_encrypted_and_goes_to_no_other_server(sending: Sending) -> None:
    route = MailRoute(False, "smtp.example.com", 587, "starttls", "olive")
    await choose(sending, route, "hunter2")
    _, kept = await mail_routes.for_sending(sending.store, sending.widget.id)
    await choose(sending, MailRoute(True, "smtp.example.com", 587, "starttls", "olive"))
    same, _ = await mail_routes.for_sending(sending.store, sending.widget.id)

    assert kept is not None
    assert b"hunter2" not in kept
    assert same.has_password
    for other in (
        MailRoute(False, "evil.example", 587, "starttls", "olive"),
        MailRoute(False, "smtp.example.com", 587, "", "olive"),
    ):
        await choose(sending, route, "hunter2")
        await choose(sending, other)
        assert not (await mail_routes.for_sending(sending.store, sending.widget.id))[0].has_password


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("127.0.0.1", 22, "not at 22"),
        ("127.0.0.1", 587, "Nothing is sent to 127.0.0.1"),
        ("169.254.169.254", 587, "Nothing is sent to 169.254.169.254"),
        ("10.1.2.3", 465, "Nothing is sent to 10.1.2.3"),
    ],
)
async def test_e_11_no_service_of_ours_is_reached_by_a_mail_server(
    sending: Sending, host: str, port: int, says: str
) -> None:
    box = await choose(sending, MailRoute(False, host, port, "", ""))

    with pytest.raises(ConflictError, match=says):
        await testing.send_test(sending.settings, sending.store, RateLimiter(sending.client), box, sending.widget.id)


@pytest.mark.parametrize(
    ("route", "field"),
    [
        (MailRoute(host="a b"), "host"),
        (MailRoute(host="a/b"), "host"),
        (MailRoute(host="a", port=0), "port"),
        (MailRoute(host="a", encryption="rot13"), "encryption"),
        (MailRoute(host="a", username="a\nb"), "username"),
    ],
)
async def test_e_11_what_can_be_no_mail_server_is_told_by_field(sending: Sending, route: MailRoute, field: str) -> None:
    with pytest.raises(FormError) as caught:
        await choose(sending, route)
    assert caught.value.field == field


async def test_of_a_widget_the_newest_letters_are_kept(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MAX_KEPT", 2)
    sending.settings = sending.with_server(smtp_url=None)
    for number in range(4):
        await sending.send(to="a@b.example", subject=str(number), text="T")
        await sending.deliver()

    assert [letter.subject for letter in await sending.log()] == ["3", "2"]


async def test_a_letter_that_waits_to_be_sent_is_kept_however_many_came_after_it(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MAX_KEPT", 2)

    for number in range(4):
        await sending.send(to="a@b.example", subject=str(number), text="T")

    assert [letter.subject for letter in await sending.log()] == ["3", "2", "1", "0"]


async def test_what_is_kept_is_the_whole_message(sending: Sending) -> None:
    await sending.send(to="a@b.example", bcc="c@b.example", text="T", html="<p>T</p>")
    [letter] = await sending.log()
    _, raw = await letters.one(sending.store, sending.widget.slug, sending.account.id, letter.id)

    read = reading.read(raw)
    assert (read.text, read.html, read.header("to")) == ("T\n", "<p>T</p>\n", "a@b.example")


async def choose(sending: Sending, route: MailRoute, password: str | None = None) -> SecretBox:
    box = SecretBox(sending.settings)
    slug, owner = sending.widget.slug, sending.account.id
    await mail_routes.choose(sending.store, slug, owner, route, password, box.encrypt)
    return box
