"""Accounts over the API and in browsers: passwords, tokens, sign-ins, limits, the first account."""

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis.asyncio
from pydantic import SecretStr
from quart import Quart
from tests.services.api.conftest import SITE, Caller, browser_of

from widget_site.accounts import cookies
from widget_site.accounts.accounts import Accounts
from widget_site.accounts.passwords import check_password
from widget_site.accounts.rates import Rate, RateLimiter, caller
from widget_site.app import create_app
from widget_site.errors import FormError, NotFoundError, TooManyError, WrongPasswordError
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts
from widget_wire import keys

PASSWORD = "a sentence that is long"
NINA = {"username": "nina", "email": "nina@example.com", "password": PASSWORD}


async def test_somebody_signs_up_gets_a_token_uses_it_and_revokes_it(anybody: Caller) -> None:
    made = await anybody("POST", "/accounts", NINA)
    token = await anybody("POST", "/tokens", {"username": "NINA", "password": PASSWORD, "name": "laptop"})
    nina = Caller(anybody.app, {"Authorization": f"Bearer {token.json['token']}"})
    me = await nina("GET", "/me")
    listed = await nina("GET", "/tokens")
    revoked = await nina("DELETE", f"/tokens/{token.json['id']}")

    assert (made.status, made.json) == (201, {"username": "nina"})
    assert token.status == 201
    assert len(token.json["token"]) >= 43
    assert (me.json["username"], me.json["email"], me.json["is_admin"]) == ("nina", "nina@example.com", False)
    assert [item["name"] for item in listed.json["items"]] == ["laptop"]
    assert token.json["token"] not in str(listed.json)
    assert revoked.status == 204
    assert (await nina("GET", "/me")).status == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "x"),
        ("username", "x" * 41),
        ("username", "../etc"),
        ("username", "a b"),
        ("username", "a\0b"),
        ("username", "<script>"),
        ("username", "\u0430dmin"),
        ("username", "www"),
        ("email", "nina"),
        ("email", "nina@"),
        ("email", "nina@example.com\r\nBcc: all@example.com"),
        ("email", "a" * 65 + "@example.com"),
        ("password", "short"),
        ("password", "x" * 257),
        ("password", "password"),
        ("password", "Password123!"),
        ("password", "12345678"),
        ("password", "qwertyuiop"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "abcabcabcabc"),
        ("password", "iloveyou2024"),
    ],
)
async def test_what_can_not_be_an_account_is_refused_with_its_field(anybody: Caller, field: str, value: str) -> None:
    answer = await anybody("POST", "/accounts", {**NINA, field: value})

    assert answer.status == 400
    assert answer.json["error"]["code"] == "bad_field"
    assert answer.json["error"]["field"] == field


@pytest.mark.parametrize(
    "password", ["correct horse", "ünïcödé pass ☃", "x1-y2-z3-", "hunter2hunter2x", "p" * 40 + "q" * 200, "        a"]
)
def test_any_long_enough_password_that_is_not_common_is_taken(password: str) -> None:
    check_password(password, "nina", "nina")
    assert 8 <= len(password) <= 256


def test_a_password_must_not_be_the_persons_own_name() -> None:
    with pytest.raises(FormError):
        check_password("ninamaria1", "ninamaria")


async def test_a_name_is_taken_once(anybody: Caller) -> None:
    await anybody("POST", "/accounts", NINA)

    assert (await anybody("POST", "/accounts", {**NINA, "username": "Nina"})).status == 409


async def test_64_from_one_address_it_is_not_told_often_what_is_taken(
    anybody: Caller, site: SiteParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.accounts, "_taken", Rate("sign-up-taken", 3, 3600.0))
    await anybody("POST", "/accounts", NINA)

    for number in range(3):
        await anybody("POST", "/accounts", {**NINA, "username": f"free{number}", "email": f"free{number}@example.com"})
    by_address = [await anybody("POST", "/accounts", {**NINA, "username": f"other{number}"}) for number in range(2)]
    by_name = await anybody("POST", "/accounts", {**NINA, "email": "else@example.com"})
    over = [
        await anybody("POST", "/accounts", {**NINA, "username": "other9"}),
        await anybody("POST", "/accounts", {**NINA, "username": "other10", "email": "free10@example.com"}),
    ]

    assert [answer.status for answer in (*by_address, by_name)] == [409] * 3
    # Which of the two is taken is not told, and when there were too many tries, nothing is.
    assert len({answer.json["error"]["message"] for answer in (*by_address, by_name)}) == 1
    assert [answer.status for answer in over] == [429] * 2


