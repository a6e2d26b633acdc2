"""Codes of authenticator apps as a second factor, on both databases (U-21)."""

import time
from types import SimpleNamespace

import pyotp
import pytest
from tests.services.users.conftest import PASSWORD, Browser, Refused, UsersSite

from widget_site.services.users import totp

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock for codes that stands until a test moves it."""
    clock = SimpleNamespace(at=time.time())
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: clock.at))
    return clock


async def with_factor(site: UsersSite, clock: SimpleNamespace) -> tuple[Browser, pyotp.TOTP]:
    """Return a browser of Ada, who set up an app, and the app."""
    await site.add(ADA)
    browser = site.browser()
    await browser.call("login_with_email", ADA, PASSWORD)
    made = await browser.call("totp.generate_secret", ADA)
    app = pyotp.parse_uri(made["uri"])
    assert isinstance(app, pyotp.TOTP)
    picture = made["qr_code"]
    assert (picture.content_type, picture.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert (app.name, app.issuer) == (ADA, f"{site.widget.slug}.localhost")
    assert await browser.call("totp.validate_code", made["mfa_method"], app.at(int(clock.at)))
    assert not await browser.call("totp.validate_code", made["mfa_method"], "abcdef")
    with pytest.raises(Refused, match="Incorrect password"):
        await browser.call("add_mfa_method", "wrong", made["mfa_method"], False)
    with pytest.raises(Refused, match="no two-factor authentication that this site knows"):
        await browser.call("add_mfa_method", PASSWORD, {"type": "fido"}, False)
    await browser.call("add_mfa_method", PASSWORD, made["mfa_method"], True)
    return browser, app


async def test_u_21_a_code_is_asked_for_after_the_password_and_works_once(
    site: UsersSite, now: SimpleNamespace
) -> None:
    _, app = await with_factor(site, now)
    code = {"type": "totp", "code": app.at(int(now.at))}

    with pytest.raises(Refused, match="Two-factor authentication is required") as refused:
        await site.code.call("login_with_email", ADA, PASSWORD)
    assert refused.value.kind == "anvil.users.MFARequired"
    with pytest.raises(Refused) as refused:
        await site.code.call("login_with_email", ADA, "wrong", mfa=code)
    assert refused.value.kind == "anvil.users.AuthenticationFailed"
    for wrong in ({"type": "totp", "code": "000000"}, {"type": "fido"}, "123456", {"type": "totp", "code": 5}):
        with pytest.raises(Refused, match="Incorrect code entered") as refused:
            await site.code.call("login_with_email", ADA, PASSWORD, mfa=wrong)
        assert refused.value.kind == "anvil.users.MFAException"

    assert (await site.code.call("login_with_email", ADA, PASSWORD, mfa=code))["email"] == ADA
    with pytest.raises(Refused, match="Incorrect code entered"):
        await site.code.call("login_with_email", ADA, PASSWORD, mfa=code)
    now.at += 30
    await site.code.call("login_with_email", ADA, PASSWORD, mfa={"type": "totp", "code": app.at(int(now.at))})
    now.at += 90
    old = app.at(int(now.at) - 60)
    with pytest.raises(Refused, match="Incorrect code entered"):
        await site.code.call("login_with_email", ADA, PASSWORD, mfa={"type": "totp", "code": old})


async def test_u_21_wrong_codes_lock_out_as_wrong_passwords_do(site: UsersSite, now: SimpleNamespace) -> None:
    await site.set(max_password_failures=3)
    await with_factor(site, now)

    # One wrong password was typed while it was set up.
    kinds = []
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            await site.code.call("login_with_email", ADA, PASSWORD, mfa={"type": "totp", "code": "000000"})
        kinds.append(refused.value.kind.rpartition(".")[2])
    assert kinds == ["MFAException", "MFAException", "TooManyPasswordFailures"]


async def test_u_21_where_everybody_needs_one_who_has_none_signs_up_with_it(
    site: UsersSite, now: SimpleNamespace
) -> None:
    await site.set(require_mfa=True, confirm_email=False)
    browser = site.browser()
    await browser.call("signup_with_email", ADA, PASSWORD)
    assert await browser.email() is None
    with pytest.raises(Refused, match="Two-factor authentication is required"):
        await browser.call("login_with_email", ADA, PASSWORD)

    made = await browser.call("totp.generate_secret", "bob@example.com")
    await browser.call("signup_with_email", "bob@example.com", PASSWORD, mfa_method=made["mfa_method"])
    assert await browser.email() == "bob@example.com"
    assert await browser.call("get_available_mfa_types", "bob@example.com", PASSWORD) == ["totp"]
    assert await browser.call("get_enabled_mfa_types") == ["totp"]
    for address in ("bob@example.com", "nobody@example.com", None):
        with pytest.raises(Refused, match="Incorrect email address or password"):
            await browser.call("get_available_mfa_types", address, "wrong")


async def test_u_14_u_21_a_link_alone_logs_nobody_in_who_has_a_second_factor(
    site: UsersSite, now: SimpleNamespace
) -> None:
    await site.set(use_token=True)
    await with_factor(site, now)
    await site.code.call("send_token_login_email", ADA)
    browser = site.browser()

    page = await browser.page((await site.mails())[-1][2], button="")

    assert (page.status, "Log in with your password" in page.text) == (403, True)
    assert await browser.email() is None
