"""Runs over the API: from the owner's click to what was said, with the runner's part played by hand."""

import json
import time

import pytest
from tests.services.api.conftest import Caller, token_caller

from widget_site.app import create_app
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import runs
from widget_site.store.runs import FinishedRun
from widget_wire import keys
from widget_wire.runs import RunEvent, RunRecord, RunRequest


async def script(owner: Caller) -> str:
    slug: str = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    return slug


async def say(site: SiteParts, run_id: str, *events: RunEvent) -> None:
    shown = json.dumps([event.as_dict() for event in events])
    await site.dispatch.link.client.xadd(keys.EVENTS + run_id, {keys.EVENTS_FIELD: shown})


async def test_a_run_is_queued_with_the_latest_code_before_it_is_acknowledged(owner: Caller, site: SiteParts) -> None:
    slug = await script(owner)
    await owner("PUT", f"/widgets/{slug}/files", {"files": {"main.py": "print(2)"}})

    started = await owner("POST", f"/widgets/{slug}/runs", {"args": ["a", "☃"]})

    assert started.status == 202
    assert (started.json["status"], started.json["outcome"], started.json["revision"]) == ("queued", None, 2)
    assert (started.json["trigger"], started.json["args"], started.json["widget"]) == ("owner", ["a", "☃"], slug)
    (pushed,) = await site.dispatch.link.client.lrange(keys.RUN_QUEUE, 0, -1)  # type: ignore[misc]
    request = RunRequest.from_envelope(pushed)
    assert (request.id, request.revision, request.live, request.args) == (started.json["id"], 2, True, ("a", "☃"))
    assert [item["id"] for item in (await owner("GET", f"/widgets/{slug}/runs")).json["items"]] == [request.id]


async def test_a_run_is_seen_while_it_speaks_and_after_it_ended(owner: Caller, site: SiteParts) -> None:
    slug = await script(owner)
    run_id = (await owner("POST", f"/widgets/{slug}/runs", {})).json["id"]
    now = time.time()
    said = RunEvent(1, now, "stdout", "half \ud800 NUL \0\n")
    end = {"status": "finished", "outcome": "error", "error": "ZeroDivisionError: x", "started_at": now - 2.5}
    last = RunEvent(2, now, "status", "", {**end, "finished_at": now, "exit_code": 1})

    await say(site, run_id, said)
    running = await owner("GET", f"/runs/{run_id}")
    first = await owner("GET", f"/runs/{run_id}/events?after=0")
    await say(site, run_id, last)
    ended = await owner("GET", f"/runs/{run_id}")
    rest = await owner("GET", f"/runs/{run_id}/events?after=1")

    assert running.json["status"] == "running"
    assert (first.json["done"], [event["seq"] for event in first.json["events"]]) == (False, [1])
    assert "data" not in first.json["events"][0]
    assert (ended.json["status"], ended.json["outcome"], ended.json["duration_ms"]) == ("finished", "error", 2500)
    assert (rest.json["done"], [event["seq"] for event in rest.json["events"]]) == (True, [2])


async def test_a_run_is_told_the_same_once_it_is_in_the_database(owner: Caller, site: SiteParts) -> None:
    slug = await script(owner)
    started = (await owner("POST", f"/widgets/{slug}/runs", {})).json
    widget_id = (await runs.get(site.store, started["id"], owner.account.id if owner.account else None)).widget_id
    record = RunRecord(started["id"], widget_id, "owner", 1, "ok", time.time() - 1, time.time(), rss_kb=9000)
    await runs.finish(site.store, [FinishedRun(record, (RunEvent(1, time.time(), "stdout", "hi"),))])

    kept = await owner("GET", f"/runs/{started['id']}")
    said = await owner("GET", f"/runs/{started['id']}/events")

    assert (kept.json["status"], kept.json["outcome"], kept.json["error"], kept.json["rss_kb"]) == (
        "finished",
        "ok",
        None,
        9000,
    )
    assert (said.json["done"], said.json["events"][0]["text"]) == (True, "hi")


