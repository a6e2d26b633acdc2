"""The real, unmodified anvil-uplink against our endpoint (features.md section 9, S-30 to S-53)."""

import asyncio
import datetime
import hashlib
import json
import math
from pathlib import Path

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.uplink.programs import WAIT_S, Caller, CallError, environment, pythons

from widget_site.store import uplink_keys
from widget_wire.values import Media

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOUR = """
import datetime, hashlib, time

@anvil.server.portable_class
class Point:
    def __init__(self, x):
        self.x = x

@anvil.server.callable
def echo(*args, **kwargs):
    return [list(args), kwargs]

@anvil.server.callable("number-[0-9]+")
def numbered(*args):
    return "a number"

@anvil.server.callable
def shared_name():
    return "the uplink"

@anvil.server.callable
def context():
    c = anvil.server.context
    return [c.type, c.client.type, c.client.ip, c.remote_caller.type, c.remote_caller.is_trusted]

@anvil.server.callable
def fail(kind):
    if kind == "value":
        raise ValueError("broken")
    if kind == "denied":
        raise anvil.server.PermissionDenied("not you")
    if kind == "object":
        return object()
    if kind == "large":
        return "x" * 5000000
    if kind == "exit":
        sys.exit(3)
    raise KeyError(kind)

@anvil.server.callable
def turned(media):
    return anvil.BlobMedia(media.content_type, media.get_bytes()[::-1], name=media.name)

@anvil.server.callable
def digest(media):
    return hashlib.sha256(media.get_bytes()).hexdigest()

@anvil.server.callable
def nested(name, *args):
    return anvil.server.call(name, *args)

@anvil.server.callable
def caught(name, *args):
    try:
        return anvil.server.call(name, *args)
    except Exception as error:
        return [type(error).__name__, str(error)]

@anvil.server.callable
def portable():
    back = anvil.server.call("echo", [Point(21)])
    return [isinstance(back[0][0][0], Point), back[0][0][0].x]

@anvil.server.callable
def large_argument():
    return caught("own", "x" * 5000000)

@anvil.server.callable
def origins():
    return [anvil.server.get_app_origin(), anvil.server.get_api_origin()]

@anvil.server.callable
def slow(seconds):
    time.sleep(seconds)
    return "slept"

@anvil.server.callable
def register_late():
    anvil.server.callable("late")(lambda: "late")
"""
#: Everything portable, each as it comes back.
VALUES = [
    "text", "", "é \u2028 \U0001f600", True, False, None, 0, -1, 2**31, 2**70, -(2**65), 1.5, -0.0, math.inf,
    [], {}, [1, [2, {"a": [3]}]], {"": 1, "k": None}, datetime.date(2026, 1, 2),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.UTC),
    datetime.datetime(1, 1, 1, 0, 0, 0, 1, datetime.timezone(-datetime.timedelta(hours=9, minutes=30))),
]  # fmt: skip


@pytest.mark.parametrize("version", list(pythons()))
async def test_k_02_k_03_k_06_the_client_connects_and_answers_on_every_python(
    caller: Caller, uplink_homes: Path, tmp_path: Path, version: str
) -> None:
    python = await asyncio.to_thread(environment, uplink_homes, version)
    async with caller.program(python, TOUR, tmp_path) as program:
        await caller.until_has("shared_name")

        assert await caller.call("echo", *VALUES, n=VALUES) == [VALUES, {"n": VALUES}]
        assert await caller.call("shared_name") == "the uplink"
        assert 'Connected to "Published" as SERVER' in program.said()


