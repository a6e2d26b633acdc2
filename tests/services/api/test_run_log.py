"""The log of runs, over the API and as pages: found, counted, downloaded, kept, and seen by the owner alone."""

import json
import time
from typing import Any

import pytest
from quart import Quart
from tests.services.api.conftest import Caller, browser_of, token_caller

from widget_model.ids import new_id
from widget_site.parts import SiteParts
from widget_site.store import accounts, quotas, runs
from widget_site.store.quotas import GivenQuotas
from widget_site.store.runs import FinishedRun
from widget_wire import keys
from widget_wire.runs import RunEvent, RunRecord


async def made(owner: Caller, kind: str = "api") -> str:
    slug: str = (await owner("POST", "/widgets", {"kind": kind, "title": "T"})).json["slug"]
    return slug


async def keep(site: SiteParts, slug: str, *said: str, kind: str = "stdout", **more: Any) -> str:
    """Keep one finished request of a widget."""
    snapshot = await site.dispatch.snapshots.get(slug)
    assert snapshot is not None
    now = time.time()
    fields: dict[str, Any] = {"trigger": "route", "outcome": "ok", "error": "", "exit_code": None, "rss_kb": 9000}
    fields |= {"request": {"method": "GET", "path": "/hello", "status": 200, "remote_address": "127.0.0.1"}} | more
    record = RunRecord(
        id=new_id(), widget_id=snapshot.widget_id, revision=1, started_at=now - 0.5, finished_at=now, **fields
    )
    events = [RunEvent(seq, now, kind, text) for seq, text in enumerate(said, 1)]
    last = RunEvent(len(events) + 1, now, "status", "", {"status": "finished"})
    await runs.finish(site.store, [FinishedRun(record, (*events, last))])
    return record.id


async def test_runs_are_found_over_the_api_by_what_is_asked(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner)
    good = await keep(site, slug, "fine\n")
    bad = await keep(
        site, slug, "Boom\n", outcome="error", request={"method": "POST", "path": "/x", "status": 500}, error="Boom"
    )

    async def found(query: str) -> list[str]:
        answer = await owner("GET", f"/widgets/{slug}/runs?{query}")
        assert answer.status == 200, answer.json
        return [item["id"] for item in answer.json["items"]]

    assert await found("") == [bad, good]
    assert await found("outcome=failed") == [bad]
    assert await found("q=bOOM") == [bad]
    assert await found("http_status=5xx&method=POST&path=x") == [bad]
    assert await found("http_status=200") == [good]
    assert await found(f"until={time.time() - 60}") == []
    assert [item["id"] for item in (await owner("GET", "/runs?q=fine")).json["items"]] == [good]


@pytest.mark.parametrize(
    "query", ["outcome=nonsense", "http_status=9", "since=-1", "since=nan", "revision=0", "limit=1000", "trigger=x"]
)
async def test_a_question_that_makes_no_sense_is_refused(owner: Caller, query: str) -> None:
    assert (await owner("GET", f"/runs?{query}")).status == 400


async def test_x_03_a_crash_says_what_happened_and_what_to_do(owner: Caller, app: Quart, site: SiteParts) -> None:
    assert owner.account is not None
    slug = await made(owner, "script")
    more: dict[str, Any] = {
        "trigger": "owner",
        "request": None,
        "outcome": "crashed",
        "error": "Server code exited",
        "exit_code": -11,
    }
    run_id = await keep(site, slug, "Fatal Python error: <b>\n", kind="stderr", **more)
    browser = await browser_of(app, site, owner.account)

    shown = (await owner("GET", f"/runs/{run_id}")).json
    page = await text_of(browser, f"/runs/{run_id}")

    assert "SIGSEGV" in shown["reason"]["what"]
    assert "last lines of stderr" in shown["reason"]["advice"]
    for told in ("SIGSEGV", "Exit code</dt><dd>-11", "9 MB at its peak", "The last it wrote to stderr"):
        assert told in page
    assert page.count("Fatal Python error: &lt;b&gt;") == 2


async def text_of(browser: Caller, path: str, status: int = 200) -> str:
    """Open a page; return its HTML."""
    response = await browser.app.test_client().get(path, headers=browser.headers)
    text: str = await response.get_data(as_text=True)
    assert response.status_code == status, text
    return text


