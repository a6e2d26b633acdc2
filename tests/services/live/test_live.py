"""The live channel of an editor tab (W-03; security.md 53, 54)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.services.fake_runner import FakeRunner, eventually
from tests.services.http_client import Pairs
from tests.services.live.ws_client import RefusedError, Tab
from tests.services.site_server import SiteServer
from wsproto.events import BytesMessage, TextMessage

from widget_model.ids import new_id
from widget_site.store import accounts, runs, sessions, widgets
from widget_site.store.values import Account
from widget_site.store.widgets import WidgetChanges
from widget_wire.runs import RunEvent

COOKIE = "__Host-widgetry-session"
FINISHED = {"status": "finished", "outcome": "ok"}

OpenTab = Callable[..., Awaitable[Tab]]


async def headers_of(served: SiteServer, account: Account) -> Pairs:
    signed_in = await served.parts.accounts.open_session(account)
    return [("Cookie", f"{COOKIE}={signed_in.secret}"), ("Origin", f"http://localhost:{served.port}")]


@pytest.fixture
async def tab(served: SiteServer) -> AsyncIterator[Tab]:
    """A tab of the owner."""
    opened = await Tab.open(served.port, await headers_of(served, served.owner))
    yield opened
    opened.close()


async def start(served: SiteServer) -> str:
    script = await served.make("", kind="script")
    return await served.parts.dispatch.start_run(script.slug)


def line(seq: int, text: str) -> RunEvent:
    return RunEvent(seq, time.time(), "stdout", text)


def end(seq: int) -> RunEvent:
    return RunEvent(seq, time.time(), "status", "", FINISHED)


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://a.localhost:{port}",
        "https://localhost:{port}",
        "http://localhost:{port}.evil.example",
        "http://localhost:{port}0",
        "http://localhost",
    ],
)
async def test_attack_53_another_origin_is_refused_before_the_upgrade(served: SiteServer, origin: str | None) -> None:
    cookie = (await headers_of(served, served.owner))[:1]
    extra = [("Origin", origin.format(port=served.port))] if origin else []

    with pytest.raises(RefusedError) as refused:
        await Tab.open(served.port, [*cookie, *extra])

    assert refused.value.status == 403


@pytest.mark.parametrize("cookie", [None, f"{COOKIE}=wrong"])
async def test_attack_53_nobody_without_a_session_gets_in(served: SiteServer, cookie: str | None) -> None:
    origin = ("Origin", f"http://localhost:{served.port}")

    with pytest.raises(RefusedError) as refused:
        await Tab.open(served.port, [origin, *([("Cookie", cookie)] if cookie else [])])

    assert refused.value.status == 403


async def test_w03_output_arrives_while_the_script_runs(served: SiteServer, fake_runner: FakeRunner, tab: Tab) -> None:
    run_id = await start(served)
    await tab.say(op="follow", run=run_id, after=0)
    await asyncio.sleep(0.3)

    await fake_runner.say(run_id, line(1, "1\n"))
    first = await tab.hear()
    await fake_runner.say(run_id, line(2, "2\n"), end(3))
    second = await tab.hear()

    assert (first["op"], [event["text"] for event in first["events"]], first["done"]) == ("events", ["1\n"], False)
    assert ([event["seq"] for event in second["events"]], second["done"]) == ([2, 3], True)
    assert second["events"][-1]["data"] == FINISHED


async def test_a_tab_that_reconnects_goes_on_where_it_was(
    served: SiteServer, fake_runner: FakeRunner, tab: Tab
) -> None:
    run_id = await start(served)
    await fake_runner.say(run_id, line(1, "a"), line(2, "b"))
    await fake_runner.say(run_id, line(3, "c"), end(4))

    await tab.say(op="follow", run=run_id, after=2)

    assert [event["seq"] for event in await tab.hear_run(run_id)] == [3, 4]


async def test_two_tabs_follow_the_same_run_and_neither_misses_anything(
    served: SiteServer, fake_runner: FakeRunner, tab: Tab
) -> None:
    second = await Tab.open(served.port, await headers_of(served, served.owner))
    run_id = await start(served)
    for follower in (tab, second):
        await follower.say(op="follow", run=run_id, after=0)
    for seq in range(1, 500):
        await fake_runner.say(run_id, line(seq, f"{seq}\n"))
    await fake_runner.say(run_id, end(500))

    heard = await asyncio.gather(tab.hear_run(run_id), second.hear_run(run_id))
    second.close()

    assert [[event["seq"] for event in events] for events in heard] == [list(range(1, 501))] * 2


async def test_a_finished_run_is_read_from_the_database(served: SiteServer, tab: Tab) -> None:
    from widget_site.store.runs import FinishedRun
    from widget_wire.runs import RunRecord

    script = await served.make("", kind="script")
    run_id = new_id()
    record = RunRecord(run_id, script.id, "owner", 1, "ok", 1.0, 2.0)
    await runs.finish(served.parts.store, [FinishedRun(record, (line(1, "old\n"), end(2)))])

    await tab.say(op="follow", run=run_id)

    assert [event["seq"] for event in await tab.hear_run(run_id)] == [1, 2]


async def test_attack_54_somebody_elses_run_and_private_widget_do_not_exist(
    served: SiteServer, fake_runner: FakeRunner, tab: Tab
) -> None:
    stranger = await accounts.create(served.parts.store, "otto", "otto@example.com", "no password")
    theirs = await Tab.open(served.port, await headers_of(served, stranger))
    run_id = await start(served)
    secret = await served.make("", visibility="private")
    await fake_runner.say(run_id, line(1, "secret"), end(2))

    await theirs.say(op="follow", run=run_id, after=0)
    of_run = await theirs.hear()
    await theirs.say(op="follow", run=new_id(), after=0)
    of_nothing = await theirs.hear()
    await theirs.say(op="watch", widget=secret.slug)
    of_widget = await theirs.hear()
    theirs.close()

    assert of_run == {**of_nothing, "run": run_id}
    assert (of_run["op"], of_run["code"]) == ("error", "not_found")
    assert (of_widget["code"], of_widget["widget"]) == ("not_found", secret.slug)


async def test_a_watcher_hears_of_new_revisions(served: SiteServer, tab: Tab) -> None:
    widget = await served.make("one")
    await tab.say(op="watch", widget=widget.slug)
    await tab.say(op="ping")
    assert (await tab.hear())["op"] == "pong"

    await served.save(widget, "two")

    heard = await tab.hear()
    assert heard == {"op": "changed", "widget": widget.slug, "what": "revision", "revision": 2}


async def test_a_watcher_of_a_widget_that_becomes_private_hears_no_more(served: SiteServer) -> None:
    stranger = await accounts.create(served.parts.store, "otto", "otto@example.com", "no password")
    theirs = await Tab.open(served.port, await headers_of(served, stranger))
    widget = await served.make("one")
    await theirs.say(op="watch", widget=widget.slug)
    await theirs.say(op="ping")
    await theirs.hear()
    private = WidgetChanges(visibility="private")

    await widgets.change(served.parts.store, widget.slug, served.owner.id, private)
    last = await theirs.hear()
    await served.save(widget, "two")
    await asyncio.sleep(0.3)
    await theirs.say(op="ping")
    then = await theirs.hear()
    theirs.close()

    assert last == {"op": "changed", "widget": widget.slug, "what": "widget"}
    assert then == {"op": "pong"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "bad_message"),
        ("[1]", "bad_message"),
        ("[" * 4000, "bad_message"),
        ('{"op": "launch"}', "unknown_op"),
        ('{"op": 7}', "unknown_op"),
        ('{"op": "follow"}', "bad_message"),
        ('{"op": "follow", "run": "x", "after": -1}', "bad_message"),
        ('{"op": "follow", "run": "../../etc/passwd", "after": 0}', "not_found"),
        ('{"op": "watch", "widget": {"a": 1}}', "bad_message"),
    ],
)
async def test_attack_54_a_wrong_message_is_answered_and_the_socket_stays(tab: Tab, text: str, code: str) -> None:
    await tab.send_text(text)
    answer = await tab.hear()
    await tab.say(op="ping")

    assert (answer["op"], answer["code"]) == ("error", code)
    assert await tab.hear() == {"op": "pong"}


async def test_attack_54_a_message_that_is_too_large_ends_the_socket(served: SiteServer, tab: Tab) -> None:
    await tab.send_text(json.dumps({"op": "ping", "more": "x" * 5000}))

    with pytest.raises(ConnectionError):
        await tab.hear()

    assert tab.close_code == 1009


async def test_attack_54_a_frame_of_many_megabytes_ends_the_socket_early(served: SiteServer, tab: Tab) -> None:
    async def send_without_end() -> None:
        while True:
            await tab.send(TextMessage("x" * 100_000, message_finished=False))

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_without_end(), 10)

    await eventually(lambda: len(served.application.live) == 0)


async def test_bytes_end_the_socket(tab: Tab) -> None:
    await tab.send(BytesMessage(b"\x00\x01"))

    with pytest.raises(ConnectionError):
        await tab.hear()

    assert tab.close_code == 1008


async def test_attack_54_a_flood_of_messages_ends_the_socket(tab: Tab) -> None:
    heard = []

    async def listen() -> None:
        while True:
            heard.append(await tab.hear())

    for _ in range(150):
        await tab.say(op="ping")
    with pytest.raises(ConnectionError):
        await listen()

    assert tab.close_code == 1008
    assert {message.get("code") for message in heard} == {None, "too_fast"}


async def test_only_so_many_runs_are_followed_at_once(served: SiteServer, tab: Tab) -> None:
    script = await served.make("", kind="script")
    ids = [new_id() for _ in range(21)]
    for run_id in ids:
        await runs.add(served.parts.store, run_id, widget_id=script.id, trigger="owner", revision=1)
        await tab.say(op="follow", run=run_id, after=0)

    answer = await tab.hear()

    assert (answer["code"], answer["run"]) == ("too_many", ids[-1])


async def test_a_session_that_ends_ends_its_sockets(
    served: SiteServer, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from widget_site.live import socket

    monkeypatch.setattr(socket, "SESSION_CHECK_S", 0.1)
    second = await Tab.open(served.port, await headers_of(served, served.owner))

    await sessions.end_all(served.parts.store, served.owner.id)
    with pytest.raises(ConnectionError):
        await second.hear()
    second.close()

    assert second.close_code == 1008


async def test_a_site_that_stops_says_goodbye(served: SiteServer, tab: Tab) -> None:
    served.application.live.close_all()

    with pytest.raises(ConnectionError):
        await tab.hear()

    assert tab.close_code == 1001


async def test_a_tab_that_goes_away_leaves_nothing(served: SiteServer, fake_runner: FakeRunner, tab: Tab) -> None:
    run_id = await start(served)
    await tab.say(op="follow", run=run_id, after=0)
    await tab.say(op="ping")
    await tab.hear()
    before = len(served.application.live)

    tab.close()

    await eventually(lambda: len(served.application.live) == 0)
    assert before == 1
    await eventually(lambda: served.application.tail.followed == 0)


async def test_a_tab_that_reads_slowly_is_told_what_it_missed(
    served: SiteServer, fake_runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from widget_site.dispatch import tail

    monkeypatch.setattr(tail, "SLOW_S", 0.05)
    monkeypatch.setattr(tail, "MAX_BEHIND", 300)
    run_id = await start(served)
    for first in range(1, 3000, 10):
        await fake_runner.say(run_id, *(line(first + more, "x") for more in range(10)))
    await fake_runner.say(run_id, end(3001))

    seen, skipped = [], 0
    async for part in served.application.tail.follow(run_id, 0):
        seen += [event.seq for event in part.events]
        skipped += part.skipped
        await asyncio.sleep(0.1)

    assert skipped > 0
    assert len(seen) + skipped == 3001
    assert seen[-1] == 3001
