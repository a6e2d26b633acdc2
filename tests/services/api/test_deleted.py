"""Deleting and restoring over the API and by our pages."""

from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PageVisitor

from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts, widgets
from widget_site.worker import SiteWorker, forget_old


async def test_d_21_a_deleted_widget_is_listed_restored_and_removed_by_the_api(owner: Caller, anybody: Caller) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "Sums", "files": {"main.py": "1"}})).json[
        "slug"
    ]

    assert (await owner("DELETE", f"/widgets/{slug}")).status == 204

    [held] = (await owner("GET", "/deleted-widgets")).json["items"]
    assert (held["slug"], held["title"], held["gone_at"] - held["deleted_at"]) == (slug, "Sums", 30 * 86400)
    assert [(await caller("GET", f"/widgets/{slug}")).status for caller in (owner, anybody)] == [404, 404]
    back = await owner("POST", f"/deleted-widgets/{slug}/restore")
    assert (back.status, back.json["files"]) == (200, {"main.py": "1"})
    assert (await anybody("GET", f"/widgets/{slug}")).status == 200

    await owner("DELETE", f"/widgets/{slug}")
    assert (await owner("DELETE", f"/deleted-widgets/{slug}")).status == 204

    assert (await owner("GET", "/deleted-widgets")).json == {"items": [], "next": None}
    assert (await owner("POST", f"/deleted-widgets/{slug}/restore")).status == 404


async def test_d_21_a_widget_is_deleted_and_restored_by_pages(app: Quart, site: SiteParts) -> None:
    account = await site.accounts.sign_up("olive", "olive@example.com", "a long sentence", "203.0.113.7")
    made = await widgets.create(site.store, account, "script", "Sums & more", {"main.py": "1"})
    olive = PageVisitor(app)
    await olive.sign_in("olive", "a long sentence")

    wrong = await olive.send(f"/w/{made.slug}/delete", f"/w/{made.slug}/settings", confirm="something else")
    gone = await olive.send(f"/w/{made.slug}/delete", f"/w/{made.slug}/settings", confirm=made.slug)

    assert (wrong.status, gone.status, gone.location) == (400, 303, "/deleted?done=deleted")
    shown = await olive.get(gone.location)
    assert "Sums &amp; more" in shown.text
    assert made.slug in shown.text
    assert 'href="/deleted"' in (await olive.get("/")).text
    assert (await PageVisitor(app).get("/deleted")).status in (303, 401)
    assert (await olive.get(f"/w/{made.slug}")).status == 404
    back = await olive.send(f"/deleted/{made.slug}/restore", "/deleted")
    assert (back.status, back.location) == (303, f"/w/{made.slug}?done=undeleted")
    assert "Sums &amp; more" in (await olive.get(back.location)).text

    await olive.send(f"/w/{made.slug}/delete", f"/w/{made.slug}/settings", confirm=made.slug)
    forgotten = await olive.send(f"/deleted/{made.slug}/forget", "/deleted")

    assert (forgotten.status, forgotten.location) == (303, "/deleted?done=forgotten")
    assert "Sums" not in (await olive.get("/deleted")).text


async def test_the_site_worker_empties_bins_in_time(app: Quart, site: SiteParts, settings: SiteSettings) -> None:
    account = await accounts.create(site.store, "olive", "olive@example.com", "no password")
    made = await widgets.create(site.store, account, "script", "Sums", {"main.py": "1"})
    owner = Caller(app, {"Authorization": f"Bearer {(await site.accounts.make_token(account, 'tests'))[1]}"}, account)
    await owner("DELETE", f"/widgets/{made.slug}")
    worker = SiteWorker(settings.model_copy(update={"deleted_days": 0.0}))
    context = worker._context

    gone = await forget_old(context)

    assert gone["widgets"] == 1
    assert (await owner("GET", "/deleted-widgets")).json["items"] == []
    await worker._link.close()
    await worker._store.close()
