"""Messages over the API and on their pages: each person reads their own, administrators see what became of all."""

from quart import Quart
from tests.services.api.conftest import Caller, browser_of

from widget_site.parts import SiteParts
from widget_site.store import accounts, outbox
from widget_site.store.outbox import Kind
from widget_site.store.values import Account

LINK = "https://site.example/reset/abc"


async def put(site: SiteParts, account: Account | None, kind: Kind = Kind.RUN, text: str = "It failed.") -> str:
    assert account is not None
    async with site.store.database.writing() as db:
        return await outbox.put(db, kind, f"About {kind}", text, account_id=account.id)


async def page_of(caller: Caller, path: str) -> tuple[int, str]:
    response = await caller.app.test_client().get(path, headers=caller.headers)
    return response.status_code, await response.get_data(as_text=True)


async def admin_of(app: Quart, site: SiteParts) -> Caller:
    made = await accounts.create(site.store, "boss", "boss@example.com", "no password", is_admin=True)
    return await browser_of(app, site, made)


async def test_a_program_reads_its_accounts_messages_and_marks_them(
    site: SiteParts, owner: Caller, other: Caller
) -> None:
    await put(site, owner.account)
    newest = await put(site, owner.account)

    listed = (await owner("GET", "/messages?limit=1")).json
    rest = (await owner("GET", f"/messages?limit=1&page={listed['next']}")).json
    await other("POST", "/messages/read", {"up_to": newest})
    await owner("POST", "/messages/read", {"up_to": rest["items"][0]["id"]})

    assert (listed["items"][0]["id"], listed["items"][0]["is_read"]) == (newest, False)
    assert [item["is_read"] for item in (await owner("GET", "/messages")).json["items"]] == [False, True]
    assert (await other("GET", "/messages")).json["items"] == []


async def test_the_page_counts_what_is_unread_and_shows_text_as_text(
    app: Quart, site: SiteParts, owner: Caller
) -> None:
    assert owner.account is not None
    await put(site, owner.account, text="<script>alert(1)</script> see https://example.com/x")
    browser = await browser_of(app, site, owner.account)

    status, shown = await page_of(browser, "/messages")

    assert status == 200
    assert "1 unread messages" in shown
    assert "<script>alert" not in shown
    assert 'href="https://example.com/x"' in shown


async def test_links_are_shown_to_administrators_alone_and_only_where_no_mail_is_sent(
    app: Quart, site: SiteParts, owner: Caller
) -> None:
    assert owner.account is not None
    await put(site, owner.account, Kind.RESET, LINK)
    own = await browser_of(app, site, owner.account)
    admin = await admin_of(app, site)

    assert LINK not in (await page_of(own, "/messages"))[1]
    assert (await page_of(own, "/admin/messages"))[0] == 403
    assert LINK in (await page_of(admin, "/admin/messages"))[1]


async def test_the_outbox_is_an_administrators_who_is_signed_in_not_a_programs(
    app: Quart, site: SiteParts, anybody: Caller
) -> None:
    admin = await admin_of(app, site)
    assert admin.account is not None
    _, secret = await site.accounts.make_token(admin.account, "tests")
    program = Caller(app, {"Authorization": f"Bearer {secret}"})

    statuses = [(await page_of(caller, "/admin/messages"))[0] for caller in (anybody, program, admin)]

    assert statuses == [401, 401, 200]


async def test_a_test_message_reaches_the_administrator_who_asks(app: Quart, site: SiteParts) -> None:
    admin = await admin_of(app, site)

    sent = await app.test_client().post("/admin/messages/test", headers=admin.headers)

    assert sent.status_code == 303
    assert "A test of mail" in (await page_of(admin, "/messages"))[1]
    assert "boss@example.com" in (await page_of(admin, "/admin/messages?state=waiting"))[1]
