"""Calls through the public host, with a runner that answers what the test chooses."""

import asyncio
import time

import pytest
from tests.services.fake_runner import FakeRunner, text_reply
from tests.services.http_client import Client
from tests.services.site_server import SiteServer, serving

from widget_model.ids import new_id
from widget_model.quotas import Quotas
from widget_site.live.watch import Watching
from widget_site.settings import SiteSettings
from widget_site.store import deleted, runs, widgets
from widget_site.store.runs import FinishedRun
from widget_site.store.widgets import WidgetChanges
from widget_wire import keys
from widget_wire.runs import RunRecord, RunReply, RunRequest


def route_of(runner: FakeRunner) -> dict[str, object]:
    route = runner.seen[-1].route
    assert route is not None
    return route


async def test_it_answers_what_the_runner_says(served: SiteServer, fake_runner: FakeRunner) -> None:
    widget = await served.make("")

    answer = await served.at(widget).get("/hello?name=Bo")

    assert (answer.status, answer.text, answer.header("content-type")) == (200, "hello", "text/plain")
    assert route_of(fake_runner)["path"] == "/hello"
    assert route_of(fake_runner)["query_params"] == {"name": "Bo"}
    assert answer.header("server") is None


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/hi/%C3%A9", "/hi/é"),
        ("/a%2Fb/c", "/a%2Fb/c"),
        ("/a%2fb", "/a%2Fb"),
        ("/a%20b+c", "/a b+c"),
        ("/%zz", "/%zz"),
        ("/%FF", "/\N{REPLACEMENT CHARACTER}"),
        ("/a/../b", "/a/../b"),
        ("//two", "//two"),
    ],
)
async def test_a_path_is_decoded_segment_by_segment(
    served: SiteServer, fake_runner: FakeRunner, target: str, path: str
) -> None:
    await served.at(await served.make("")).get(target)

    assert route_of(fake_runner)["path"] == path


async def test_a_repeated_parameter_is_a_list(served: SiteServer, fake_runner: FakeRunner) -> None:
    client = served.at(await served.make(""))

    await client.post("/?a=1&b=&a=2", b"c=3&c=4&d=%C3%A9", "application/x-www-form-urlencoded; charset=utf-8")

    assert route_of(fake_runner)["query_params"] == {"a": ["1", "2"], "b": ""}
    assert route_of(fake_runner)["form_params"] == {"c": ["3", "4"], "d": "é"}


