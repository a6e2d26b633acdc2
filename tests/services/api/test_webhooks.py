"""Webhooks over the API and on their page."""

from quart import Quart
from tests.services.api.conftest import Caller, browser_of

from widget_site.parts import SiteParts


async def test_a_webhook_is_added_tested_and_deleted_and_its_secret_shown_once(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    path = f"/widgets/{slug}/webhooks"

    made = await owner("POST", path, {"url": "https://example.com/hook", "events": "all"})
    listed = await owner("GET", path)
    one = f"{path}/{made.json['id']}"
    tested = await owner("POST", f"{one}/test")
    sent = await owner("GET", f"{one}/deliveries")
    gone = await owner("DELETE", one)

    assert made.json["secret"].startswith("whsec_")
    assert made.json["secret"] not in str(listed.json)
    assert [hook["url"] for hook in listed.json["items"]] == ["https://example.com/hook"]
    assert (tested.status, tested.json["event"]) == (202, "test")
    assert [item["id"] for item in sent.json["items"]] == [tested.json["id"]]
    assert gone.status == 204
    assert (await owner("GET", path)).json == {"items": []}


async def test_an_address_that_is_not_public_is_refused_by_its_field(owner: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]

    answer = await owner("POST", f"/widgets/{slug}/webhooks", {"url": "http://169.254.169.254/"})

    assert (answer.status, answer.json["error"]["field"]) == (400, "url")


async def test_a_fork_and_an_export_have_no_webhooks(owner: Caller, other: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    await owner("POST", f"/widgets/{slug}/webhooks", {"url": "https://example.com/hook"})

    fork = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]
    exported = await owner("GET", f"/widgets/{slug}/export")

    assert (await other("GET", f"/widgets/{fork}/webhooks")).json == {"items": []}
    assert b"example.com" not in exported.data


async def test_the_page_adds_shows_and_sends_again(app: Quart, owner: Caller, other: Caller, site: SiteParts) -> None:
    assert owner.account is not None
    assert other.account is not None
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    browser, stranger = await browser_of(app, site, owner.account), await browser_of(app, site, other.account)
    client, page = app.test_client(), f"/w/{slug}/webhooks"

    async def send(path: str, who: Caller = browser, **form: str) -> tuple[int, str]:
        answer = await client.post(path, headers=who.headers, form=form)
        return answer.status_code, await answer.get_data(as_text=True)

    wrong = await send(page, url="http://10.0.0.1/<script>")
    made = await send(page, url="https://example.com/hook?a=1&b=<2>", events="all")
    hook = (await owner("GET", f"/widgets/{slug}/webhooks")).json["items"][0]["id"]
    tested = await send(f"{page}/{hook}/test")
    delivery = (await owner("GET", f"/widgets/{slug}/webhooks/{hook}/deliveries")).json["items"][0]["id"]
    again = await send(f"{page}/{hook}/deliveries/{delivery}/redeliver")
    forbidden = await send(f"{page}/{hook}/test", stranger)
    shown = await (await client.get(page, headers=browser.headers)).get_data(as_text=True)
    deleted = await send(f"{page}/{hook}/delete")

    assert wrong[0] == 400
    assert "Nothing is sent to 10.0.0.1" in wrong[1]
    assert "<script>" not in wrong[1].replace('<script src="', "").replace('<script type="', "")
    assert made[0] == 200
    assert "whsec_" in made[1]
    assert "whsec_" not in shown
    assert "b=&lt;2&gt;" in shown
    assert (tested[0], again[0], deleted[0], forbidden[0]) == (303, 303, 303, 403)
    assert (await client.get(page, headers=stranger.headers)).status_code == 403
    assert (await client.get(page)).status_code == 401


async def test_a_schedule_says_on_its_page_whom_it_tells(app: Quart, owner: Caller, site: SiteParts) -> None:
    assert owner.account is not None
    slug = (await owner("POST", "/widgets", {"kind": "scheduled", "title": "T"})).json["slug"]
    browser = await browser_of(app, site, owner.account)
    form = {"every": "day", "n": "1", "time": "09:00", "timezone": "UTC", "retries": "0", "mail": "yes"}

    saved = await app.test_client().post(f"/w/{slug}/schedule", headers=browser.headers, form=form)
    shown = await (await app.test_client().get(f"/w/{slug}/schedule", headers=browser.headers)).get_data(as_text=True)

    assert saved.status_code == 303
    assert (await owner("GET", f"/widgets/{slug}/schedule")).json["schedule"]["notify"] == ["mail"]
    assert 'name="mail" value="yes" checked' in shown
    assert 'name="webhook" value="yes" checked' not in shown
