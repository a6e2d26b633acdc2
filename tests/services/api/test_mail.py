"""The mail of a widget on its pages and over the API: its owner reads it, nothing in it acts, no password shows."""

import pytest
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.test_messages import page_of

from widget_site.parts import SiteParts
from widget_site.services.email import composing
from widget_site.services.email.addresses import Address
from widget_site.store import letters
from widget_site.store.values import MailRoute
from widget_wire.values import Media

EVIL = '<script>alert(1)</script><b>rich</b><img src="cid:p"><img src="https://evil.example/spy">'


async def send(site: SiteParts, owner: Caller, subject: str = "S <i>", **more: object) -> tuple[str, str]:
    """Have a new widget send a letter; return the names of both."""
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    sender = await letters.owner_of(site.store, snapshot.widget_id)
    given = composing.read({"to": "A <a@b.example>", "subject": subject, **more})
    raw = composing.compose(given, Address("", "me@x.example"), "<1@x.example>")
    new = letters.NewLetter("<1@x.example>", "me@x.example", given.recipients, subject, raw)
    return slug, await letters.put(site.store, sender, new, counts=True, most_a_month=0)


async def test_e_01_a_program_lists_and_reads_the_mail(site: SiteParts, owner: Caller, other: Caller) -> None:
    picture = Media("image/png", b"PNG", "p.png")
    slug, letter_id = await send(site, owner, text="plain", html="<b>rich</b>", attachments=picture)

    listed = (await owner("GET", f"/widgets/{slug}/mail")).json
    read = (await owner("GET", f"/widgets/{slug}/mail/{letter_id}")).json

    assert [item["id"] for item in listed["items"]] == [letter_id]
    assert (listed["items"][0]["recipients"], listed["items"][0]["state"]) == (["a@b.example"], "waiting")
    assert (read["text"], read["html"], read["subject"]) == ("plain\n", "<b>rich</b>\n", "S <i>")
    assert read["attached"] == [{"name": "p.png", "content_type": "image/png", "size_bytes": 3, "cid": ""}]
    elsewhere = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    assert (await owner("GET", f"/widgets/{elsewhere}/mail/{letter_id}")).status == 404
    assert (await other("GET", f"/widgets/{slug}/mail")).status == 403


async def test_its_page_shows_a_letter_in_which_nothing_does_anything(
    site: SiteParts, owner: Caller, other: Caller
) -> None:
    assert owner.account is not None
    picture = Media("text/html", b"<script>alert(1)</script>", "é.html")
    slug, letter_id = await send(site, owner, text="plain <u>", html=EVIL, attachments=[picture])
    browser = await browser_of(owner.app, site, owner.account)
    at = f"/w/{slug}/mail/{letter_id}"

    _, listed = await page_of(browser, f"/w/{slug}/mail")
    _, shown = await page_of(browser, at)
    client = owner.app.test_client()
    framed = await client.get(f"{at}/html", headers=browser.headers)
    attached = await client.get(f"{at}/attached/1", headers=browser.headers)
    source = await client.get(f"{at}/source", headers=browser.headers)
    missing = await client.get(f"{at}/attached/2", headers=browser.headers)

    assert "S &lt;i&gt;" in listed
    assert "alert(1)" not in shown
    assert '<iframe class="shown-frame letter-html" sandbox src=' in shown
    policy = framed.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script" not in policy
    assert attached.headers["Content-Type"] == "application/octet-stream"
    assert attached.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9.html"
    assert (await source.get_data(as_text=False)).startswith(b"From: me@x.example")
    assert missing.status_code == 404
    assert other.account is not None
    stranger = await browser_of(owner.app, site, other.account)
    for path in (f"/w/{slug}/mail", at, f"{at}/html", f"{at}/attached/1", f"{at}/source", f"/w/{slug}/mail/settings"):
        assert (await page_of(stranger, path))[0] == 403, path


async def test_e_11_settings_are_set_and_never_show_the_password(site: SiteParts, owner: Caller) -> None:
    assert owner.account is not None
    slug, _ = await send(site, owner)
    at = f"/widgets/{slug}/mail-settings"
    wanted = {"host": "smtp.example.com", "port": 465, "encryption": "ssl", "username": "me", "password": "hunter2"}

    before = (await owner("GET", at)).json
    made = await owner("PUT", at, wanted)
    bad = await owner("PUT", at, {**wanted, "host": "no host"})
    browser = await browser_of(owner.app, site, owner.account)
    _, page = await page_of(browser, f"/w/{slug}/mail/settings")

    assert (before["host"], before["has_password"], before["month_used"]) == ("", False, 1)
    assert (made.json["host"], made.json["has_password"]) == ("smtp.example.com", True)
    assert (bad.status, bad.json["error"]["field"]) == (400, "host")
    assert "hunter2" not in str(made.json) + page
    assert "smtp.example.com" in page


