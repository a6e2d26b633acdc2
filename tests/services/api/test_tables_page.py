"""The page of a widget's tables: it is its owner's alone, and carries the tables that there are (T-80)."""

import json
import re

from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor

from widget_site.parts import SiteParts


async def visitor_of(caller: Caller, site: SiteParts) -> PageVisitor:
    assert caller.account is not None
    browser = await browser_of(caller.app, site, caller.account)
    return PageVisitor(caller.app, headers=dict(browser.headers))


async def test_t_80_the_page_carries_the_tables_to_the_owner_alone(
    owner: Caller, other: Caller, site: SiteParts
) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    visitor, stranger = await visitor_of(owner, site), await visitor_of(other, site)
    empty = await visitor.get(f"/w/{slug}/tables")
    await owner("POST", f"/widgets/{slug}/tables", {"name": "hush", "title": "</script>Hush"})
    await owner("POST", f"/widgets/{slug}/tables/hush/columns", {"name": "x", "type": "bool"})

    page = await visitor.get(f"/w/{slug}/tables/hush")

    carried = re.search(r'id="tables-data"[^>]*>(.*?)</script>', page.text, re.DOTALL)
    assert carried is not None
    data = json.loads(carried[1])
    assert (data["slug"], data["table"]) == (slug, "hush")
    assert [(one["title"], [column["name"] for column in one["columns"]]) for one in data["tables"]] == [
        ("</script>Hush", ["x"])
    ]
    assert (empty.status, '"tables": []' in empty.text) == (200, True)
    for at in (f"/w/{slug}/tables", f"/w/{slug}/tables/hush"):
        refused = await stranger.get(at)
        assert (refused.status, "Hush" in refused.text) == (403, False)
        assert (await PageVisitor(owner.app).get(at)).status == 401
    assert f'href="/w/{slug}/tables"' in (await visitor.get(f"/w/{slug}")).text
    assert f'href="/w/{slug}/tables"' not in (await stranger.get(f"/w/{slug}")).text