async def test_k_06_k_12_callables_names_errors_and_calls_both_ways(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    async with caller.program(python, TOUR, tmp_path):
        await caller.until_has("register_late")

        assert await caller.call("number-17") == "a number"
        assert (await caller.error("number-x"))[0] == "anvil.server.NoServerFunctionError"
        assert await caller.call("context") == ["uplink", "http", "192.0.2.7", "server_module", True]
        assert await caller.error("fail", "value") == ("ValueError", "broken")
        assert await caller.error("fail", "denied") == ("anvil.server.PermissionDenied", "not you")
        assert (
            await caller.error("fail", "k") == ("KeyError", "k") or (await caller.error("fail", "k"))[0] == "KeyError"
        )
        assert (await caller.error("fail", "object"))[0] == "anvil.server.SerializationError"
        assert (await caller.error("fail", "exit"))[0] == "SystemExit"
        # From the uplink to the widget's own code, to an unknown name, and to another function of the uplink.
        assert await caller.call("nested", "own", 1, "a") == ["own", [1, "a"], "uplink", True, "http"]
        assert (await caller.call("caught", "nothing"))[0] == "NoServerFunctionError"
        assert await caller.call("nested", "nested", "own") == ["own", [], "uplink", True, "http"]
        assert await caller.call("portable") == [True, 21]
        assert (await caller.call("caught", "nested", "nested", "nested", "nested", "nested", "nested", "nested",
            "nested", "nested", "nested", "own"))[1] == "Too many nested anvil.server.call()s"  # fmt: skip
        assert await caller.call("origins") == [
            caller.served.parts.settings.widget_origin(caller.widget.slug),
            caller.served.parts.settings.widget_origin(caller.widget.slug) + "/_/api",
        ]
        await caller.call("register_late")
        await caller.until_has("late")
        assert await caller.call("late") == "late"


async def test_k_17_s_45_what_is_too_large_is_told_and_the_link_stays(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    async with caller.program(python, TOUR, tmp_path):
        await caller.until_has("large_argument")

        kind, text = await caller.error("fail", "large")
        passed = await caller.call("large_argument")

        assert kind == "anvil.server.SerializationError"
        assert "This function returned too much data" in text
        assert passed[0] == "SerializationError"
        assert "Tried to pass too much data" in passed[1]
        assert await caller.call("shared_name") == "the uplink"


async def test_s_36_large_media_cross_several_at_the_same_time(caller: Caller, python: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096 * 4
    async with caller.program(python, TOUR, tmp_path):
        await caller.until_has("turned")

        digest, empty, *several = await asyncio.gather(
            caller.call("digest", Media("a/b", content)),
            caller.call("turned", Media("text/plain", b"", "e")),
            *(caller.call("turned", Media("application/x-test", content + b"%d" % n, "large.bin")) for n in range(3)),
        )

    assert digest == hashlib.sha256(content).hexdigest()
    assert (empty.content, empty.content_type, empty.name) == (b"", "text/plain", "e")
    for number, back in enumerate(several):
        assert (back.content_type, back.name) == ("application/x-test", "large.bin")
        assert back.content == b"%d" % number + content[::-1]
    assert len(caller.served.parts.parcels) == 0


async def test_code_in_the_sandbox_calls_the_uplink_before_its_own(caller: Caller, python: str, tmp_path: Path) -> None:
    w = caller.served.at(caller.widget)
    assert (await w.get("/ask/shared_name")).body == b"the widget"

    async with caller.program(python, TOUR, tmp_path):
        await caller.until_has("shared_name")

        assert (await w.get("/ask/shared_name")).body == b"the uplink"
        assert await caller.call("through", "nested", "own") == ["own", [], "uplink", True, "http"]


async def test_k_11_calls_that_wait_for_an_uplink_that_goes_are_told(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    async with caller.program(python, TOUR, tmp_path) as program:
        await caller.until_has("slow")
        waiting = asyncio.create_task(caller.error("slow", 300))
        await asyncio.sleep(0)
        program.process.kill()

        kind, text = await waiting
        assert (kind, text) == (
            "anvil.server.UplinkDisconnectedError",
            'The uplink server for "slow" has been disconnected',
        )
        await caller.until_has("slow", 0)
        assert (await caller.error("slow", 1))[0] == "anvil.server.UplinkDisconnectedError"
        assert await caller.call("shared_name") == "the widget"


async def test_several_uplinks_of_one_name_share_its_calls(caller: Caller, python: str, tmp_path: Path) -> None:
    source = "import os\n@anvil.server.callable\ndef who():\n    return os.getpid()\n"
    key = await caller.key()
    async with (
        caller.program(python, source, tmp_path, key=key) as one,
        caller.program(python, source, tmp_path, key=key) as other,
    ):
        await caller.until_has("who", 2)
        asked: set[int] = set()

        async def both_answered() -> bool:
            asked.add(await caller.call("who"))
            return asked == {one.process.pid, other.process.pid}

        await eventually_true(both_answered, WAIT_S)
        [first, _] = caller.served.parts.uplinks.directory.of_widget(caller.widget.id)
        await caller.served.parts.uplinks.drain(first)

        assert len({await caller.call("who") for _ in range(10)}) == 1


async def test_k_07_attack_55_a_client_calls_and_registers_nothing(caller: Caller, python: str, tmp_path: Path) -> None:
    source = """
import threading
def ask(*args):
    try:
        return anvil.server.call(*args)
    except Exception as error:
        return [type(error).__name__, str(error)]

def tour():
    said = [ask("own", 1), ask("route:/ask/x"), ask("anvil.private.secrets.get_secret", "X")]
    said += [ask("through", "own")]
    print("SAID " + json.dumps(said), flush=True)
anvil.server.connect(KEY, url=URL)
tour()
"""
    key = await caller.key("client")
    async with caller.program(python, source, tmp_path, key=key) as program:
        own, route, secret, through = json.loads(await program.until_says(r"SAID (\[.*\])"))

    assert own == ["own", [1], "client-uplink", False, "client_uplink"]
    assert route == ["PermissionDenied", 'Cannot call scoped server function "route:/ask/x" from client code']
    assert secret[0] == "PermissionDenied"
    assert through == ["own", [], "server_module", True, "client_uplink"]
    async with caller.program(python, TOUR, tmp_path, key=key) as program:
        await program.until_says("Cannot register @anvil.server.callable functions from an unprivileged")


async def test_k_04_a_wrong_key_is_told(caller: Caller, python: str, tmp_path: Path) -> None:
    async with caller.program(python, "", tmp_path, key="server_wrong") as program:
        await program.until_says("Fatal error from Anvil server: Incorrect uplink key")


async def test_attack_55_a_revoked_key_is_cut_off(caller: Caller, python: str, tmp_path: Path) -> None:
    async with caller.program(python, TOUR, tmp_path) as program:
        await caller.until_has("slow")
        waiting = asyncio.create_task(caller.error("slow", 300))
        store, owner, slug = caller.served.parts.store, caller.served.owner.id, caller.widget.slug
        for key in await uplink_keys.listed(store, slug, owner):
            await uplink_keys.revoke(store, slug, owner, key.id)

        assert (await waiting)[0] == "anvil.server.UplinkDisconnectedError"
        assert not caller.has("slow")
        await program.until_says("The key of this uplink was revoked")


async def test_k_09_k_10_it_connects_again_after_its_link_was_cut(caller: Caller, python: str, tmp_path: Path) -> None:
    async with caller.program(python, TOUR, tmp_path) as program:
        await caller.until_has("register_late")
        [before] = caller.served.parts.uplinks.directory.of_widget(caller.widget.id)
        caller.served.parts.uplinks.held[before.id].wire.cut()

        async def is_another() -> bool:
            links = caller.served.parts.uplinks.directory.of_widget(caller.widget.id)
            return bool(links) and links[0].id != before.id and caller.has("register_late")

        await eventually_true(is_another, WAIT_S)
        assert await caller.call("shared_name") == "the uplink"
        assert program.process.poll() is None


async def test_k_08_k_14_a_program_goes_over_to_another_widget_and_then_serves_several_calls_at_once(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    source = """
import threading
both = threading.Barrier(2)

@anvil.server.callable
def meets(name):
    both.wait(60)
    return [name, anvil.server.get_app_origin()]

anvil.server.connect(sys.argv[3], url=URL)
print("FIRST", anvil.server.get_app_origin(), flush=True)
anvil.server.disconnect()
"""
    other = Caller(caller.served, await caller.served.make(""))
    async with caller.program(python, source, tmp_path, await other.key()) as program:
        first = await program.until_says("FIRST (.*)")
        await caller.until_has("meets")
        together = await asyncio.gather(caller.call("meets", "a"), caller.call("meets", "b"))
        await other.until_has("meets", 0)

    origin_of = caller.served.parts.settings.widget_origin
    assert first.strip() == origin_of(other.widget.slug)
    assert list(together) == [["a", origin_of(caller.widget.slug)], ["b", origin_of(caller.widget.slug)]]


async def test_a_trace_names_the_line_of_the_uplink(caller: Caller, python: str, tmp_path: Path) -> None:
    async with caller.program(python, TOUR, tmp_path):
        await caller.until_has("fail")
        with pytest.raises(CallError) as caught:
            await caller.call("fail", "value")

        assert any(isinstance(line, int) and line > 1 for _, line in caught.value.trace)


TASKS = """
import time

@anvil.server.callable
def uses_tasks():
    task = anvil.server.launch_background_task('in_sandbox', 42)
    while not task.is_completed():
        time.sleep(0.1)
    ids = [one.get_id() for one in anvil.server.list_background_tasks()]
    found = anvil.server.get_background_task(task.get_id())
    return [found.get_return_value(), found.get_state(), found.get_task_name(), task.get_id() in ids]
"""
CLIENT_TASKS = """
def caught(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return [type(error).__name__, str(error)]

anvil.server.connect(KEY, url=URL)
task = anvil.server.call('begun')
said = [task.is_running(), task.get_state(), caught(task.kill), caught(anvil.server.launch_background_task, 'sleeps'),
        caught(anvil.server.get_background_task, task.get_id())]
task_id = task.get_id()
task._spec['id'] = '"01234567890123456789012345"'
print('SAID ' + json.dumps([*said, caught(task.is_running), task_id]), flush=True)
anvil.server.wait_forever()
"""


async def test_b_03_b_11_w_11_who_may_launch_and_manage_background_tasks(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    async with caller.program(python, TASKS, tmp_path):
        await caller.until_has("uses_tasks")
        told = await caller.call("uses_tasks")
    async with caller.program(python, CLIENT_TASKS, tmp_path, key=await caller.key("client")) as program:
        said = json.loads(await program.until_says(r"SAID (\[.*\])"))
    await caller.served.parts.dispatch.stop_run(said[-1])

    assert told == [[42, "uplink"], {"half": 21}, "in_sandbox", True]
    running, state, kill, launch, found, forged, _ = said
    assert (running, state) == (True, {})
    assert kill == ["BackgroundTaskError", "Can't manage background tasks from the client"]
    assert launch == ["BackgroundTaskError", "Can't launch background tasks from the client."]
    assert found[0] == "PermissionDenied"
    assert "was not made here" in forged[1]
