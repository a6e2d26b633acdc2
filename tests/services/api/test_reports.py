"""Reporting a widget, and the queue of the administrators, over the API and on pages."""

import re

import pytest
from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PASSWORD, PageVisitor

from widget_site.accounts import rates
from widget_site.accounts.rates import Rate
from widget_site.parts import SiteParts
from widget_site.store import accounts, reports, widgets


@pytest.fixture
async def slug(owner: Caller) -> str:
    return str((await owner("POST", "/widgets", {"kind": "script", "title": "A <b>bad</b> one"})).json["slug"])


async def test_somebody_without_an_account_reports_and_an_administrator_takes_it_down(
    app: Quart, owner: Caller, anybody: Caller, boss: PageVisitor, slug: str
) -> None:
    stranger = PageVisitor(app)
    refused = await stranger.send(f"/w/{slug}/report", reason="other", text="")
    sent = await stranger.send(f"/w/{slug}/report", reason="harmful", text="It <i>attacks</i>.")

    queue = (await boss.get("/admin/reports")).text
    taken = re.search(r"/admin/reports/\w+/take-down", queue)
    assert taken is not None
    done = await boss.send(taken[0], "/admin/reports", reason="It attacks others.")

    assert (refused.status, "Say in a few words" in refused.text) == (400, True)
    assert (sent.status, sent.location) == (303, f"/w/{slug}?done=reported")
    assert "It &lt;i&gt;attacks&lt;/i&gt;." in queue
    assert "A &lt;b&gt;bad&lt;/b&gt; one" in queue
    assert (done.status, done.location) == (303, "/admin/reports?done=taken-down")
    assert (await anybody("GET", f"/widgets/{slug}")).status == 404
    assert (await owner("GET", f"/widgets/{slug}")).status == 200
    assert "No report waits." in (await boss.get("/admin/reports")).text
    assert "by @boss" in (await boss.get("/admin/reports?only=decided")).text


async def test_a_dismissed_report_leaves_the_widget_as_it_was(
    other: Caller, anybody: Caller, boss: PageVisitor, site: SiteParts, slug: str
) -> None:
    sent = await other("POST", f"/widgets/{slug}/reports", {"reason": "spam", "text": "It advertises."})
    queue = (await boss.get("/admin/reports")).text
    dismissed = re.search(r"/admin/reports/\w+/dismiss", queue)
    assert dismissed is not None

    done = await boss.send(dismissed[0], "/admin/reports")
    again = await boss.send(dismissed[0], "/admin/reports?only=decided")

    assert (sent.status, done.status, again.status) == (204, 303, 409)
    assert "@otto" in queue
    assert (await anybody("GET", f"/widgets/{slug}")).status == 200
    assert await reports.count_open(site.store) == 0


async def test_an_owner_sees_nothing_of_reports_and_nobody_else_decides_them(
    app: Quart, other: Caller, site: SiteParts
) -> None:
    hashed = await site.accounts.passwords.hash(PASSWORD)
    nora = await accounts.create(site.store, "nora", "nora@example.com", hashed)
    slug = (await widgets.create(site.store, nora, "script", "Mine", {"main.py": ""})).slug
    await other("POST", f"/widgets/{slug}/reports", {"reason": "spam", "text": "secret words"})
    [waiting] = (await reports.listed(site.store)).items
    visitor = PageVisitor(app)
    await visitor.sign_in("nora", PASSWORD)

    seen = [(await visitor.get(path)).text for path in (f"/w/{slug}", "/messages", f"/w/{slug}/settings", "/")]
    decided = await visitor.send(f"/admin/reports/{waiting.id}/dismiss", f"/w/{slug}")

    assert not [text for text in seen if "secret words" in text or "otto" in text]
    assert f"/w/{slug}/report" not in seen[0]
    assert decided.status == 403
    assert await reports.count_open(site.store) == 1


async def test_reports_are_bounded_per_account_and_per_address(
    other: Caller, anybody: Caller, slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "REPORTS", Rate("few-reports", 1, 3600.0))
    monkeypatch.setattr(rates, "REPORTS_OF_ANYBODY", Rate("few-reports-anybody", 1, 3600.0))

    answers = [
        (await caller("POST", f"/widgets/{slug}/reports", {"reason": "spam"})).status
        for caller in (other, anybody, other, anybody)
    ]

    assert answers == [204, 204, 429, 429]


async def test_a_report_needs_its_forms_token(app: Quart, slug: str, site: SiteParts) -> None:
    visitor = PageVisitor(app)

    forged = await visitor.send(f"/w/{slug}/report", "/docs/glossary", reason="spam")

    assert forged.status == 403
    assert await reports.count_open(site.store) == 0