async def test_nobody_signs_up_where_that_is_closed(settings: SiteSettings, site: SiteParts) -> None:
    closed = settings.model_copy(update={"sign_up": "closed"})
    app = create_app(closed)
    async with app.test_app():
        answer = await Caller(app)("POST", "/accounts", NINA)

    assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({}, True),
        ({"site_url": "https://example.com"}, False),
        ({"site_url": "https://example.com", "sign_up": "open"}, True),
    ],
)
def test_sign_up_is_open_by_default_on_this_machine_only(changes: dict[str, str], is_open: bool) -> None:
    assert SiteSettings(**changes).is_sign_up_open is is_open  # type: ignore[arg-type]


async def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_as_quickly(
    anybody: Caller, site: SiteParts
) -> None:
    await anybody("POST", "/accounts", NINA)
    took: dict[str, list[float]] = {"nina": [], "nobody": []}
    answers = []
    for _ in range(3):
        for name, times in took.items():
            start = time.perf_counter()
            answers.append(
                await anybody("POST", "/tokens", {"username": name, "password": "wrong password", "name": "x"})
            )
            times.append(time.perf_counter() - start)

    assert {answer.status for answer in answers} == {401}
    assert len({str(answer.json) for answer in answers}) == 1
    # Not how long, but that neither path skips the hash: it costs far more than everything else.
    assert min(took["nobody"]) > min(took["nina"]) / 4


async def test_guessing_a_password_is_stopped_also_when_all_guesses_come_at_once(
    anybody: Caller, settings: SiteSettings
) -> None:
    await anybody("POST", "/accounts", NINA)
    guess = {"username": "nina", "password": "wrong password", "name": "x"}

    answers = await asyncio.gather(*(anybody("POST", "/tokens", guess) for _ in range(25)))
    right = await anybody("POST", "/tokens", {**guess, "password": PASSWORD})

    statuses = [answer.status for answer in answers]
    assert statuses.count(401) == settings.rate_sign_in_failures
    assert statuses.count(429) == 25 - settings.rate_sign_in_failures
    assert right.status == 429
    assert 0 < int(right.headers["Retry-After"]) <= 900


async def test_guesses_count_for_the_account_however_its_name_is_written(
    anybody: Caller, settings: SiteSettings
) -> None:
    names = ("nina", "NINA", "nina@example.com", "nina\0", "\0nina", "n\0ina")
    await anybody("POST", "/accounts", NINA)
    guess = {"password": "wrong password", "name": "x"}

    answers = [
        await anybody("POST", "/tokens", {**guess, "username": names[number % len(names)]})
        for number in range(settings.rate_sign_in_failures + 2)
    ]

    assert [answer.status for answer in answers[-3:]] == [401, 429, 429]


async def test_guesses_from_one_ipv6_network_count_together(
    site: SiteParts, anybody: Caller, settings: SiteSettings
) -> None:
    await anybody("POST", "/accounts", NINA)

    for number in range(settings.rate_sign_in_failures):
        with pytest.raises(WrongPasswordError):
            await site.accounts.check("nina", "wrong password", f"2001:db8:0:1::{number:x}")

    with pytest.raises(TooManyError):
        await site.accounts.check("nina", "wrong password", "2001:db8:0:1:ffff::1")
    assert (await site.accounts.check("nina", PASSWORD, "2001:db8:0:2::1")).username == "nina"


@pytest.mark.usefixtures("app")
async def test_accounts_made_from_one_ipv6_network_count_together(site: SiteParts, settings: SiteSettings) -> None:
    signing_up = Accounts(settings.model_copy(update={"rate_sign_ups_per_hour": 1}), site.store, site.limiter)
    await signing_up.sign_up("nina", "nina@example.com", PASSWORD, "2001:db8:0:1::1")

    with pytest.raises(TooManyError):
        await signing_up.sign_up("mina", "mina@example.com", PASSWORD, "2001:db8:0:1:ffff::2")

    assert (await signing_up.sign_up("tina", "tina@example.com", PASSWORD, "2001:db8:0:2::1")).username == "tina"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("<local>", "<local>"),
    ],
)
def test_a_limit_by_address_counts_whom_the_address_is_of(address: str, counted: str) -> None:
    assert caller(address) == counted


