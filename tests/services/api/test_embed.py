"""A widget in a frame of another page: only where its owner allows it, and without anybody's cookies."""

import html
import re
from typing import Any

import pytest
from quart import Quart
from tests.services.api.conftest import SITE, Caller, browser_of
from tests.services.api.page_visitor import PageVisitor

from widget_site.parts import SiteParts
from widget_site.public.trial import Trial, send
from widget_site.store import widgets
from widget_site.store.values import Widget
from widget_site.store.widgets import WidgetChanges

API = 'import anvil.server\n\n@anvil.server.route("/add/:a")\ndef add(a):\n    return a\n'


async def make(site: SiteParts, owner: Caller, kind: str, **more: Any) -> Widget:
    assert owner.account is not None
    files = {"main.py": API, "README.md": "Read *me*.\n\n<script>alert(1)</script>"}
    made = await widgets.create(site.store, owner.account, kind, 'Sums & "more"', files)
    changes = WidgetChanges(embeddable=True, **more)
    return await widgets.change(site.store, made.slug, owner.account.id, changes)


async def shown(app: Quart, path: str, headers: dict[str, str] | None = None) -> Any:
    return await app.test_client().get(path, headers=headers or {})


@pytest.mark.parametrize("kind", ["script", "scheduled", "api"])
async def test_d_21_a_widget_may_be_framed_where_its_owner_allows_it(
    app: Quart, site: SiteParts, owner: Caller, kind: str
) -> None:
    made = await make(site, owner, kind)

    answer = await shown(app, f"/embed/{made.slug}")

    text = await answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Sums &amp; &#34;more&#34;" in text
    assert "Read <em>me</em>." in text
    assert "X-Frame-Options" not in answer.headers
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "form-action 'none'" in policy
    assert not [rule for rule in policy if rule.startswith("script-src") or "unsafe" in rule]
    assert "<script" not in text
    assert "<form" not in text
    origin = site.settings.widget_origin(made.slug)
    if kind == "api":
        assert f'<iframe src="{origin}/_/docs"' in text
        assert f"frame-src {origin}" in policy
    else:
        assert "Only its owner runs" in text
        assert "Sign in and fork it" in text
        assert "frame-src 'none'" in policy


async def test_d_21_a_frame_knows_nobody(app: Quart, site: SiteParts, owner: Caller) -> None:
    made = await make(site, owner, "script")
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)

    answers = [await shown(app, f"/embed/{made.slug}", caller.headers) for caller in (Caller(app), owner, browser)]

    texts = [re.sub(r'nonce="[^"]+"', "", await answer.get_data(as_text=True)) for answer in answers]
    assert texts[0] == texts[1] == texts[2]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


async def test_d_21_no_other_page_may_be_framed(app: Quart, site: SiteParts, owner: Caller) -> None:
    made = await make(site, owner, "api")
    hidden = await make(site, owner, "api", visibility="private")
    assert owner.account is not None
    off = await widgets.create(site.store, owner.account, "api", "Off", {"main.py": API})
    browser = await browser_of(app, site, owner.account)

    for path, status in (
        (f"/w/{made.slug}", 200),
        (f"/w/{made.slug}/edit", 200),
        (f"/w/{made.slug}/settings", 200),
        ("/", 200),
        (f"/api/v1/widgets/{made.slug}", 200),
        (f"/embed/{off.slug}", 404),
        (f"/embed/{hidden.slug}", 404),
        ("/embed/some-missing-widget", 404),
    ):
        answer = await shown(app, path, browser.headers)
        assert (path, answer.status_code) == (path, status)
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("embeddable", [True, False])
async def test_d_21_the_page_of_routes_may_be_framed_with_its_widget(
    app: Quart, site: SiteParts, owner: Caller, embeddable: bool
) -> None:
    made = await make(site, owner, "api")
    await owner("PATCH", f"/widgets/{made.slug}", {"embeddable": embeddable})

    docs = await send(
        site.public, made.slug, f"{made.slug}.localhost:8000", Trial("GET", b"/_/docs"), token=None, timeout_s=20
    )

    policy = dict(docs.headers)["content-security-policy"]
    assert docs.status == 200
    assert f"frame-ancestors {'*' if embeddable else chr(39) + 'none' + chr(39)}" in policy


async def test_d_21_private_code_stays_private_in_a_frame(app: Quart, site: SiteParts, owner: Caller) -> None:
    made = await make(site, owner, "api", code_private=True)

    text = await (await shown(app, f"/embed/{made.slug}")).get_data(as_text=True)

    assert "/_/docs" not in text
    assert "keeps its code private" in text
    assert site.settings.widget_origin(made.slug) in text


async def test_d_21_an_old_name_of_an_embedded_widget_still_shows_it(
    app: Quart, site: SiteParts, owner: Caller
) -> None:
    made = await make(site, owner, "script")
    await owner("PATCH", f"/widgets/{made.slug}", {"slug": "second-name"})

    answer = await shown(app, f"/embed/{made.slug}")

    assert (answer.status_code, answer.headers["Location"]) == (308, "/embed/second-name")


async def test_d_21_its_owner_allows_it_by_the_settings_and_copies_the_snippet(app: Quart, site: SiteParts) -> None:
    account = await site.accounts.sign_up("nina", "nina@example.com", "a long sentence", "203.0.113.9")
    made = await widgets.create(site.store, account, "script", 'Sums "&" more', {"main.py": "1"})
    nina = PageVisitor(app)
    await nina.sign_in("nina", "a long sentence")
    fields = {"title": made.title, "description": "", "visibility": "public", "slug": made.slug}
    assert "<iframe" not in html.unescape((await nina.get(f"/w/{made.slug}")).text)

    wrong = await nina.send(f"/w/{made.slug}/settings", **fields, embed="everywhere")
    kept = await nina.send(f"/w/{made.slug}/settings", **fields, embed="on")

    assert (wrong.status, kept.status) == (400, 303)
    snippet = f'<iframe src="{SITE}/embed/{made.slug}" title="Sums &quot;&amp;&quot; more" width="100%"'
    for path in (f"/w/{made.slug}/settings", f"/w/{made.slug}"):
        page = (await nina.get(path)).text
        assert snippet in html.unescape(page)
        assert "<iframe" not in page
    assert "<iframe" in html.unescape((await PageVisitor(app).get(f"/w/{made.slug}")).text)
