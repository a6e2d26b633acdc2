"""A site with a runner, a widget with server functions, and environments with the real client."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.public.conftest import opened_world
from tests.services.uplink.programs import Caller, environment, pythons

from widget_runner.engines.base import EngineSettings

#: The widget's own code.
SOURCE = """
import anvil.server
from anvil.server import route

@anvil.server.callable
def own(*args):
    c = anvil.server.context
    return ['own', list(args), c.remote_caller.type, c.remote_caller.is_trusted, c.client.type]

@anvil.server.callable
def shared_name():
    return 'the widget'

@anvil.server.callable
def through(name, *args):
    return anvil.server.call(name, *args)

@anvil.server.callable
def whose(value):
    return type(value).__module__

@anvil.server.background_task
def in_sandbox(value):
    anvil.server.task_state['half'] = value // 2
    return [value, anvil.server.context.remote_caller.type]

@anvil.server.background_task
def sleeps():
    import time
    time.sleep(600)

@anvil.server.callable
def begun():
    return anvil.server.launch_background_task('sleeps')

@anvil.server.callable
def begins(numbers, media, then):
    return anvil.server.launch_background_task('counts', numbers, media=media, then=then).get_id()

@anvil.server.callable
def asked(task_id):
    task = anvil.server.get_background_task(task_id)
    listed = task_id in [one.get_id() for one in anvil.server.list_background_tasks()]
    plain = lambda said: said and {name: str(value) if name in ('at', 'day') else value for name, value in said.items()}
    return {'name': task.get_task_name(), 'running': task.is_running(), 'status': task.get_termination_status(),
            'completed': task.is_completed(), 'state': plain(task.get_state()), 'value': plain(task.get_return_value()),
            'listed': listed}

@route('/ask/:name')
def ask(name):
    return anvil.server.call(name)
"""


@pytest.fixture(scope="session")
def uplink_homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where virtual environments with the real client are made."""
    return tmp_path_factory.mktemp("uplink-venvs")


@pytest.fixture
def python(uplink_homes: Path) -> str:
    """A Python with the real client: the image's version where there is one."""
    known = pythons()
    return environment(uplink_homes, "3.10" if "3.10" in known else next(iter(known)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caller(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Caller]:
    """Server code of a widget; uplinks of one test are gone when the next begins."""
    folder = tmp_path_factory.mktemp("uplinks")
    limits = {"route_timeout_s": 120.0, "call_timeout_s": 120.0}
    async with opened_world(redis_server, local_settings, folder, SOURCE, **limits) as opened:
        yield Caller(opened.served, opened.widget)
