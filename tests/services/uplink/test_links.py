"""The endpoint at the level of its socket: who is let in, and calls that reach another site process."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from tests.services.fake_runner import eventually_true
from tests.services.live.ws_client import RefusedError, Tab
from tests.services.site_server import SiteServer

from widget_site.dispatch import RedisLink
from widget_site.store import deleted, uplink_keys
from widget_site.store.values import UplinkHolder
from widget_site.uplink.handshake import REFUSED, new_key
from widget_site.uplink.link import Link, LinkParts
from widget_site.uplink.uplinks import Uplinks
from widget_wire import keys
from widget_wire.media_budget import MediaBudget
from widget_wire.parcels import Parcels
from widget_wire.runs import ServiceAnswer, ServiceCall

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
async def test_k_04_k_05_others_are_refused_in_words(served: SiteServer, hello: Any, text: str) -> None:
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


async def test_other_sockets_of_widgets_hosts_stay_shut(served: SiteServer) -> None:
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
        self.asked.append(message["command"])
        if self.answers.is_set():
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
