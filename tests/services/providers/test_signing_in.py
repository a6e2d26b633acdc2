"""Signing in with Google, Microsoft and Facebook: there, back, and what code learns of who it is (G-89, U-20)."""

from collections.abc import Awaitable
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from tests.services.gui.page_socket import PageSocket
from tests.services.providers.conftest import FROM_ELSEWHERE, ProvidersSite
from tests.services.providers.mock_providers import SECRET, TENANT, Mock
from tests.services.users.conftest import Refused

from widget_model.kinds import Kind
from widget_model.starters import starter

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = {"sub": "ada-at-google", "email": "ada@example.com", "email_verified": True}


async def test_g_89_a_browser_signs_in_with_google_and_code_learns_who_it_is(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    browser, other = site.visitor(), site.visitor()

    address = await browser.begin("google", next="/cart?x=1")
    before = dict(browser.cookies)
    back = await browser.back(mock.authorize(address))

    assert (back.status, back.header("location")) == (303, "/cart?x=1")
    assert await browser.raw("google.auth.get_user_email") == "ada@example.com"
    assert (await browser.raw("google.auth.get_user_access_token")).startswith("access-")
    refresh_token = await browser.raw("google.auth.get_user_refresh_token")
    assert (await browser.raw("google.auth.refresh_access_token", refresh_token)).startswith("fresh-")
    # Whoever knew the session of before is not in this one, nobody else is signed in, and Redis keeps no token.
    assert browser.cookies != before
    other.cookies = before
    assert await other.raw("google.auth.get_user_email") is None
    assert await site.visitor().raw("google.auth.get_user_email") is None
    client = site.parts.dispatch.link.client
    for key in await client.keys("widgetry:visitor-session:*"):
        kept = await cast(Awaitable[dict[bytes, bytes]], client.hgetall(key))
        assert b"refresh-" not in b"".join(kept.values())


async def test_g_89_a_page_says_so_where_there_is_no_way_on(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA

    for target in ("", "https://evil.example", "//evil.example", "/\\evil.example"):
        answer = await site.visitor().sign_in("google", mock, next=target)
        assert (answer.status, "You are signed in" in answer.text) == (200, True), target


async def test_g_89_who_comes_from_another_site_is_asked_before_and_nothing_begins(site: ProvidersSite) -> None:
    browser = site.visitor()

    answer = await browser.go("/_/sign-in/google?next=/x%22%3E&scope=a", **FROM_ELSEWHERE)

    assert (answer.status, browser.cookies) == (200, {})
    assert '/_/sign-in/google?next=%2Fx%22%3E&amp;scope=a"' in answer.text


async def test_g_89_forged_used_and_strange_answers_sign_nobody_in(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    browser, attacker = site.visitor(), site.visitor()
    good = mock.authorize(await browser.begin("google"))
    code = parse_qs(urlsplit(good).query)["code"][0]
    foreign = mock.authorize(await attacker.begin("google"))

    for path in (
        f"/_/sign-in/google/callback?code={code}&state=forged",
        f"/_/sign-in/google/callback?code={code}",
        # What another browser began, so that this one would be somebody else ...
        foreign,
        # ... or at another provider.
        mock.authorize(await browser.begin("google")).replace("google", "microsoft", 1),
    ):
        answer = await browser.back(path)
        assert (answer.status, "did not work" in answer.text) == (400, True), path
    assert await browser.raw("google.auth.get_user_email") is None

    assert (await browser.back(good)).status == 200
    replayed = await browser.back(good)
    assert (replayed.status, "already" in replayed.text) == (400, True)


async def test_g_89_who_declines_is_told_and_not_signed_in(site: ProvidersSite, mock: Mock) -> None:
    browser = site.visitor()
    state = parse_qs(urlsplit(await browser.begin("google", next="/x")).query)["state"][0]

    answer = await browser.back(f"/_/sign-in/google/callback?error=access_denied&state={state}")

    assert (answer.status, "you did not sign in" in answer.text, 'href="/x"' in answer.text) == (200, True, True)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another-app"},
        {"iss": "https://accounts.evil.example"},
        {"exp": 1},
        {"sub": None},
    ],
)
async def test_g_89_a_token_that_is_not_for_this_sign_in_is_refused(
    site: ProvidersSite, mock: Mock, claims: dict[str, object]
) -> None:
    mock.person, mock.claims = ADA, claims

    browser = site.visitor()

    assert (await browser.sign_in("google", mock)).status == 403
    assert await browser.raw("google.auth.get_user_email") is None


async def test_g_89_a_token_that_another_key_signed_is_refused(site: ProvidersSite, mock: Mock) -> None:
    mock.person, mock.signing_key = ADA, RSAKey.generate_key(2048, {"kid": "one"})

    assert (await site.visitor().sign_in("google", mock)).status == 403


async def test_g_89_a_wrong_secret_signs_nobody_in(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    await site.give("google", client_secret="another")

    assert (await site.visitor().sign_in("google", mock)).status == 403


@pytest.mark.parametrize("keys", [{}, {"keys": 5}, {"keys": [{"kty": "nothing"}]}])
async def test_g_89_who_can_not_be_sent_on_is_told(site: ProvidersSite, mock: Mock, keys: dict[str, object]) -> None:
    await site.give("microsoft", tenant="no-such-tenant.example")
    start = "/microsoft/no-such-tenant.example/v2.0"
    mock.apis[start] = lambda _: (400, {"error": "invalid_tenant"})

    refused = await site.visitor().go("/_/sign-in/microsoft")
    about = {name: f"{mock.url}/x" for name in ("authorization_endpoint", "token_endpoint")}
    issuer = {"issuer": f"{mock.url}{start}", "jwks_uri": f"{mock.url}/strange"}
    mock.apis[start], mock.apis["/strange"] = lambda _: (200, {**about, **issuer}), lambda _: (200, keys)
    strange = await site.visitor().go("/_/sign-in/microsoft")

    assert (refused.status, "Signing in did not work" in refused.text) == (403, True)
    assert (strange.status, "Signing in did not work" in strange.text) == (503, True)


async def test_g_89_what_was_begun_on_one_widget_is_nothing_on_another(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    other = ProvidersSite(site.served, await site.served.make("from anvil.server import route\n"))
    browser, there = site.visitor(), other.visitor()

    path = mock.authorize(await browser.begin("google"))
    without = await there.back(path)
    await other.give("google", client_id="google-app", client_secret=SECRET)
    there.cookies = dict(browser.cookies)

    assert without.status == 404
    assert (await there.back(path)).status == 400
    # Its cookies are nothing there either.
    await site.visitor().sign_in("google", mock)
    assert await there.raw("google.auth.get_user_email") is None


async def test_g_89_microsoft_is_believed_of_the_organisation_that_the_owner_named(
    site: ProvidersSite, mock: Mock
) -> None:
    mock.person = {"sub": "x", "oid": "ada-at-microsoft", "tid": TENANT, "email": "boss@example.com"}

    for given, vouched in ((None, None), (True, "boss@example.com"), (False, None)):
        mock.claims = {} if given is None else {"xms_edov": given}
        browser = site.visitor()
        assert (await browser.sign_in("microsoft", mock)).status == 200
        assert await browser.raw("microsoft.auth.get_user_email") == vouched
        assert await browser.raw("microsoft.auth.get_user_id") == "ada-at-microsoft"

    mock.claims = {}
    await site.give("microsoft", tenant=TENANT)
    browser = site.visitor()
    await browser.sign_in("microsoft", mock)
    assert await browser.raw("microsoft.auth.get_user_email") == "boss@example.com"
    # Not by somebody of another one.
    mock.claims = {"iss": f"{mock.url}/microsoft/99999999-2222-3333-4444-555555555555/v2.0"}
    assert (await site.visitor().sign_in("microsoft", mock)).status == 403


async def test_g_89_facebook_says_who_it_is(site: ProvidersSite, mock: Mock) -> None:
    mock.person = {"id": "77", "email": "ada@example.com"}
    browser = site.visitor()

    await browser.sign_in("facebook", mock)

    assert await browser.raw("facebook.auth.get_user_email") == "ada@example.com"
    assert await browser.raw("facebook.auth.get_user_id") == "77"
    assert (await browser.raw("facebook.auth.get_user_access_token")).startswith("access-")


async def test_g_89_clients_learn_who_they_are_and_get_no_tokens(site: ProvidersSite) -> None:
    assert await site.client_code.raw("google.auth.get_user_email") is None
    for name in ("google.auth.get_user_access_token", "microsoft.auth.get_user_refresh_token"):
        with pytest.raises(Refused) as caught:
            await site.client_code.raw(name)
        assert caught.value.kind == "anvil.server.PermissionDenied"


async def test_g_89_the_page_of_a_gui_learns_who_signed_in_and_gets_no_token(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    gui = ProvidersSite(site.served, await site.served.make(starter(Kind.GUI), kind="gui"))
    await gui.give("google", client_id="google-app", client_secret=SECRET)
    browser = gui.visitor()

    assert (await browser.sign_in("google", mock, next="/")).header("location") == "/"
    cookies = [("Cookie", "; ".join(f"{name}={value}" for name, value in browser.cookies.items()))]
    page = await PageSocket.open(gui.served.port, gui.served.at(gui.widget).host, headers=cookies)
    stranger = await PageSocket.open(gui.served.port, gui.served.at(gui.widget).host)

    assert (await page.call("anvil.private.google.auth.get_user_email"))["response"] == "ada@example.com"
    assert (await stranger.call("anvil.private.google.auth.get_user_email"))["response"] is None
    refused = await page.call("anvil.private.google.auth.get_user_access_token")
    page.close()
    stranger.close()
    assert refused["error"]["type"] == "anvil.server.PermissionDenied"


async def test_g_89_without_credentials_the_service_is_not_added(site: ProvidersSite) -> None:
    bare = ProvidersSite(site.served, await site.served.make("from anvil.server import route\n"))
    await bare.set(use_google=True)

    for name in (
        "google.auth.get_user_email",
        "microsoft.auth.get_user_email",
        "facebook.auth.get_user_id",
        "users.login_with_google",
    ):
        with pytest.raises(Refused) as caught:
            await bare.code.raw(name)
        assert caught.value.kind == "anvil.server.ServiceNotAdded"
    assert (await bare.visitor().go("/_/sign-in/google")).status == 404


async def test_u_20_people_sign_up_and_log_in_as_who_they_are_at_google(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    browser = site.visitor()
    with pytest.raises(Refused, match="Nobody has signed in with Google"):
        await browser.call("login_with_google")
    await browser.sign_in("google", mock)

    assert await browser.call("login_with_google") is None
    made = await browser.call("signup_with_google", remember=True)
    assert (made["email"], made["confirmed_email"], await browser.email()) == (
        "ada@example.com",
        True,
        "ada@example.com",
    )
    # Who is logged in goes on being signed in; logging out forgets both.
    assert await browser.raw("google.auth.get_user_email") == "ada@example.com"
    with pytest.raises(Refused) as caught:
        await browser.call("signup_with_google")
    assert caught.value.kind == "anvil.users.UserExists"
    await browser.call("logout")
    assert (await browser.email(), await browser.raw("google.auth.get_user_email")) == (None, None)

    await browser.sign_in("google", mock)
    assert (await browser.call("login_with_google"))["email"] == "ada@example.com"
    await site.change("ada@example.com", enabled=False)
    with pytest.raises(Refused) as caught:
        await browser.call("login_with_google")
    assert caught.value.kind == "anvil.users.AccountIsNotEnabled"


async def test_u_20_who_signed_up_with_anothers_address_is_out_when_its_owner_comes(
    site: ProvidersSite, mock: Mock
) -> None:
    mock.person = ADA
    await site.set(use_google=True, confirm_email=False)
    await site.add("ada@example.com", confirmed_email=False)
    thief, browser = site.visitor(), site.visitor()
    await thief.call("login_with_email", "ada@example.com", "correct horse battery")
    assert await thief.email() == "ada@example.com"

    await browser.sign_in("google", mock)
    await browser.call("login_with_google")

    assert (await browser.email(), await thief.email()) == ("ada@example.com", None)
    with pytest.raises(Refused):
        await thief.call("login_with_email", "ada@example.com", "correct horse battery")


async def test_u_20_an_address_that_nobody_vouches_for_logs_nobody_in(site: ProvidersSite, mock: Mock) -> None:
    await site.add("ada@example.com")
    mock.person = {**ADA, "email_verified": False}
    browser = site.visitor()
    await browser.sign_in("google", mock)
    mock.person = {"sub": "x", "tid": TENANT, "email": "ada@example.com"}
    await browser.sign_in("microsoft", mock)

    for name in ("login_with_google", "login_with_microsoft"):
        with pytest.raises(Refused, match="vouches for"):
            await browser.call(name)


async def test_u_20_a_second_factor_and_switches_hold_for_providers_too(site: ProvidersSite, mock: Mock) -> None:
    mock.person = ADA
    await site.add("ada@example.com")
    browser = site.visitor()
    await browser.sign_in("google", mock)

    await site.set(use_google=True, require_mfa=True)
    with pytest.raises(Refused) as caught:
        await browser.call("login_with_google")
    assert caught.value.kind == "anvil.users.MFARequired"
    await site.set()
    with pytest.raises(Refused, match="Google login is not enabled"):
        await browser.call("login_with_google")
    config = await site.client_code.raw("get_client_config", "/runtime/services/anvil/users.yml")
    assert (config["use_google"], config["use_saml"]) == (False, False)
