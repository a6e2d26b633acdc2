"""Keep server running, from the setting to the answer: what starts a new process, and what its calls share."""

import asyncio
import json
from typing import Any

import pytest
from tests.services.http_client import Client
from tests.services.public.conftest import World

from widget_site.store import api_access, secrets, widgets
from widget_site.store.widgets import WidgetChanges

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil.server
from anvil.server import route, session

count = 0

@route("/count")
def counted():
    global count
    count += 1
    return {"count": count}

@anvil.server.callable
def doubled(value):
    global count
    count += 1
    return 2 * value

@route("/calls")
def calls():
    return {"doubled": anvil.server.call("doubled", 21), "count": count}

@route("/name/:name")
def named(name):
    before = session.get("name")
    session["name"] = name
    return {"before": before}

@anvil.server.callable
def deep(level):
    return 0 if level == 0 else 1 + anvil.server.call("deep", level - 1)

@route("/deep")
def went_deep():
    return {"depth": anvil.server.call("deep", 7)}
"""


async def kept(world: World, source: str = SOURCE) -> tuple[Any, Client]:
    widget = await world.served.make(source)
    store, owner = world.served.parts.store, world.served.owner
    await widgets.change(store, widget.slug, owner.id, WidgetChanges(keep_server_running=True))
    return widget, world.served.at(widget)


async def count(client: Client) -> int:
    answer = await client.get("/count")
    assert answer.status == 200, answer.text
    told: int = json.loads(answer.text)["count"]
    return told


async def test_s_14_s_15_globals_last_until_anything_of_the_widget_is_changed(world: World) -> None:
    widget, client = await kept(world)
    store, owner = world.served.parts.store, world.served.owner.id

    async def code() -> None:
        await world.served.save(widget, SOURCE + "# other\n")

    async def secret() -> None:
        await secrets.put(store, widget.slug, owner, "KEY", "value", lambda *_: b"kept")

    async def no_secret() -> None:
        await secrets.remove(store, widget.slug, owner, "KEY")

    async def setting() -> None:
        await widgets.change(store, widget.slug, owner, WidgetChanges(title="Another title"))

    async def access() -> None:
        await api_access.change(store, widget.slug, owner, keys_needed=False, per_minute=6000)

    for change in (code, secret, no_secret, setting, access):
        assert [await count(client), await count(client)] == [1, 2], change.__name__
        await change()
    assert await count(client) == 1


async def test_s_13_without_the_setting_and_after_it_is_off_again_nothing_lasts(world: World) -> None:
    widget, client = await kept(world)
    assert [await count(client), await count(client)] == [1, 2]
    store, owner = world.served.parts.store, world.served.owner.id

    await widgets.change(store, widget.slug, owner, WidgetChanges(keep_server_running=False))

    assert [await count(client), await count(client)] == [1, 1]


async def test_s_14_functions_that_a_call_calls_share_its_process_to_the_depth_that_is_allowed(world: World) -> None:
    _, client = await kept(world)

    assert json.loads((await client.get("/calls")).text) == {"doubled": 42, "count": 1}
    assert json.loads((await client.get("/deep")).text) == {"depth": 7}
    assert await count(client) == 2


async def test_s_65_visitors_of_one_process_have_sessions_of_their_own(world: World) -> None:
    _, client = await kept(world)
    first = [await client.get(f"/name/{name}") for name in ("ada", "bob")]
    cookies = ["; ".join(one.split(";")[0] for one in answer.headers("set-cookie")) for answer in first]

    again = await asyncio.gather(*(client.get("/name/again", cookie=cookie) for cookie in cookies))

    assert [json.loads(answer.text)["before"] for answer in (*first, *again)] == [None, None, "ada", "bob"]


async def test_many_calls_at_once_are_all_served_by_the_one_process(world: World) -> None:
    _, client = await kept(world)
    assert await count(client) == 1

    counts = await asyncio.gather(*(count(client) for _ in range(30)))

    assert len(set(counts)) == 30
    assert max(counts) == 31
