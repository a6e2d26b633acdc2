"""Sessions and cookies of visitors, from a browser's cookie jar to user code and back (S-65 to S-73, H-72, H-73)."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.http_client import Answer, Client
from tests.services.public.conftest import World

from widget_site.services.sessions import session_store
from widget_wire import keys

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import datetime
import anvil
import anvil.server
from anvil.server import route, session, cookies

@route('/count')
def count():
    session['n'] = session.get('n', 0) + 1
    return {'n': session['n'], 'keys': sorted(session)}

@route('/keep/:value')
def keep(value):
    session['day'] = datetime.date(2026, 1, 2)
    session['value'] = value
    return 'kept'

@route('/kept')
def kept():
    return [str(session['day']), session['value'], 'day' in session, type(session['day']).__name__]

@route('/drop')
def drop():
    del session['value']
    return sorted(session)

@route('/nothing')
def nothing():
    return sorted(session)

@route('/media')
def media():
    session['file'] = anvil.BlobMedia('text/plain', b'x')
    return 'stored'

@route('/large')
def large():
    session['large'] = 'x' * 300_000
    return 'stored'

@route('/fails')
def fails():
    session['n'] = 1000
    raise ValueError('no')

@route('/slow/:value')
def slow(value):
    import time
    session['value'] = value
    time.sleep(2.5)
    return 'slow'

@route('/id')
def id_():
    return [anvil.server.get_session_id(), anvil.server.session.session_id]

@route('/across', cross_site_session=True)
def across():
    return {'n': session.get('n'), 'cookie': cookies.local.get('name')}

@route('/set/:value')
def set_(value):
    cookies.local['name'] = value
    cookies.local.set(30, day=datetime.date(2026, 1, 2))
    return cookies.local['name']

@route('/get')
def get():
    try:
        jar = cookies.local
        return {'name': jar['name'], 'day': str(jar.get('day')), 'none': jar.get('x', 'no')}
    except KeyError as error:
        return {'missing': error.args[0]}

@route('/forget')
def forget():
    del cookies.local['name']
    return 'forgotten'

@route('/clear')
def clear():
    cookies.local.clear()
    return 'cleared'

@route('/short')
def short():
    cookies.local.set(0.5 / 86400, name='soon gone')
    return 'set'

@route('/big')
def big():
    try:
        cookies.local['name'] = 'x' * 5000
    except anvil.server.CookieError as error:
        return 'CookieError: ' + str(error)

@route('/cookie-media')
def cookie_media():
    try:
        cookies.local['name'] = anvil.BlobMedia('text/plain', b'x')
    except anvil.server.CookieError as error:
        return 'CookieError: ' + str(error)

@route('/share/:value')
def share(value):
    cookies.shared['name'] = value
    return 'shared'

@route('/shared')
def shared():
    return cookies.shared.get('name')

@anvil.server.callable
def nested(value):
    cookies.local['name'] = value
    session['value'] = value
    session['day'] = 1
    return [session.get('n'), anvil.server.get_session_id()]

@route('/nested/:value')
def calls(value):
    return [anvil.server.get_session_id(), *anvil.server.call('nested', value)]

@route('/stream')
def stream():
    session['n'] = 7
    def pieces():
        yield 'a'
        yield 'b'
    return pieces()
"""

COOKIE_SCRIPT = """
import anvil.server
try:
    anvil.server.cookies.local['x']
except anvil.server.CookieError as error:
    print(error)
"""


@dataclass
class Browser:
    """Keeps cookies as a browser does, for one host."""

    client: Client
    jar: dict[str, str] = field(default_factory=dict)

    async def get(self, target: str, **headers: str) -> Answer:
        sent = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        answer = await self.client.get(target, **({"Cookie": sent} if sent else {}), **headers)
        for line in answer.headers("set-cookie"):
            pair, _, rest = line.partition(";")
            name, _, value = pair.partition("=")
            assert "HttpOnly" in rest
            if "Max-Age=0" in rest:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        return answer

    async def json(self, target: str, **headers: str) -> Any:
        answer = await self.get(target, **headers)
        assert answer.status == 200, answer.text
        return json.loads(answer.body)

    @property
    def token(self) -> str:
        return self.jar["__Host-widgetry-visitor"]


