"""The endpoint at the level of its socket: who is let in, and calls that reach another site process."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import redis.asyncio
from tests.services.fake_runner import eventually_true
from tests.services.live.ws_client import RefusedError, Tab
from tests.services.site_server import SiteServer, serving

from widget_site.dispatch import RedisLink, uplink_tasks
from widget_site.settings import SiteSettings
from widget_site.store import deleted, uplink_keys
from widget_site.store.values import UplinkHolder
from widget_site.uplink.handshake import REFUSED, new_key
from widget_site.uplink.link import Link, LinkParts
from widget_site.uplink.uplinks import Uplinks
from widget_wire import background, keys
from widget_wire.media_budget import MediaBudget
from widget_wire.parcels import Parcels
from widget_wire.runs import RunRecord, RunRequest, ServiceAnswer, ServiceCall

PATH = "/_/uplink"
SOURCE = "import anvil.server\n"
WAIT_S = 30.0


async def key_of(served: SiteServer, slug: str, kind: str = "server") -> str:
    key, key_hash = new_key(kind)
    await uplink_keys.add(served.parts.store, slug, served.owner.id, kind, key_hash)
    return key


async def connect(served: SiteServer, key: str, *headers: tuple[str, str], v: Any = 8) -> tuple[Tab, dict[str, Any]]:
    tab = await Tab.open(served.port, list(headers), PATH)
    await tab.say(key=key, v=v)
    return tab, await tab.hear()


async def test_k_02_a_key_alone_opens_whatever_origin_and_cookies_come_with_it(served: SiteServer) -> None:
    widget = await served.make(SOURCE)
    key = await key_of(served, widget.slug)
    foreign = [("Origin", "https://elsewhere.example"), ("Cookie", "session=stolen")]

    tab, said = await connect(served, key, *foreign)

    assert said["auth"] == "OK"
    assert said["priv"] == "uplink"
    assert said["app-info"]["id"] == widget.id
    await tab.say(type="CALL", id="c1", command="anvil.private.echo", args=["x"], kwargs={})
    assert await tab.hear() == {"id": "c1", "response": "x", "objects": []}
    tab.close()
    tab, said = await connect(served, await key_of(served, widget.slug, "client"))
    assert said["priv"] == "client"
    tab.close()


@pytest.mark.parametrize(
    ("hello", "text"),
    [
        ({"key": "server_wrong", "v": 8}, "Incorrect uplink key"),
        ({"key": 7, "v": 8}, "Incorrect uplink key"),
        ({"key": "x" * 1000, "v": 8}, "Incorrect uplink key"),
        ([], "Incorrect uplink key"),
        ({"key": "server_wrong", "v": 4}, "too old"),
        ({"key": "server_wrong"}, "too old"),
    ],
)
async def test_k_04_k_05_attack_55_others_are_refused_in_words(served: SiteServer, hello: Any, text: str) -> None:
    tab = await Tab.open(served.port, [], PATH)
    await tab.send_text(json.dumps(hello))

    assert text in (await tab.hear())["error"]
    with pytest.raises(ConnectionError):
        await tab.hear()
    tab.close()


async def test_k_05_an_old_library_is_told_to_upgrade(served: SiteServer) -> None:
    widget = await served.make(SOURCE)
    tab, _ = await connect(served, await key_of(served, widget.slug), v=5)

    assert "Upgrade" in (await tab.hear())["output"]
    tab.close()


async def test_an_address_that_is_refused_too_often_has_to_wait(served: SiteServer) -> None:
    for _ in range(REFUSED.most):
        tab, said = await connect(served, "server_wrong")
        assert said == {"error": "Incorrect uplink key"}
        tab.close()
    tab, said = await connect(served, "server_wrong")

    assert "Too many refused connections" in said["error"]
    tab.close()


async def test_attack_53_other_sockets_of_widgets_hosts_stay_shut(served: SiteServer) -> None:
    for path in ("/_/uplink/x", "/api/live"):
        with pytest.raises(RefusedError):
            await Tab.open(served.port, [], path)


async def test_what_breaks_the_protocol_is_told_and_cut_off(served: SiteServer) -> None:
    widget = await served.make(SOURCE)
    tab, _ = await connect(served, await key_of(served, widget.slug))
    await tab.say(type="REGISTER", name="(?=a)")

    assert "is a pattern that is not taken here" in (await tab.hear())["error"]
    with pytest.raises(ConnectionError):
        await tab.hear()
    tab.close()


async def test_k_15_a_function_of_an_uplink_takes_longer_than_one_of_the_widget_may(
    site_settings: SiteSettings,
) -> None:
    async with serving(site_settings.model_copy(update={"call_timeout_s": 0.1, "route_timeout_s": 0.1})) as served:
        widget = await served.make(SOURCE)
        tab, _ = await connect(served, await key_of(served, widget.slug))
        await tab.say(type="REGISTER", name="slow")

        async def is_known() -> bool:
            return len(served.parts.uplinks.directory.find(widget.id, "slow")) == 1

        await eventually_true(is_known, WAIT_S)
        call = replace(a_call("slow"), widget_id=widget.id, slug=widget.slug)
        waiting = asyncio.create_task(served.application.call(call))
        asked = await tab.hear()
        await asyncio.sleep(1)
        await tab.say(id=asked["id"], response="late", objects=[])

        assert (await waiting).message["response"] == "late"
        tab.close()


async def test_the_bin_ends_a_widgets_uplinks(served: SiteServer) -> None:
    widget = await served.make(SOURCE)
    tab, _ = await connect(served, await key_of(served, widget.slug))
    await deleted.discard(served.parts.store, widget.slug, served.owner.id)

    assert "revoked" in (await tab.hear())["error"]
    tab.close()


def _no_push(key: str, data: bytes) -> None:
    raise AssertionError("nobody has large media here")


class FarLink:
    """A link of another site process, whose uplink answers as the test says."""

    def __init__(self, uplinks: Uplinks, name: str, *names: str) -> None:
        self.asked: list[str] = []
        self.last: dict[str, Any] = {}
        self.answers = asyncio.Event()
        self.answers.set()
        parts = LinkParts(
            self._nothing, Parcels(name, None, MediaBudget(), _no_push), 1000, 1000, 1000, uplinks.changed
        )
        self.link = Link(name, UplinkHolder("k1", "server", "w1", "mine"), "192.0.2.7", "", self, parts)
        self._uplinks = uplinks
        uplinks.let_in(self.link, 1.0)
        for one in names:
            self.link.on_text(json.dumps({"type": "REGISTER", "name": one}))

    async def _nothing(self, call: ServiceCall) -> ServiceAnswer:
        raise AssertionError

    async def send(self, data: str | bytes) -> None:
        assert isinstance(data, str)
        message = json.loads(data)
        self.asked.append(message.get("command") or message["type"])
        self.last = message
        if message.get("type") == "GET_TASK_STATE":
            self.link.on_text(json.dumps({"id": message["id"], "response": {"half": 1}, "objects": []}))
        elif message.get("type") == "CALL" and self.answers.is_set():
            self.link.on_text(json.dumps({"id": message["id"], "response": message["args"], "objects": []}))

    def cut(self) -> None:
        pass


def a_call(command: str = "f") -> ServiceCall:
    return ServiceCall(
        f"c-{command}", "", "r1", "w1", "route", "", command, {"args": [1]}, call_stack=({"type": "http"},)
    )


@contextlib.asynccontextmanager
async def process(redis_url: str, name: str) -> AsyncIterator[Uplinks]:
    """Another site process's uplinks."""
    link = RedisLink(redis_url)
    try:
        async with Uplinks(link, name) as uplinks:
            yield uplinks
    finally:
        await link.close()


