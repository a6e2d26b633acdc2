"""A whole site with a GUI widget whose server code lies in several modules."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.fixtures.redis_server import RedisServer
from tests.services.gui.page_socket import PageSocket
from tests.services.public.conftest import World, opened_world

from widget_model.anvil_app import ColumnSpec, TableSpec
from widget_model.files import FileContent
from widget_model.kinds import Kind
from widget_model.starters import starter
from widget_runner.engines.base import EngineSettings
from widget_site.anvil_apps import add_tables

_MAIN = """
import anvil.server
from anvil.server import route
from anvil.tables import app_tables
from . import helpers
from .deep import inner
import helpers as again

@anvil.server.callable
def whoami():
    c = anvil.server.context
    return [c.remote_caller.type, c.remote_caller.is_trusted, c.client.type, bool(c.client.ip)]

@anvil.server.callable
def same_modules():
    from ..shop import helpers as absolute
    import shop.helpers
    return [again is helpers, shop.helpers is helpers, absolute is helpers]

@anvil.server.callable
def of_client():
    from . import shared
    return shared.WORD

@anvil.server.callable
def remember(value=None):
    if value is not None:
        anvil.server.session['value'] = value
    return anvil.server.session.get('value')

@anvil.server.callable
def set_cookie(value):
    anvil.server.cookies.local['value'] = value

@anvil.server.callable
def get_cookie():
    return anvil.server.cookies.local.get('value')

@anvil.server.callable
def fail(text):
    raise ValueError(text)

@anvil.server.callable
def size_of(media):
    return [media.name, media.content_type, len(media.get_bytes())]

@anvil.server.callable
def make_media():
    return anvil.BlobMedia('text/plain', b'made here', name='a.txt')

@anvil.server.callable
def things():
    if not list(app_tables.things.search()):
        app_tables.things.add_row(name='a thing')
    return app_tables.things.client_readable()

@anvil.server.callable
def names(view):
    return [row['name'] for row in view.search()]

@anvil.server.background_task
def secret_task():
    pass

@route('/hello/:name')
def hello(name):
    return f'Hello, {name}!'

@anvil.server.http_endpoint('/status')
def status():
    return {'fine': True}
"""

FILES: dict[str, FileContent] = {
    **starter(Kind.GUI),
    "anvil.yaml": """
name: Shop
package_name: shop
startup: {module: Form1, type: form}
metadata: {title: 'Shop & <b>Sons</b>', description: Sells, logo: 'asset:logo.png'}
native_deps: {head_html: '<meta name="mine" content="1">'}
""",
    "client_code/shared.py": "WORD = 'from the client'\n",
    "client_code/broken.py": "def f(:\n",
    "server_code/ServerModule1.py": _MAIN.replace("from ..shop import helpers as absolute\n    ", "").replace(
        ", absolute is helpers", ""
    ),
    "server_code/helpers.py": "import anvil.server\n\n@anvil.server.callable\ndef helped():\n    return 1 / 0\n",
    "server_code/deep/__init__.py": "",
    "server_code/deep/inner.py": "import anvil.server\n\n@anvil.server.callable\ndef deeply(n):\n    return n + 1\n",
    "server_code/broken.py": "import nothing_of_that_name\n",
    "server_code/secrets.txt": "SERVER ONLY",
    "theme/assets/theme.css": ".mine { color: red }",
    "theme/assets/logo.png": {"base64": "AAAA"},
    "theme/parameters.yaml": "color_scheme: {colors: [{name: Primary, color: '#123456'}]}",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gui(
    redis_server: RedisServer, local_settings: EngineSettings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world whose widget is a GUI."""
    folder = tmp_path_factory.mktemp("gui")
    async with opened_world(redis_server, local_settings, folder, "") as opened:
        opened.widget = await opened.served.make(FILES, kind="gui")
        columns = (ColumnSpec("name", "string", None),)
        await add_tables(
            opened.served.parts.store, opened.widget, (TableSpec("things", "Things", "none", "full", columns),)
        )
        opened.w = opened.served.at(opened.widget)
        yield opened


async def open_page(world: World, **more: str) -> PageSocket:
    """Return a new page of the world's widget."""
    return await PageSocket.open(world.served.port, world.w.host, **more)  # type: ignore[arg-type]  # texts alone