async def browser(world: World) -> Browser:
    """Return a browser at a new widget."""
    return Browser(await world.make(SOURCE))


async def test_s_65_h_78_a_session_lasts_from_request_to_request_and_each_browser_has_its_own(world: World) -> None:
    one = await browser(world)
    two = Browser(one.client)

    assert [(await one.json("/count"))["n"] for _ in range(3)] == [1, 2, 3]
    assert (await two.json("/count"))["n"] == 1
    assert (await one.json("/count"))["n"] == 4


async def test_s_65_values_are_kept_exactly_and_can_be_deleted(world: World) -> None:
    at = await browser(world)

    await at.get("/keep/blue")

    assert await at.json("/kept") == ["2026-01-02", "blue", True, "date"]
    assert await at.json("/drop") == ["day"]
    assert await at.json("/nothing") == ["day"]


async def test_a_route_that_uses_no_session_sets_no_cookie_and_keeps_nothing(world: World) -> None:
    at = await browser(world)

    answer = await at.get("/nothing")

    assert answer.headers("set-cookie") == []
    assert at.jar == {}


@pytest.mark.parametrize(
    ("path", "words"),
    [("/media", "Cannot save DataMedia objects in anvil.server.session"), ("/large", "at most 262144")],
)
async def test_s_65_what_a_session_cannot_hold_is_an_error_for_the_owner(world: World, path: str, words: str) -> None:
    widget = await world.served.make(SOURCE)
    at = Browser(world.served.at(widget))

    answer = await at.get(path)

    assert answer.status == 500
    assert at.jar == {}
    _, said = await world.log(path, widget)
    assert words in said


async def test_a_route_that_fails_leaves_the_session_as_it_was(world: World) -> None:
    at = await browser(world)
    await at.get("/count")

    assert (await at.get("/fails")).status == 500

    assert (await at.json("/count"))["n"] == 2


async def test_the_first_of_two_requests_at_once_wins(world: World) -> None:
    at = await browser(world)
    await at.get("/count")

    slow = asyncio.create_task(at.get("/slow/slow"))
    await asyncio.sleep(0.3)
    await at.get("/keep/quick")
    await slow

    assert (await at.json("/kept"))[1] == "quick"


async def test_a_function_that_a_route_calls_has_its_session_and_cookies(world: World) -> None:
    at = await browser(world)

    ours, seen, theirs = await at.json("/nested/blue")

    assert (ours, seen) == (theirs, None)
    assert (await at.json("/kept"))[1] == "blue"
    assert (await at.json("/get"))["name"] == "blue"
    await at.get("/count")
    assert (await at.json("/nested/red"))[1] == 1
    assert (await at.json("/kept"))[1] == "red"


async def test_a_streamed_answer_keeps_its_session(world: World) -> None:
    at = await browser(world)

    assert (await at.get("/stream")).text == "ab"

    assert (await at.json("/count"))["n"] == 8


async def test_s_66_the_id_is_stable_and_not_what_opens_the_session(world: World) -> None:
    at = await browser(world)

    first, second = await at.json("/id"), await at.json("/id")

    assert first == second
    assert first[0] == first[1]
    assert at.token not in first
    stranger = Browser(at.client, {"__Host-widgetry-visitor": first[0]})
    assert await stranger.json("/id") != first


async def test_s_67_a_session_ends_after_its_idle_time(world: World) -> None:
    at = await browser(world)
    await at.get("/count")
    [key] = await world.served.parts.dispatch.link.client.keys(keys.SESSION + (await at.json("/id"))[0])

    assert 0 < await world.served.parts.dispatch.link.client.ttl(key) <= session_store.IDLE_S
    await world.served.parts.dispatch.link.client.delete(key)
    before = at.token

    assert (await at.json("/count"))["n"] == 1
    # A token of a session that is gone is not taken up again.
    assert at.token != before


async def test_a_token_opens_nothing_on_another_widget(world: World) -> None:
    at = await browser(world)
    await at.get("/count")
    elsewhere = Browser(await world.make(SOURCE), dict(at.jar))

    assert (await elsewhere.json("/count"))["n"] == 1


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Referer": "http://evil.example/page"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
]