async def test_right_passwords_are_not_counted(anybody: Caller, settings: SiteSettings) -> None:
    await anybody("POST", "/accounts", NINA)
    body = {"username": "nina", "password": PASSWORD, "name": "x"}

    statuses = [(await anybody("POST", "/tokens", body)).status for _ in range(settings.rate_sign_in_failures + 2)]

    assert set(statuses) == {201}


async def test_limits_hold_while_redis_is_away(tmp_path: Path) -> None:
    client = redis.asyncio.Redis.from_url(f"unix://{tmp_path}/nothing.sock")
    limiter, rate = RateLimiter(client), Rate("test", 2, 60.0)

    await limiter.take(rate, "somebody")
    await limiter.take(rate, "somebody")
    with pytest.raises(TooManyError):
        await limiter.take(rate, "somebody")
    await limiter.take(rate, "somebody else")

    await client.aclose()


async def test_a_limit_ends_with_its_window_however_often_it_was_met(redis_client: redis.asyncio.Redis) -> None:
    limiter, rate = RateLimiter(redis_client), Rate("test", 2, 60.0)
    for _ in range(2):
        await limiter.take(rate, "somebody")
    [key] = await redis_client.keys(f"{keys.RATE}test:*")
    before_ms = await redis_client.pttl(key)
    await redis_client.pexpire(key, 300)

    with pytest.raises(TooManyError):
        await limiter.take(rate, "somebody")
    left_ms = await redis_client.pttl(key)
    await asyncio.sleep(0.35)
    await limiter.take(rate, "somebody")

    assert 50_000 < before_ms <= 60_000
    assert 0 < left_ms <= 300


async def test_the_api_is_limited_per_caller(settings: SiteSettings, site: SiteParts) -> None:
    strict = settings.model_copy(update={"rate_api_per_minute": 3})

    app = create_app(strict)
    async with app.test_app():
        caller = Caller(app)
        answers = [await caller("GET", "/widgets") for _ in range(5)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


# --- sign-ins of browsers ---


async def test_signing_in_gives_a_new_id_and_ends_the_one_before(site: SiteParts, app: Quart, anybody: Caller) -> None:
    await anybody("POST", "/accounts", NINA)
    first = await site.accounts.sign_in("nina", PASSWORD, "192.0.2.1")

    second = await site.accounts.sign_in("nina", PASSWORD, "192.0.2.1", old_secret=first.secret)

    assert first.secret != second.secret
    assert await site.accounts.session_of(first.secret) is None
    assert await site.accounts.session_of(second.secret) is not None


async def test_an_id_that_somebody_planted_is_never_signed_in(app: Quart, site: SiteParts, anybody: Caller) -> None:
    await anybody("POST", "/accounts", NINA)
    planted = "p" * 43

    signed_in = await site.accounts.sign_in("nina", PASSWORD, "192.0.2.1", old_secret=planted)

    assert signed_in.secret != planted
    victim = Caller(app, {"Cookie": f"__Host-widgetry-session={planted}"})
    assert (await victim("GET", "/me")).status == 401


async def test_signing_out_ends_the_sign_in_at_the_site(app: Quart, site: SiteParts, owner: Caller) -> None:
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)
    before = await browser("GET", "/me")

    await site.accounts.sign_out(browser.headers["Cookie"].partition("=")[2])

    assert (before.status, (await browser("GET", "/me")).status) == (200, 401)


async def test_a_new_password_ends_every_sign_in(app: Quart, site: SiteParts, anybody: Caller) -> None:
    await anybody("POST", "/accounts", NINA)
    here, there = [await site.accounts.sign_in("nina", PASSWORD, "") for _ in range(2)]
    session = await site.accounts.session_of(here.secret)
    assert session is not None

    with pytest.raises(WrongPasswordError):
        await site.accounts.change_password(session, "not this one", "another sentence", "")
    new = await site.accounts.change_password(session, PASSWORD, "another sentence", "")

    assert await site.accounts.session_of(here.secret) is None
    assert await site.accounts.session_of(there.secret) is None
    assert await site.accounts.session_of(new.secret) is not None
    with pytest.raises(WrongPasswordError):
        await site.accounts.check("nina", PASSWORD, "")


