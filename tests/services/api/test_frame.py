"""HTML of user code given back to a frame on our own pages (D-29): by our own forms alone, and able to do nothing."""

from quart import Quart
from tests.services.api.conftest import SITE, Caller, browser_of

from widget_site.accounts.visitor import CSRF_FIELD, CSRF_HEADER
from widget_site.parts import SiteParts

HTML = "<script>alert(1)</script><h1>é</h1>"


async def send(app: Quart, sent: dict[str, str], token: str | None) -> tuple[int, dict[str, str], str]:
    form = {"html": HTML} | ({CSRF_FIELD: token} if token else {})
    answer = await app.test_client().post("/frames/html", form=form, headers=sent)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status_code, headers, await answer.get_data(as_text=True)


async def test_d_29_it_comes_back_sandboxed_and_framed_by_us_alone(app: Quart, site: SiteParts, owner: Caller) -> None:
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)
    headers = dict(browser.headers)
    token = headers.pop(CSRF_HEADER)

    status, answered, text = await send(app, headers, token)

    assert (status, text) == (200, HTML)
    policy = answered["content-security-policy"].split("; ")
    assert policy[:2] == ["sandbox", "default-src 'none'"]
    assert "frame-ancestors 'self'" in policy
    assert not any("script" in part or "allow" in part for part in policy)
    assert answered["x-frame-options"] == "SAMEORIGIN"
    assert answered["x-content-type-options"] == "nosniff"
    assert answered["cache-control"] == "no-store"


async def test_another_sites_form_and_strangers_get_nothing_back(app: Quart, site: SiteParts, owner: Caller) -> None:
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)
    headers = dict(browser.headers)
    token = headers.pop(CSRF_HEADER)

    refused = [
        await send(app, headers, None),
        await send(app, headers, "wrong"),
        await send(app, {**headers, "Origin": "http://evil.example"}, token),
        await send(app, {"Origin": SITE}, token),
    ]

    assert [status for status, _, _ in refused] == [403] * 4
    assert not any("alert(1)" in text for _, _, text in refused)
