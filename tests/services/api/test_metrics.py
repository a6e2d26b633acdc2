"""Metrics: for administrators and who has the token; bounded labels; counted by the worker with the records."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from quart import Quart
from tests.services.api.conftest import Caller, browser_of

from widget_site.dispatch import tallies
from widget_site.dispatch.redis_link import RedisLink
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings
from widget_site.store import accounts
from widget_wire.runs import RunRecord

TOKEN = "a token of the metrics alone"


@pytest.fixture
def settings(settings: SiteSettings) -> SiteSettings:
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


def record(trigger: str, outcome: str, took_s: float) -> RunRecord:
    now = time.time()
    return RunRecord("x", "a-widget", trigger, 1, outcome, now - took_s, now)


async def count(link: RedisLink, *records: RunRecord) -> None:
    async with link.client.pipeline(transaction=False) as pipe:
        tallies.add(pipe, records)
        await pipe.execute()


async def scraped(app: Quart, token: str = TOKEN) -> tuple[int, str]:
    answer = await app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, await answer.get_data(as_text=True)


async def test_60_metrics_are_for_administrators_and_who_has_their_token(
    app: Quart, site: SiteParts, owner: Caller
) -> None:
    assert owner.account is not None
    boss = await accounts.create(site.store, "boss", "boss@example.com", "no password", is_admin=True)
    _, admins_token = await site.accounts.make_token(boss, "laptop")
    client = app.test_client(use_cookies=False)
    ordinary, admin = await browser_of(app, site, owner.account), await browser_of(app, site, boss)

    statuses = {
        "nobody": (await client.get("/metrics")).status_code,
        "a wrong token": (await scraped(app, "wrong"))[0],
        "an ordinary account": (await client.get("/metrics", headers=ordinary.headers)).status_code,
        "an administrator's API token": (await scraped(app, admins_token))[0],
        "an administrator": (await client.get("/metrics", headers=admin.headers)).status_code,
        "the token": (await scraped(app))[0],
    }

    assert statuses == {
        "nobody": 401,
        "a wrong token": 401,
        "an ordinary account": 403,
        "an administrator's API token": 401,
        "an administrator": 200,
        "the token": 200,
    }


async def test_runs_are_counted_by_trigger_and_outcome_with_a_histogram(app: Quart, site: SiteParts) -> None:
    link = site.dispatch.link
    await count(link, record("route", "ok", 0.003), record("route", "ok", 0.2), record("route", "error", 400))
    await count(link, record("owner", "timeout", 300))

    status, text = await scraped(app)

    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert status == 200
    assert samples["widgetry_runs_total", (("outcome", "ok"), ("trigger", "route"))] == 2
    assert samples["widgetry_runs_total", (("outcome", "timeout"), ("trigger", "owner"))] == 1
    steps = {bound: samples["widgetry_run_seconds_bucket", (("le", bound), ("trigger", "route"))] for bound in BOUNDS}
    assert steps == {"0.005": 1, "0.1": 1, "0.25": 2, "300.0": 2, "+Inf": 3}
    assert samples["widgetry_run_seconds_sum", (("trigger", "route"),)] == pytest.approx(400.203, abs=0.01)
    assert samples["widgetry_up_database", ()] == samples["widgetry_up_redis", ()] == 1
    assert {"widgetry_queue_length", "widgetry_places", "widgetry_redis_seconds"} <= {name for name, _ in samples}


BOUNDS = ("0.005", "0.1", "0.25", "300.0", "+Inf")


async def test_no_label_holds_what_people_type(app: Quart, site: SiteParts, owner: Caller) -> None:
    made = (await owner("POST", "/widgets", {"kind": "script", "title": "Peculiar"})).json
    _, before = await scraped(app)
    await owner("POST", "/widgets", {"kind": "script", "title": "Another"})
    _, after = await scraped(app)

    assert made["slug"] not in before
    assert "olive" not in before
    assert len(before.splitlines()) == len(after.splitlines())


async def test_metrics_tell_when_redis_is_away(app: Quart, site: SiteParts, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_: RedisLink) -> None:
        raise ConnectionError

    monkeypatch.setattr("widget_site.dispatch.state.queues", away)

    status, text = await scraped(app)

    assert status == 200
    assert "widgetry_up_redis 0.0" in text
