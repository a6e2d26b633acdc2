"""Kept children on a real runner: globals last, calls run at once and apart, one that hangs costs nobody else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.services.runner.kept_calls import COUNTER, count, printed, together
from tests.services.runner.site_double import SiteDouble

from widget_runner.service import Runner

#: Two calls that wait for each other.
MEETING = """
import os, sys, threading, time
import anvil.server
from anvil.server import request

arrived = threading.Event()
go_on = threading.Event()

@anvil.server.route("/waits")
def waits(word):
    print("first says", word)
    arrived.set()
    assert go_on.wait(30)
    print("and", word, file=sys.stderr)
    return request.query_params["word"] + " " + anvil.server.context.client.ip

@anvil.server.route("/frees")
def frees(word):
    assert arrived.wait(30)
    print("second says", word)
    go_on.set()
    return request.query_params["word"] + " " + anvil.server.context.client.ip
"""


async def test_s_14_one_process_serves_calls_one_after_another_and_its_globals_last(
    runner: Runner, site: SiteDouble
) -> None:
    first, second = await count(site), await count(site)

    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid_namespace"] == second["pid_namespace"]


async def test_s_13_without_it_each_call_is_a_new_interpreter(runner: Runner, site: SiteDouble) -> None:
    assert [(await count(site, keep=None))["count"] for _ in range(2)] == [1, 1]


async def test_s_14_routes_and_server_functions_are_served_by_the_same_process(
    runner: Runner, site: SiteDouble
) -> None:
    await count(site)

    answer = await site.call_function(COUNTER, "add", 2, 3, keep=1)

    assert answer.message["response"] == [5, 2]


async def test_s_14_calls_are_served_at_once_each_with_its_own_request_and_output(
    runner: Runner, site: SiteDouble
) -> None:
    asked = {"query_params": {"word": "red"}, "remote_address": "192.0.2.1"}
    waits = await site.route(MEETING, "/waits", asked=asked, keep=1)
    asked = {"query_params": {"word": "blue"}, "remote_address": "192.0.2.2"}
    frees = await site.route(MEETING, "/frees", asked=asked, keep=1)

    replies = await together(site, waits, frees)

    assert replies[waits.id].body == b"red 192.0.2.1"
    assert replies[frees.id].body == b"blue 192.0.2.2"
    first, second = await site.record(waits.id), await site.record(frees.id)
    assert printed(first) == "first says red\n"
    assert printed(first, "stderr") == "and red\n"
    assert printed(second) == "second says blue\n"


async def test_s_14_a_change_of_the_widget_starts_a_new_process_and_calls_under_way_finish_in_the_old_one(
    runner: Runner, site: SiteDouble
) -> None:
    source = """
import anvil.server
import threading

started = threading.Event()
go_on = threading.Event()

@anvil.server.route("/slow")
def slow():
    started.set()
    assert anvil.server.call("wait_for_change") == "changed"
    return "old code"
"""
    slow = await site.route(source, "/slow", keep=1)
    await site.submit(slow)
    call = await site.next_call()
    new = COUNTER

    assert (await count(site, new, keep=2))["count"] == 1
    assert (await count(site, new, keep=2))["count"] == 2
    await site.answer_call(call, {"response": "changed", "objects": []})

    assert (await site.reply()).body == b"old code"


async def test_a_request_from_before_the_change_disturbs_no_newer_process(runner: Runner, site: SiteDouble) -> None:
    assert (await count(site, keep=5))["count"] == 1
    assert (await count(site, keep=4))["count"] == 1
    assert (await count(site, keep=5))["count"] == 2


async def test_s_12_a_call_that_hangs_is_ended_and_others_in_its_process_finish(
    runner: Runner, site: SiteDouble
) -> None:
    source = """
import threading, time
import anvil.server

hangs = threading.Event()
count = 0

@anvil.server.route("/hang")
def hang():
    hangs.set()
    while True:
        time.sleep(0.01)

@anvil.server.route("/outlast")
def outlast():
    assert hangs.wait(30)
    return anvil.server.call("wait_for_timeout")

@anvil.server.route("/count")
def counted():
    global count
    count += 1
    return {"count": count}
"""
    assert (await count(site, source))["count"] == 1
    outlast = await site.route(source, "/outlast", keep=1, timeout_s=60.0)
    hang = await site.route(source, "/hang", keep=1, timeout_s=1.0)
    await site.submit(outlast, hang)
    call = await site.next_call()

    ended = await site.reply()

    assert (ended.id, ended.outcome, ended.http_status) == (hang.id, "timeout", 500)
    assert (await site.record(hang.id)).error == "Server code took too long"
    assert (await count(site, source))["count"] == 1, "a new process"
    await site.answer_call(call, {"response": "outlasted it", "objects": []})
    reply = await site.reply()
    assert (reply.id, reply.body) == (outlast.id, b"outlasted it")


async def test_a_call_that_waits_for_the_site_when_its_time_is_over_leaves_the_process_as_it_is(
    runner: Runner, site: SiteDouble
) -> None:
    source = (
        COUNTER
        + """
@anvil.server.route("/ask")
def ask():
    return anvil.server.call("never_answered")
"""
    )
    assert (await count(site, source))["count"] == 1

    ended = await site.call(await site.route(source, "/ask", keep=1, timeout_s=1.0))

    assert ended.outcome == "timeout"
    assert (await count(site, source))["count"] == 2


@pytest.mark.parametrize("deed", ["os._exit(3)", "import ctypes; ctypes.string_at(0)"])
async def test_when_the_process_dies_calls_under_way_are_told_and_the_next_one_starts_another(
    runner: Runner, site: SiteDouble, deed: str
) -> None:
    source = (
        COUNTER
        + f"""
