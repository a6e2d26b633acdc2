"""Addresses and passwords by link: one use, one hour, no word about who has an account, every sign-in ends."""

import asyncio
import logging
import re

import pytest
from pydantic import SecretStr
from quart import Quart
from sqlalchemy import text
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor, Shown

from widget_site.app import create_app
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts, outbox
from widget_site.store.values import Account, Message

PASSWORD, NEW = "a sentence that is long", "another sentence, longer"


@pytest.fixture
def settings(settings: SiteSettings) -> SiteSettings:
    """A site that sends mail; nobody here takes it out of the outbox."""
    return settings.model_copy(update={"smtp_url": SecretStr("smtp://localhost:1")})


@pytest.fixture
async def nina(app: Quart, site: SiteParts) -> Account:
    return await site.accounts.sign_up("nina", "nina@example.com", PASSWORD, "127.0.0.1")


async def messages(site: SiteParts) -> tuple[Message, ...]:
    return (await outbox.listed(site.store)).items


async def link(site: SiteParts) -> str:
    """Return the path in the newest message with a link."""
    found = [re.search(r"http://localhost:8000(/\S+)", message.text) for message in await messages(site)]
    return next(match[1] for match in found if match)


async def forgotten(app: Quart, name: str) -> Shown:
    return await PageVisitor(app).send("/forgot", name=name)


async def age(site: SiteParts, seconds: int) -> None:
    async with site.store.database.writing() as db:
        await db.execute(text(f"UPDATE account_link SET expires_at = expires_at - {seconds}"))


async def can_sign_in(app: Quart, password: str) -> bool:
    return (await PageVisitor(app).sign_in("nina", password)).status == 303


@pytest.mark.parametrize("name", ["nina", "NINA", "nina@example.com", " nina "])
async def test_6_4_1_a_link_sets_a_new_password_and_ends_every_sign_in(
    app: Quart, site: SiteParts, nina: Account, name: str
) -> None:
    elsewhere = await browser_of(app, site, nina)
    asked = await forgotten(app, name)
    path = await link(site)

    opened = [(await PageVisitor(app).get(path)).status for _ in range(2)]
    done = await PageVisitor(app).send(path, password=NEW)

    assert (asked.status, opened, done.status, done.location) == (200, [200, 200], 303, "/sign-in?done=password-set")
    assert (await elsewhere("GET", "/me")).status == 401
    assert [await can_sign_in(app, password) for password in (PASSWORD, NEW)] == [False, True]
    assert (await accounts.by_id(site.store, nina.id)).email_verified_at is not None


async def test_64_a_link_works_once_also_when_it_is_used_twice_at_once(
    app: Quart, site: SiteParts, nina: Account
) -> None:
    await forgotten(app, "nina")
    path = await link(site)

    answers = await asyncio.gather(*(PageVisitor(app).send(path, password=f"{NEW} {n}") for n in range(4)))
    later = await PageVisitor(app).get(path)

    assert sorted(answer.status for answer in answers) == [303, 404, 404, 404]
    assert later.status == 404


async def test_64_a_link_works_for_an_hour_and_only_the_newest_does(app: Quart, site: SiteParts, nina: Account) -> None:
    await forgotten(app, "nina")
    first = await link(site)
    await forgotten(app, "nina")
    second = await link(site)
    statuses = [(await PageVisitor(app).get(path)).status for path in (first, second)]
    await age(site, 3601)

    assert first != second
    assert statuses == [404, 200]
    assert (await PageVisitor(app).send(second, "/forgot", password=NEW)).status == 404
    assert await can_sign_in(app, PASSWORD)


async def test_64_nobody_learns_whether_a_name_or_an_address_has_an_account(
    app: Quart, site: SiteParts, nina: Account
) -> None:
    names = ("nina", "nobody", "nina@example.com", "nobody@example.com", "n\0ina", "x" * 5000)
    answers = [await forgotten(app, name) for name in names]

    assert {answer.status for answer in answers} == {200}
    bodies = {re.sub(r"nonce=\S+|value=\S+", "", answer.text) for answer in answers}
    assert len(bodies) == 1
    assert {message.address for message in await messages(site)} == {"nina@example.com"}


