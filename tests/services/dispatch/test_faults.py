"""A runner killed mid-call, Redis stopped and started again, a save while Redis is away (security.md 67, 68)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import redis
import redis.asyncio
from pydantic import SecretStr
from tests.fixtures import processes
from tests.services.fake_runner import FakeRunner, eventually, eventually_true, text_reply
from tests.services.site_server import SiteServer, serving

from widget_site.dispatch.errors import BusyError
from widget_site.dispatch.submit import RequestMaker, Submitter
from widget_site.settings import SiteSettings
from widget_site.store import runs
from widget_site.store.values import WidgetSnapshot
from widget_wire import keys
from widget_wire.runs import RunEvent, RunReply, RunRequest


@dataclass
class StoppableRedis:
    """A Redis of one test, which keeps its data over a restart as production's does."""

    program: str
    folder: Path

    def __post_init__(self) -> None:
        self.socket = self.folder / "redis.sock"
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.folder)]
        command = [self.program, *options, "--appendonly", "yes", "--appendfsync", "always"]
        self.process = processes.start(command, self.folder / "redis.log")
        processes.wait_until(self.answers, "redis-server", log=self.folder / "redis.log")

    def answers(self) -> bool:
        # Not its socket alone: while it reads what it kept it refuses everything.
        try:
            with redis.Redis(unix_socket_path=str(self.socket)) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[StoppableRedis]:
    program = processes.find_program("redis-server", "/usr/bin", "/usr/sbin")
    assert program is not None
    redis = StoppableRedis(program, tmp_path)
    yield redis
    redis.kill()


@pytest.fixture
async def own_site(own_redis: StoppableRedis, sqlite_url: str, tmp_path: Path) -> AsyncIterator[SiteServer]:
    settings = SiteSettings(
        data=tmp_path / "data", database_url=SecretStr(sqlite_url), redis_url=SecretStr(own_redis.url)
    )
    async with serving(settings) as server:
        yield server


async def _never(_request: RunRequest) -> list[RunReply]:
    await asyncio.Event().wait()
    return []


@pytest.mark.parametrize("age_s", [0.05, 0.8])
async def test_a_runner_killed_during_a_call_is_502_within_2_s_and_the_next_call_works(
    served: SiteServer, redis_url: str, age_s: float
) -> None:
    client = served.at(await served.make(""))
    async with FakeRunner(redis_url, _never) as runner:
        call = asyncio.create_task(client.get("/"))
        await runner.has_seen(1)
        await asyncio.sleep(age_s)
        await runner.die()
        killed_at = time.monotonic()
        answer = await call
        took_s = time.monotonic() - killed_at
    async with FakeRunner(redis_url):
        again = await client.get("/")

    assert (answer.status, again.status) == (502, 200)
    assert answer.text == "The process that ran this request went away before it answered."
    assert took_s < 2.3