@pytest.mark.parametrize(
    ("site_url", "name", "secure"),
    [
        ("http://localhost:8000", "__Host-widgetry-session", True),
        ("http://127.0.0.1:8000", "__Host-widgetry-session", True),
        ("https://example.com", "__Host-widgetry-session", True),
        ("http://example.com", "widgetry-session", False),
    ],
)
async def test_the_cookie_is_as_guarded_as_the_address_allows(site_url: str, name: str, secure: bool) -> None:
    from quart import Response

    settings = SiteSettings(site_url=site_url)
    response = Response("")

    cookies.set_cookie(response, settings, cookies.session_cookie(settings), "secret", 60)

    flags = response.headers["Set-Cookie"]
    assert flags.startswith(f"{name}=secret; ")
    assert ("Secure" in flags) is secure
    assert "HttpOnly" in flags
    assert "SameSite=Lax" in flags
    assert "Path=/" in flags
    assert "Domain" not in flags


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "evil.example",
        "/ok\r\nSet-Cookie: x=y",
        "",
        "/" + "x" * 3000,
        "http:/evil.example",
    ],
)
def test_attack_52_a_sign_in_leads_nowhere_else(target: str) -> None:
    assert cookies.safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/widgets/some-name?x=1#top", "/a/%2F%2Fevil.example"])
def test_a_sign_in_leads_back_to_where_it_began(target: str) -> None:
    assert cookies.safe_next(target) == target


# --- the first account ---


async def test_the_first_link_makes_one_administrator_and_no_more(
    settings: SiteSettings, site: SiteParts, app: Quart
) -> None:
    await accounts.create(site.store, "early", "early@example.com", "x")  # who comes first need not be the operator
    older = await site.accounts.first_link()
    link = await site.accounts.first_link()
    assert older is not None
    assert link is not None
    secret = link.removeprefix(f"{SITE}/welcome/")

    with pytest.raises(FormError):
        await site.accounts.use_first_link(secret, "root", "root@example.com", "password")
    signed_in = await site.accounts.use_first_link(secret, "root", "root@example.com", PASSWORD)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert signed_in.account.is_admin
    assert await site.accounts.session_of(signed_in.secret) is not None
    assert await site.accounts.first_link() is None
    for used in (secret, older.rpartition("/")[2], "nonsense", ""):
        with pytest.raises(NotFoundError):
            await site.accounts.use_first_link(used, "second", "second@example.com", PASSWORD)


async def test_the_command_prints_the_link_only_while_there_is_no_administrator(
    settings: SiteSettings, site: SiteParts, app: Quart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIDGETRY_DATABASE_URL", settings.database_address)
    monkeypatch.setenv("WIDGETRY_REDIS_URL", settings.redis_address)
    monkeypatch.setenv("WIDGETRY_DATA", str(settings.data))
    command = [sys.executable, "-m", "widget_site.accounts", "first-link"]

    before = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    await accounts.create(site.store, "olive", "olive@example.com", "x")
    between = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    await accounts.create(site.store, "root", "root@example.com", "x", is_admin=True)
    after = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)

    assert re.fullmatch(rf"{SITE}/welcome/[\w-]{{43}}\n", before.stdout)
    assert re.fullmatch(rf"{SITE}/welcome/[\w-]{{43}}\n", between.stdout)
    assert after.stdout == ""


def test_secrets_are_read_from_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("redis://:hidden@redis:6379/0\n")
    monkeypatch.delenv("WIDGETRY_REDIS_URL", raising=False)
    monkeypatch.setenv("WIDGETRY_REDIS_URL_FILE", str(tmp_path / "url"))

    settings = SiteSettings()

    assert settings.redis_address == "redis://:hidden@redis:6379/0"
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("SITE_URL", "localhost"), ("SITE_URL", "http://x/path"), ("WIDGET_DOMAIN", "http://x")]
)
def test_a_setting_that_can_not_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"WIDGETRY_{name}", value)

    with pytest.raises(ValueError, match=f"WIDGETRY_{name}"):
        SiteSettings()


def test_every_setting_is_described() -> None:
    described = {name: field.description for name, field in SiteSettings.model_fields.items()}

    assert {name for name, text in described.items() if not text} == set()
    assert SecretStr is SiteSettings.model_fields["redis_url"].annotation
