"""A GUI widget's host: its page, what the page fetches, and nothing of its server code."""

import json
import re
from typing import Any

import pytest
from tests.services.gui.conftest import FILES
from tests.services.http_client import Answer
from tests.services.public.conftest import World

from widget_site.store import widgets
from widget_site.store.widgets import WidgetChanges

pytestmark = pytest.mark.asyncio(loop_scope="module")

_BOOT = re.compile(r'<script type="application/json" id="boot">(.*?)</script>', re.DOTALL)


def boot_of(answer: Answer) -> dict[str, Any]:
    found = _BOOT.search(answer.text)
    assert found is not None
    boot: dict[str, Any] = json.loads(found[1])
    return boot


async def test_w_18_g_88_the_page_has_title_description_logo_and_the_owners_head(gui: World) -> None:
    answer = await gui.w.get("/")

    assert answer.status == 200
    assert "<title>Shop &amp; &lt;b&gt;Sons&lt;/b&gt;</title>" in answer.text
    assert '<meta name="description" content="Sells">' in answer.text
    assert '<link rel="icon" href="/_/theme/logo.png">' in answer.text
    assert '<meta name="mine" content="1">' in answer.text
    assert 'href="/_/theme/theme.css"' in answer.text


async def test_the_page_names_its_app_which_never_changes(gui: World) -> None:
    page = await gui.w.get("/")
    boot = boot_of(page)
    app = await gui.w.get(boot["app"])

    assert boot["engine"] == "full"
    # All that the start needs is on its way before the page's program asks for it.
    loaded = re.findall(r'<link rel="(?:module)?preload"[^>]* href="([^"]*)">', page.text)
    assert {boot["app"], *(boot["assets"][f"engines/{name}"] for name in ("full.ts", "library.zip"))} <= set(loaded)
    assert set(boot["first"]["forms"]) == {"Form1"}
    assert "immutable" in (app.header("cache-control") or "")
    said = json.loads(app.body)
    assert set(said["modules"]) == {"Form1/__init__.py", "shared.py", "broken.py"}
    assert said["theme"]["colors"] == {"Primary": "#123456"}


async def test_any_other_path_is_the_page_and_routes_of_the_code_are_not(gui: World) -> None:
    assert boot_of(await gui.w.get("/some/where"))["app"] == boot_of(await gui.w.get("/"))["app"]
    assert (await gui.w.get("/hello/Ada")).text == "Hello, Ada!"
    assert json.loads((await gui.w.get("/_/api/status")).body) == {"fine": True}


async def test_g_78_the_theme_is_served_with_etags(gui: World) -> None:
    first = await gui.w.get("/_/theme/theme.css")
    etag = first.header("etag") or ""

    assert first.text == ".mine { color: red }"
    assert first.header("content-type") == "text/css; charset=utf-8"
    assert (await gui.w.get("/_/theme/theme.css", If_None_Match=etag)).status == 304
    assert (await gui.w.get("/_/theme/nothing.css")).status == 404


async def test_h_81_the_policy_lets_pyodide_run_and_no_other_site_show_it(gui: World) -> None:
    policy = (await gui.w.get("/")).header("content-security-policy") or ""

    assert "'wasm-unsafe-eval'" in policy
    assert "'unsafe-eval'" not in policy
    assert f"frame-ancestors http://localhost:{gui.served.port}" in policy


async def test_the_light_engine_is_a_setting_of_gui_widgets_alone(gui: World) -> None:
    store, owner = gui.served.parts.store, gui.served.owner.id
    made = await gui.served.make(FILES, kind="gui")
    api = await gui.served.make("", kind="api")

    await widgets.change(store, made.slug, owner, WidgetChanges(client_engine="light"))
    with pytest.raises(Exception, match="no client code"):
        await widgets.change(store, api.slug, owner, WidgetChanges(client_engine="light"))

    answer = await gui.served.at(made).get("/")
    assert boot_of(answer)["engine"] == "light"
    assert "'unsafe-eval'" in (answer.header("content-security-policy") or "")