async def test_a_slow_runner_that_lives_is_waited_for(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def slow(request: RunRequest) -> list[RunReply]:
        await asyncio.sleep(4)
        return [text_reply(request)]

    fake_runner.handler = slow

    assert (await served.at(await served.make("")).get("/")).status == 200


async def test_a_call_waits_for_a_runner_that_is_just_starting(served: SiteServer, redis_url: str) -> None:
    call = asyncio.create_task(served.at(await served.make("")).get("/"))
    await asyncio.sleep(2.5)

    async with FakeRunner(redis_url):
        answer = await call

    assert answer.status == 200


async def test_without_redis_a_call_is_503_within_2_s_and_works_when_it_is_back(
    own_redis: StoppableRedis, own_site: SiteServer
) -> None:
    client = own_site.at(await own_site.make(""))
    async with FakeRunner(own_redis.url):
        before = await client.get("/")
    waiting = asyncio.create_task(client.get("/"))
    await asyncio.sleep(0.1)
    own_redis.kill()
    started = time.monotonic()

    during = [await client.get("/"), await waiting]
    took_s = time.monotonic() - started
    health = await own_site.site.get("/healthz")
    own_redis.start()
    async with FakeRunner(own_redis.url):
        after = await client.get("/")

    assert (before.status, after.status) == (200, 200)
    assert [(answer.status, answer.header("retry-after")) for answer in during] == [(503, "2")] * 2
    assert took_s < 2.0
    assert (health.status, b"redis" in health.body) == (503, True)


async def test_a_save_without_redis_succeeds_and_is_served_when_redis_is_back(
    own_redis: StoppableRedis, own_site: SiteServer, sqlite_url: str, tmp_path: Path
) -> None:
    other_process = SiteSettings(
        data=tmp_path / "data", database_url=SecretStr(sqlite_url), redis_url=SecretStr(own_redis.url)
    )
    widget = await own_site.make("old")
    async with serving(other_process) as second:
        async with FakeRunner(own_redis.url):
            await own_site.at(widget).get("/")
            await second.at(widget).get("/")
        own_redis.kill()
        revision = await own_site.save(widget, "new")
        own_redis.start()
        async with FakeRunner(own_redis.url) as runner:
            answers = [await second.at(widget).get("/"), await own_site.at(widget).get("/")]
            seen = [request.revision for request in runner.seen]

    assert [answer.status for answer in answers] == [200, 200]
    assert seen == [revision, revision]


async def test_after_each_absence_of_redis_watchers_hear_of_saves_again(
    own_redis: StoppableRedis, own_site: SiteServer
) -> None:
    widget = await own_site.make("")
    heard = []
    for number in range(2):
        own_redis.kill()
        await own_site.save(widget, f"saved without redis {number}")
        own_redis.start()
        # Until the save that Redis was not told of is made up for, it is told of no other.
        async with redis.asyncio.Redis.from_url(own_redis.url) as client, client.pubsub() as channel:
            await channel.subscribe(keys.WIDGET_CHANNEL + widget.id)
            await channel.get_message(timeout=2)
            async with asyncio.timeout(10):
                message = None
                while message is None:
                    revision = await own_site.save(widget, f"saved {number} {time.monotonic()}")
                    message = await channel.get_message(ignore_subscribe_messages=True, timeout=0.3)
            heard.append(json.loads(message["data"])["revision"] == revision)

    assert heard == [True, True]


async def test_bodies_that_their_callers_left_unread_count_no_longer(
    served: SiteServer, fake_runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widget_site.dispatch.replies.MAX_BUFFERED_BYTES", 1_000_000)
    dispatch = served.parts.dispatch
    sizes = []
    for number in range(4):
        call = dispatch.requests.pending(f"run-{number}")
        first = RunReply(call.id, "done", more=True)
        part = RunReply(call.id, "done", part=1, more=True, body=b"x" * 600_000)
        async with dispatch._replies.expect(call):
            for reply in (first, part):
                await cast(Any, fake_runner.client.rpush(keys.REPLY + dispatch.requests.site, reply.to_envelope()))
            await call.first()
            await eventually(lambda: call.buffered > 0)  # noqa: B023 - it is asked in this round
            sizes.append(len((await call.next_part(5)).body))

    assert sizes == [600_000] * 4


async def test_a_lost_runner_ends_the_owners_run_in_words(served: SiteServer, redis_url: str) -> None:
    widget = await served.make("", kind="script")
    async with FakeRunner(redis_url, _never) as runner:
        run_id = await served.parts.dispatch.start_run(widget.slug)
        await runner.has_seen(1)
        await runner.say(run_id, RunEvent(1, time.time(), "stdout", "so far\n"))
        await runner.die()
    await eventually_true(lambda: runs.is_finished(served.parts.store, run_id), 5)

    run = await runs.get(served.parts.store, run_id, served.owner.id)
    page = await served.parts.dispatch.events_after(run_id, 0)

    assert (run.outcome, "went away" in run.error) == ("internal_error", True)
    assert page.events[0].text == "so far\n"
    assert page.done
    assert (page.events[-1].data or {})["outcome"] == "internal_error"


async def test_a_call_that_is_slow_to_be_handed_over_is_not_taken_for_lost(
    served: SiteServer, fake_runner: FakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hand_over_late(self: Submitter, slug: str, make: RequestMaker) -> WidgetSnapshot:
        await asyncio.sleep(3.0)  # a database that is slow, say
        return await submit(self, slug, make)

    submit = Submitter.submit
    monkeypatch.setattr(Submitter, "submit", hand_over_late)
    widget = await served.make("")

    answer = await served.at(widget).get("/")

    assert (answer.status, answer.text) == (200, "hello")


async def test_an_answer_that_comes_before_the_start_has_returned_is_heard(
    served: SiteServer, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(request: RunRequest) -> list[RunReply]:
        return [RunReply(request.id, "busy", "internal_error", 503)]

    async def hand_over_slowly(self: Submitter, slug: str, make: RequestMaker) -> WidgetSnapshot:
        snapshot = await submit(self, slug, make)
        await asyncio.sleep(0.5)
        return snapshot

    submit = Submitter.submit
    monkeypatch.setattr(Submitter, "submit", hand_over_slowly)
    widget = await served.make("", kind="script")
    async with FakeRunner(redis_url, busy):
        run_id = await served.parts.dispatch.start_run(widget.slug)
        await eventually_true(lambda: runs.is_finished(served.parts.store, run_id), 2)

    run = await runs.get(served.parts.store, run_id, served.owner.id)
    assert run.error == f"The run could not be started: {BusyError()}"
    assert served.parts.dispatch.waiting == 0


async def test_a_start_without_redis_is_refused_and_its_row_says_so(
    own_redis: StoppableRedis, own_site: SiteServer
) -> None:
    from widget_site.dispatch import AwayError

    widget = await own_site.make("", kind="script")
    async with FakeRunner(own_redis.url):
        await own_site.parts.dispatch.snapshots.get(widget.slug)
    own_redis.kill()

    with pytest.raises(AwayError):
        await own_site.parts.dispatch.start_run(widget.slug)

    listed = await runs.listed(own_site.parts.store, widget.slug, own_site.owner.id)
    assert [run.outcome for run in listed.items] in ([], ["internal_error"])


async def test_stop_reaches_the_runner_twice(served: SiteServer, fake_runner: FakeRunner) -> None:
    async with fake_runner.client.pubsub() as channel:
        await channel.subscribe(keys.STOP_CHANNEL)
        await channel.get_message(timeout=2)

        await served.parts.dispatch.stop_run("a-run")

        message = await channel.get_message(ignore_subscribe_messages=True, timeout=2)
    assert message is not None
    assert message["data"] == b"a-run"
    assert await fake_runner.client.get(keys.STOP + "a-run") == b"1"


async def test_only_so_many_runs_of_an_account_wait(served: SiteServer) -> None:
    from widget_site.errors import TooManyError

    widget = await served.make("", kind="script")
    for _ in range(20):
        await served.parts.dispatch.start_run(widget.slug)

    with pytest.raises(TooManyError):
        await served.parts.dispatch.start_run(widget.slug)


async def test_calls_at_once_each_get_their_own_answer(served: SiteServer, fake_runner: FakeRunner) -> None:
    async def echo(request: RunRequest) -> list[RunReply]:
        await asyncio.sleep(0.01)
        return [text_reply(request, str((request.route or {})["path"]))]

    fake_runner.handler = echo
    client = served.at(await served.make(""))

    answers = await asyncio.gather(*(client.get(f"/{number}") for number in range(90)))

    assert [answer.text for answer in answers] == [f"/{number}" for number in range(90)]
    await eventually(lambda: served.parts.dispatch.waiting == 0)