async def test_h_65_the_list_shows_each_request_with_what_it_printed(
    owner: Caller, app: Quart, site: SiteParts
) -> None:
    assert owner.account is not None
    slug = await made(owner)
    first = await keep(site, slug, "printed <script>\n")
    await keep(site, slug, "of another\n", request={"method": "PUT", "path": "/other", "status": 404})
    browser = await browser_of(app, site, owner.account)

    every = await text_of(browser, f"/w/{slug}/runs")
    one = await text_of(browser, f"/w/{slug}/runs?q=printed")
    none = await text_of(browser, f"/w/{slug}/runs?q=nothing&http_status=banana")
    mine = await text_of(browser, "/runs")
    days = await text_of(browser, f"/w/{slug}/runs?by=day")

    assert "printed &lt;script&gt;" in every
    assert "GET /hello" in every
    assert "PUT /other" in every
    assert f'id="run-{first}"' in one
    assert "/other</span>" not in one
    assert "None of these is like that" in none
    assert "A status is like 404" in none
    assert slug in mine
    assert "The last 30 days" in days
    assert "2 in all, 0 did not go well" in days


async def test_pages_of_runs_are_for_the_owner(owner: Caller, other: Caller, app: Quart, site: SiteParts) -> None:
    assert other.account is not None
    slug = await made(owner)
    run_id = await keep(site, slug, "mine\n")
    stranger = await browser_of(app, site, other.account)

    await text_of(stranger, f"/runs/{run_id}", 403)
    await text_of(stranger, f"/w/{slug}/runs", 403)
    assert "mine" not in await text_of(stranger, "/runs")
    await owner("PATCH", f"/widgets/{slug}", {"visibility": "private"})
    await text_of(stranger, f"/runs/{run_id}", 404)
    await text_of(stranger, "/runs/nonsense", 404)


async def test_ten_megabytes_of_output_open_in_pieces_and_download_whole(
    owner: Caller, app: Quart, site: SiteParts
) -> None:
    assert owner.account is not None
    slug = await made(owner)
    lines = [f"line {number} " + "x" * 31_000 + "\n" for number in range(330)]
    run_id = await keep(site, slug, *lines)
    browser = await browser_of(app, site, owner.account)
    client = app.test_client()

    page = await text_of(browser, f"/runs/{run_id}")
    end = await text_of(browser, f"/runs/{run_id}?before=end")
    text = await (await client.get(f"/api/v1/runs/{run_id}/output.txt", headers=browser.headers)).get_data()
    answer = await client.get(f"/api/v1/runs/{run_id}/output.jsonl", headers=browser.headers)
    events = [json.loads(line) for line in (await answer.get_data(as_text=True)).splitlines()]

    assert len(page) < 250_000
    assert "line 0 " in page
    assert "line 329 " not in page
    assert "10 MB" in page
    assert "line 329 " in end
    assert "line 0 " not in end
    assert text == "".join(lines).encode()
    assert [event["text"] for event in events[:-1]] == lines
    assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run_id}.jsonl"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_run_under_way_is_shown_with_what_it_said_so_far(owner: Caller, app: Quart, site: SiteParts) -> None:
    assert owner.account is not None
    slug = await made(owner, "script")
    run_id = (await owner("POST", f"/widgets/{slug}/runs", {})).json["id"]
    said = [RunEvent(1, time.time(), "status", "", {"status": "running"}), RunEvent(2, time.time(), "stdout", "half\n")]
    shown = json.dumps([event.as_dict() for event in said])
    await site.dispatch.link.client.xadd(keys.EVENTS + run_id, {keys.EVENTS_FIELD: shown})
    browser = await browser_of(app, site, owner.account)

    page = await text_of(browser, f"/runs/{run_id}")
    listed = await text_of(browser, f"/w/{slug}/runs")
    text = await app.test_client().get(f"/api/v1/runs/{run_id}/output.txt", headers=browser.headers)

    assert "half\n" in page
    assert 'data-last="2"' in page
    assert "Stop</button>" in page
    assert "its own page shows what it prints" in listed
    assert await text.get_data() == b"half\n"


async def test_a_summary_counts_runs_and_their_lengths(owner: Caller, site: SiteParts) -> None:
    slug = await made(owner)
    for _ in range(3):
        await keep(site, slug)

    by_hour = (await owner("GET", f"/widgets/{slug}/run-summary")).json["spans"]
    by_day = (await owner("GET", "/run-summary?by=day")).json["spans"]

    assert (len(by_hour), len(by_day)) == (24, 30)
    assert sum(span["runs"] for span in by_hour) == sum(span["runs"] for span in by_day) == 3
    told = next(span for span in by_day if span["runs"])
    assert told["outcomes"] == {"ok": 3}
    assert told["p50_ms"] == pytest.approx(500, rel=0.1)


