"""kill -9 in the middle of a run and of due schedules: nothing lost, nothing run twice, all told (security.md 67).

What dies in the middle of an install is in ``tests/services/packages/test_faults.py``.
"""

import asyncio
import collections
import contextlib
import http.client
import json
import os
import re
import signal
import sqlite3
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures import processes
from tests.fixtures.far_server import far_server
from tests.fixtures.folders import open_folder
from tests.fixtures.stack import Person, Stack, start_stack
from tests.ops import uplink_tour
from tests.ops.test_large_bodies import MOST_BYTES, Watched
from tests.ops.test_large_media import forgotten
from tests.services.live.ws_client import Tab
from tests.services.uplink.programs import environment, pythons

pytestmark = [pytest.mark.root, pytest.mark.timeout(240)]

#: Of this test run, among all that there may be on this machine.
_NET = f"10.215.{os.getpid() % 250}"
COUNTER = f"http://{_NET}.2:8643"
#: Keeps the paths that were asked for; ``/`` answers with all of them.
COUNTS = """
import http.server, json
seen = []
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            seen.append(self.path)
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8643), Answer).serve_forever()
"""
#: Tells the counter of its begin and its end.
TASK = f"""
import time, urllib.request
def tell(what):
    urllib.request.urlopen("{COUNTER}/NAME/" + what, timeout=20).read()
tell("begin")
time.sleep(1)
tell("end")
print("done")
"""
LONG_RUN = """
import pathlib, time
print("before", flush=True)
time.sleep(6)
print("after")
"""
TASKS = 12


@pytest.fixture(scope="module")
def killable(rootfs: Path) -> Iterator[Stack]:
    """A product whose processes are killed, whose tasks may call the counter."""
    with open_folder() as folder, far_server("counter", f"{_NET}.1", [f"{_NET}.2"], COUNTS):
        running = start_stack(folder / "data", rootfs, WIDGETRY_EGRESS_ALLOW=f"{_NET}.2/32")
        yield running
        running.stop()


def kill(stack: Stack, name: str) -> None:
    """Kill a process and wait until the product is whole again with another."""
    killed = stack.pids()[name]
    os.kill(killed, signal.SIGKILL)
    processes.wait_until(lambda: stack.pids().get(name, killed) != killed, f"a new {name}", 60, stack.output)
    stack.wait_until_healthy(60)


def sign_in(stack: Stack, person: Person) -> list[tuple[str, str]]:
    """Sign in with the form; return the headers that a browser would open the editor's socket with."""
    cookie, page = form_step(stack, "GET", "")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    fields = {"csrf_token": token[1], "username": person.name, "password": person.password}
    cookie, _ = form_step(stack, "POST", cookie, urllib.parse.urlencode(fields))
    return [("Cookie", cookie), ("Origin", stack.url)]