async def until_found(uplinks: Uplinks, name: str, count: int = 1) -> None:
    async def found() -> bool:
        return len(uplinks.directory.find("w1", name)) == count

    await eventually_true(found, WAIT_S)


async def test_a_call_reaches_a_link_that_another_process_holds(
    redis_client: redis.asyncio.Redis, redis_url: str
) -> None:
    async with process(redis_url, "one") as one, process(redis_url, "other") as other:
        FarLink(other, "l1", "f", "n-[0-9]+")
        await until_found(one, "n-7")

        answer = await one(a_call())
        unknown = await one(a_call("g"))

        assert answer is not None
        assert (answer.id, answer.message["response"]) == ("c-f", [1])
        assert unknown is None
        [entry] = one.directory.of_widget("w1")
        await one.drain(entry)
        await until_found(one, "f", 0)


async def test_k_13_a_task_runs_on_a_link_of_another_process_which_tells_and_records_it(
    redis_client: redis.asyncio.Redis, redis_url: str
) -> None:
    function = background.function_of("r1", "slow", "server_module", {"args": [7], "kwargs": {}, "objects": []})
    request = RunRequest(
        "r1", "w1", "mine", "api", "background", 1, "", None, 0, 1.0, None, function=function, task="slow"
    )  # fmt: skip
    async with process(redis_url, "one") as one, process(redis_url, "other") as other:
        far = FarLink(other, "l1", "task:slow")
        await until_found(one, "task:slow")

        assert await one.launch(request)
        launched = far.last
        assert await one.task_state("r1") == {"response": {"half": 1}, "objects": []}
        assert await one.refuse_to_kill("r1")

        async def is_told() -> bool:
            return "KILL_TASK" in far.asked

        await eventually_true(is_told, WAIT_S)
        day = {"path": ["taskState", "day"], "type": ["Date"], "value": "2026-01-02"}
        said = {"id": launched["id"], "response": 7, "taskState": {"day": None}, "objects": [day]}
        far.link.on_text(json.dumps(said))

        async def is_over() -> bool:
            return bool(await redis_client.xlen(keys.RECORDS))

        await eventually_true(is_over, WAIT_S)
        assert (launched["type"], launched["command"], launched["args"]) == ("LAUNCH_BACKGROUND", "task:slow", [7])
        assert await redis_client.hgetall(keys.UPLINK_TASKS) == {}  # type: ignore[misc]  # redis' hints
        assert not await one.refuse_to_kill("r1")
        [[_, fields]] = await redis_client.xrange(keys.RECORDS)
        record = RunRecord.from_envelope(fields[keys.RECORDS_FIELD.encode()])
        assert (record.id, record.outcome, record.task) == (
            "r1", "ok", {
                "answer": {"response": 7, "objects": []},
                "state": {"response": {"day": None}, "objects": [{**day, "path": ["response", "day"]}]},
            },
        )  # fmt: skip
        assert not await one.launch(replace(request, function={**function, "command": "task:unknown"}))


