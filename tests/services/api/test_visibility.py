"""Who sees what of public, unlisted and private widgets, on pages and over the API, by name and in lists."""

import pytest
from quart import Quart
from tests.services.api.conftest import Caller, browser_of

from widget_site.parts import SiteParts

#: visibility -> whether who knows its name sees it, and whether lists show it; to anybody but its owner.
SEEN = {"public": (True, True), "unlisted": (True, False), "private": (False, False)}
BY_NAME = (
    *("/w/{slug}", "/w/{slug}/revisions", "/w/{slug}/forks", "/embed/{slug}", "/api/v1/widgets/{slug}"),
    *(f"/api/v1/widgets/{{slug}}/{name}" for name in ("revisions/1", "export", "forks")),
)
#: Lists that are the same for everybody, their owner included.
GALLERY = ("/explore", "/explore?q=zebra", "/api/v1/gallery", "/api/v1/gallery?q=zebra")
LISTS = (*GALLERY, "/", "/@olive", "/api/v1/widgets", "/api/v1/widgets?owner=olive&q=zebra")


@pytest.mark.parametrize("visibility", SEEN)
async def test_d_21_visibility_holds_on_every_page_and_in_the_api(
    app: Quart, site: SiteParts, owner: Caller, other: Caller, anybody: Caller, visibility: str
) -> None:
    assert owner.account is not None
    assert other.account is not None
    made = await owner("POST", "/widgets", {"kind": "api", "title": "Zebra count", "visibility": visibility})
    slug = made.json["slug"]
    await owner("PATCH", f"/widgets/{slug}", {"embeddable": True})
    by_name, in_lists = SEEN[visibility]
    others = [anybody, await browser_of(app, site, other.account)]
    client = app.test_client()

    for caller in others:
        for path in BY_NAME:
            answer = await client.get(path.format(slug=slug), headers=caller.headers)
            assert (path, answer.status_code) == (path, 200 if by_name else 404)
        for path in LISTS:
            text = await (await client.get(path, headers=caller.headers)).get_data(as_text=True)
            assert (path, slug in text) == (path, in_lists)
    mine = await browser_of(app, site, owner.account)
    for path in BY_NAME:
        answer = await client.get(path.format(slug=slug), headers=mine.headers)
        # A frame knows nobody, not even the owner.
        assert (path, answer.status_code) == (path, 404 if path.startswith("/embed") and not by_name else 200)
    for path in LISTS:
        text = await (await client.get(path, headers=mine.headers)).get_data(as_text=True)
        assert (path, slug in text) == (path, in_lists or path not in GALLERY)
