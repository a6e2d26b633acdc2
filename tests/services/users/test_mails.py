"""Mails of the Users service and the pages that they lead to, on both databases (U-12 to U-14, U-21, U-23)."""

from types import SimpleNamespace

import pytest
from tests.services.users.conftest import PASSWORD, Refused, UsersSite

from widget_model.users_settings import MAILS, MailText
from widget_site.errors import FormError
from widget_site.services.users import links

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "ada@example.com"


async def test_u_12_the_link_of_the_mail_confirms_by_its_button_and_once(site: UsersSite) -> None:
    address = "ada+tag/x@example.com"
    await site.code.call("signup_with_email", address, PASSWORD)
    [(recipient, subject, link)] = await site.mails()
    assert (recipient, subject) == (address, "Confirm your e-mail address")
    assert link.startswith(f"{site.origin}/_/email-confirm/ada%2Btag/x@example.com/")
    browser = site.browser()

    page = await browser.page(link)
    assert (page.status, address in page.text) == (200, True)
    # Looking at it, as mail servers do, changes nothing.
    assert not (await site.user(address)).confirmed_email
    assert (await browser.page(f"{link}x", button="")).status == 404
    foreign = await browser.page(link, origin="https://evil.example", button="")
    assert (foreign.status, (await site.user(address)).confirmed_email) == (403, False)

    done = await browser.page(link, button="")
    assert (done.status, "Your address is confirmed" in done.text) == (200, True)
    assert (await browser.page(link, button="")).status == 404
    await site.code.call("login_with_email", address, PASSWORD)


async def test_u_12_who_knows_the_password_gets_another_mail_but_not_any_number(site: UsersSite) -> None:
    await site.code.call("signup_with_email", ADA, PASSWORD)
    with pytest.raises(Refused, match=r"confirmed|Incorrect"):
        await site.code.call("login_with_email", ADA, "wrong")
    assert len(await site.mails()) == 1

    for _ in range(7):
        with pytest.raises(Refused, match="You haven't confirmed your email address"):
            await site.code.call("login_with_email", ADA, PASSWORD)

    sent = await site.mails()
    assert len(sent) == 5
    assert len(set(sent)) == 1


async def test_u_13_a_reset_link_sets_a_password_unlocks_and_works_once(site: UsersSite) -> None:
    await site.set(confirm_email=False)
    await site.add(ADA, n_password_failures=10)
    browser = site.browser()
    assert await site.code.call("send_password_reset_email", "nobody@example.com") is None
    assert await site.code.call("send_password_reset_email", "no address") is None
    await site.code.call("send_password_reset_email", ADA.upper())
    await site.code.call("send_password_reset_email", ADA)
    (_, subject, first), (_, _, second) = await site.mails()
    assert subject == "Set a new password"

    assert "New password" in (await browser.page(second)).text
    refused = await browser.page(second, password="short")
    assert (refused.status, "Passwords must be 8 characters or more" in refused.text) == (400, True)
    assert (await browser.page(second, origin="https://evil.example", password="another good one")).status == 403
    done = await browser.page(second, password="another good one")

    assert (done.status, "Your password is set" in done.text) == (200, True)
    # The older one is for the password that was.
    assert [(await browser.page(one, password="a third one!")).status for one in (first, second)] == [404, 404]
    await site.code.call("login_with_email", ADA, "another good one")
    with pytest.raises(Refused):
        await site.code.call("login_with_email", ADA, PASSWORD)


