"""The one service worker of a GUI widget's host: whom it is for, and that no code of the widget's can be another."""

import pytest
from tests.services.gui.conftest import FILES
from tests.services.public.conftest import World

from widget_model.kinds import Kind
from widget_model.starters import starter

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What browsers send with each request for a worker's script, and pages can't.
_AS_WORKER = {"Service-Worker": "script"}
_SCRIPTS = """
import anvil.server

_HEADERS = {'content-type': 'text/javascript', 'service-worker-allowed': '/'}

@anvil.server.route('/worker.js')
def worker():
    return anvil.server.HttpResponse(200, '// a worker', _HEADERS)

@anvil.server.http_endpoint('/worker.js')
def endpoint():
    return anvil.server.HttpResponse(200, '// a worker', _HEADERS)
"""


async def test_s_75_the_worker_is_for_the_whole_host_and_reaches_no_other(gui: World) -> None:
    answer = await gui.w.get("/_/offline.js", **_AS_WORKER)

    assert answer.status == 200
    assert answer.header("service-worker-allowed") == "/"
    assert answer.header("cache-control") == "no-cache"
    site = gui.served.parts.settings.site_url
    assert answer.header("content-security-policy") == f"default-src 'none'; connect-src 'self' {site}"
    assert f'"{site}/static/browser/"'.encode() in answer.body


async def test_s_75_a_page_names_its_version_which_changes_with_its_theme(gui: World) -> None:
    widget = await gui.served.make(FILES, kind="gui")
    w = gui.served.at(widget)
    before = (await w.get("/")).header("x-widgetry-page")

    again = (await w.get("/any/path")).header("x-widgetry-page")
    other = await gui.served.make({**FILES, "theme/assets/theme.css": ".mine { color: blue }"}, kind="gui")

    assert before
    assert again == before
    assert f'data-page="{before}"'.encode() in (await w.get("/")).body
    assert (await gui.served.at(other).get("/")).header("x-widgetry-page") != before


async def test_s_75_attack_44_a_private_widget_has_no_worker_and_nothing_of_it_may_be_kept(gui: World) -> None:
    made = await gui.served.make(FILES, kind="gui", visibility="private")
    w = gui.served.at(made)
    token = await gui.served.parts.previews.make(made.id)

    page = await w.get(f"/?_widgetry_preview={token}")
    cookie = (page.header("set-cookie") or "").partition(";")[0]
    theme = await w.get("/_/theme/theme.css", Cookie=cookie)

    assert (await w.get("/_/offline.js")).status == 404
    assert (await w.get("/_/offline.js", Cookie=cookie)).status == 404
    assert (await w.get("/_/offline.js")).body == (await gui.served.at("no-such-widget").get("/_/offline.js")).body
    assert (page.status, page.header("x-widgetry-page")) == (200, None)
    assert (theme.status, theme.header("cache-control")) == (200, "no-store")


@pytest.mark.parametrize("path", ["/worker.js", "/_/api/worker.js", "/_/theme/worker.js", "/", "/any/path"])
async def test_s_75_attack_44_no_code_or_file_of_a_widget_is_a_service_worker(gui: World, path: str) -> None:
    files = {**starter(Kind.GUI), "server_code/ServerModule1.py": _SCRIPTS, "theme/assets/worker.js": "// a worker"}
    w = gui.served.at(await gui.served.make(files, kind="gui"))

    assert (await w.get(path)).status == 200
    assert (await w.get(path, **_AS_WORKER)).status == 404
