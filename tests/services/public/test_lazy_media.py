"""Lazy media in real runs, and their addresses: expiring, for one visitor, safe to open (M-04, M-17)."""

import json
import time
import urllib.parse
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.public.conftest import World, opened_world

from widget_runner.engines.base import EngineSettings
from widget_site.services.media.addresses import PURPOSE, VALID_S, Addressed, Addresses
from widget_site.store.data import catalog

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import anvil, anvil.server
from anvil.server import route, request
from anvil.tables import app_tables

@route('/put', methods=['POST'])
def put(name):
    row = app_tables.pictures.add_row(pic=anvil.BlobMedia(request.body.content_type, request.body.get_bytes(), name))
    return {'id': row.get_id(), 'url': row['pic'].url, 'shown': row['pic'].get_url(False)}

@route('/pic/:row')
def pic(row):
    return app_tables.pictures.get_by_id(row)['pic']

@route('/forget/:row')
def forget(row):
    app_tables.pictures.get_by_id(row).delete()

@anvil.server.callable
def drawn(text, times=1):
    return anvil.BlobMedia('text/html', text.encode() * times, 'drawn.html')

@anvil.server.callable
def not_media():
    return 5

@route('/drawn')
def lazy():
    media = anvil.create_lazy_media('text/plain', 'drawn', 'é', times=2)
    return [media.url, media.get_bytes().decode(), media.content_type, media.name]

@route('/drawn-itself')
def drawn_itself():
    return anvil.create_lazy_media('text/plain', 'drawn', 'x')

@route('/wrong')
def wrong():
    said = []
    for make in (lambda: anvil.create_lazy_media('a/b', 'not_media').get_bytes(),
                 lambda: anvil.create_lazy_media('a/b', 'nowhere').get_bytes(),
                 lambda: anvil.create_lazy_media('a/b', 'drawn', anvil.BlobMedia('a/b', b'')),
                 lambda: anvil.create_lazy_media('a/b', 'drawn', 'x' * 5000).url):
        try:
            said.append(make())
        except Exception as error:
            said.append(type(error).__name__ + ': ' + str(error))
    return [*said, anvil.create_lazy_media('a/b', 'not_media').url]

@route('/mine')
def mine():
    anvil.server.session['seen'] = anvil.server.session.get('seen', 0) + 1
    return anvil.create_lazy_media('text/plain', 'drawn', 'for you').url

@route('/config')
def config():
    return [anvil.server.call('anvil.private.get_client_config', path)
            for path in ('/runtime/services/tables.yml', '/nothing')]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("lazy")
    limits = {"route_timeout_s": 120.0, "call_timeout_s": 120.0}
    async with opened_world(redis_server, local_settings, folder, SOURCE, **limits) as opened:
        data = opened.served.parts.store.data
        assert data is not None

        def make(db: Any) -> None:
            table = catalog.add_table(db, opened.widget.id, "pictures").id
            catalog.add_column(db, opened.widget.id, table, "pic", "media")

        await data.homes.write(opened.widget.id, make)
        yield opened


async def _asked(world: World, path: str) -> Any:
    answer = await world.w.get(path)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def path_of(world: World, url: str) -> str:
    origin = f"http://{world.widget.slug}.localhost:{world.served.port}"
    assert url.startswith(f"{origin}/_/lm/")
    return url.removeprefix(origin)


async def _put(world: World, content: bytes, kind: str, name: str) -> Any:
    answer = await world.w.post(f"/put?name={urllib.parse.quote(name)}", content, kind)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


async def test_m_04_media_of_a_row_have_an_address_with_safe_headers(world: World) -> None:
    made = await _put(world, b"\x89PNG pixels", "image/png", "a b.png")

    saved = await world.w.get(path_of(world, made["url"]))
    shown = await world.w.get(path_of(world, made["shown"]))
    head = await world.w("HEAD", path_of(world, made["shown"]))

    assert (saved.status, saved.body, shown.body) == (200, b"\x89PNG pixels", b"\x89PNG pixels")
    assert saved.header("content-disposition") == "attachment; filename*=UTF-8''a%20b.png"
    assert shown.header("content-disposition") == "inline; filename*=UTF-8''a%20b.png"
    assert (head.status, head.header("content-length")) == (200, "11")
    for answer in (saved, shown):
        assert answer.header("content-type") == "image/png"
        assert answer.header("x-content-type-options") == "nosniff"
        assert "sandbox" in (answer.header("content-security-policy") or "")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "odd"])