async def test_u_13_links_are_good_for_one_widget_one_purpose_one_user_and_ten_minutes(
    site: UsersSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.set(confirm_email=False, use_token=True)
    for address in (ADA, "bob@example.com"):
        await site.add(address)
    second = UsersSite(site.served, await site.served.make(""))
    await second.set(confirm_email=False)
    await second.add(ADA)
    await site.code.call("send_password_reset_email", ADA)
    [(_, _, link)] = await site.mails()
    browser, path = site.browser(), link.removeprefix(site.origin)

    assert (await browser.page(path)).status == 200
    assert (await second.browser().page(path)).status == 404
    assert (await browser.page(path.replace("/reset/", "/login/"))).status == 404
    said, _, signature = path.rpartition("/")[2].partition(".")
    read = links.read(f"{said}.{signature}")
    assert read is not None
    others = links.Link(read.purpose, read.table_id, read.row_id + 1, read.until).text([b"k" * 32], site.widget.id, "")
    for forged in (
        f"{others.partition('.')[0]}.{signature}",
        f"{said}.",
        said,
        f"{said}.AAAA",
        "ü.ü",
        "." * 500,
        "a.b",
    ):
        assert (await browser.page(f"/_/users/reset/{forged.replace('ü', '%C3%BC')}")).status == 404

    monkeypatch.setattr(links, "time", SimpleNamespace(time=lambda: float(read.until)))
    assert (await browser.page(path)).status == 404


async def test_u_14_a_link_logs_in_once_in_a_new_session(site: UsersSite) -> None:
    await site.add(ADA)
    with pytest.raises(Refused, match="Token login is not enabled"):
        await site.code.call("send_token_login_email", ADA)
    await site.set(use_token=True)
    with pytest.raises(Refused, match="Please provide an email address"):
        await site.code.call("send_token_login_email", "")
    with pytest.raises(Refused, match="User disabled, or not found"):
        await site.code.call("send_token_login_email", "nobody@example.com")
    await site.code.call("send_token_login_email", ADA)
    link = (await site.mails())[-1][2]
    browser, other = site.browser(), site.browser()

    assert "You log in as" in (await browser.page(link)).text
    assert await browser.email() is None
    done = await browser.page(link, button="")
    assert (done.status, "You are logged in" in done.text) == (200, True)

    assert await browser.email() == ADA
    assert ((await other.page(link, button="")).status, await other.email()) == (404, None)


async def test_u_21_a_second_factor_is_removed_by_mail_only_where_the_owner_allows_it(site: UsersSite) -> None:
    await site.add(ADA, mfa=[{"type": "totp", "secret": "JBSWY3DPEHPK3PXP"}])
    with pytest.raises(Refused, match="can't be reset by email"):
        await site.code.call("send_mfa_reset_email", ADA)
    await site.set(allow_mfa_email_reset=True)
    await site.code.call("send_mfa_reset_email", ADA)
    link = (await site.mails())[-1][2]

    assert (await site.browser().page(link, button="")).status == 200
    assert (await site.user(ADA)).mfa == ()
    assert (await site.browser().page(link, button="")).status == 404


async def test_u_23_texts_are_the_owners_and_what_is_in_them_does_nothing(site: UsersSite) -> None:
    text = MailText("Für {app}", "Hallo <b>,\n\nhier: {link}\nGruß")
    await site.set(mails={"reset_password": text}, from_address="hallo", from_name="Die App")
    await site.add(ADA)
    await site.code.call("send_password_reset_email", ADA)

    _, subject, link = (await site.mails())[-1]
    assert subject == f"Für {site.widget.slug}.localhost"
    assert link.startswith(f"{site.origin}/_/users/reset/")
    for wrong in (MailText("", "{link}"), MailText("x", "no link"), MailText("a\nb", "{link}")):
        with pytest.raises(FormError):
            await site.set(mails={"token_login": wrong})
    assert all("{link}" in mail.text for mail in MAILS.values())


async def test_u_12_pages_can_be_framed_by_nobody_and_tell_no_other_site_of_them(site: UsersSite) -> None:
    page = await site.browser().page("/_/users/reset/nothing")

    assert page.status == 404
    assert "frame-ancestors 'none'" in (page.header("content-security-policy") or "")
    assert "script" not in page.text
    assert (page.header("referrer-policy"), page.header("cache-control")) == ("same-origin", "no-store")
    assert (await site.client("PUT", "/_/users/reset/nothing")).status == 405
    assert (await site.client("POST", "/_/users/reset/nothing", body=b"x" * 20_000)).status == 413