async def test_client_code_for_the_light_engine_is_put_as_it_understands_it(gui: World) -> None:
    files = {**FILES, "client_code/new.py": "x = 1\n(y := x)\n", "client_code/typed.py": "class A:\n    x: int\n"}
    made = await gui.served.make(files, kind="gui")
    w = gui.served.at(made)
    full = json.loads((await w.get(boot_of(await w.get("/"))["app"])).body)["modules"]

    await widgets.change(gui.served.parts.store, made.slug, gui.served.owner.id, WidgetChanges(client_engine="light"))
    light = json.loads((await w.get(boot_of(await w.get("/"))["app"])).body)["modules"]

    assert full["typed.py"] == "class A:\n    x: int\n"
    assert "__annotations__" in light["typed.py"]
    assert light["new.py"].startswith('\nraise SyntaxError("The Light engine has no assignment expressions (:=)')
    assert light["shared.py"] == full["shared.py"]


async def test_a_private_page_opens_for_its_preview_and_what_it_fetches_too(gui: World) -> None:
    made = await gui.served.make(FILES, kind="gui", visibility="private")
    w = gui.served.at(made)
    token = await gui.served.parts.previews.make(made.id)

    assert (await w.get("/")).status == 404
    assert (await w.get("/_/theme/theme.css")).status == 404
    page = await w.get(f"/?_widgetry_preview={token}")
    boot = boot_of(page)
    cookie = (page.header("set-cookie") or "").partition(";")[0]
    assert (await w.get(boot["app"])).status == 200
    assert (await w.get("/_/theme/theme.css", Cookie=cookie)).status == 200
    assert (await w.get("/", Cookie=cookie)).status == 404 or page.status == 200
    assert token in boot["socket"]


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--", "\u2028", "&lt;"])
async def test_what_the_widget_says_stays_inside_its_script(gui: World, text: str) -> None:
    label = {"type": "Label", "properties": {"text": text}}
    template = json.dumps({"container": {"type": "ColumnPanel"}, "components": [label]})
    files = {**FILES, "client_code/Form1/form_template.yaml": template}
    made = await gui.served.make(files, kind="gui")

    boot = boot_of(await gui.served.at(made).get("/"))

    assert boot["first"]["forms"]["Form1"]["root"]["children"][0]["properties"]["text"] == text


async def test_the_designers_canvas_opens_once_without_origin_and_without_code(gui: World) -> None:
    previews = gui.served.parts.previews
    other = await gui.served.make(FILES, kind="gui")
    token = await previews.make_once(gui.widget.id)

    assert (await gui.w.get("/_/canvas")).status == 404
    assert (await gui.w.get(f"/_/canvas?once={await previews.make_once(other.id)}")).status == 404
    assert (await gui.w.get(f"/_/canvas?once={await previews.make(gui.widget.id)}")).status == 404
    page = await gui.w.get(f"/_/canvas?once={token}")
    assert page.status == 200
    assert (await gui.w.get(f"/_/canvas?once={token}")).status == 404
    boot = boot_of(page)
    assert boot["package"] == "shop"
    # The editor tells the widget's own theme, as it is there.
    assert boot["library"] == {"colors": {}, "html": {}, "roles": [], "css": ""}
    assert "SERVER ONLY" not in page.text
    policy = dict(one.split(" ", 1) for one in (page.header("content-security-policy") or "").split("; "))
    site = f"http://localhost:{gui.served.port}"
    assert policy["sandbox"] == "allow-scripts"
    assert policy["script-src"] == site
    assert policy["frame-ancestors"] == site
    assert policy["default-src"] == "'none'"


async def test_the_canvas_of_a_private_widget_is_its_owners(gui: World) -> None:
    made = await gui.served.make(FILES, kind="gui", visibility="private")
    w, previews = gui.served.at(made), gui.served.parts.previews

    assert (await w.get(f"/_/canvas?once={await previews.make_once(made.id)}")).status == 404
    token = await previews.make(made.id)
    page = await w.get(f"/_/canvas?once={await previews.make_once(made.id)}&_widgetry_preview={token}")

    assert page.status == 200
    assert boot_of(page)["query"] == f"?_widgetry_preview={token}"
    assert (await w.get(f"/_/theme/theme.css?_widgetry_preview={token}")).status == 200