async def test_below_api_it_is_an_http_endpoint_and_the_rest_is_the_platforms(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    client = served.at(await served.make(""))

    await client.get("/_/api/x/y")
    platform = await client.get("/_/x")

    assert (route_of(fake_runner)["prefix"], route_of(fake_runner)["path"]) == ("http", "/x/y")
    assert (platform.status, len(fake_runner.seen)) == (404, 1)


async def test_a_saved_change_is_seen_by_the_next_call(served: SiteServer, fake_runner: FakeRunner) -> None:
    widget = await served.make("one")
    client = served.at(widget)

    for number in range(20):
        revision = await served.save(widget, f"number {number}")
        await client.get("/")
        assert fake_runner.seen[-1].revision == revision


async def test_another_site_process_sees_a_saved_change_at_once(
    served: SiteServer, fake_runner: FakeRunner, site_settings: SiteSettings
) -> None:
    widget = await served.make("one")
    async with serving(site_settings) as second:
        for number in range(20):
            revision = await served.save(widget, f"number {number}")
            await second.at(widget).get("/")
            assert fake_runner.seen[-1].revision == revision


async def test_code_that_redis_forgot_is_handed_over_again(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def needs_code(request: RunRequest) -> list[RunReply]:
        known = await fake_runner.client.get(keys.CODE + request.code)
        return [text_reply(request, known.decode()) if known else RunReply(request.id, "code_missing")]

    client = served.at(await served.make("the code"))
    fake_runner.handler = needs_code
    await client.get("/")
    for key in await fake_runner.client.keys(keys.CODE + "*"):
        await fake_runner.client.delete(key)

    answer = await client.get("/")

    assert (answer.status, answer.text) == (200, '{"main.py":"the code"}')


async def test_a_private_widget_is_not_there_but_for_its_owners_token(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    widget = await served.make("", visibility="private")
    other = await served.make("", visibility="private")
    client = served.at(widget)
    token = await served.application.previews.make(widget.id)

    refused = [await client.get("/x"), await client.get("/x?_widgetry_preview=wrong")]
    refused.append(await served.at(other).get(f"/x?_widgetry_preview={token}"))
    seen = await client.get(f"/x?a=1&_widgetry_preview={token}")

    assert [answer.status for answer in refused] == [404, 404, 404]
    assert refused[0].body == (await served.at("no-such-widget").get("/x")).body
    assert seen.status == 200
    assert route_of(fake_runner)["query_params"] == {"a": "1"}
    assert token not in str(route_of(fake_runner))


async def test_a_widget_that_becomes_private_or_is_renamed_is_gone_at_once(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    widget = await served.make("")
    client = served.at(widget)
    assert (await client.get("/")).status == 200

    await widgets.change(served.parts.store, widget.slug, served.owner.id, WidgetChanges(visibility="private"))

    assert (await client.get("/")).status == 404


async def test_a_site_process_that_missed_the_news_lets_nobody_into_a_widget_that_became_private(
    served: SiteServer, fake_runner: FakeRunner, site_settings: SiteSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = await served.make("")
    monkeypatch.setattr(Watching, "_take", lambda *_: None)
    async with serving(site_settings) as second:
        before = await second.at(widget).get("/")
        private = WidgetChanges(visibility="private")
        await widgets.change(served.parts.store, widget.slug, served.owner.id, private)

        after = await second.at(widget).get("/")

    assert (before.status, after.status) == (200, 404)
    assert len(fake_runner.seen) == 1


async def test_a_script_has_no_public_address(served: SiteServer, fake_runner: FakeRunner) -> None:
    answer = await served.at(await served.make("", kind="script")).get("/")

    assert (answer.status, answer.header("content-type")) == (404, "text/html; charset=utf-8")
    assert "no public address" in answer.text
    assert fake_runner.seen == []


async def test_a_body_of_parts_is_streamed(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def parts(request: RunRequest) -> list[RunReply]:
        first = RunReply(request.id, "done", headers=(("content-type", "x/y"),), body=b"a" * 500_000, more=True)
        second = RunReply(request.id, "done", part=1, body=b"b" * 700_000, more=True)
        return [first, second, RunReply(request.id, "done", part=2, body=b"c")]

    fake_runner.handler = parts
    answer = await served.at(await served.make("")).get("/")

    assert answer.body == b"a" * 500_000 + b"b" * 700_000 + b"c"


async def test_parts_that_come_twice_are_in_the_body_once(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def parts(request: RunRequest) -> list[RunReply]:
        first = RunReply(request.id, "done", body=b"a" * 500_000, more=True)
        second = RunReply(request.id, "done", part=1, body=b"b" * 700_000, more=True)
        return [first, second, first, second, RunReply(request.id, "done", part=2, body=b"c")]

    fake_runner.handler = parts
    answer = await served.at(await served.make("")).get("/")

    assert answer.body == b"a" * 500_000 + b"b" * 700_000 + b"c"


async def test_a_body_without_its_beginning_is_502_and_one_with_a_gap_breaks_off(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    async def parts(request: RunRequest) -> list[RunReply]:
        first = RunReply(request.id, "done", body=b"a", more=True)
        last = RunReply(request.id, "done", part=2, body=b"c")
        return [first, last] if (request.route or {})["path"] == "/gap" else [last]

    fake_runner.handler = parts
    client = served.at(await served.make(""))
    headless = await client.get("/")

    with pytest.raises(asyncio.IncompleteReadError):
        await client.get("/gap")
    assert headless.status == 502


async def test_a_streamed_body_that_breaks_off_does_not_look_whole(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def parts(request: RunRequest) -> list[RunReply]:
        return [
            RunReply(request.id, "done", body=b"a" * 1000, more=True),
            RunReply(request.id, "lost", part=1),
        ]

    fake_runner.handler = parts

    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await served.at(await served.make("")).get("/")


async def test_busy_is_503_with_retry_after(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def busy(request: RunRequest) -> list[RunReply]:
        return [RunReply(request.id, "busy", http_status=503)]

    fake_runner.handler = busy
    answer = await served.at(await served.make("")).get("/")

    assert (answer.status, answer.header("retry-after")) == (503, "2")
    assert answer.text == "All places for running code are taken. Please try again in a moment."


async def test_a_full_queue_is_503_at_once(served: SiteServer, redis_client: object) -> None:
    import redis.asyncio

    assert isinstance(redis_client, redis.asyncio.Redis)
    widget = await served.make("")
    await redis_client.rpush(keys.RUN_QUEUE, *(b"x" for _ in range(keys.QUEUE_MAX)))  # type: ignore[misc]

    answer = await served.at(widget).get("/")

    assert (answer.status, answer.header("retry-after")) == (503, "2")


async def test_by_ipv6_loopback_the_same_site_answers(served: SiteServer, fake_runner: FakeRunner) -> None:
    widget = await served.make("")

    answer = await Client(served.port, f"{widget.slug}.localhost", address="::1").get("/")

    assert answer.text == "hello"


async def test_healthz_names_what_is_missing_and_is_told_by_address(served: SiteServer, redis_url: str) -> None:
    without = await served.site.get("/healthz")
    async with FakeRunner(redis_url):
        whole = await Client(served.port, "10.1.2.3").get("/healthz")

    assert (without.status, b"runner" in without.body) == (503, True)
    assert (whole.status, whole.text.strip()) == (200, '{"status":"ok"}')


async def test_a_widget_of_an_account_over_its_quota_says_so_without_a_run(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    served.parts.store.quotas = Quotas(runs_per_day=1)
    widget = await served.make("")
    now = time.time()
    spent = RunRecord(new_id(), widget.id, "route", 1, "ok", now, now)
    await runs.finish(served.parts.store, [FinishedRun(spent, ())])

    answer = await served.at(widget).get("/")

    assert answer.status == 429
    assert "its owner's account has used up its runs of today. It answers again from" in answer.text
    assert 0 < int(answer.header("retry-after") or 0) <= 86400
    assert fake_runner.seen == []


async def test_d_36_an_old_name_answers_every_method_like_the_new_one(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    widget = await served.make("")
    store, owner = served.parts.store, served.owner.id
    old = served.at(widget)
    assert (await old.get("/before")).status == 200
    await widgets.change(store, widget.slug, owner, WidgetChanges(slug="renamed-since-then"))

    for client in (old, served.at("renamed-since-then")):
        assert (await client.post("/after", b"x")).status == 200
        assert route_of(fake_runner)["path"] == "/after"
    # What is known under the old name gets out of date like what is known under the new one.
    renamed = await widgets.by_slug(store, "renamed-since-then", None)
    number = await served.save(renamed, "# newer")
    assert (await old.get("/saved")).status == 200
    assert fake_runner.seen[-1].revision == number
    await widgets.change(store, "renamed-since-then", owner, WidgetChanges(visibility="private"))
    assert (await old.get("/hidden")).status == 404


async def test_d_21_what_is_deleted_answers_nobody_until_it_is_restored(
    served: SiteServer, fake_runner: FakeRunner
) -> None:
    widget = await served.make("")
    client = served.at(widget)
    assert (await client.get("/")).status == 200

    await deleted.discard(served.parts.store, widget.slug, served.owner.id)
    seen = len(fake_runner.seen)

    assert [(await client.get(path)).status for path in ("/", "/_/docs", "/_/openapi.json")] == [404, 404, 404]
    assert len(fake_runner.seen) == seen
    await deleted.restore(served.parts.store, widget.slug, served.owner.id)
    assert (await client.get("/")).status == 200
