"""Secrets in real runs: read through the site, hidden in everything that the run says (D-25; security 50, 62)."""

import asyncio
import base64
import json
from urllib.parse import quote

import pytest
import redis.asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.fake_runner import eventually_true
from tests.services.public.conftest import World

from widget_site.store import runs, secrets, widgets
from widget_wire.runs import RunEvent

pytestmark = pytest.mark.asyncio(loop_scope="module")

VALUE = 'hunter2-with "quotes" and a long tail'
SOURCE = """
import os, sys
import anvil.secrets
from anvil.server import route

@route('/get/:name')
def get(name):
    return anvil.secrets.get_secret(name)

@route('/print')
def print_():
    value = anvil.secrets.get_secret('KEY')
    print('the value is', value)
    print({'key': value})
    half = len(value) // 2
    sys.stdout.write(value[:half]); sys.stdout.flush()
    sys.stdout.write(value[half:] + '\\n')
    sys.stderr.write(value + '\\n')
    return 'printed'

@route('/raise')
def raise_():
    raise ValueError('bad key: ' + anvil.secrets.get_secret('KEY'))

@route('/missing')
def missing():
    try:
        return anvil.secrets.get_secret('NONE')
    except anvil.secrets.SecretError as error:
        return 'SecretError: ' + str(error)

@route('/encrypt/:text')
def encrypt(text):
    made = [anvil.secrets.encrypt_with_key('KEY', text) for _ in range(2)]
    return {'made': made, 'read': [anvil.secrets.decrypt_with_key('KEY', item) for item in made]}

@route('/decrypt')
def decrypt(text):
    try:
        return anvil.secrets.decrypt_with_key('KEY', text)
    except anvil.secrets.SecretError as error:
        return 'SecretError: ' + str(error)

@route('/environment')
def environment():
    return [dict(os.environ), open('/proc/self/environ').read(), sorted(os.listdir('/work'))]
"""


async def put(world: World, slug: str, value: str, name: str = "KEY") -> None:
    parts = world.served.parts
    await secrets.put(parts.store, slug, world.served.owner.id, name, value, parts.secret_box.encrypt)


async def test_d_25_a_run_reads_its_widgets_secret_and_the_next_run_the_changed_one(world: World) -> None:
    widget = await world.served.make(SOURCE)
    other = await world.served.make(SOURCE)
    await put(world, widget.slug, VALUE)

    assert (await world.served.at(widget).get("/get/KEY")).text == VALUE
    await put(world, widget.slug, "changed it")
    assert (await world.served.at(widget).get("/get/KEY")).text == "changed it"
    assert (await world.served.at(other).get("/get/KEY")).status == 500
    missing = await world.served.at(widget).get("/missing")
    assert missing.text.startswith("SecretError: This widget has no secret 'NONE'")


async def test_security_62_what_a_run_prints_and_raises_shows_no_secret(world: World) -> None:
    widget = await world.served.make(SOURCE)
    await put(world, widget.slug, VALUE)
    w = world.served.at(widget)

    assert (await w.get("/print")).text == "printed"
    assert (await w.get("/raise")).status == 500

    _, printed = await world.log("/print", widget)
    failed, traceback = await world.log("/raise", widget)
    assert printed.count("•••") == 4
    assert "ValueError: bad key: •••" in traceback
    assert failed.error == "ValueError: bad key: •••"
    for text in (printed, traceback, failed.error):
        assert "hunter2" not in text
        assert "tail" not in text


async def test_security_62_a_script_followed_live_shows_no_secret(world: World) -> None:
    source = "import anvil.secrets\nvalue = anvil.secrets.get_secret('KEY')\nprint(value)\nraise KeyError(value)\n"
    widget = await world.served.make(source, kind="script")
    await put(world, widget.slug, VALUE)
    parts = world.served.parts

    run_id = await parts.dispatch.start_run(widget.slug)
    live: list[RunEvent] = []

    async def is_done() -> bool:
        page = await parts.dispatch.events_after(run_id, len(live))
        live.extend(page.events)
        return page.done

    async def is_stored() -> bool:
        return any(event.kind == "status" for event in await runs.events(parts.store, run_id))

    await eventually_true(is_done)
    await eventually_true(is_stored)
    stored = await runs.events(parts.store, run_id)
    for said in (str(live), "".join(event.text for event in stored)):
        assert "•••" in said
        assert "hunter2" not in said


async def test_d_25_texts_are_encrypted_with_a_key_made_of_a_secret(world: World) -> None:
    widget = await world.served.make(SOURCE)
    await put(world, widget.slug, VALUE)
    w = world.served.at(widget)

    answer = await w.get("/encrypt/h%C3%A9llo")
    found = json.loads(answer.body)
    assert found["read"] == ["héllo", "héllo"]
    assert found["made"][0] != found["made"][1]
    assert all(len(base64.b64decode(item)) == 12 + len("héllo".encode()) + 16 for item in found["made"])
    changed = base64.b64encode(base64.b64decode(found["made"][0])[:-1] + b"x").decode()
    for text in (changed, "no base64!", ""):
        assert (await w.get(f"/decrypt?text={quote(text)}")).text.startswith("SecretError: This was not encrypted")


async def test_security_50_a_run_has_no_secret_that_it_did_not_ask_for(world: World) -> None:
    widget = await world.served.make(SOURCE)
    await put(world, widget.slug, VALUE)

    said = (await world.served.at(widget).get("/environment")).text

    assert "hunter2" not in said
    assert "WIDGETRY_SECRET" not in said


async def test_d_25_a_value_passes_redis_encrypted(world: World, redis_server: RedisServer) -> None:
    widget = await world.served.make(SOURCE)
    await put(world, widget.slug, VALUE)
    heard: list[str] = []
    async with redis.asyncio.Redis.from_url(redis_server.url) as client, client.monitor() as monitor:

        async def listen() -> None:
            async for command in monitor.listen():
                heard.append(command["command"])

        listening = asyncio.create_task(listen())
        assert (await world.served.at(widget).get("/print")).text == "printed"
        await world.log("/print", widget)
        listening.cancel()

    assert any("service-reply" in command for command in heard)
    assert not any("hunter2" in command for command in heard)


async def test_d_25_many_runs_at_once_each_get_their_own_widgets_value(world: World) -> None:
    made = [await world.served.make(SOURCE) for _ in range(3)]
    for number, widget in enumerate(made):
        await put(world, widget.slug, f"value number {number}")

    answers = await asyncio.gather(*(world.served.at(widget).get("/get/KEY") for widget in made * 2))

    assert [answer.text for answer in answers] == [f"value number {number}" for number in range(3)] * 2
    assert (await widgets.by_slug(world.served.parts.store, made[0].slug, None)).generation == 1
