"""The gallery and stars over the API and on pages."""

import pytest
from quart import Quart
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor

from widget_site.accounts.rates import Rate
from widget_site.api import gallery_views
from widget_site.parts import SiteParts
from widget_site.store import accounts

PASSWORD = "a sentence that is long"


@pytest.fixture
async def nora(app: Quart, site: SiteParts) -> PageVisitor:
    await accounts.create(site.store, "nora", "nora@example.com", await site.accounts.passwords.hash(PASSWORD))
    visitor = PageVisitor(app)
    await visitor.sign_in("nora", PASSWORD)
    return visitor


async def make(owner: Caller, title: str, *tags: str, **more: str) -> str:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": title, **more})).json["slug"]
    assert (await owner("PATCH", f"/widgets/{slug}", {"tags": list(tags)})).json["tags"] == list(tags)
    return str(slug)


async def titles(caller: Caller, query: str) -> list[str]:
    return [one["title"] for one in (await caller("GET", f"/gallery?{query}")).json["items"]]


async def test_programs_find_public_widgets_by_words_kind_and_tag_in_three_orders(
    owner: Caller, other: Caller, anybody: Caller
) -> None:
    sun, rain = await make(owner, "Sun", "weather"), await make(owner, "Rain", "weather", "umbrella")
    await make(owner, "Hidden rain", "weather", visibility="private")
    await other("PUT", f"/widgets/{sun}/star")
    await other("POST", f"/widgets/{rain}/fork")

    assert await titles(anybody, "tag=weather") == ["Rain", "Sun"]
    assert await titles(owner, "tag=weather&sort=starred") == ["Sun", "Rain"]
    assert await titles(anybody, "tag=weather&sort=forked&limit=1") == ["Rain"]
    assert await titles(anybody, "q=umbrella&kind=script") == ["Rain"]
    assert await titles(anybody, "tag=weather&kind=api") == []
    assert (await anybody("GET", "/gallery?sort=best")).status == 400
    assert (await anybody("GET", "/gallery?sort=starred&page=x")).status == 400


async def test_a_program_stars_and_lists_what_it_starred(owner: Caller, other: Caller) -> None:
    slug = await make(owner, "Sun")

    given = [(await caller("PUT", f"/widgets/{slug}/star")).json for caller in (owner, other, other)]
    listed = (await other("GET", "/starred")).json
    back = await other("DELETE", f"/widgets/{slug}/star")

    assert [one["star_count"] for one in given] == [1, 2, 2]
    assert [(one["slug"], one["star_count"]) for one in listed["items"]] == [(slug, 2)]
    assert back.json == {"starred": False, "star_count": 1}
    assert (await other("GET", "/starred")).json == {"items": [], "next": None}


async def test_stars_are_bounded_per_account(owner: Caller, other: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_views, "STARS", Rate("few-stars", 1, 3600.0))
    slug = await make(owner, "Sun")

    answers = [await other(method, f"/widgets/{slug}/star") for method in ("PUT", "DELETE")]

    assert [answer.status for answer in answers] == [200, 429]


async def test_one_press_stars_a_widget_and_another_takes_it_back(owner: Caller, nora: PageVisitor) -> None:
    slug = await make(owner, "Sun", "weather")

    pressed = await nora.send(f"/w/{slug}/star", f"/w/{slug}", star="yes")
    shown = await nora.get(f"/w/{slug}")
    listed = await nora.get("/starred")
    await nora.send(f"/w/{slug}/star", f"/w/{slug}", star="no")

    assert (pressed.status, pressed.location) == (303, f"/w/{slug}")
    assert 'name="star" value="no"' in shown.text
    assert f"/w/{slug}" in listed.text
    assert 'name="star" value="yes"' in (await nora.get(f"/w/{slug}")).text
    assert f"/w/{slug}" not in (await nora.get("/starred")).text


async def test_a_star_without_a_forms_token_is_refused_and_without_an_account_leads_to_sign_in(
    app: Quart, site: SiteParts, owner: Caller, other: Caller
) -> None:
    slug = await make(owner, "Sun")
    assert other.account is not None
    browser = await browser_of(app, site, other.account)
    client = app.test_client(use_cookies=False)
    headers = {name: value for name, value in browser.headers.items() if name != "X-CSRF-Token"}

    forged = await client.post(f"/w/{slug}/star", headers=headers, form={"star": "yes"})
    stranger = await PageVisitor(app).send(f"/w/{slug}/star", f"/w/{slug}", star="yes")

    assert forged.status_code == 403
    assert (stranger.status, stranger.location) == (303, f"/sign-in?next=/w/{slug}")
    assert (await owner("GET", f"/widgets/{slug}")).json["star_count"] == 0


async def test_the_gallerys_page_shows_tags_counts_and_orders(owner: Caller, other: Caller, app: Quart) -> None:
    sun, rain = await make(owner, "Sun", "weather", "über"), await make(owner, "Rain", "weather")
    await other("PUT", f"/widgets/{sun}/star")
    visitor = PageVisitor(app)

    page = (await visitor.get("/explore?sort=starred&tag=weather")).text
    narrowed = (await visitor.get("/explore?tag=%C3%BCber")).text
    nothing = await visitor.get("/explore?tag=%3Cb%3E&kind=nonsense&sort=nonsense")

    assert page.index(f"/w/{sun}") < page.index(f"/w/{rain}")
    assert 'href="/explore?tag=%C3%BCber"' in page
    assert (f"/w/{sun}" in narrowed, f"/w/{rain}" in narrowed) == (True, False)
    assert nothing.status == 200
    assert "<b>" not in nothing.text
    assert "with the tag &lt;b&gt;" in nothing.text


async def test_d_27_an_accounts_page_shows_its_public_widgets_and_counts(
    owner: Caller, other: Caller, app: Quart
) -> None:
    slug = await make(owner, "Sun")
    hidden = await make(owner, "Moon", visibility="private")
    await other("PUT", f"/widgets/{slug}/star")
    await other("POST", f"/widgets/{slug}/fork")

    text = (await PageVisitor(app).get("/@olive")).text

    assert "1 public widget, 1 star, 1 fork, here since" in text
    assert (f"/w/{slug}" in text, f"/w/{hidden}" in text) == (True, False)


async def test_tags_are_typed_into_the_settings_and_kept_as_typed_after_a_mistake(
    nora: PageVisitor, site: SiteParts
) -> None:
    account = await accounts.by_username(site.store, "nora")
    _, secret = await site.accounts.make_token(account, "tests")
    mine = Caller(nora.app, {"Authorization": f"Bearer {secret}"}, account)
    slug = await make(mine, "Sun")
    path = f"/w/{slug}/settings"
    rest = {"title": "Sun", "description": "", "visibility": "public", "slug": slug}

    refused = await nora.send(path, tags="a_b weather", **rest)
    saved = await nora.send(path, tags=" #Weather, daily;data-science ", **rest)

    assert refused.status == 400
    assert 'value="a_b weather"' in refused.text
    assert saved.status == 303
    assert (await mine("GET", f"/widgets/{slug}")).json["tags"] == ["weather", "daily", "data-science"]
    assert 'value="weather daily data-science"' in (await nora.get(path)).text
