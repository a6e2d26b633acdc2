"""Pages that routes of a GUI's code ask for: with which form, what is given to it, and what can't be."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.services.gui.page_socket import PageSocket
from tests.services.gui.test_page import boot_of
from tests.services.http_client import Client
from tests.services.public.conftest import World

from widget_model.anvil_app import ColumnSpec, TableSpec
from widget_model.kinds import Kind
from widget_model.starters import starter
from widget_site.anvil_apps import add_tables

pytestmark = pytest.mark.asyncio(loop_scope="module")

_FORM = "from ._anvil_designer import {0}Template\n\nclass {0}({0}Template):\n    pass\n"
_TEMPLATE = "container: {type: ColumnPanel}\ncomponents:\n- {name: label_1, type: Label, properties: {text: %s}}\n"
_SERVER = """
import datetime
import anvil.server
from anvil.server import route, FormResponse, AppResponder
from anvil.tables import app_tables

@route('/item/:number')
def item(number):
    return FormResponse('Second', int(number), day=datetime.date(2026, 11, 22))

@route('/row')
def row():
    anvil.server.session['seen'] = True
    return FormResponse('Second', app_tables.things.add_row(name='a thing'))

@route('/data')
def data():
    meta = {'og:title': 'A "thing"', 'robots': 'noindex'}
    return AppResponder(data={'n': 1}, meta=meta).load_form('Second')

@route('/app')
def app():
    return AppResponder(data='all').load_app()

@route('/media')
def media():
    return FormResponse('Second', anvil.BlobMedia('text/plain', b'x'))

@anvil.server.http_endpoint('/form')
def form():
    return FormResponse('Second')

@anvil.server.callable
def name_of(row):
    return row['name']
"""
_API = """
import anvil.server

@anvil.server.route('/')
def f():
    return anvil.server.FormResponse('F')
"""
_FILES = {
    **starter(Kind.GUI),
    "client_code/Second/__init__.py": _FORM.format("Second"),
    "client_code/Second/form_template.yaml": _TEMPLATE % "second",
    "server_code/ServerModule1.py": _SERVER,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def routed(gui: World) -> AsyncIterator[Client]:
    """A GUI whose routes ask for pages."""
    widget = await gui.served.make(_FILES, kind="gui")
    columns = (ColumnSpec("name", "string", None),)
    await add_tables(gui.served.parts.store, widget, (TableSpec("things", "Things", "none", "full", columns),))
    yield gui.served.at(widget)


def _opens(boot: dict[str, Any]) -> tuple[Any, Any]:
    return boot["opens"]["opens"], boot["opens"]["objects"]


async def test_h_58_a_route_opens_the_page_with_a_form_and_its_arguments(routed: Client) -> None:
    answer = await routed.get("/item/7")
    boot = boot_of(answer)

    assert (answer.status, answer.header("content-type")) == (200, "text/html; charset=utf-8")
    assert (answer.header("cache-control"), answer.header("x-widgetry-page")) == ("no-store", None)
    assert boot["first"]["startup"] == {"kind": "form", "name": "Second"}
    assert list(boot["first"]["forms"]) == ["Second"]
    opens, objects = _opens(boot)
    assert (opens["form"], opens["args"], opens["kwargs"]) == ("Second", [7], {"day": None})
    assert objects == [{"path": ["opens", "kwargs", "day"], "type": ["Date"], "value": "2026-11-22"}]
    # Any other path is the page as it always is.
    assert "opens" not in boot_of(await routed.get("/elsewhere"))


async def test_h_58_a_row_that_a_page_was_given_is_worth_something_for_that_page_alone(
    gui: World, routed: Client
) -> None:
    answer = await routed.get("/row")
    boot = boot_of(answer)
    message = json.loads(json.dumps(boot["opens"]).replace('["opens", "args", 0', '["args", 0'))
    sent = {"objects": message["objects"], "vt_global": message.get("vt_global")}

    async def name_by(page_name: str) -> dict[str, Any]:
        page = await PageSocket.open(gui.served.port, routed.host, name=page_name)
        call = {"type": "CALL", "id": "c", "command": "name_of", "args": message["opens"]["args"], "kwargs": {}}
        await page.tab.say(**call, **sent)
        said: dict[str, Any] = await page.tab.hear()
        page.close()
        return said

    assert (await name_by(boot["page"]))["response"] == "a thing"
    assert "error" in await name_by("another-page-of-this-widget")
    assert "widgetry-visitor" in (answer.header("set-cookie") or "")


async def test_h_59_a_page_is_given_data_and_tags(routed: Client) -> None:
    answer = await routed.get("/data")

    assert _opens(boot_of(answer))[0]["data"] == {"n": 1}
    assert b'<meta property="og:title" content="A &quot;thing&quot;">' in answer.body
    assert b'<meta name="robots" content="noindex">' in answer.body
    whole = boot_of(await routed.get("/app"))
    assert (whole["first"]["startup"]["name"], _opens(whole)[0]["data"]) == ("Form1", "all")


async def test_h_58_media_and_endpoints_open_no_pages(gui: World, routed: Client) -> None:
    media = await routed.get("/media")
    endpoint = await routed.get("/_/api/form")
    api = await gui.served.make(
        "import anvil.server\n@anvil.server.route('/')\ndef f():\n    return anvil.server.FormResponse('F')\n"
    )
    of_api = await gui.served.at(api).get("/")

    assert (media.status, b"Media can't be given to a form" in media.body) == (500, True)
    assert (endpoint.status, b"FormResponse can only be returned" in endpoint.body) == (500, True)
    assert (of_api.status, b"FormResponse can only be returned" in of_api.body) == (500, True)