async def test_64_asking_is_limited_by_address_and_no_mailbox_is_filled(
    app: Quart, site: SiteParts, nina: Account, settings: SiteSettings
) -> None:
    answers = [await forgotten(app, "nina") for _ in range(settings.rate_resets_per_hour + 2)]

    statuses = [answer.status for answer in answers]
    assert statuses == [200] * settings.rate_resets_per_hour + [429, 429]
    assert len(await messages(site)) == 5


@pytest.mark.parametrize("password", ["short", "password123", "nina1234", "x" * 300])
async def test_a_link_sets_no_password_that_could_not_be_one_and_stays(
    app: Quart, site: SiteParts, nina: Account, password: str
) -> None:
    await forgotten(app, "nina")
    path = await link(site)

    assert (await PageVisitor(app).send(path, password=password)).status == 400
    assert (await PageVisitor(app).send(path, password=NEW)).status == 303


async def test_7_4_3_changing_the_password_ends_other_sign_ins_and_links_and_is_told(
    app: Quart, site: SiteParts, nina: Account
) -> None:
    here, elsewhere = PageVisitor(app), PageVisitor(app)
    await here.sign_in("nina", PASSWORD)
    await elsewhere.sign_in("nina", PASSWORD)
    await forgotten(app, "nina")
    path = await link(site)

    changed = await here.send("/account/password", "/account", current=PASSWORD, password=NEW)

    assert changed.status == 303
    assert [(await one.get("/account")).status for one in (here, elsewhere)] == [200, 401]
    assert (await elsewhere.get(path)).status == 404
    assert "Your password is changed" in (await here.get("/messages")).text


async def test_sign_ins_are_listed_with_what_they_are_made_with_and_ended_one_by_one(
    app: Quart, site: SiteParts, nina: Account, other: Caller
) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here, phone = PageVisitor(app, headers={"User-Agent": firefox}), PageVisitor(app)
    phone.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit Safari/604.1"
    for one in (here, phone):
        await one.sign_in("nina", PASSWORD)
    assert other.account is not None
    stranger = await browser_of(app, site, other.account)

    page = (await here.get("/account")).text
    [ending] = re.findall(r'action="(/account/sessions/[0-9a-f]+/end)"', page)
    await app.test_client().post(ending, headers=stranger.headers)
    still = (await phone.get("/account")).status
    ended = await here.send(ending, "/account")

    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert (still, ended.status, (await phone.get("/account")).status) == (200, 303, 401)
    assert (await here.get("/account")).status == 200


async def test_an_account_keeps_a_bounded_number_of_sign_ins(app: Quart, site: SiteParts, nina: Account) -> None:
    first = await site.accounts.open_session(nina)
    for _ in range(55):
        last = await site.accounts.open_session(nina)

    assert len(await site.accounts.sessions(nina)) == 50
    assert await site.accounts.session_of(first.secret) is None
    assert await site.accounts.session_of(last.secret) is not None


async def test_signing_up_asks_to_confirm_the_address_and_the_link_does(app: Quart, site: SiteParts) -> None:
    eve = PageVisitor(app)
    await eve.send("/sign-up", username="eve", email="eve@example.com", password=PASSWORD)
    path = await link(site)
    before = (await accounts.by_username(site.store, "eve")).email_verified_at
    seen = await PageVisitor(app).get(path)
    still = (await accounts.by_username(site.store, "eve")).email_verified_at

    confirmed = await PageVisitor(app).send(path)

    assert (before, still, "eve@example.com" in seen.text) == (None, None, True)
    assert confirmed.location == "/sign-in?done=address-confirmed"
    assert (await accounts.by_username(site.store, "eve")).email_verified_at is not None
    assert (await PageVisitor(app).get(path)).status == 404


