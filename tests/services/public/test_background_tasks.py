"""Background tasks: from a route to a task and back (features.md B-01 to B-17, W-08 to W-10, X-02)."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.fake_runner import eventually_true
from tests.services.http_client import Answer, Client
from tests.services.public.conftest import World, opened_world

from widget_model.ids import new_id
from widget_model.outcomes import Outcome, Trigger
from widget_runner.engines.base import EngineSettings
from widget_site.store import runs, tasks
from widget_site.store.runs import FinishedRun
from widget_wire.runs import RunRecord

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import datetime, os, time
import anvil, anvil.server
from anvil.server import HttpResponse, route

@anvil.server.portable_class
class Point:
    def __init__(self, x):
        self.x = x

@anvil.server.background_task
def add(a, b=1, media=None, when=None, point=None):
    c = anvil.server.context
    anvil.server.task_state['bytes'] = len(media.get_bytes()) if media else None
    anvil.server.task_state['when'] = when
    own = [c.type, c.client.type, c.background_task_id, c.remote_caller.is_trusted]
    return {'sum': a + b, 'when': when, 'x': point and point.x, 'own': own, 'session': dict(anvil.server.session)}

@anvil.server.background_task('slow one')
def slow():
    state = anvil.server.task_state
    state['steps'] = [1]
    state['steps'].append(Point(2))
    print('begun')
    time.sleep(600)

@anvil.server.background_task
def fails(how):
    anvil.server.task_state = {'at': how}
    if how == 'denied':
        raise anvil.server.PermissionDenied('not you')
    if how == 'key':
        raise KeyError('k')
    if how == 'media':
        return anvil.BlobMedia('text/plain', b'x')
    if how == 'large':
        return 'x' * 1_500_000
    if how == 'state':
        anvil.server.task_state['bad'] = {1, 2}
        return 'done'
    if how == 'client':
        with anvil.server.context:
            pass
    os._exit(3)

@anvil.server.background_task
def launches(levels):
    if levels:
        task = anvil.server.launch_background_task('launches', levels - 1)
        while not task.is_completed():
            time.sleep(0.1)
        return task.get_return_value() + 1
    return anvil.server.call('called')

@anvil.server.callable
def called():
    c = anvil.server.context
    return 1 if c.remote_caller.type == 'background_task' and c.background_task_id else c.remote_caller.type

def caught(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return [type(error).__module__ + '.' + type(error).__name__, str(error)]

def said(task):
    return {
        'id': task.get_id(), 'name': task.get_task_name(), 'running': task.is_running(),
        'status': task.get_termination_status(), 'completed': caught(task.is_completed),
        'error': caught(task.get_error), 'value': caught(task.get_return_value),
        'state': caught(lambda: {name: getattr(one, 'x', one) for name, one in task.get_state().items()}),
        'started': isinstance(task.get_start_time(), datetime.datetime) and bool(task.get_start_time().tzinfo),
    }

def waited(task):
    while task.is_running():
        time.sleep(0.1)
    return said(task)

@route('/add')
def run_add():
    anvil.server.session['mine'] = 1
    media = anvil.BlobMedia('text/plain', b'abc' * 100_000)
    when = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc)
    task = anvil.server.launch_background_task('add', 40, b=2, media=media, when=when, point=Point(7))
    told = waited(task)
    told['value']['when'] = told['value']['when'] == when
    told['state']['when'] = told['state']['when'] == when
    return told

@route('/slow')
def run_slow():
    task = anvil.server.launch_background_task('slow one')
    while len(task.get_state().get('steps', [])) < 2:
        time.sleep(0.1)
    before = said(task)
    state = task.get_state()['steps']
    task.kill()
    after = said(anvil.server.get_background_task(task.get_id()))
    return [[before[one] for one in ('running', 'status', 'completed', 'error', 'value')], [state[0], state[1].x],
            [after[one] for one in ('running', 'status', 'completed', 'error', 'value')], len(after['state']['steps'])]

@route('/fails/:how')
def run_fails(how):
    return waited(anvil.server.launch_background_task('fails', how))

@route('/begin/:name')
def begin(name):
    return anvil.server.launch_background_task(name).get_id()

@route('/said/:id')
def told(id):
    return caught(lambda: said(anvil.server.get_background_task(id)))

@route('/kill/:id')
def kill(id):
    anvil.server.get_background_task(id).kill()
    return 'killed'

@route('/deep')
def deep():
    return waited(anvil.server.launch_background_task('launches', 2))

@route('/misused')
def misused():
    task = anvil.server.launch_background_task('nope')
    return [
        waited(task)['completed'], caught(anvil.server.launch_background_task),
        caught(anvil.server.launch_background_task, 17), caught(anvil.server.launch_background_task, 'x' * 200),
        caught(anvil.server.get_background_task, 'nope'), caught(task.get_state, 1),
        caught(lambda: anvil.server.task_state['x']), caught(lambda: setattr(anvil.server, 'task_state', {})),
        caught(anvil.server.call, 'anvil.private.BackgroundTask.kill'),
    ]

@route('/listed')
def listed():
    return [[task.get_task_name(), task.get_id()] for task in anvil.server.list_background_tasks(all_environments=True)]

@route('/script')
def script():
    media = anvil.BlobMedia('text/csv', b'a,b', name='rows.csv')
    value = anvil.server.run_script('report', 'a', 5, media)
    task = anvil.server.launch_background_task('script:none')
    named = anvil.server.launch_background_task('script:report', name=1)
    return [value, waited(task)['completed'], waited(named)['completed'], caught(anvil.server.run_script, 'broken')]

# X-02, as in the documentation.
@anvil.server.background_task
def make_report(words):
    for done in range(words):
        anvil.server.task_state['done'] = done + 1
    return words * 'word '

@route('/reports', methods=['POST'])
def begin_report(words='3'):
    task = anvil.server.launch_background_task('make_report', int(words))
    where = f'{anvil.server.get_app_origin()}/reports/{task.get_id()}'
    return HttpResponse(202, {'status_url': where}, {'Location': where})

@route('/reports/:id')
def report(id):
    task = anvil.server.get_background_task(id)
    if task.is_running():
        return HttpResponse(202, {'state': task.get_state()}, {'Retry-After': '1'})
    return {'status': task.get_termination_status(), 'report': task.get_return_value()}
"""
REPORT = """
import sys, anvil.script, anvil.server
anvil.server.task_state['seen'] = len(sys.argv)
content = open(sys.argv[3], 'rb').read().decode()
anvil.script.return_value = [
    sys.argv[:3], sys.argv[3].endswith('.csv'), content, type(anvil.script.args[2]).__name__, anvil.script.args[:2],
    __name__, bool(anvil.server.context.background_task_id),
]
"""
FILES = {"main.py": SOURCE, "report.py": REPORT, "broken.py": "raise ValueError('broken script')\n"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("tasks")
    limits = {"route_timeout_s": 120.0, "call_timeout_s": 120.0, "task_timeout_s": 300.0, "tasks_per_account": 6}
    async with opened_world(redis_server, local_settings, folder, FILES, **limits) as opened:
        yield opened


async def _get(client: Client, path: str) -> Answer:
    """Ask with more patience than for a page: some routes wait for several tasks."""
    return await client.raw(f"GET {path} HTTP/1.1\r\nHost: {client.host}\r\n\r\n".encode(), timeout_s=150)


async def _asked(world: World, path: str) -> Any:
    answer = await _get(world.w, path)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


async def test_b_01_b_02_b_05_b_06_b_10_b_15_a_task_gets_arguments_and_gives_a_value(world: World) -> None:
    told = await _asked(world, "/add")

    task_id = told.pop("id")
    own = ["server_module", "background_task", task_id, True]
    assert told == {
        "name": "add",
        "running": False,
        "status": "completed",
        "completed": True,
        "error": None,
        "value": {"sum": 42, "when": True, "x": 7, "own": own, "session": {}},
        "state": {"bytes": 300_000, "when": True},
        "started": True,
    }
    assert len(task_id) == 26
    assert task_id == task_id.lower()


async def test_b_07_b_08_b_11_b_12_its_state_is_read_while_it_runs_and_stays_when_it_is_killed(world: World) -> None:
    before, state, after, kept = await _asked(world, "/slow")

    assert before == [True, None, False, None, None]
    assert state == [1, 2]
    killed = ["anvil._server.BackgroundTaskKilled", "The background task was killed."]
    assert after == [False, "killed", killed, None, None]
    assert kept == 2


async def test_b_08_b_09_what_a_task_raises_comes_back_as_what_it_is(world: World) -> None:
    denied, key, gone = [await _asked(world, f"/fails/{how}") for how in ("denied", "key", "exit")]

    for told in (denied, key, gone):
        assert (told["status"], told["running"]) == ("failed", False)
        assert told["completed"] == told["error"] == told["value"]
    assert denied["error"] == ["anvil._server.PermissionDenied", "not you"]
    assert denied["state"] == {"at": "denied"}
    assert key["error"][0] == "builtins.KeyError"
    assert gone["error"][0] == "anvil._server.ExecutionTerminatedError"


async def test_b_05_b_10_what_cannot_be_kept_is_told(world: World) -> None:
    media, large, state = [await _asked(world, f"/fails/{how}") for how in ("media", "large", "state")]

    assert media["error"][0] == large["error"][0] == "anvil._server.SerializationError"
    assert "can't return Media" in media["error"][1]
    assert "at most 1024 kB" in large["error"][1]
    assert state["value"] == "done"
    assert state["state"][0] == "anvil._server.SerializationError"
    assert "Illegal value in anvil.server.task_state" in state["state"][1]


async def test_b_02_tasks_launch_tasks_and_call_functions(world: World) -> None:
    told = await _asked(world, "/deep")

    assert told["value"] == 3


async def test_b_04_b_05_b_13_what_is_wrong_is_told(world: World) -> None:
    nope, none, number, long, unknown, more, read, written, forged = await _asked(world, "/misused")

    assert nope[0] == "anvil._server.NoServerFunctionError"
    assert none[0] == "builtins.TypeError"
    assert "not int" in number[1]
    assert long[0] == "anvil._server.BackgroundTaskError"
    assert unknown == ["anvil._server.BackgroundTaskNotFound", "Background Task not found: nope"]
    assert "takes no arguments" in more[1]
    for outside in (read, written):
        assert outside[1] == "Cannot access anvil.server.task_state outside a background task"
    assert "was not made here" in forged[1]


async def test_w_08_w_09_w_10_scripts_are_tasks_with_arguments_and_a_value(world: World) -> None:
    value, none, named, broken = await _asked(world, "/script")

    assert value == [["report.py", "a", "5"], True, "a,b", "StreamingMedia", ["a", 5], "__main__", True]
    assert none[0] == "anvil._server.NoServerFunctionError"
    assert "by position only" in named[1]
    assert broken[1] == "broken script"


async def test_b_14_a_widget_sees_its_own_tasks_alone(world: World) -> None:
    begun = (await _get(world.w, "/begin/launches")).body.decode()
    other = await world.make(SOURCE)

    assert begun in [task_id for _, task_id in await _asked(world, "/listed")]
    assert json.loads((await _get(other, "/listed")).body) == []
    refused = json.loads((await _get(other, f"/said/{begun}")).body)
    assert refused == ["anvil._server.BackgroundTaskNotFound", f"Background Task not found: {begun}"]


async def test_b_16_a_lost_task_is_missing(world: World) -> None:
    store, widget, run_id, now = world.served.parts.store, world.widget, new_id(), time.time()
    await runs.add(store, run_id, widget_id=widget.id, trigger="background", revision=1, task="lost")
    record = RunRecord(run_id, widget.id, Trigger.BACKGROUND, 1, Outcome.INTERNAL_ERROR, now, now, "it went away")
    await runs.finish(store, [FinishedRun(record, ())])

    told = await _asked(world, f"/said/{run_id}")

    assert told["status"] == "missing"
    assert told["completed"] == ["anvil._server.InternalError", "The background task failed (mia)."]
    assert told["state"] == {}


async def test_b_17_an_account_has_so_many_at_once(world: World) -> None:
    begun = [(await _get(world.w, "/begin/slow%20one")) for _ in range(7)]

    assert [answer.status for answer in begun] == [200] * 6 + [500]
    _, said = await world.log("/begin/slow one", status=500)
    assert "BackgroundTaskError" in said
    assert "6 background tasks of this account" in said
    for answer in begun[:6]:
        assert (await _get(world.w, f"/kill/{answer.body.decode()}")).status == 200


async def test_x_02_a_route_answers_202_and_where_to_look(world: World) -> None:
    begun = await world.w("POST", "/reports?words=2")
    where = json.loads(begun.body)["status_url"]
    path = "/reports/" + where.rpartition("/")[2]

    assert (begun.status, begun.header("location")) == (202, where)

    async def is_done() -> bool:
        return (await _get(world.w, path)).status == 200

    await eventually_true(is_done, 60)
    assert await _asked(world, path) == {"status": "completed", "report": "word word "}
    [task, *_] = await tasks.listed(world.served.parts.store, world.widget.id)
    assert (task.name, task.termination) == ("make_report", "completed")
