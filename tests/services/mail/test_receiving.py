"""What becomes of mail for a widget, against real databases; its code is what the test says."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from widget_site.accounts.rates import RateLimiter
from widget_site.errors import OverQuotaError, UnavailableError
from widget_site.services.email import receiving
from widget_site.services.email.receiving import OF_SENDER, OF_WIDGET, Arrived, NotTakenError, Reception
from widget_site.settings import SiteSettings
from widget_site.store import accounts, letters, mail_routes, quotas, snapshots, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Letter, MailRoute, Widget, WidgetSnapshot
from widget_wire.functions import failed
from widget_wire.runs import ServiceAnswer, ServiceCall

RAW = b"From: Ada <ada@example.com>\r\nMessage-ID: <1@example.com>\r\nSubject: Hi\r\n\r\nHello.\r\n"


class Receiving:
    """A site with one account and widget that gets mail."""

    def __init__(self, store: Store, client: redis.asyncio.Redis, folder: Path) -> None:
        self.store, self.limiter = store, RateLimiter(client)
        self.settings = SiteSettings(data=folder)
        self.calls: list[ServiceCall] = []
        self.answer: ServiceAnswer | None = None
        self.account: Account
        self.widget: Widget

    async def make(self) -> "Receiving":
        self.account = await accounts.create(self.store, "olive", "olive@example.com", "no password")
        self.widget = await widgets.create(self.store, self.account, "api", "W", {"main.py": ""})
        return self

    @property
    def address(self) -> str:
        return f"hello@{self.widget.slug}.localhost"

    def reception(self, **more: Any) -> Reception:
        settings = self.settings.model_copy(update=more)
        return Reception(settings, self.store, self.limiter, self.find, self.call)

    async def find(self, slug: str) -> WidgetSnapshot | None:
        return await snapshots.snapshot(self.store, slug)

    async def call(self, call: ServiceCall) -> ServiceAnswer:
        self.calls.append(call)
        return self.answer or ServiceAnswer(call.id, {"response": None, "objects": []})

    async def receive(self, raw: bytes = RAW, sender: str = "ada@example.com", **more: Any) -> str:
        return await self.reception(**more).receive(Arrived(sender, self.address, raw))

    async def log(self) -> list[Letter]:
        return list((await letters.listed(self.store, self.widget.slug, self.account.id)).items)


@pytest.fixture
async def inbox(store: Store, redis_client: redis.asyncio.Redis, tmp_path: Path) -> Receiving:
    return await Receiving(store, redis_client, tmp_path).make()


async def test_e_17_a_function_that_takes_too_long_puts_its_mail_off(
    inbox: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "HANDLER_S", 0.05)

    async def never(call: ServiceCall) -> ServiceAnswer:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(inbox, "call", never)

    assert (await inbox.receive())[:9] == "451 4.3.0"
    assert [(one.state, one.direction) for one in await inbox.log()] == [("put_off", "in")]


async def test_slow_code_holds_up_its_own_mail_alone(inbox: Receiving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "AT_ONCE_EACH", 1)
    slow, begun, may_end = inbox.widget, asyncio.Event(), asyncio.Event()
    inbox.widget = await widgets.create(inbox.store, inbox.account, "api", "Other", {"main.py": ""})

    async def call(call: ServiceCall) -> ServiceAnswer:
        if call.widget_id == slow.id:
            begun.set()
            await may_end.wait()
        return ServiceAnswer(call.id, {"response": None, "objects": []})

    monkeypatch.setattr(inbox, "call", call)
    reception = inbox.reception()
    to_slow = f"hello@{slow.slug}.localhost"
    held = asyncio.create_task(reception.receive(Arrived("a@b.example", to_slow, RAW)))
    await asyncio.wait_for(begun.wait(), 20)
    other = await reception.receive(Arrived("a@b.example", inbox.address, RAW))
    monkeypatch.setattr(receiving, "_WAIT_S", 0.01)
    second = await reception.receive(Arrived("a@b.example", to_slow, RAW))
    may_end.set()

    assert [other[:3], second[:9], (await asyncio.wait_for(held, 20))[:3]] == ["250", "451 4.3.2", "250"]


async def test_what_was_put_off_is_handled_when_it_comes_again_and_then_no_more(inbox: Receiving) -> None:
    inbox.answer = failed("x", "builtins.KeyError", "no")
    put_off = await inbox.receive()
    inbox.answer = None
    answers = [await inbox.receive(), await inbox.receive(), await inbox.receive(sender="other@example.com")]

    assert [put_off[:3], *answers] == ["451", *["250 2.0.0 OK"] * 3]
    assert len(inbox.calls) == 3
    # The one that came again is there once, with what came of it last.
    assert [(one.state, one.message_id) for one in await inbox.log()] == [("handled", "<1@example.com>")] * 2


@pytest.mark.parametrize(
    ("kind", "message", "answer"),
    [
        ("anvil.email.DeliveryFailure", "550: Gone\r\n250 OK", "550 5.7.1 Gone 250 OK"),
        ("DeliveryFailure", "Grüße", "554 5.7.1 Gr??e"),
        ("anvil.email.DeliveryFailure", "250: taken", "554 5.7.1 250: taken"),
        ("anvil.email.DeliveryFailure", "x" * 5000, "554 5.7.1 " + "x" * 300),
        ("anvil.server.TimeoutError", "Server code took too long", "451 4.3.0 The app could not handle the message."),
        ("anvil.server.QuotaExceededError", "used up", "451 4.3.0 The app could not handle the message."),
    ],
)
async def test_e_15_an_answer_is_one_line_with_a_code_that_refuses(
    inbox: Receiving, kind: str, message: str, answer: str
) -> None:
    inbox.answer = failed("x", kind, message)

    assert await inbox.receive() == answer


async def test_too_much_mail_is_put_off_and_its_code_does_not_hear_of_it(inbox: Receiving) -> None:
    for _ in range(OF_SENDER.most):
        await inbox.limiter.take(OF_SENDER, f"{inbox.widget.id} ada@example.com")
    of_one = await inbox.receive(sender="Ada@example.com")
    other = await inbox.receive(sender="other@example.com")
    for _ in range(OF_WIDGET.most):
        await inbox.limiter.give_back(OF_SENDER, f"{inbox.widget.id} ada@example.com")
    for _ in range(OF_WIDGET.most - 2):
        await inbox.limiter.take(OF_WIDGET, inbox.widget.id)
    last, over = [await inbox.receive(sender=f"{name}@example.com") for name in ("c", "d")]

    assert [one[:9] for one in (of_one, other, last, over)] == ["451 4.7.1", "250 2.0.0", "250 2.0.0", "451 4.7.1"]
    assert len(inbox.calls) == 2


async def test_an_account_without_storage_gets_no_mail(inbox: Receiving, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise OverQuotaError

    monkeypatch.setattr(quotas, "require_storage", full)

    assert (await inbox.receive())[:9] == "452 4.2.2"
    assert inbox.calls == []


async def test_a_database_that_is_away_puts_mail_off(inbox: Receiving, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise UnavailableError

    monkeypatch.setattr(inbox, "find", away)
    assert (await inbox.receive())[:9] == "451 4.3.0"
    monkeypatch.undo()
    # Its code has run: mail that can't be kept is taken all the same.
    monkeypatch.setattr(letters, "keep_received", away)
    assert await inbox.receive() == "250 2.0.0 OK"


async def test_who_is_not_on_the_list_is_told_and_code_private_widgets_are_nobodys(inbox: Receiving) -> None:
    slug, owner = inbox.widget.slug, inbox.account.id
    listed = MailRoute(accepts="listed", senders=("@example.com",))
    await mail_routes.choose(inbox.store, slug, owner, listed, None, lambda *_: b"")
    taken, refused = await inbox.receive(), await inbox.receive(sender="eve@evil.example")
    await mail_routes.choose(inbox.store, slug, owner, MailRoute(accepts="none"), None, lambda *_: b"")

    assert (taken[:3], refused[:9]) == ("250", "550 5.7.1")
    with pytest.raises(NotTakenError, match="No app registered"):
        await inbox.reception().find(inbox.address, "ada@example.com")


async def test_mail_may_have_another_domain_than_pages(inbox: Receiving) -> None:
    reception = inbox.reception(mail_domain="mail.example")

    assert await reception.find(f"a@{inbox.widget.slug.upper()}.Mail.Example.", "") is not None
    with pytest.raises(NotTakenError):
        await reception.find(inbox.address, "")


@pytest.mark.parametrize("local", ["", "a b", "a\0b", "<a", "a@b", '"a"', "x" * 65, "a\r\nb"])
async def test_what_is_no_address_is_nobodys(inbox: Receiving, local: str) -> None:
    with pytest.raises(NotTakenError) as caught:
        await inbox.reception().find(f"{local}@{inbox.widget.slug}.localhost", "")
    assert "\n" not in str(caught.value)


async def test_mail_that_came_in_drives_out_none_that_was_sent(
    inbox: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MAX_KEPT", 2)
    owner = await letters.owner_of(inbox.store, inbox.widget.id)
    await letters.put(
        inbox.store, owner, letters.NewLetter("<1@x>", "me", ["a@b"], "Sent", b"x"), counts=False, most_a_month=0
    )
    for number in range(4):
        await inbox.receive(RAW.replace(b"Hi", str(number).encode()))

    assert [one.subject for one in await inbox.log()] == ["3", "2", "Sent"]


async def test_nul_and_line_breaks_in_headers_are_kept_by_every_database(inbox: Receiving) -> None:
    raw = (
        b"From: \0a\x01<a@b.example>\r\nSubject: =?utf-8?q?a=00=0D=0Ab?=\r\nMessage-ID: \0" + b"x" * 300 + b"\r\n\r\n\0"
    )

    assert await inbox.receive(raw) == "250 2.0.0 OK"
    [logged] = await inbox.log()
    assert (logged.subject, len(logged.message_id)) == ("a b", 200)
    assert logged.sender.isprintable()