async def test_attack_51_what_may_hold_a_script_is_saved_and_never_shown(world: World, kind: str) -> None:
    made = await _put(world, b"<script>alert(1)</script>", kind, "x")

    shown = await world.w.get(path_of(world, made["shown"]))

    assert (shown.header("content-disposition") or "").startswith("attachment")
    assert "default-src 'none'" in (shown.header("content-security-policy") or "")


async def test_m_04_h_53_a_route_answers_with_media_of_a_row(world: World) -> None:
    made = await _put(world, b"pixels" * 100_000, "image/png", "large.png")

    answer = await world.w.get(f"/pic/{made['id']}")

    assert (answer.status, answer.body) == (200, b"pixels" * 100_000)
    assert answer.header("content-type") == "image/png"
    assert answer.header("content-disposition") == 'inline; filename="large.png"'


async def test_an_address_of_what_is_gone_or_was_changed_gives_nothing(world: World) -> None:
    made = await _put(world, b"secret", "text/plain", "s.txt")
    path = path_of(world, made["url"])
    other = await world.served.make(SOURCE)

    changed = await world.w.get(path[:30] + ("A" if path[30] != "A" else "B") + path[31:])
    elsewhere = await world.served.at(other).get(path)
    await world.w.get(f"/forget/{made['id']}")
    gone = await world.w.get(path)
    posted = await world.w.post(path, b"x")

    assert (changed.status, elsewhere.status, gone.status, posted.status) == (403, 403, 404, 404)
    assert b"secret" not in changed.body + elsewhere.body + gone.body + posted.body
    assert "expired" in changed.text


async def test_an_address_ends_after_an_hour(world: World) -> None:
    made = await _put(world, b"secret", "text/plain", "s.txt")
    path = path_of(world, made["url"])
    keys = world.served.parts.secret_box.derived_keys(PURPOSE)
    known = world.served.parts.media_addresses.read(path)
    assert known is not None

    old = Addresses(lambda: keys, lambda: time.time() - VALID_S - 60).path(known)

    assert (await world.w.get(path)).status == 200
    assert (await world.w.get(old)).status == 403


async def test_m_04_a_function_makes_media_when_they_are_fetched(world: World) -> None:
    url, text, kind, name = await _asked(world, "/drawn")

    answer = await world.w.get(path_of(world, url))

    assert (text, kind, name) == ("éé", "text/plain", None)
    assert (answer.status, answer.body.decode(), answer.header("content-type")) == (200, "éé", "text/plain")
    assert (await world.w.get("/drawn-itself")).body == b"x"


async def test_lazy_media_that_cannot_be_made_say_why(world: World) -> None:
    returned, nowhere, arguments, long, url = await _asked(world, "/wrong")

    assert "not_media() makes lazy media, and returned int" in returned
    assert nowhere.startswith("NoServerFunctionError")
    assert "text, numbers, lists and dictionaries" in arguments
    assert "too many words for an address" in long
    assert (await world.w.get(path_of(world, url))).status == 404


async def test_m_17_an_address_is_for_the_visitor_that_it_was_made_for(world: World) -> None:
    first = await world.w.get("/mine")
    cookie = (first.header("set-cookie") or "").partition(";")[0]
    second = await world.w.get("/mine", cookie=cookie)
    path = path_of(world, second.body.decode())

    mine = await world.w.get(path, cookie=cookie)
    nobodys = await world.w.get(path)
    others = await world.w.get(path, cookie="__Host-widgetry-visitor=" + "x" * 32)

    assert (mine.status, mine.body) == (200, b"for you")
    assert (nobodys.status, others.status) == (403, 403)
    assert "for the browser that it was made for" in nobodys.text


async def test_configuration_comes_from_the_service_that_has_it(world: World) -> None:
    assert await _asked(world, "/config") == [{"enable_v2": True}, None]


async def test_an_address_tells_nothing_and_survives_a_change_of_keys() -> None:
    addressed = Addressed("w1", "py", '["f",["my secret"],{}]', "a/b", "a/../b.txt", False, "server_module", "")
    before = Addresses(lambda: [b"a" * 32]).path(addressed)

    assert "secret" not in before
    assert before.count("/") == 4
    assert Addresses(lambda: [b"b" * 32, b"a" * 32]).read(before) == addressed
    assert Addresses(lambda: [b"b" * 32]).read(before) is None
    assert Addresses(lambda: [b"a" * 32]).read("/_/lm/é") is None