@pytest.mark.parametrize("said", FOREIGN)
async def test_h_72_a_request_of_another_sites_page_has_neither_session_nor_cookies(
    world: World, said: dict[str, str]
) -> None:
    at = await browser(world)
    await at.get("/count")
    await at.get("/set/blue")
    before = dict(at.jar)

    assert (await at.json("/count", **said))["n"] == 1
    assert await at.json("/get", **said) == {"missing": "name"}
    assert (await at.get("/set/evil", **said)).status == 200

    assert at.jar == before
    assert (await at.json("/count"))["n"] == 2


async def test_h_72_a_request_of_another_sites_page_begins_no_session_either(world: World) -> None:
    at = await browser(world)

    await at.json("/count", Origin="http://evil.example")
    await at.get("/set/evil", Origin="http://evil.example")

    assert at.jar == {}


async def test_h_72_a_page_of_the_widget_itself_has_them(world: World) -> None:
    at = await browser(world)
    origin = f"http://{at.client.host}"
    await at.get("/count")

    assert (await at.json("/count", Origin=origin, Sec_Fetch_Site="same-origin"))["n"] == 2
    assert (await at.json("/count", Referer=f"{origin}/page"))["n"] == 3


async def test_h_73_cross_site_session_runs_in_the_browsers_own(world: World) -> None:
    at = await browser(world)
    await at.get("/count")
    await at.get("/set/blue")

    assert await at.json("/across", Origin="http://friend.example") == {"n": 1, "cookie": "blue"}
    assert await at.json("/across") == {"n": 1, "cookie": "blue"}


async def test_s_69_h_77_cookies_are_kept_read_and_forgotten(world: World) -> None:
    at = await browser(world)

    assert await at.json("/get") == {"missing": "name"}
    assert (await at.get("/set/blue")).text == "blue"
    assert await at.json("/get") == {"name": "blue", "day": "2026-01-02", "none": "no"}
    await at.get("/forget")
    assert await at.json("/get") == {"missing": "name"}
    await at.get("/set/red")
    await at.get("/clear")
    assert at.jar == {}


async def test_s_71_a_cookie_shows_nothing_holds_little_and_is_good_for_one_widget(world: World) -> None:
    at = await browser(world)
    await at.get("/set/blue-and-secret")

    assert all("blue" not in value for value in at.jar.values())
    assert (await at.get("/big")).text.startswith("CookieError: Cookie too big")
    assert (await at.get("/cookie-media")).text == "CookieError: Cannot store Media in cookies."
    elsewhere = Browser(await world.make(SOURCE), dict(at.jar))
    assert await elsewhere.json("/get") == {"missing": "name"}
    broken = Browser(at.client, {name: value[:-2] + "xx" for name, value in at.jar.items()})
    assert await broken.json("/get") == {"missing": "name"}


async def test_s_73_an_expired_value_is_missing(world: World) -> None:
    at = await browser(world)
    await at.get("/short")
    await asyncio.sleep(0.6)

    assert await at.json("/get") == {"missing": "name"}


async def test_s_70_a_shared_cookie_is_read_by_all_widgets_of_its_owner(world: World) -> None:
    one, two = await browser(world), await browser(world)
    await one.get("/share/ours")

    # Browsers take no cookie for all of localhost, so it is carried over by hand.
    two.jar.update({name: value for name, value in one.jar.items() if "shared" in name})

    assert (await two.get("/shared")).text == "ours"


async def test_s_72_code_without_a_browser_has_no_cookies(world: World) -> None:
    widget = await world.served.make(COOKIE_SCRIPT, "script")
    dispatch = world.served.parts.dispatch

    run_id = await dispatch.start_run(widget.slug)

    async def is_over() -> bool:
        return "outcome" in (await dispatch.status(run_id) or {})

    await eventually_true(is_over)
    page = await dispatch.events_after(run_id, 0)
    said = "".join(event.text for event in page.events if event.kind == "stdout")
    assert said == "This connection is not from a web browser - cannot access cookies.\n"
