"""Server functions called by server code: through runner, site and a child of their own (features.md S-01 to S-53)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.fake_runner import eventually_true
from tests.services.public.conftest import World, opened_world

from widget_runner.engines.base import EngineSettings
from widget_site.store import kept_values, runs
from widget_site.store.data.editing import Editing

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import datetime, math
import anvil, anvil.media, anvil.server, anvil.tables
from anvil.server import route
from widgetry import portable_exception

@anvil.server.portable_class
class Point:
    def __init__(self, x):
        self.x = x
    def doubled(self):
        return self.x * 2

VALUES = [
    'text', '', 'é \\u2028 \\U0001f600', True, None, 0, -1, 2**31, 2**70, -2**65, 1.5, math.inf,
    [], {}, [1, [2, {'a': [3]}]],
    {'': 1, 'k': None}, datetime.date(2026, 1, 2),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone(datetime.timedelta(hours=5, minutes=30))),
]

@anvil.server.callable
def echo(value, *more, **named):
    return [value, list(more), named]

@route('/values')
def values():
    back, _, named = anvil.server.call('echo', VALUES, n=VALUES)
    wrong = [[repr(a), repr(b), repr(c)] for a, b, c in zip(VALUES, back, named['n']) if not a == b == c]
    nan, tuple_ = anvil.server.call('echo', [math.nan, (1, 2)])[0]
    return {'wrong': wrong, 'count': len(back), 'nan': math.isnan(nan), 'tuple': tuple_}

@route('/portable')
def portable():
    point, kind = anvil.server.call('echo', {'p': [Point(21)]}, Point)[:2]
    return {'doubled': point['p'][0].doubled(), 'class': kind[0] is Point}

@route('/media')
def media():
    small = anvil.BlobMedia('text/plain', b'abc' * 200_000, name='a.txt')
    large = anvil.BlobMedia('text/plain', b'abc' * 2_000_000, name='b.txt')
    back = [anvil.server.call('echo', small)[0], *anvil.server.call('echo', large, small)[0:2]]
    back[2] = back[2][0]
    return [[one.content_type, one.name, one.length, one.get_bytes() == b'abc' * (one.length // 3)] for one in back]

@anvil.server.callable
def made(size):
    return anvil.BlobMedia('a/b', bytes(size))

@route('/too-large')
def too_large():
    said = []
    for name, value in (('echo', anvil.BlobMedia('a/b', bytes(161 << 20))), ('made', 161 << 20)):
        try:
            anvil.server.call(name, value)
        except anvil.server.SerializationError as error:
            said.append(str(error))
    return said

@portable_exception
class SoldOut(anvil.server.AnvilWrappedError):
    pass

@anvil.server.callable
def fail(how):
    if how == 'own':
        raise SoldOut('no more')
    if how[0].isupper():
        raise getattr(anvil.server, how)('said')
    if how == 'anvil':
        raise anvil.server.PermissionDenied('not you')
    raise {'key': KeyError('k'), 'value': ValueError('broken')}[how]

def caught(*args):
    try:
        anvil.server.call(*args)
    except Exception as error:
        return [type(error).__module__ + '.' + type(error).__name__, str(error)]

@route('/errors')
def errors():
    return [
        caught('fail', 'anvil'), caught('fail', 'key'), caught('fail', 'value'), caught('nothing'),
        caught('anvil.private.nothing'), caught('echo', 'x' * 5_000_000), caught('echo', {1: 2}),
        caught('echo', {1, 2}),
    ]

NAMES = (
    'SerializationError InternalError InvalidResponseError RuntimeUnavailableError UplinkDisconnectedError '
    'ExecutionTerminatedError TimeoutError QuotaExceededError NoServerFunctionError BackgroundTaskError '
    'BackgroundTaskNotFound BackgroundTaskKilled CookieError PermissionDenied ServiceNotAdded'
).split()

@route('/classes')
def classes():
    return [caught('fail', name) for name in NAMES]

@route('/own_error')
def own_error():
    try:
        anvil.server.call('fail', 'own')
    except SoldOut as error:
        return [str(error), isinstance(error, anvil.server.AnvilWrappedError)]

def said(function):
    try:
        return function()
    except Exception as error:
        return [type(error).__name__, str(error)]

@route('/app')
def app():
    asset = anvil.app.get_asset('logo.txt')
    return {
        'server': anvil.is_server_side(),
        'id': anvil.app.id, 'branch': anvil.app.branch, 'package': anvil.app.package_name,
        'environment': [anvil.app.environment.name, anvil.app.environment.tags],
        'asset': [asset.name, asset.content_type, asset.get_bytes().decode()],
        'missing': said(lambda: anvil.app.get_asset('../main.py')),
        'config': [anvil.app.get_client_config(), anvil.app.get_server_config()],
        'other': said(lambda: anvil.app.get_client_config('another_app')),
        'changed': said(lambda: setattr(anvil.app, 'id', 'x')),
        'session': anvil.server.get_session_id() == anvil.server.session.session_id,
        'task': anvil.server.context.background_task_id,
        'published': [anvil.server.get_app_origin('published'), anvil.server.get_api_origin('published')],
    }

@route('/files')
def files():
    media = anvil.BlobMedia('text/plain', b'abc', name='a.txt')
    anvil.media.write_to_file(media, '/tmp/written')
    made = anvil.media.from_file('/tmp/written')
    with anvil.media.open(media) as opened:
        return [opened.read().decode(), made.name, made.content_type, made.get_bytes().decode(),
                said(lambda: anvil.BlobMedia('text/plain', 'text')), said(lambda: setattr(media, 'name', 'b'))[0]]

@anvil.server.callable
def live(what):
    people = anvil.tables.app_tables.people
    return {'row': people.get, 'search': people.search, 'table': lambda **_: people,
            'view': lambda **_: people.client_writable()}[what](name='Ann')

@route('/live')
def lives():
    people = anvil.tables.app_tables.people
    people.add_row(name='Ann', age=30)
    row = anvil.server.call('live', 'row')
    row['age'] = 31
    found = anvil.server.call('live', 'search')
    table, view = anvil.server.call('live', 'table'), anvil.server.call('live', 'view')
    view.add_row(name='Bo', age=1)
    return [people.get(name='Ann')['age'], [one['age'] for one in found], len(found), row == found[0],
            table.get(name='Bo')['age'], len(view.search()), row in anvil.server.call('echo', [row])[0]]

@route('/broken')
def broken():
    return caught('anvil.private.store.get', 'x')

@route('/uncaught')
def uncaught():
    anvil.server.call('fail', 'value')

@route('/misused')
def misused():
    try:
        anvil.server.call()
    except TypeError:
        return caught(17)

@anvil.server.callable
def deeper(levels):
    who = anvil.server.context.remote_caller
    if levels:
        return anvil.server.call('deeper', levels - 1)
    return [who.type, who.is_trusted, anvil.server.context.client.type]

@route('/deep/:levels')
def deep(levels):
    try:
        return anvil.server.call('deeper', int(levels))
    except Exception as error:
        return [error.error_obj['type'] if hasattr(error, 'error_obj') else type(error).__name__, str(error)]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("functions")
    # Ten calls within calls take their time on a machine that does other things, too.
    limits = {"route_timeout_s": 120.0, "call_timeout_s": 120.0}
    files = {"main.py": SOURCE, "theme/assets/logo.txt": "a logo"}
    async with opened_world(redis_server, local_settings, folder, files, **limits) as opened:
        yield opened


async def _asked(world: World, path: str) -> Any:
    answer = await world.w.get(path)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


async def test_s_08_s_30_s_31_s_32_s_34_s_35_values_survive_both_ways(world: World) -> None:
    assert await _asked(world, "/values") == {"wrong": [], "count": 18, "nan": True, "tuple": [1, 2]}


async def test_s_38_instances_and_classes_of_the_widget_cross(world: World) -> None:
    assert await _asked(world, "/portable") == {"doubled": 42, "class": True}


async def test_s_36_media_cross_whole(world: World) -> None:
    small, large = ["text/plain", "a.txt", 600_000, True], ["text/plain", "b.txt", 6_000_000, True]
    assert await _asked(world, "/media") == [small, large, small]


async def test_x_01_media_above_the_limit_are_an_error_that_names_it(world: World) -> None:
    passed, returned = await _asked(world, "/too-large")

    assert passed == returned
    assert "have at most 160 MB together" in passed
    assert "WIDGETRY_MEDIA_MAX_MB" in passed


async def test_s_50_s_51_errors_arrive_as_what_they_are(world: World) -> None:
    denied, key, value, nothing, private, large, keys, object_ = await _asked(world, "/errors")

    assert denied == ["anvil._server.PermissionDenied", "not you"]
    assert key[0] == "builtins.KeyError"
    assert value == ["anvil._server.AnvilWrappedError", "broken"]
    assert nothing == [
        "anvil._server.NoServerFunctionError",
        'No server function matching "nothing" has been registered',
    ]
    assert private[0] == "anvil._server.NoServerFunctionError"
    for kind, _ in (large, keys, object_):
        assert kind == "anvil._server.SerializationError"
    assert "Tried to pass too much data to a server function" in large[1]
    assert "keys that aren't strings" in keys[1]
    assert "Cannot serialize arguments to function." in object_[1]


async def test_s_50_every_error_of_the_platform_keeps_its_class(world: World) -> None:
    found = await _asked(world, "/classes")

    assert len(found) == 15
    assert all(text == "said" and kind.startswith("anvil._server.") for kind, text in found), found
    assert len({kind for kind, _ in found}) == 15
    assert "anvil._server.AnvilWrappedError" not in {kind for kind, _ in found}


async def test_s_52_an_error_of_the_widgets_own_is_caught_by_its_class(world: World) -> None:
    assert await _asked(world, "/own_error") == ["no more", True]


async def test_s_57_what_fails_on_our_side_has_a_number_that_is_in_our_log(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(kept_values, "get", breaks)
    kind, text = await _asked(world, "/broken")

    assert kind == "anvil._server.InternalError"
    words, _, number = text.rpartition(" ")
    assert words == "Internal server error:"
    assert number in caplog.text
    assert "the disk is full" in caplog.text


async def test_s_22_s_23_s_24_s_64_h_75_h_76_code_knows_its_app_and_its_session(world: World) -> None:
    slug, origin = world.widget.slug, f"http://{world.widget.slug}.localhost:{world.served.port}"

    assert await _asked(world, "/app") == {
        "server": True,
        "id": world.widget.id,
        "branch": "master",
        "package": slug.replace("-", "_"),
        "environment": ["Published", []],
        "asset": ["logo.txt", "text/plain", "a logo"],
        "missing": ["ValueError", "Asset not found: ../main.py"],
        "config": [{}, {}],
        "other": ["ValueError", "another_app is not part of this app"],
        "changed": ["AttributeError", "This object is read-only"],
        "session": True,
        "task": None,
        "published": [origin, f"{origin}/_/api"],
    }


async def test_s_37_rows_searches_tables_and_views_are_live_where_they_arrive(world: World) -> None:
    editing = await Editing.of(world.served.parts.store, world.widget.slug, world.served.owner.id)
    await editing.add_table("people", "", "none", "full")
    for name, kind in (("name", "string"), ("age", "number")):
        await editing.add_column("people", name, kind, None, False)

    assert await _asked(world, "/live") == [31, [31], 1, True, 1, 2, True]


async def test_m_01_m_02_m_05_m_07_media_and_files_become_each_other(world: World) -> None:
    opened, name, kind, content, text, changed = await _asked(world, "/files")

    assert (opened, name, kind, content) == ("abc", "written", None, "abc")
    assert text == ["TypeError", "BlobMedia content must be a byte string."]
    assert changed == "AttributeError"


async def test_s_53_s_56_an_uncaught_error_shows_both_places(world: World) -> None:
    assert (await world.w.get("/uncaught")).status == 500

    run, said = await world.log("/uncaught")

    assert "broken" in (run.error or "")
    assert "in uncaught" in said


async def test_s_03_a_call_of_nothing_is_refused(world: World) -> None:
    kind, text = await _asked(world, "/misused")

    assert kind == "builtins.TypeError"
    assert "first argument to anvil.server.call() must be as str" in text


async def test_s_09_calls_within_calls_end_at_ten(world: World) -> None:
    assert await _asked(world, "/deep/0") == ["server_module", True, "http"]
    kind, text = await _asked(world, "/deep/30")

    assert kind == "anvil.server.StackOverflow"
    assert text == "Too many nested anvil.server.call()s"


async def test_runs_of_functions_are_in_the_list_of_runs(world: World) -> None:
    await world.w.get("/deep/0")

    async def is_recorded() -> bool:
        page = await runs.listed(world.served.parts.store, world.widget.slug, world.served.owner.id)
        asked = [(run.trigger, run.request) for run in page.items]
        return ("server_call", {"function": "deeper", "caller": "server_module"}) in asked

    await eventually_true(is_recorded)