async def test_e_11_settings_are_saved_by_the_form_and_tried(site: SiteParts, owner: Caller) -> None:
    from tests.services.api.page_visitor import PageVisitor

    assert owner.account is not None
    slug, _ = await send(site, owner)
    browser = await browser_of(owner.app, site, owner.account)
    visitor = PageVisitor(owner.app, headers=dict(browser.headers))
    at = f"/w/{slug}/mail/settings"

    saved = await visitor.send(at, test_mode="yes", host="", port="587", encryption="starttls")
    wrong = await visitor.send(at, host="smtp.example.com", port="x", encryption="")
    tried = await visitor.send(f"{at}/test", at)

    assert saved.location.endswith("/mail/settings?done=mail-settings")
    assert "Test mode:</strong>" in (await visitor.get(f"/w/{slug}/mail")).text
    assert (wrong.status, "A port is a number" in wrong.text) == (400, True)
    assert (tried.status, "This site sends no mail" in tried.text) == (409, True)


async def test_whose_mail_it_gets_is_set_and_what_is_no_sender_is_told(site: SiteParts, owner: Caller) -> None:
    assert owner.account is not None
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]
    at = f"/widgets/{slug}/mail-settings"

    made = await owner("PUT", at, {"accepts": "listed", "senders": [" Ada@Example.com ", "@b.example", "@b.example"]})
    bad = [
        await owner("PUT", at, {"accepts": "listed", "senders": senders})
        for senders in ([], ["ada"], ["a b@c.example"], ["@"])
    ]
    many = [f"a{n}@b.example" for n in range(201)]
    wrong = [await owner("PUT", at, one) for one in ({"accepts": "some"}, {"senders": many})]
    browser = await browser_of(owner.app, site, owner.account)
    _, page = await page_of(browser, f"/w/{slug}/mail/settings")

    assert (made.json["accepts"], made.json["senders"]) == ("listed", ["ada@example.com", "@b.example"])
    assert made.json["address"] == f"{slug}.localhost"
    assert {(answer.status, answer.json["error"]["field"]) for answer in bad} == {(400, "senders")}
    assert [answer.status for answer in wrong] == [400, 400]
    assert "ada@example.com\n@b.example</textarea>" in page
    assert '<option value="listed" selected>' in page


@pytest.mark.parametrize(
    ("route", "sender", "private", "taken"),
    [
        (MailRoute(), "a@b.example", False, True),
        (MailRoute(), "a@b.example", True, False),
        (MailRoute(accepts="all"), "", True, True),
        (MailRoute(accepts="none"), "a@b.example", False, False),
        (MailRoute(accepts="listed", senders=("a@b.example",)), "A@B.example", True, True),
        (MailRoute(accepts="listed", senders=("@b.example",)), "x@b.example", False, True),
        (MailRoute(accepts="listed", senders=("@b.example",)), "x@evil.b.example", False, False),
        (MailRoute(accepts="listed", senders=("a@b.example",)), "", False, False),
    ],
)
def test_whose_mail_is_taken(route: MailRoute, sender: str, private: bool, taken: bool) -> None:
    assert route.takes(sender, is_private=private) is taken


async def test_e_16_an_owner_tries_it_without_any_mail_server(site: SiteParts, owner: Caller) -> None:
    from tests.services.api.page_visitor import PageVisitor

    assert owner.account is not None
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    at = f"/w/{slug}/mail"
    browser = await browser_of(owner.app, site, owner.account)
    visitor = PageVisitor(owner.app, headers=dict(browser.headers))

    said = await owner("POST", f"/widgets/{slug}/mail", {"subject": "Hi <i>", "text": "T", "sender": "A <a@b.example>"})
    bad = [await owner("POST", f"/widgets/{slug}/mail", {"sender": sender}) for sender in ("nobody", "a@b.x, c@d.x")]
    shown = await visitor.send(at, f"{at}/settings", sender="", subject="By the form", text="T")
    refused = await visitor.send(at, f"{at}/settings", sender="nobody", subject="", text="")
    [by_form, first] = (await owner("GET", f"/widgets/{slug}/mail")).json["items"]
    _, page = await page_of(browser, f"{at}/{first['id']}")

    assert said.json["said"][:4] == "551 "
    assert {(answer.status, answer.json["error"]["field"]) for answer in bad} == {(400, "sender")}
    assert (shown.status, "@anvil.email.handle_message" in shown.text) == (200, True)
    assert "By the form" in shown.text
    assert refused.status == 400
    assert (first["direction"], first["state"], first["sender"]) == ("in", "refused", "A <a@b.example>")
    assert first["recipients"] == [f"test@{slug}.localhost"]
    assert by_form["sender"] == owner.account.email
    assert "Hi &lt;i&gt;" in page
