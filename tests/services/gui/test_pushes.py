"""Events that server code raises for open pages: who gets them, through whichever site process, and what they carry.

That a page got nothing is shown by what it heard next.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.services.gui.page_socket import PageSocket
from tests.services.public.conftest import World
from tests.services.site_server import serving

from widget_model.kinds import Kind
from widget_model.starters import starter
from widget_site.services import pushing
from widget_site.store import widgets
from widget_site.store.values import Widget
from widget_site.store.widgets import WidgetChanges
from widget_wire.runs import ServiceCall

pytestmark = pytest.mark.asyncio(loop_scope="module")

_SERVER = """
import datetime
import anvil.server

@anvil.server.callable
def tell(name, payload=None, **to):
    anvil.server.raise_event(name, payload, **to)
    return 'told'

@anvil.server.callable
def tell_a_date():
    anvil.server.raise_event('date', {'day': datetime.date(2026, 11, 22)})

@anvil.server.callable
def tell_media():
    anvil.server.raise_event('file', [anvil.BlobMedia('text/plain', b'x')])

@anvil.server.callable
def who():
    return anvil.server.get_session_id()

@anvil.server.callable
def join(channel):
    anvil.server.subscribe(channel)
    return anvil.server.get_subscriptions()

@anvil.server.callable
def part(channel):
    anvil.server.unsubscribe(channel)
    return anvil.server.get_subscriptions()

@anvil.server.background_task
def work():
    anvil.server.raise_event('done', 42)

@anvil.server.callable
def launch():
    anvil.server.launch_background_task('work')

@anvil.server.route('/tell')
def tell_by_route():
    anvil.server.raise_event('from route')
    return 'told'
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pushing_widget(gui: World) -> AsyncIterator[Widget]:
    """A GUI whose server code pushes."""
    yield await gui.served.make({**starter(Kind.GUI), "server_code/ServerModule1.py": _SERVER}, kind="gui")


async def _open(world: World, widget: Widget, name: str = "a", **more: Any) -> PageSocket:
    host = world.served.at(widget).host
    return await PageSocket.open(world.served.port, host, name=f"page-of-a-push-test-{name}", **more)


async def _heard(page: PageSocket) -> tuple[str, Any]:
    """Return the next event: its name, and what came with it."""
    said = await page.event()
    return said["name"], said["payload"]


async def test_x_11_s_25_every_page_of_the_widget_hears_in_order(gui: World, pushing_widget: Widget) -> None:
    one, two = await _open(gui, pushing_widget, "a"), await _open(gui, pushing_widget, "b")

    for count in range(5):
        await one.call("tell", "count", {"at": count})

    assert [await _heard(two) for _ in range(5)] == [("count", {"at": count}) for count in range(5)]
    one.close()
    two.close()


async def test_x_11_pages_of_other_site_processes_hear_and_those_of_other_widgets_do_not(
    gui: World, pushing_widget: Widget
) -> None:
    other = await gui.served.make({**starter(Kind.GUI), "server_code/ServerModule1.py": _SERVER}, kind="gui")
    async with serving(gui.served.parts.settings) as second:
        far = await PageSocket.open(second.port, second.at(pushing_widget).host, name="page-of-a-push-test-far")
        stranger = await _open(gui, other, "s")
        near = await _open(gui, pushing_widget)

        await near.call("tell", "news", "for this widget")
        await stranger.call("tell", "mark", None)

        assert await _heard(far) == ("news", "for this widget")
        assert await _heard(stranger) == ("mark", None)
        near.close()
        far.close()
        stranger.close()


async def test_x_11_tasks_and_routes_push_too(gui: World, pushing_widget: Widget) -> None:
    page = await _open(gui, pushing_widget)

    await gui.served.at(pushing_widget)("GET", "/tell")
    by_route = await _heard(page)
    await page.call("launch")

    assert by_route == ("from route", None)
    assert await _heard(page) == ("done", 42)
    page.close()


async def test_x_11_an_uplink_pushes_too(gui: World, pushing_widget: Widget) -> None:
    page = await _open(gui, pushing_widget)
    message = {"args": ["from outside", 1], "kwargs": {}, "objects": []}
    command, slug = "anvil.private.raise_event", pushing_widget.slug
    call = ServiceCall("c", "", "r", pushing_widget.id, "uplink", "", command, message, caller="uplink", slug=slug)

    await gui.served.application.call(call)

    assert await _heard(page) == ("from outside", 1)
    page.close()