async def test_nothing_is_mailed_to_an_address_that_nobody_confirmed(app: Quart, site: SiteParts) -> None:
    olive = await accounts.create(site.store, "olive", "victim@example.com", "no password")
    confirmed = await accounts.create(site.store, "otto", "otto@example.com", "no password", is_verified=True)
    async with site.store.database.writing() as db:
        for account in (olive, confirmed):
            await outbox.put(db, outbox.Kind.RUN, "It failed", "text", account_id=account.id)

    assert {message.username: message.address for message in await messages(site)} == {
        "olive": "",
        "otto": "otto@example.com",
    }


async def test_7_5_1_a_new_address_needs_the_password_and_counts_once_its_link_is_opened(
    app: Quart, site: SiteParts, nina: Account
) -> None:
    here = PageVisitor(app)
    await here.sign_in("nina", PASSWORD)

    wrong = await here.send("/account/email", "/account", email="new@example.com", email_password="not it at all")
    asked = await here.send("/account/email", "/account", email="new@example.com", email_password=PASSWORD)
    before = (await accounts.by_id(site.store, nina.id)).email
    path = await link(site)
    confirmed = await here.send(path)

    assert (wrong.status, asked.location, before) == (401, "/account?done=link-sent", "nina@example.com")
    assert confirmed.location == "/account?done=address-confirmed"
    assert (await accounts.by_id(site.store, nina.id)).email == "new@example.com"
    told = [message for message in await messages(site) if message.subject == "Your e-mail address is changed"]
    assert [message.address for message in told] == ["nina@example.com"]


async def test_an_address_of_another_account_is_not_taken_over_nor_told_before_its_link_is_opened(
    app: Quart, site: SiteParts, nina: Account, other: Caller
) -> None:
    here = PageVisitor(app)
    await here.sign_in("nina", PASSWORD)

    asked = await here.send("/account/email", "/account", email="OTTO@example.com", email_password=PASSWORD)
    answer = await here.send(await link(site))

    assert (asked.location, answer.status) == ("/account?done=link-sent", 409)
    assert (await accounts.by_id(site.store, nina.id)).email == "nina@example.com"


async def test_where_no_mail_is_sent_an_administrator_passes_the_link_on(
    settings: SiteSettings, app: Quart, site: SiteParts, nina: Account
) -> None:
    silent = create_app(settings.model_copy(update={"smtp_url": None}))
    boss = await accounts.create(site.store, "boss", "boss@example.com", "no password", is_admin=True)
    async with silent.test_app():
        asked = await PageVisitor(silent).send("/forgot", name="nina")
        admin = await browser_of(silent, site, boss)
        outbox_page = await (await silent.test_client().get("/admin/messages", headers=admin.headers)).get_data(True)
        path = re.search(r"http://localhost:8000(/reset/[\w-]+)", str(outbox_page))
        assert path is not None
        done = await PageVisitor(silent).send(path[1], password=NEW)

    assert "administrators" in asked.text
    assert done.status == 303
    # Whoever passed the link on may have read it: the address is as unproven as before.
    assert (await accounts.by_id(site.store, nina.id)).email_verified_at is None


async def test_no_secret_of_an_address_gets_into_the_log(
    app: Quart, site: SiteParts, nina: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(type(site.recovery), "is_reset_link", fail)
    with caplog.at_level(logging.INFO):
        answer = await PageVisitor(app).get("/reset/the-secret-of-the-link")

    assert answer.status == 500
    assert "/reset/…" in caplog.text
    assert "the-secret-of-the-link" not in caplog.text


async def test_a_link_that_went_to_the_old_address_sets_no_password_once_the_address_is_another(
    app: Quart, site: SiteParts, nina: Account
) -> None:
    await forgotten(app, "nina")
    path = await link(site)

    async with site.store.database.writing() as db:
        await accounts.set_email(db, nina.id, "nina@elsewhere.example", None)

    assert (await PageVisitor(app).get(path)).status == 404