import threading
waiting = threading.Event()

@anvil.server.route("/wait")
def wait():
    waiting.set()
    threading.Event().wait()

@anvil.server.route("/die")
def die():
    assert waiting.wait(30)
    {deed}
"""
    )
    wait, die = await site.route(source, "/wait", keep=1), await site.route(source, "/die", keep=1)

    replies = await together(site, wait, die)

    assert [reply.outcome for reply in replies.values()] == ["crashed", "crashed"]
    assert [reply.http_status for reply in replies.values()] == [500, 500]
    for run in (wait, die):
        assert (await site.record(run.id)).error.startswith("Server code ex")
    assert (await count(site, source))["count"] == 1


async def test_when_memory_is_full_the_process_ends_with_words_for_its_owner_and_the_next_call_has_room(
    start_runner: Callable[..., Any], site: SiteDouble, cgroup_setting: str
) -> None:
    await start_runner(run_memory_mb=128)
    source = (
        COUNTER
        + """
@anvil.server.route("/fill")
def fill():
    held = []
    while True:
        held.append(b"x" * 8_000_000)
"""
    )
    assert (await count(site, source))["count"] == 1

    reply = await site.get(source, "/fill", keep=1)

    assert (reply.outcome, reply.http_status) == ("memory", 500)
    assert (await count(site, source))["count"] == 1


async def test_s_11_code_that_can_not_be_loaded_fails_each_call_with_its_error_and_is_tried_anew(
    runner: Runner, site: SiteDouble
) -> None:
    for _ in range(2):
        answer = await site.call_function("print('loading')\n1/0", "add", 1, 2, keep=1)
        assert answer.message["error"]["type"] == "ZeroDivisionError"


async def test_d_25_a_secret_that_one_call_has_read_is_hidden_in_the_output_of_the_next(
    runner: Runner, site: SiteDouble
) -> None:
    source = """
import anvil.server, anvil.secrets
held = []

@anvil.server.route("/read")
def read():
    held.append(anvil.secrets.get_secret("key"))
    return "read"

@anvil.server.route("/print")
def shown():
    print("it is", held[0])
    return "printed"
"""
    read, show = await site.route(source, "/read", keep=1), await site.route(source, "/print", keep=1)
    await site.submit(read)
    call = await site.next_call()
    await site.answer_call(call, {"response": "hunter2-hunter2", "objects": []}, mask=("hunter2-hunter2",))
    assert (await site.reply()).body == b"read"

    assert (await site.call(show)).body == b"printed"

    assert printed(await site.record(show.id)) == "it is •••\n"


async def test_threads_of_a_call_print_and_call_for_it_while_it_lasts(runner: Runner, site: SiteDouble) -> None:
    source = """
import threading
import anvil.server

@anvil.server.route("/threads")
def threads():
    got = []
    def work():
        print("from a thread")
        got.append(anvil.server.call("service"))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return got[0]

@anvil.server.route("/other")
def other():
    return "other"
"""
    run = await site.route(source, "/threads", keep=1)
    await site.submit(run)
    call = await site.next_call()
    assert call.run_id == run.id
    await site.answer_call(call, {"response": "answered", "objects": []})

    assert (await site.reply()).body == b"answered"
    assert printed(await site.record(run.id)) == "from a thread\n"


async def test_a_thread_that_outlives_its_call_harms_no_other(runner: Runner, site: SiteDouble) -> None:
    source = """
import threading, time
import anvil.server

told, failures = threading.Event(), []

def linger():
    told.wait(30)
    for _ in range(200):
        print("lingering")
        try:
            anvil.server.call("service")
        except Exception as error:
            failures.append(type(error).__name__)

@anvil.server.route("/start")
def start():
    global thread
    thread = threading.Thread(target=linger)
    thread.start()
    return "started"

@anvil.server.route("/end")
def end():
    told.set()
    thread.join()
    print("ended")
    return {"failures": sorted(set(failures)), "count": len(failures)}
"""
    assert (await site.get(source, "/start", keep=1)).body == b"started"
    end = await site.route(source, "/end", keep=1)

    told = json.loads((await site.call(end)).body)

    assert told == {"failures": ["RuntimeError"], "count": 200}, (await site.record(end.id)).events
    assert printed(await site.record(end.id)).endswith("ended\n")


async def test_media_and_streams_of_calls_at_once_do_not_mix(runner: Runner, site: SiteDouble) -> None:
    source = """
import anvil, anvil.server
from anvil.server import request

@anvil.server.route("/echo", methods=["POST"])
def echo():
    return anvil.BlobMedia("application/octet-stream", request.body.get_bytes())

@anvil.server.route("/drip")
def drip():
    def pieces():
        for index in range(50):
            yield f"{index}\\n"
    return anvil.server.HttpResponse(200, pieces())
"""
    bodies = [bytes([65 + index]) * 200_000 for index in range(6)]
    echoes = [await site.route(source, "/echo", "POST", body=body, keep=1) for body in bodies]

    replies = await together(site, *echoes)

    assert [replies[run.id].body for run in echoes] == bodies
    assert (await site.get(source, "/drip", keep=1)).body == b"".join(b"%d\n" % index for index in range(50))