async def test_stopping_asks_the_runner_and_is_harmless_when_it_is_over(owner: Caller, site: SiteParts) -> None:
    slug = await script(owner)
    run_id = (await owner("POST", f"/widgets/{slug}/runs", {})).json["id"]

    stopped = await owner("POST", f"/runs/{run_id}/stop")
    again = await owner("POST", f"/runs/{run_id}/stop", {})

    assert (stopped.status, again.status) == (202, 202)
    assert await site.dispatch.link.client.get(keys.STOP + run_id) == b"1"


async def test_an_api_is_not_run_but_called(owner: Caller, site: SiteParts) -> None:
    slug = (await owner("POST", "/widgets", {"kind": "api", "title": "T"})).json["slug"]

    refused = await owner("POST", f"/widgets/{slug}/runs", {})

    assert refused.status == 400
    assert f"http://{slug}.localhost:8000" in refused.json["error"]["message"]
    assert (await owner("GET", f"/widgets/{slug}/runs")).json["items"] == []


async def test_one_account_can_not_fill_the_queue(owner: Caller, other: Caller, site: SiteParts) -> None:
    slugs = [await script(owner) for _ in range(3)]
    answers = [await owner("POST", f"/widgets/{slugs[number % 3]}/runs", {}) for number in range(24)]
    theirs = await other("POST", f"/widgets/{await script(other)}/runs", {})

    assert [answer.status for answer in answers] == [202] * 20 + [429] * 4
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert theirs.status == 202


@pytest.mark.parametrize(
    "body",
    [{"args": "x"}, {"args": [True]}, {"args": [[1]]}, {"args": [None]}, {"args": ["x"] * 101}, {"argv": []}, []],
)
async def test_arguments_are_a_short_list_of_texts(owner: Caller, body: object) -> None:
    slug = await script(owner)

    assert (await owner("POST", f"/widgets/{slug}/runs", body)).status == 400


async def test_a_run_without_a_body_is_a_run_without_arguments(owner: Caller) -> None:
    slug = await script(owner)

    assert (await owner("POST", f"/widgets/{slug}/runs")).status == 202


async def test_a_run_is_refused_clearly_while_redis_is_away(
    settings: SiteSettings, owner: Caller, site: SiteParts
) -> None:
    slug = await script(owner)
    site.dispatch.link.url = "unix:///nowhere"
    await site.dispatch.link.close()
    site.dispatch.link._submit_pool.connection_kwargs["path"] = "/nowhere.sock"

    refused = await owner("POST", f"/widgets/{slug}/runs", {})

    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0


async def test_health_names_what_is_missing(anybody: Caller, site: SiteParts) -> None:
    without = await anybody("GET", "/healthz")
    client = site.dispatch.link.client
    await client.sadd(keys.RUNNERS, "r1")  # type: ignore[misc]
    await client.hset(keys.RUNNER + "r1", mapping={"places": "4"})  # type: ignore[misc]
    healthy = await anybody("GET", "/healthz")

    assert (without.status, without.json) == (503, {"status": "unavailable", "missing": ["runner"]})
    assert (healthy.status, healthy.json) == (200, {"status": "ok"})


async def test_the_setting_says_how_many_runs_of_an_account_may_wait(settings: SiteSettings) -> None:
    fewer = SiteParts.build(settings.model_copy(update={"runs_waiting_per_account": 2}))
    app = create_app(fewer.settings, fewer)
    async with app.test_app():
        olive = await token_caller(app, fewer, "olive")
        slug = await script(olive)
        answers = [await olive("POST", f"/widgets/{slug}/runs", {}) for _ in range(3)]
    await fewer.store.close()

    assert [answer.status for answer in answers] == [202, 202, 429]
    assert answers[2].json["error"]["message"].startswith("2 of your runs are waiting or running")