def form_step(stack: Stack, method: str, cookie: str, body: str = "") -> tuple[str, str]:
    """Ask for the form, or send it; return the cookie that was set last and the page."""
    headers = {"Host": f"localhost:{stack.port}", "Origin": stack.url, "Cookie": cookie}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=40)) as connection:
        connection.request(method, "/sign-in", body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        assert answer.status in (200, 303), page
        kept = [one.partition(";")[0] for one in answer.headers.get_all("set-cookie") or []]
    return next(one for one in kept if not one.endswith("=")), page


async def heard_of(tab: Tab, run: str, text: str) -> list[Any]:
    """Return the events of a run until one has this text, or until it is done."""
    events: list[Any] = []
    while not any(text in event["text"] for event in events):
        message = await tab.hear()
        events += message["events"] if message["op"] == "events" and message["run"] == run else []
    return events


async def has_ended(tab: Tab) -> None:
    """Wait until the other end is gone."""
    async with asyncio.timeout(60):
        while await tab.reader.read(65536):
            pass
    tab.close()


def test_security_67_a_site_killed_in_a_run_has_its_output_and_its_end_and_the_editor_follows_it_again(
    killable: Stack,
) -> None:
    person = killable.sign_up()
    slug = person.make("script", LONG_RUN)["slug"]
    browser = sign_in(killable, person)

    async def follow() -> tuple[list[Any], list[Any]]:
        tab = await Tab.open(killable.port, browser)
        await tab.say(op="follow", run=run, after=0)
        first = await heard_of(tab, run, "before")
        await asyncio.to_thread(kill, killable, "site")
        await has_ended(tab)
        again = await Tab.open(killable.port, browser)
        await again.say(op="follow", run=run, after=first[-1]["seq"])
        rest = await again.hear_run(run)
        again.close()
        return first, rest

    started = person.call("POST", f"/widgets/{slug}/runs", {})
    run = started.json["id"]
    first, rest = asyncio.run(follow())

    said = "".join(event["text"] for event in [*first, *rest] if event["kind"] == "stdout")
    assert said == "before\nafter\n"
    assert rest[-1]["data"]["outcome"] == "ok"
    kept: Any = {}
    processes.wait_until(
        lambda: kept.update(person.call("GET", f"/runs/{run}").json) or kept["status"] == "finished",
        "the run's record",
    )
    assert kept["outcome"] == "ok"
    events = person.call("GET", f"/runs/{run}/events").json
    assert [event["text"] for event in events["events"] if event["kind"] == "stdout"] == ["before\n", "after\n"]
    assert [item["id"] for item in person.call("GET", f"/widgets/{slug}/runs").json["items"]] == [run]


@pytest.mark.timeout(420)  # a hundred megabytes, which the client masks byte by byte, on machines that do other things
def test_k_09_k_12_m_12_the_real_uplink_tours_the_whole_server_api_and_goes_on_after_the_site_was_killed(
    killable: Stack, tmp_path: Path
) -> None:
    owner = killable.sign_up()
    slug = uplink_tour.made(owner)
    key = owner.call("POST", f"/widgets/{slug}/uplink-keys", {"kind": "server"}).json["key"]
    known, log = pythons(), tmp_path / "log"
    python = environment(tmp_path, "3.10" if "3.10" in known else next(iter(known)))
    program = [python, "-u", uplink_tour.PROGRAM, key, f"ws://127.0.0.1:{killable.port}/_/uplink"]
    tour = processes.start(program, log, env={**os.environ, "TZ": "Asia/Kathmandu"})

    def has_said(text: str) -> bool:
        assert tour.poll() is None, log.read_text()
        return text in log.read_text()

    try:
        processes.wait_until(lambda: has_said("types: as on Anvil"), "what comes before Media", 90, log)
        watched = Watched(killable, "redis")
        processes.wait_until(lambda: has_said("media: as on Anvil"), "a hundred megabytes there and back", 120, log)
        held = watched.more()
        processes.wait_until(lambda: has_said("now kill the site"), "all but the last chapter", 90, log)
        for name in ("site", "runner"):
            processes.wait_until(lambda pid=watched.pids[name]: forgotten(pid), f"{name} to forget the Media")  # type: ignore[misc]
        kill(killable, "site")
        processes.wait_until(lambda: has_said("reconnects: as on Anvil"), "that it goes on", 100, log)
        # A visitor logs in, and the program outside knows who it is.
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        logged_in = killable.request("POST", "/log-in", f"{slug}.localhost", uplink_tour.CREDENTIALS, form)
        cookie = {"Cookie": logged_in.headers["set-cookie"].partition(";")[0]}
        me = killable.request("GET", "/me", f"{slug}.localhost", headers=cookie)
    finally:
        processes.stop(tour)

    assert max(held.values()) < MOST_BYTES, held
    assert me.json == {"widget": "ann@example.com", "uplink": "ann@example.com"}
    assert [one for one in uplink_tour.CHAPTERS if f"{one}: as on Anvil" not in log.read_text()] == []


COUNTS_ON = """
import time
import anvil.server
from anvil.server import route
from widgetry import store

@anvil.server.background_task
def counts():
    step = 0
    while True:
        step += 1
        anvil.server.task_state["step"] = step
        print("step", step, flush=True)
        time.sleep(0.2)
        try:
            if store.get("enough"):
                return "counted"
        except (anvil.server.RuntimeUnavailableError, anvil.server.TimeoutError):
            pass  # The site is being started again; or it was killed with the call in its hands, which nobody knows.

@route("/begin", methods=["POST"])
def begin():
    return anvil.server.launch_background_task("counts").get_id()

@route("/enough", methods=["POST"])
def enough():
    store.set("enough", True)

@route("/asked/:id")
def asked(id):
    task = anvil.server.get_background_task(id)
    said = [task.is_running(), task.get_termination_status(), task.get_state()]
    try:
        return [*said, task.is_completed()]
    except Exception as error:
        return [*said, str(error)]
"""


@pytest.fixture
def counting(killable: Stack) -> tuple[Person, str]:
    """A widget with a task that counts until it is enough, and its owner."""
    person = killable.sign_up()
    return person, person.make("api", COUNTS_ON)["slug"]


def begun_task(stack: Stack, slug: str) -> str:
    """Launch the task that counts and wait for its first step; return its id."""
    begun = stack.widget(slug, "/begin", "POST")
    assert begun.status == 200, begun.text
    steps_on(stack, slug, begun.text, 0)
    return begun.text


def steps_on(stack: Stack, slug: str, task: str, since: int) -> int:
    """Wait until the task's state is beyond ``since``, as its widget's code reads it; return how far it is."""
    heard: list[int] = []

    def is_further() -> bool:
        answer = stack.widget(slug, f"/asked/{task}")
        if answer.status == 200:
            is_running, _, state, _ = answer.json
            assert is_running, answer.text
            heard.append(state.get("step", 0))
        return bool(heard) and heard[-1] > since

    processes.wait_until(is_further, f"a step after {since}", 60, stack.output)
    return heard[-1]


def test_b_11_b_16_a_task_goes_on_while_the_site_and_its_worker_are_killed(
    killable: Stack, counting: tuple[Person, str]
) -> None:
    person, slug = counting
    task = begun_task(killable, slug)

    for name in ("site", "worker"):
        before = steps_on(killable, slug, task, 0)
        kill(killable, name)
        steps_on(killable, slug, task, before)
    assert killable.widget(slug, "/enough", "POST").status == 200
    ended: Any = {}
    processes.wait_until(
        lambda: ended.update(person.call("GET", f"/widgets/{slug}/tasks/{task}").json) or ended["termination"],
        "the end of the task",
        60,
        killable.output,
    )

    assert (ended["termination"], ended["returned"]) == ("completed", "counted"), ended
    events = person.call("GET", f"/runs/{task}/events").json["events"]
    printed = "".join(event["text"] for event in events if event["kind"] == "stdout").split()[1::2]
    assert printed == [str(step) for step in range(1, ended["state"]["step"] + 1)]


def test_b_08_b_16_a_task_of_a_killed_runner_is_missing_with_its_last_state(
    killable: Stack, counting: tuple[Person, str]
) -> None:
    person, slug = counting
    task = begun_task(killable, slug)
    before = steps_on(killable, slug, task, 1)
    heard: list[Any] = []

    kill(killable, "runner")

    def is_missing() -> bool:
        answer = killable.widget(slug, f"/asked/{task}")
        heard[:] = answer.json if answer.status == 200 else []
        return bool(heard) and heard[0] is False

    processes.wait_until(is_missing, "that the task is missing", 60, killable.output)
    _, termination, state, completed = heard
    assert (termination, completed) == ("missing", "The background task failed (mia).")
    assert state["step"] >= before
    seen = person.call("GET", f"/widgets/{slug}/tasks/{task}").json
    assert (seen["termination"], seen["state"]) == ("missing", state)
    # Its widget launches others.
    begun_task(killable, slug)
    assert killable.widget(slug, "/enough", "POST").status == 200


def counted() -> collections.Counter[str]:
    """Return how often each path was asked of the counter."""
    with urllib.request.urlopen(COUNTER, timeout=20) as answer:
        return collections.Counter(json.load(answer))


def make_due(stack: Stack, slugs: list[str]) -> None:
    """Have the schedules of these widgets come due, half of them now and half in two seconds."""
    path = stack.data / "site" / "widgetry.sqlite"
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as db, db:
        for number, slug in enumerate(slugs):
            at = time.time() + 2 * (number % 2)
            db.execute(
                "UPDATE schedule SET next_at = ?, due_at = ? WHERE widget_id = (SELECT id FROM widget WHERE slug = ?)",
                (at, at, slug),
            )


@pytest.mark.parametrize("name", ["runner", "site", "worker", "redis"])
def test_security_67_each_due_task_runs_once_when_a_process_is_killed(killable: Stack, name: str) -> None:
    person = killable.sign_up()
    # Each with the schedule that it is born with: once a day, no second try.
    mains = [TASK.replace("NAME", f"{name}-{number}") for number in range(TASKS)]
    slugs = [person.make("scheduled", main)["slug"] for main in mains]

    make_due(killable, slugs)
    processes.wait_until(lambda: any(path.startswith(f"/{name}-") for path in counted()), "a task that began", 60)
    kill(killable, name)

    outcomes = []
    for number, slug in enumerate(slugs):
        listed: list[Any] = []

        def ended(slug: str = slug, listed: list[Any] = listed) -> bool:
            listed[:] = person.call("GET", f"/widgets/{slug}/runs").json["items"]
            return bool(listed) and all(item["status"] == "finished" for item in listed)

        processes.wait_until(ended, f"the run of {slug}: {listed}", 90, killable.output)
        (only,) = listed
        times = counted()[f"/{name}-{number}/begin"], counted()[f"/{name}-{number}/end"]
        if only["outcome"] == "ok":
            assert times == (1, 1), (number, only)
        else:
            # What a killed runner had begun is over: nobody can know how far it came, so it is told and not repeated.
            assert (name, only["outcome"]) == ("runner", "internal_error"), only
            assert "before it" in only["error"], only
            assert max(times) <= 1, (number, only)
        outcomes.append(only["outcome"])
    assert name != "runner" or "internal_error" in outcomes
