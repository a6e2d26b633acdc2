"""Signing in with a provider: a real one on loopback, and everything that must not work."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError
from quart import Quart
from sqlalchemy import text
from tests.services.api.conftest import SITE
from tests.services.api.oidc_provider import CLIENT, SECRET, Provider, provider
from tests.services.api.page_visitor import PageVisitor, Shown

from widget_site import openid
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts, closing

NINA = {"sub": "12345", "email": "nina@example.com", "email_verified": True, "preferred_username": "nina"}


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider(f"{SITE}/sign-in/oidc/callback") as made:
        made.person = dict(NINA)
        yield made


@pytest.fixture
def settings(settings: SiteSettings, there: Provider) -> SiteSettings:
    configured = {"oidc_issuer": there.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    return settings.model_copy(update={**configured, "oidc_name": "Acme", "sign_up": "closed"})


async def sign_in(app: Quart, there: Provider, target: str = "/account") -> tuple[PageVisitor, Shown]:
    browser = PageVisitor(app)
    begun = await browser.get(f"/sign-in/oidc?next={target}")
    return browser, await browser.get(there.authorize(begun.location))


async def me(browser: PageVisitor) -> str:
    return (await browser.get("/account")).text


async def test_who_comes_for_the_first_time_gets_an_account_and_then_always_the_same(
    app: Quart, site: SiteParts, there: Provider
) -> None:
    shown = await PageVisitor(app).get("/sign-in?next=/account")
    browser, back = await sign_in(app, there)
    first = await accounts.by_username(site.store, "nina")
    there.person |= {"email": "changed@example.com", "preferred_username": "other"}
    again, _ = await sign_in(app, there)

    assert "Sign in with Acme" in shown.text
    assert (back.status, back.location) == (303, "/account")
    assert first.email_verified_at is not None
    assert "@nina" in await me(browser)
    assert "@nina" in await me(again)
    assert await accounts.count(site.store) == 1
    assert not any(name.endswith("-oidc") for name in browser.cookies)
    assert (await PageVisitor(app).sign_in("nina", "")).status == 401


async def test_an_account_is_joined_only_if_its_address_was_confirmed_here_too(
    app: Quart, site: SiteParts, there: Provider
) -> None:
    prepared = await accounts.create(site.store, "evil", "NINA@example.com", "no password")
    _, refused = await sign_in(app, there)
    async with site.store.database.writing() as db:
        await db.execute(text("UPDATE account SET email_verified_at = 1.0"))
    joined, back = await sign_in(app, there)

    assert (refused.status, "was not confirmed here" in refused.text) == (403, True)
    assert back.status == 303
    assert f"@{prepared.username}" in await me(joined)


@pytest.mark.parametrize(
    "changes",
    [{"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}, {"email": "x"}, {"email": None}],
)
async def test_an_address_that_the_provider_does_not_confirm_makes_no_account(
    app: Quart, site: SiteParts, there: Provider, changes: dict[str, Any]
) -> None:
    there.person |= changes

    _, back = await sign_in(app, there)

    assert back.status == 403
    assert await accounts.count(site.store) == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"nonce": "another sign-in's"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
    ],
)
async def test_9_2_a_token_that_is_not_for_this_sign_in_is_refused(
    app: Quart, site: SiteParts, there: Provider, claims: dict[str, Any]
) -> None:
    there.claims = claims

    _, back = await sign_in(app, there)

    assert back.status == 403
    assert await accounts.count(site.store) == 0


async def test_9_1_a_token_that_another_key_signed_is_refused(app: Quart, site: SiteParts, there: Provider) -> None:
    there.signing_key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})

    _, back = await sign_in(app, there)

    assert back.status == 403
    assert await accounts.count(site.store) == 0


async def test_47_an_answer_that_another_browser_brings_signs_nobody_in(app: Quart, there: Provider) -> None:
    victim, attacker = PageVisitor(app), PageVisitor(app)
    begun = await attacker.get("/sign-in/oidc")
    await victim.get("/sign-in/oidc")
    brought = there.authorize(begun.location)

    without_cookie, other_cookie = await PageVisitor(app).get(brought), await victim.get(brought)

    assert (without_cookie.status, other_cookie.status) == (403, 403)
    assert (await victim.get("/account")).status == 401


async def test_a_code_works_once_also_when_it_is_used_twice_at_once(app: Quart, there: Provider) -> None:
    browser = PageVisitor(app)
    brought = there.authorize((await browser.get("/sign-in/oidc")).location)
    twins = [PageVisitor(app, dict(browser.cookies)) for _ in range(3)]

    answers = await asyncio.gather(*(twin.get(brought) for twin in twins))

    assert sorted(answer.status for answer in answers) == [303, 403, 403]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_52_signing_in_leads_to_this_site_only(app: Quart, there: Provider, target: str) -> None:
    _, back = await sign_in(app, there, target)

    assert (back.status, back.location) == (303, "/")


@pytest.mark.parametrize("name", ["www", "ни на", "a", "<script>", "x" * 500, ""])
async def test_a_name_that_can_not_be_one_becomes_one(app: Quart, site: SiteParts, there: Provider, name: str) -> None:
    there.person["preferred_username"] = name

    browser, back = await sign_in(app, there)

    assert back.status == 303
    assert (await browser.get("/account")).status == 200


async def test_a_disabled_account_does_not_come_in_this_way_either(
    app: Quart, site: SiteParts, there: Provider
) -> None:
    await sign_in(app, there)
    async with site.store.database.writing() as db:
        await db.execute(text("UPDATE account SET disabled_at = 1.0"))

    _, back = await sign_in(app, there)

    assert (back.status, "disabled" in back.text) == (403, True)


async def test_a_provider_that_is_away_or_another_one_is_told(app: Quart, site: SiteParts, there: Provider) -> None:
    issuer, there.issuer = there.issuer, "https://another.example"
    another = await PageVisitor(app).get("/sign-in/oidc")
    there.issuer = issuer

    assert another.status == 503
    assert (await PageVisitor(app).get("/sign-in/oidc")).status == 302


def test_a_provider_is_reached_by_https_or_on_this_machine() -> None:
    with pytest.raises(ValidationError, match="WIDGETRY_OIDC_ISSUER"):
        SiteSettings(oidc_issuer="http://login.example.com")


async def test_no_password_fits_an_account_that_has_none(app: Quart, site: SiteParts, there: Provider) -> None:
    await sign_in(app, there)
    site.accounts.passwords._nobodys = await site.accounts.passwords.hash("of nobody at all")  # known to whoever asks

    assert (await PageVisitor(app).sign_in("nina", "of nobody at all")).status == 401


async def test_bad_tokens_make_the_site_read_the_providers_keys_once_in_a_while_only(
    app: Quart, there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.signing_key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    refused = [(await sign_in(app, there))[1].status for _ in range(4)]
    read_for_bad_tokens = there.key_reads

    # A provider may change its keys: after that while the new ones are read.
    there.key = there.signing_key
    monkeypatch.setattr(openid, "_AT_LEAST_S", 0.0)
    _, first = await sign_in(app, there)
    _, then = await sign_in(app, there)

    assert refused == [403] * 4
    assert read_for_bad_tokens == 1
    assert [first.status, then.status] == [403, 303]
    assert there.key_reads == 2


async def _grows_old(site: SiteParts) -> None:
    async with site.store.database.writing() as db:
        await db.execute(text("UPDATE web_session SET created_at = created_at - 600"))


async def test_who_has_no_password_deletes_the_account_after_signing_in_with_the_provider_again(
    app: Quart, site: SiteParts, there: Provider
) -> None:
    browser, _ = await sign_in(app, there)
    nina = await accounts.by_username(site.store, "nina")
    await _grows_old(site)

    page = await browser.get("/account/delete")
    stale = await browser.send("/account/delete", "/account")
    begun = await browser.get("/sign-in/oidc?anew=1&next=/account/delete")
    back = await browser.get(there.authorize(begun.location))
    fresh = await browser.get("/account/delete")
    deleted = await browser.send("/account/delete")

    assert 'href="/sign-in/oidc?anew=1&amp;next=/account/delete"' in page.text
    assert 'name="password"' not in page.text + fresh.text
    assert (stale.status, "sign in again" in stale.text) == (401, True)
    assert parse_qs(urlsplit(begun.location).query)["prompt"] == ["login"]
    assert back.location == "/account/delete"
    assert (deleted.status, deleted.location) == (303, "/?done=account-deleted")
    assert await closing.count_widgets(site.store, nina.id) == 0
    assert await accounts.count(site.store) == 0


async def test_who_has_no_password_changes_the_address_after_signing_in_with_the_provider_again(
    app: Quart, site: SiteParts, there: Provider
) -> None:
    browser, _ = await sign_in(app, there)
    await _grows_old(site)
    stale = await browser.send("/account/email", "/account", email="new@example.com")
    unchanged = await accounts.by_username(site.store, "nina")

    await browser.get(there.authorize((await browser.get("/sign-in/oidc?anew=1&next=/account")).location))
    changed = await browser.send("/account/email", "/account", email="new@example.com")

    assert (stale.status, unchanged.email) == (401, "nina@example.com")
    assert (changed.status, changed.location) == (303, "/account?done=address-changed")
    assert (await accounts.by_username(site.store, "nina")).email == "new@example.com"


async def test_a_new_sign_in_stands_for_no_password_of_who_has_one(app: Quart, site: SiteParts) -> None:
    hashed = await site.accounts.passwords.hash("a good password")
    await accounts.create(site.store, "olive", "olive@example.com", hashed)
    browser = PageVisitor(app)
    await browser.sign_in("olive", "a good password")

    assert (await browser.send("/account/delete")).status == 400
    assert (await browser.send("/account/email", "/account", email="new@example.com")).status == 401
    assert await accounts.count(site.store) == 1
