"""Server functions from the queue to the reply (features.md S-01 to S-16), at the level of Redis."""

import json
from typing import Any

import pytest
from tests.services.runner.site_double import SiteDouble

from widget_wire import media_chunks
from widget_wire.runs import ServiceAnswer

pytestmark = pytest.mark.usefixtures("runner")

HEAD = "import anvil, anvil.server, os, time\nfrom anvil.server import callable as exposed\n"
SOURCE = (
    HEAD
    + """
calls = 0

@anvil.server.callable
def add(a, b=1):
    global calls
    calls += 1
    print('added', calls)
    return [a + b, calls]

@anvil.server.callable('my_func')
def renamed():
    return 'renamed'

@anvil.server.callable('task/[0-9]+')
def numbered(*args):
    return 'numbered'

@anvil.server.callable
def turned(media):
    return anvil.BlobMedia(media.content_type, media.get_bytes()[::-1], name=media.name)

@anvil.server.callable
def context():
    c = anvil.server.context
    return [c.type, c.client.type, c.remote_caller.type, c.remote_caller.is_trusted]

@anvil.server.callable
def bad(kind):
    if kind == 'value':
        raise ValueError('no such thing')
    if kind == 'anvil':
        raise anvil.server.PermissionDenied('not you')
    if kind == 'large':
        return 'x' * 5_000_000
    if kind == 'object':
        return object()
    if kind == 'circle':
        circle = []
        circle.append(circle)
        return circle
    if kind == 'keys':
        return {1: 2}
    if kind == 'long':
        time.sleep(60)
    os._exit(3)
"""
)


def _error(answer: ServiceAnswer) -> tuple[str, str]:
    error = answer.message["error"]
    return error["type"], error["message"]


async def test_s_01_s_02_s_13_a_function_is_called_by_its_name_in_a_fresh_interpreter(site: SiteDouble) -> None:
    first = await site.call_function(SOURCE, "add", 40)
    second = await site.call_function(SOURCE, "add", 40, 2)

    assert first.message["response"] == [41, 1]
    assert second.message["response"] == [42, 1]
    assert (await site.call_function(SOURCE, "my_func")).message["response"] == "renamed"
    assert (await site.call_function(SOURCE, "task/17")).message["response"] == "numbered"


async def test_s_16_its_run_is_recorded_with_what_it_printed(site: SiteDouble) -> None:
    message = {"args": [1], "kwargs": {"b": 2}, "objects": []}
    request = await site.function(SOURCE, "add", message)
    await site.call(request)

    record = await site.record(request.id)

    assert (record.trigger, record.outcome) == ("uplink", "ok")
    assert record.request == {"function": "add", "caller": "uplink"}
    assert "added 1" in "".join(event["text"] for event in record.events)


async def test_s_04_an_unknown_name_is_told(site: SiteDouble) -> None:
    kind, text = _error(await site.call_function(SOURCE, "x"))

    assert kind == "anvil.server.NoServerFunctionError"
    assert 'No server function matching "x" has been registered' in text


async def test_s_36_media_go_in_and_come_back_whole(site: SiteDouble) -> None:
    content = bytes(range(256)) * 2000
    described = {"path": ["args", 0], "type": ["DataMedia"], "id": "m0", "mime-type": "a/b", "name": "x.bin"}
    message = {"args": [None], "kwargs": {}, "objects": [described]}
    request = await site.function(SOURCE, "turned", message, body=media_chunks.write({"m0": content}))

    answer = ServiceAnswer.from_envelope((await site.call(request)).body)

    [item] = answer.message["objects"]
    assert (item["type"], item["path"], item["name"]) == (["DataMedia"], ["response"], "x.bin")
    assert media_chunks.read(answer.media) == {item["id"]: content[::-1]}


async def test_code_knows_who_called(site: SiteDouble) -> None:
    answer = await site.call_function(SOURCE, "context")

    assert answer.message["response"] == ["server_module", "uplink", "uplink", True]


@pytest.mark.parametrize(
    ("how", "kind", "text", "outcome"),
    [
        ("value", "ValueError", "no such thing", "error"),
        ("anvil", "anvil.server.PermissionDenied", "not you", "error"),
        ("large", "anvil.server.SerializationError", "This function returned too much data - please use", "error"),
        ("object", "anvil.server.SerializationError", "Cannot serialize return value from function.", "error"),
        ("circle", "RecursionError", "recursion", "error"),
        ("keys", "anvil.server.SerializationError", "keys that aren't strings at msg", "error"),
        ("exit", "anvil.server.ExecutionTerminatedError", "exit code 3", "crashed"),
    ],
)
async def test_s_33_s_39_s_43_s_44_s_45_what_goes_wrong_is_raised_where_it_was_called(
    site: SiteDouble, how: str, kind: str, text: str, outcome: str
) -> None:
    message: dict[str, Any] = {"args": [how], "kwargs": {}, "objects": []}
    request = await site.function(SOURCE, "bad", message)
    answer = ServiceAnswer.from_envelope((await site.call(request)).body)

    assert _error(answer)[0] == kind
    assert text in _error(answer)[1]
    assert "traceback" not in answer.message["error"]
    assert (await site.record(request.id)).outcome == outcome


async def test_s_53_the_trace_names_the_line(site: SiteDouble) -> None:
    answer = await site.call_function(SOURCE, "bad", "value")

    line = SOURCE.split("\n").index("        raise ValueError('no such thing')") + 1
    assert ["main.py", line] in answer.message["error"]["trace"]


async def test_s_11_an_error_of_the_import_fails_every_call(site: SiteDouble) -> None:
    kind, text = _error(await site.call_function(HEAD + "1 / 0\n", "add"))

    assert (kind, text) == ("ZeroDivisionError", "division by zero")


async def test_s_12_a_function_is_stopped_at_its_time_limit(site: SiteDouble) -> None:
    answer = await site.call_function(SOURCE, "bad", "long", timeout_s=0.5)

    assert _error(answer) == ("anvil.server.TimeoutError", "Server code took too long")


CONTEXT = """
import anvil.server

def told():
    c = anvil.server.context
    r = c.remote_caller
    return [c.type, c.client.type, c.client.ip, c.client.location, c.background_task_id, r and [r.type, r.is_trusted]]

@anvil.server.route("/context")
def by_route():
    return told()

@anvil.server.callable
def by_call():
    return told()
"""


async def test_s_60_s_61_s_62_s_63_code_knows_where_it_runs_and_who_calls(site: SiteDouble) -> None:
    route = json.loads((await site.get(CONTEXT, "/context")).body)
    call = (await site.call_function(CONTEXT, "by_call")).message["response"]

    assert route[:5] == ["server_module", "http", "192.0.2.7", None, None]
    assert route[5] == ["http", False]
    assert call == ["server_module", "uplink", None, None, None, ["uplink", True]]


async def test_s_05_of_two_functions_of_one_name_the_later_one_answers_and_the_log_says_so(
    site: SiteDouble,
) -> None:
    source = """
import anvil.server

@anvil.server.callable("x")
def first():
    return "first"

@anvil.server.callable("x")
def second():
    return "second"
"""
    message: dict[str, Any] = {"args": [], "kwargs": {}, "objects": []}
    run = await site.function(source, "x", message)
    reply = await site.call(run)

    assert ServiceAnswer.from_envelope(reply.body).message["response"] == "second"
    said = "".join(event["text"] for event in (await site.record(run.id)).events)
    assert said.count("a callable with the name 'x' has already been registered") == 1
