"""Requests that another site makes a browser send are refused, whatever they are called (security.md 47)."""

import re
from collections.abc import Mapping

import pytest
from quart import Quart
from tests.services.api.conftest import SITE, Caller, browser_of
from tests.services.api.test_permissions import OF_A_WIDGET, OF_AN_ACCOUNT

from widget_model.ids import new_id
from widget_site.accounts.visitor import CSRF_HEADER
from widget_site.parts import SiteParts

CHANGING = [key for key in (*OF_A_WIDGET, *OF_AN_ACCOUNT) if key[0] != "GET"]
BODIES = {**OF_A_WIDGET, **OF_AN_ACCOUNT}
FORGED: Mapping[str, dict[str, str | None]] = {
    "a foreign origin": {"Origin": "http://evil.example"},
    "a widget's origin": {"Origin": "http://some-nice-widget.localhost:8000"},
    "an opaque origin": {"Origin": "null"},
    "a cross-site fetch": {"Sec-Fetch-Site": "cross-site"},
    "a same-site fetch": {"Sec-Fetch-Site": "same-site"},
    "no origin at all": {"Origin": None},
    "no token": {CSRF_HEADER: None},
    "an empty token": {CSRF_HEADER: ""},
    "a wrong token": {CSRF_HEADER: "0" * 64},
    "a token that is no text": {CSRF_HEADER: "\u00e9"},
}


@pytest.fixture
async def browser(app: Quart, site: SiteParts, owner: Caller) -> Caller:
    assert owner.account is not None
    return await browser_of(app, site, owner.account)


def forge(caller: Caller, changes: Mapping[str, str | None]) -> Caller:
    merged = {**caller.headers, **changes}
    return Caller(caller.app, {name: value for name, value in merged.items() if value is not None}, caller.account)


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_request_changes_nothing_at_any_address(browser: Caller, how: str) -> None:
    slug = (await browser("POST", "/widgets", {"kind": "script", "title": "Mine"})).json["slug"]
    forger = forge(browser, FORGED[how])
    named = {name for _, path in CHANGING for name in re.findall(r"{(\w+)}", path)}
    values = {**dict.fromkeys(named, new_id()), "slug": slug, "number": "1"}

    answers = {
        (method, path): (await forger(method, path.format(**values), BODIES[method, path][0])).status
        for method, path in CHANGING
    }

    assert answers == dict.fromkeys(CHANGING, 403)
    kept = (await browser("GET", f"/widgets/{slug}")).json
    assert (kept["title"], kept["revision"], kept["fork_count"]) == ("Mine", 1, 0)


async def test_our_own_page_may_change_things(browser: Caller) -> None:
    made = await browser("POST", "/widgets", {"kind": "script", "title": "Mine"})

    changed = await browser("PATCH", f"/widgets/{made.json['slug']}", {"title": "Changed"})

    assert (made.status, changed.status, changed.json["title"]) == (201, 200, "Changed")


async def test_a_body_that_a_form_could_send_is_refused(browser: Caller) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = await browser("POST", "/widgets", data='{"kind":"script","title":"x"}', headers={"Content-Type": kind})
        assert answer.status == 415


async def test_a_method_override_is_no_method(browser: Caller) -> None:
    slug = (await browser("POST", "/widgets", {"kind": "script", "title": "Mine"})).json["slug"]

    answer = await browser("GET", f"/widgets/{slug}?_method=DELETE", headers={"X-HTTP-Method-Override": "DELETE"})

    assert answer.status == 200
    assert (await browser("GET", f"/widgets/{slug}")).status == 200


async def test_the_token_of_another_sign_in_does_not_fit(
    app: Quart, site: SiteParts, browser: Caller, other: Caller
) -> None:
    assert other.account is not None
    theirs = await browser_of(app, site, other.account)
    mixed = Caller(app, {**browser.headers, CSRF_HEADER: theirs.headers[CSRF_HEADER]})

    assert (await mixed("POST", "/widgets", {"kind": "script", "title": "x"})).status == 403


async def test_a_foreign_page_can_not_sign_up_or_sign_in_for_somebody(anybody: Caller) -> None:
    body = {"username": "nina", "email": "nina@example.com", "password": "a long sentence"}
    foreign = await anybody("POST", "/accounts", body, headers={"Origin": "http://evil.example"})
    own = await anybody("POST", "/accounts", body, headers={"Origin": SITE})
    program = await anybody("POST", "/tokens", {"username": "nina", "password": "a long sentence", "name": "x"})

    assert (foreign.status, own.status, program.status) == (403, 201, 201)


async def test_no_answer_may_be_framed_sniffed_kept_or_read_by_another_origin(anybody: Caller) -> None:
    for path in ("/widgets", "/no-such-thing", "/me"):
        headers = (await anybody("GET", path, headers={"Origin": "http://evil.example"})).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/docs/", "/no-such-page", "/w/no-such-widget", "/settings"])
async def test_every_page_runs_its_own_scripts_alone(app: Quart, path: str) -> None:
    client = app.test_client()
    policies = [(await client.get(path, follow_redirects=True)).headers["Content-Security-Policy"] for _ in range(2)]

    nonces = [re.findall(r"'nonce-([\w-]{20,})'", policy) for policy in policies]
    parts = [item.split()[0] for item in policies[0].split("; ")]
    assert policies[0].startswith("default-src 'none'; ")
    assert {"script-src", "form-action", "frame-ancestors", "base-uri"} <= set(parts)
    assert "unsafe" not in policies[0]
    assert "*" not in policies[0]
    assert nonces[0]
    assert not set(nonces[0]) & set(nonces[1])


def other_changing_addresses(app: Quart) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"<[^>]+>", "x", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if not rule.endpoint.startswith("api.")
    }


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_form_is_refused_at_every_page(app: Quart, browser: Caller, how: str) -> None:
    forger = forge(browser, FORGED[how])
    client, addresses = app.test_client(), sorted(other_changing_addresses(app))

    answers = {
        address: (await client.post(address[1], headers=forger.headers, form={"title": "x"})).status_code
        for address in addresses
    }

    assert ("POST", "/sign-in") in answers
    assert {method for method, _ in addresses} == {"POST"}
    assert answers == dict.fromkeys(addresses, 403)


async def test_nothing_blocks_the_loop_while_widgets_are_made_saved_and_read(
    browser: Caller, no_blocking_calls: None
) -> None:
    made = await browser("POST", "/widgets", {"kind": "script", "title": "Mine"})
    slug = made.json["slug"]
    saved = await browser("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "print(2)"}})
    signed_up = await browser(
        "POST", "/accounts", {"username": "nina", "email": "n@example.com", "password": "a long sentence"}
    )
    read = await browser("GET", f"/widgets/{slug}")

    assert (made.status, saved.status, signed_up.status, read.status) == (201, 200, 201, 200)