async def test_k_13_a_task_that_the_site_worker_hands_over_begins_once_or_is_missing(
    redis_client: redis.asyncio.Redis, redis_url: str
) -> None:
    function = background.function_of("s1", "slow", "scheduled_task", {})
    request = RunRequest(
        "s1", "w1", "mine", "api", "schedule", 1, "", None, 0, 1.0, None, function=function, task="slow"
    )  # fmt: skip
    worker = RedisLink(redis_url)
    try:
        async with process(redis_url, "one") as one, process(redis_url, "other") as other:
            far = FarLink(other, "l1", "task:slow")
            await until_found(one, "task:slow")
            [entry] = await uplink_tasks.entries(worker)

            for _ in range(2):
                await uplink_tasks.launch_once(worker, entry, request)

            async def runs() -> bool:
                return await uplink_tasks.site_of(worker, "s1") == "other"

            await eventually_true(runs, WAIT_S)
            # Its link goes, as the next one's has before it could begin.
            other.let_out(far.link)
            far.link.close()
            await uplink_tasks.launch_once(worker, entry, replace(request, id="s2"))

            async def are_over() -> bool:
                return bool(await redis_client.xlen(keys.RECORDS) == 2)

            await eventually_true(are_over, WAIT_S)
            found = [fields[keys.RECORDS_FIELD.encode()] for _, fields in await redis_client.xrange(keys.RECORDS)]
            assert far.asked == ["task:slow"]
            assert {(record.id, record.outcome) for record in map(RunRecord.from_envelope, found)} == {
                ("s1", "crashed"), ("s2", "crashed")
            }  # fmt: skip
            assert await uplink_tasks.sites_of(worker, ["s1", "s2"]) == {}
    finally:
        await worker.close()


async def test_a_process_that_dies_takes_its_links_along(redis_client: redis.asyncio.Redis, redis_url: str) -> None:
    async with process(redis_url, "one") as one:
        async with process(redis_url, "other") as other:
            far = FarLink(other, "l1", "f")
            far.answers.clear()
            await until_found(one, "f")
            waiting = asyncio.create_task(one(a_call()))

            async def is_asked() -> bool:
                return bool(far.asked)

            await eventually_true(is_asked, WAIT_S)
            # As if it had been killed: its entry stays, its heartbeat stops.
            other.directory._own.clear()
            await redis_client.delete(keys.UPLINK_SITE + "other")
            answer = await asyncio.wait_for(waiting, WAIT_S)

        assert answer is not None
        assert answer.message["error"]["type"] == "anvil.server.UplinkDisconnectedError"
        assert one.was_here("w1", "f")
        assert await redis_client.hgetall(keys.UPLINKS) == {}  # type: ignore[misc]  # redis' hints


async def test_links_are_known_again_after_redis_was_emptied(redis_client: redis.asyncio.Redis, redis_url: str) -> None:
    async with process(redis_url, "one") as one, process(redis_url, "other") as other:
        FarLink(other, "l1", "f")
        await until_found(one, "f")
        await redis_client.flushall()
        FarLink(other, "l2", "f")

        await until_found(one, "f", 2)
