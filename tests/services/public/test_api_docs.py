"""An API's own pages at its own address: made of its code, safe from its texts, shown to whom the API is (X-22)."""

import json
import re

import pytest
import schemathesis
from tests.services.public.conftest import World

from widget_site.store import api_access, widgets
from widget_site.store.widgets import WidgetChanges

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = '''
"""<script>alert(1)</script> sums"""
from anvil.server import route

@route("/add/:a")
def add(a: int, b: str = "\\"><img src=x onerror=alert(1)>"):
    """Add <b>numbers</b>."""
    return {"a": int(a), "b": b}

@route("/_/docs")
def never():
    return "the platform's"
'''


async def test_x_22_the_document_is_valid_and_its_calls_work(world: World) -> None:
    widget = await world.served.make(SOURCE)
    w = world.served.at(widget)

    answer = await w.get("/_/openapi.json")

    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert answer.header("access-control-allow-origin") == "*"
    made = json.loads(answer.body)
    schemathesis.openapi.from_dict(made).validate()
    assert made["servers"] == [{"url": f"http://{w.host}"}]
    assert made["info"]["title"] == "A widget"
    assert (await w.get("/add/3?b=x")).text == '{"a":3,"b":"x"}'
    assert list(made["paths"]["/add/{a}"]) == ["get", "post"]


async def test_x_22_the_page_shows_routes_and_lets_no_text_of_the_code_be_markup(world: World) -> None:
    w = world.served.at(await world.served.make(SOURCE))

    answer = await w.get("/_/docs")

    assert (answer.status, answer.header("content-type")) == (200, "text/html; charset=utf-8")
    assert "/add/:a" in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<img" not in answer.text
    assert "<b>" not in answer.text
    policy = answer.header("content-security-policy") or ""
    assert f"script-src http://{w.host}/_/assets/;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    for address in re.findall(r'(?:href|src)="(/_/assets/[^"]+)"', answer.text):
        file = await w.get(address)
        assert (file.status, "immutable" in (file.header("cache-control") or "")) == (200, True), address
    for wrong in ("/_/assets/", "/_/assets/../settings.py", "/_/assets/manifest.json", "/_/assets/%2e%2e/x"):
        assert (await w.get(wrong)).status == 404


async def test_x_22_a_saved_route_is_there_with_the_next_look(world: World) -> None:
    widget = await world.served.make(SOURCE)
    w = world.served.at(widget)
    await w.get("/_/openapi.json")

    await world.served.save(widget, "from anvil.server import route\n@route('/new')\ndef new():\n    pass\n")

    assert list(json.loads((await w.get("/_/openapi.json")).body)["paths"]) == ["/new"]


async def test_x_22_a_private_api_shows_them_to_its_owner_alone(world: World) -> None:
    widget = await world.served.make(SOURCE)
    store, owner = world.served.parts.store, world.served.owner
    await widgets.change(store, widget.slug, owner.id, WidgetChanges(visibility="private"))
    w = world.served.at(widget)
    token = await world.served.parts.previews.make(widget.id)

    for path in ("/_/openapi.json", "/_/docs"):
        assert (await w.get(path)).status == 404
        shown = await w.get(f"{path}?_widgetry_preview={token}")
        assert (shown.status, shown.header("access-control-allow-origin")) == (200, None)
    assert f"/_/openapi.json?_widgetry_preview={token}" in (await w.get(f"/_/docs?_widgetry_preview={token}")).text


async def test_x_22_only_apis_have_them_and_only_to_read(world: World) -> None:
    script = world.served.at(await world.served.make("print(1)", kind="script"))
    w = world.served.at(await world.served.make(SOURCE))

    assert (await script.get("/_/docs")).status == 404
    assert (await w.post("/_/docs", b"x")).status == 404
    assert (await w("HEAD", "/_/openapi.json")).status == 200
    assert (await w.get("/_/docs/x")).status == 404


async def test_x_24_the_page_of_an_api_with_keys_asks_for_one(world: World) -> None:
    widget = await world.served.make(SOURCE)
    w = world.served.at(widget)
    assert 'id="api-key"' not in (await w.get("/_/docs")).text

    owner = world.served.owner
    await api_access.change(world.served.parts.store, widget.slug, owner.id, keys_needed=True, per_minute=None)

    assert 'id="api-key"' in (await w.get("/_/docs")).text
    assert json.loads((await w.get("/_/openapi.json")).body)["security"] == [{"key": []}, {"bearer": []}]
