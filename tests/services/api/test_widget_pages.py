"""What people read on the pages of widgets and accounts: code, lists, addresses, times (features.md 1, 4, 14)."""

import re
import time

import pytest
from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PageVisitor

from widget_model.outcomes import Outcome, Trigger
from widget_site.parts import SiteParts
from widget_site.store import accounts, runs, schedules, ticks
from widget_site.store.runs import FinishedRun
from widget_wire.runs import RunRecord

SECRET = "the value that nobody may read"
PASSWORD = "a sentence that is long"


@pytest.fixture
async def ada(app: Quart, site: SiteParts) -> PageVisitor:
    """The browser of somebody who is signed in; ``headers`` hold their token for the API, too."""
    hashed = await site.accounts.passwords.hash(PASSWORD)
    account = await accounts.create(site.store, "ada", "ada@example.com", hashed)
    _, secret = await site.accounts.make_token(account, "tests")
    visitor = PageVisitor(app)
    await visitor.sign_in("ada", PASSWORD)
    visitor.headers["Authorization"] = f"Bearer {secret}"
    return visitor


def api_of(visitor: PageVisitor) -> Caller:
    return Caller(visitor.app, visitor.headers)


async def make(visitor: PageVisitor, kind: str, title: str, main: str = "", **more: object) -> str:
    body = {"kind": kind, "title": title, "files": {"main.py": main}, **more}
    made = await api_of(visitor)("POST", "/widgets", body)
    assert made.status == 201, made.json
    slug: str = made.json["slug"]
    return slug


def text_of(page: str) -> str:
    """Return what a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


async def test_w_29_everybody_reads_the_code_of_a_public_widget_and_nobody_its_secrets(
    ada: PageVisitor, app: Quart
) -> None:
    slug = await make(ada, "script", "Open", "answer = 41 + 1\n", visibility="public")
    kept = await api_of(ada)("PUT", f"/widgets/{slug}/secrets/API_KEY", {"value": SECRET})

    page = await PageVisitor(app).get(f"/w/{slug}")
    source = await Caller(app)("GET", f"/widgets/{slug}")
    fork = await api_of(ada)("POST", f"/widgets/{slug}/fork")

    assert (kept.status, page.status) == (204, 200)
    assert "answer = 41 + 1" in text_of(page.text)
    assert source.json["files"]["main.py"] == "answer = 41 + 1\n"
    assert SECRET not in page.text + str(source.json) + str(fork.json)
    assert (await api_of(ada)("GET", f"/widgets/{fork.json['slug']}/secrets")).json["items"] == []


async def test_w_35_the_home_page_lists_own_widgets_of_every_kind_with_their_last_change(ada: PageVisitor) -> None:
    kinds = {"script": "Script", "scheduled": "Scheduled", "api": "HTTP API"}
    slugs = {kind: await make(ada, kind, f"My {kind}") for kind in kinds}

    home = text_of((await ada.get("/")).text)
    listed = await api_of(ada)("GET", "/widgets?owner=ada")

    found = {item["slug"]: (item["kind"], item["title"]) for item in listed.json["items"]}
    assert found == {slug: (kind, f"My {kind}") for kind, slug in slugs.items()}
    for kind, word in kinds.items():
        assert re.search(rf"My {kind}\b.*?{word}.*?(just now|ago)", home), home


async def test_b_24_the_page_of_a_schedule_shows_its_next_time_and_its_last_runs_with_a_link_to_each(
    ada: PageVisitor, site: SiteParts
) -> None:
    slug = await make(ada, "scheduled", "A task", schedule={"every": "day", "at": "09:30"})
    before = text_of((await ada.get(f"/w/{slug}/schedule")).text)
    run_id = await run_when_due(site, slug, Outcome.ERROR, "ValueError: no such feed")

    after = await ada.get(f"/w/{slug}/schedule")
    card = text_of((await ada.get(f"/w/{slug}")).text)

    assert re.search(r"Next: .*09:30", before)
    assert "It was not due yet" in before
    assert "ValueError: no such feed" in text_of(after.text)
    assert f'href="/runs/{run_id}"' in after.text
    assert (await ada.get(f"/runs/{run_id}")).status == 200
    assert re.search(r"Next: .*09:30", card)


async def run_when_due(site: SiteParts, slug: str, outcome: Outcome, error: str) -> str:
    """Do what schedulers and runners do when a widget's next time has come; return the run."""
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    stored = await schedules.of_widget(site.store, snapshot.widget_id)
    assert stored is not None
    assert stored.next_at is not None
    now = stored.next_at + 1
    await ticks.claim(site.store, now)
    taken = await ticks.take(site.store, now, 10, 15)
    await ticks.handed_over(site.store, taken, {})
    [due] = taken
    record = RunRecord(due.run_id, due.widget_id, Trigger.SCHEDULE, 1, outcome, time.time(), time.time(), error)
    await runs.finish(site.store, [FinishedRun(record, ())])
    await ticks.settle(site.store, now)
    return due.run_id


async def test_d_27_the_page_of_an_account_lists_its_public_widgets_to_everybody(ada: PageVisitor, app: Quart) -> None:
    shown = await make(ada, "api", "For all", visibility="public")
    hidden = await make(ada, "script", "For me", visibility="private")

    theirs = await PageVisitor(app).get("/@ada")
    own = await ada.get("/@ada")

    assert f"/w/{shown}" in theirs.text
    assert hidden not in theirs.text
    assert f"/w/{hidden}" in own.text
    assert (await PageVisitor(app).get("/@nobody-of-this-name")).status == 404


async def test_d_26_the_page_of_public_widgets_is_searched_by_title_and_kind(ada: PageVisitor, app: Quart) -> None:
    tides = await make(ada, "api", "Tides of the harbour", visibility="public")
    moons = await make(ada, "script", "Moons of Saturn", visibility="public")
    visitor = PageVisitor(app)

    for query, expected in (
        ("q=harbour", {tides}),
        ("q=harbour&kind=script", set()),
        ("kind=script", {moons}),
        ("q=nothing-is-called-so", set()),
    ):
        page = await visitor.get(f"/explore?{query}")
        assert {slug for slug in (tides, moons) if f"/w/{slug}" in page.text} == expected, query


async def test_d_29_the_page_of_an_api_shows_its_address_with_a_button_that_copies_it(ada: PageVisitor) -> None:
    slug = await make(ada, "api", "An API", visibility="public")

    page = await ada.get(f"/w/{slug}")

    assert f"http://{slug}.localhost:8000/" in page.text
    assert re.search(r'data-copy="http://' + slug, page.text), "nothing copies the address"