async def test_x_11_an_event_for_one_session_reaches_its_pages_alone(gui: World, pushing_widget: Widget) -> None:
    one, two = await _open(gui, pushing_widget, "a"), await _open(gui, pushing_widget, "b")
    mine = (await one.call("who"))["response"]

    await two.call("tell", "secret", 1, session_id=mine)
    await two.call("tell", "secret", 2, session_ids=[mine, "nobody"])
    await two.call("tell", "mark", 3)

    assert [await _heard(one) for _ in range(3)] == [("secret", 1), ("secret", 2), ("mark", 3)]
    assert await _heard(two) == ("mark", 3)
    one.close()
    two.close()


async def test_x_11_a_channel_reaches_the_sessions_that_server_code_subscribed(
    gui: World, pushing_widget: Widget
) -> None:
    one, two = await _open(gui, pushing_widget, "a"), await _open(gui, pushing_widget, "b")

    joined = (await one.call("join", "room"))["response"]
    await two.call("tell", "said", "hello", channel="room")
    await two.call("tell", "mark")
    left = (await one.call("part", "room"))["response"]
    await two.call("tell", "said", "again", channel="room")
    await two.call("tell", "mark")

    assert (joined, left) == (["room"], [])
    assert [await _heard(one) for _ in range(3)] == [("said", "hello"), ("mark", None), ("mark", None)]
    assert [await _heard(two) for _ in range(2)] == [("mark", None)] * 2
    one.close()
    two.close()


async def test_x_11_dates_travel_and_media_are_refused(gui: World, pushing_widget: Widget) -> None:
    page = await _open(gui, pushing_widget)

    refused = (await page.call("tell_media"))["error"]
    assert (await page.call("tell_a_date"))["response"] is None
    event = await page.event()

    assert refused["type"] == "anvil.server.SerializationError"
    assert "can't go with an event" in refused["message"]
    assert event["objects"] == [{"type": ["Date"], "value": "2026-11-22", "path": ["payload", "day"]}]
    page.close()


async def test_x_11_events_are_limited_in_size_and_number(
    gui: World, pushing_widget: Widget, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await _open(gui, pushing_widget)
    much = "x" * pushing.MAX_BYTES

    assert (await page.call("tell", "much", much))["error"]["type"] == "anvil.server.SerializationError"
    answers = [await page.call("tell", "much", much[: len(much) // 2]) for _ in range(60)]
    page.close()

    refusals = [one["error"]["type"] for one in answers if "error" in one]
    assert refusals
    assert set(refusals) == {"anvil.server.RuntimeUnavailableError"}


@pytest.mark.parametrize("command", ["raise_event", "subscribe"])
async def test_x_11_attack_56_a_page_raises_nothing_itself(gui: World, pushing_widget: Widget, command: str) -> None:
    page = await _open(gui, pushing_widget)

    assert (await page.call(f"anvil.private.{command}", "x"))["error"]["type"] == "anvil.server.PermissionDenied"
    page.close()


async def test_x_11_when_a_widget_becomes_private_its_owners_pages_alone_hear(gui: World) -> None:
    files = {**starter(Kind.GUI), "server_code/ServerModule1.py": _SERVER}
    widget = await gui.served.make(files, kind="gui")
    token = await gui.served.parts.previews.make(widget.id)
    store, owner = gui.served.parts.store, gui.served.owner.id
    owners = await _open(gui, widget, "o", query=f"?_widgetry_preview={token}")
    visitors = await _open(gui, widget, "v")

    await widgets.change(store, widget.slug, owner, WidgetChanges(visibility="private"))
    await owners.call("tell", "inside")
    # Who may hear is looked at when an event arrives.
    assert await _heard(owners) == ("inside", None)
    await widgets.change(store, widget.slug, owner, WidgetChanges(visibility="public"))
    await owners.call("tell", "open")

    assert await _heard(owners) == ("open", None)
    assert await _heard(visitors) == ("open", None)
    owners.close()
    visitors.close()