async def test_an_owner_chooses_how_long_runs_are_kept_within_what_the_site_keeps(
    owner: Caller, app: Quart, site: SiteParts
) -> None:
    assert owner.account is not None
    slug = await made(owner)

    before = await owner("GET", f"/widgets/{slug}/retention")
    chosen = await owner("PUT", f"/widgets/{slug}/retention", {"days": 2.5, "runs": 10})
    too_long = await owner("PUT", f"/widgets/{slug}/retention", {"days": 31})
    browser = await browser_of(app, site, owner.account)
    form = {"days": "1,5", "runs": ""}
    client = app.test_client()
    refused = await client.post(f"/w/{slug}/retention", form=form, headers=browser.headers)
    saved = await client.post(f"/w/{slug}/retention", form={"days": "7", "runs": ""}, headers=browser.headers)

    assert before.json == {"days": None, "runs": None, "site_days": 30.0, "site_runs": 100_000}
    assert chosen.json["days"] == 2.5
    assert (too_long.status, too_long.json["error"]["code"]) == (400, "bad_field")
    assert "30 days at most" in too_long.json["error"]["message"]
    assert refused.status_code == 400
    assert "Write a number" in await refused.get_data(as_text=True)
    assert saved.status_code == 303
    assert (await owner("GET", f"/widgets/{slug}/retention")).json["days"] == 7


async def test_quotas_are_shown_given_by_admins_and_name_the_way_out(
    owner: Caller, app: Quart, site: SiteParts
) -> None:
    assert owner.account is not None
    slug = await made(owner, "script")
    await keep(site, slug)
    admin = await accounts.create(site.store, "root", "root@example.com", "no password", is_admin=True)
    boss = await browser_of(app, site, admin)
    _, secret = await site.accounts.make_token(admin, "tests")
    program = Caller(app, {"Authorization": f"Bearer {secret}"}, admin)

    given = await boss("PUT", "/accounts/olive/quotas", {"runs_per_day": 1})
    unknown = await boss("PUT", "/accounts/nobody/quotas", {})
    refused = await owner("POST", f"/widgets/{slug}/runs", {})
    saved = await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "print(2)"}})
    mine = {item["name"]: item for item in (await owner("GET", "/me/quotas")).json["items"]}
    browser = await browser_of(app, site, owner.account)
    account = await text_of(browser, "/account")
    listed = await text_of(browser, f"/w/{slug}/runs")

    assert (given.status, unknown.status) == (200, 404)
    # An admin's token is a token: whoever finds it is no administrator.
    assert (await program("GET", "/accounts/olive/quotas")).status == 403
    assert (await program("PUT", "/accounts/olive/quotas", {})).status == 403
    assert (refused.status, refused.json["error"]["code"]) == (429, "over_quota")
    assert refused.json["error"]["quota"] == "runs_per_day"
    assert "used up its 1 runs of today" in refused.json["error"]["message"]
    assert int(refused.headers["Retry-After"]) > 0
    assert saved.status == 200
    assert (mine["runs_per_day"]["used"], mine["runs_per_day"]["most"]) == (1, 1)
    assert 'value="100">100 %</meter>' in account
    assert "used up its 1 runs of today" in listed
    assert (await boss("PUT", "/accounts/olive/quotas", {"runs_per_day": -1})).status == 400


async def test_w_28_the_log_of_an_account_is_that_of_its_own_widgets(app: Quart, site: SiteParts) -> None:
    nina, theo = await token_caller(app, site, "nina"), await token_caller(app, site, "theo")
    hers = await keep(site, await made(nina), "hers\n")
    await keep(site, await made(theo), "his\n")

    found = (await nina("GET", "/runs")).json["items"]

    assert [item["id"] for item in found] == [hers]
    assert nina.account is not None
    assert await quotas.given(site.store, nina.account.id) == GivenQuotas()


@pytest.mark.parametrize(
    "run_id", ["..", "%2e%2e%2fetc%2fpasswd", "..%2f..%2fx", "%00", "0" * 26, "A" * 5000, "é" * 26]
)
async def test_66_no_name_of_a_run_leads_anywhere_else(owner: Caller, app: Quart, site: SiteParts, run_id: str) -> None:
    assert owner.account is not None
    browser = await browser_of(app, site, owner.account)

    for path in (f"/runs/{run_id}", f"/api/v1/runs/{run_id}/output.txt", f"/api/v1/runs/{run_id}/output.jsonl"):
        answer = await app.test_client().get(path, headers=browser.headers)
        assert answer.status_code == 404, path
