"""GUIs as libraries of other GUIs of their owner: their forms, modules and themes, and nothing of their server code."""

import json
from typing import Any

import pytest
from tests.services.gui.test_page import boot_of
from tests.services.public.conftest import World

from widget_model.files import FileContent
from widget_site import anvil_apps
from widget_site.store import revisions, widgets

pytestmark = pytest.mark.asyncio(loop_scope="module")

_APP = """
name: Till
package_name: till
startup: {type: form, module: Form1}
dependencies:
- {app_id: ABC, dep_id: dep_kit, resolution_hints: {package_name: kit}}
- {app_id: DEF, dep_id: dep_gone, resolution_hints: {package_name: gone}}
- {app_id: GHI, dep_id: dep_nameless}
"""
_FORM = """
container: {type: ColumnPanel}
components:
- {name: card_1, type: 'form:dep_kit:Card', properties: {title: Hi}}
"""
FILES: dict[str, FileContent] = {
    "anvil.yaml": _APP,
    "client_code/Form1/form_template.yaml": _FORM,
    "theme/assets/theme.css": ".till {}",
    "theme/assets/own.txt": "till",
    "theme/parameters.yaml": "color_scheme: {colors: [{name: Primary, color: '#111111'}]}",
}
KIT: dict[str, FileContent] = {
    "anvil.yaml": "package_name: kit\ndependencies:\n- {dep_id: d, resolution_hints: {package_name: base}}\n",
    "client_code/Card/form_template.yaml": """
container: {type: ColumnPanel}
components:
- {name: box_1, type: 'form:d:Box'}
""",
    "client_code/tools.py": "def twice(n):\n    return 2 * n\n",
    "server_code/inner.py": "SECRET = 1\n",
    "theme/assets/theme.css": ".kit {}",
    "theme/assets/own.txt": "kit",
    "theme/assets/kit.txt": "kit",
    "theme/parameters.yaml": "colors: {Primary: '#222222', Kit: '#333333'}\nroles: [{name: tile}, {name: 5}, no]",
}
BASE: dict[str, FileContent] = {
    # It names one that names it: that ends.
    "anvil.yaml": "package_name: base\ndependencies:\n- {dep_id: d, resolution_hints: {package_name: kit}}\n",
    "client_code/Box/form_template.yaml": "container: {type: FlowPanel}\n",
}


async def _app(world: World, widget: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    client = world.served.at(widget)
    boot = boot_of(await client.get("/"))
    return boot, json.loads((await client.get(boot["app"])).body)


async def test_a_gui_uses_the_forms_modules_and_theme_of_its_owners_others(gui: World) -> None:
    await gui.served.make(BASE, kind="gui")
    kit = await gui.served.make(KIT, kind="gui")
    till = await gui.served.make(FILES, kind="gui")

    boot, app = await _app(gui, till)

    assert set(app["dependencies"]) == {"kit", "base"}
    assert app["dependencies"]["kit"]["modules"] == {"tools.py": KIT["client_code/tools.py"]}
    assert app["forms"]["Form1"]["root"]["children"][0]["type"] == "form:kit.Card"
    assert "SECRET" not in json.dumps(app)
    # The first paint needs the forms of libraries, and no modules.
    assert boot["first"]["dependencies"]["kit"]["modules"] == {}
    assert set(boot["first"]["dependencies"]["base"]["forms"]) == {"Box"}
    assert app["theme"]["colors"] == {"Primary": "#111111", "Kit": "#333333"}
    client = gui.served.at(till)
    assert (await client.get("/_/theme/theme.css")).text == ".kit {}\n.till {}"
    assert (await client.get("/_/theme/own.txt")).text == "till"
    assert (await client.get("/_/theme/kit.txt")).text == "kit"
    # Who draws its forms is told what its libraries' themes have; its own theme is the editor's to tell.
    token = await gui.served.parts.previews.make_once(till.id)
    assert boot_of(await client.get(f"/_/canvas?once={token}"))["library"] == {
        "colors": {"Primary": "#222222", "Kit": "#333333"},
        "html": {},
        "roles": [{"name": "tile", "components": []}],
        "css": ".kit {}",
    }
    for path in ("/_/theme/../server_code/inner.py", "/server_code/inner.py", "/_/app/inner.py"):
        assert "SECRET" not in (await client.get(path)).text

    # What changes in a library is there at once.
    store, owner = gui.served.parts.store, gui.served.owner.id
    thrice = {**KIT, "client_code/tools.py": "def thrice(n):\n    return 3 * n\n"}
    await revisions.append(store, kit.slug, owner, thrice)
    _, changed = await _app(gui, till)
    assert "thrice" in changed["dependencies"]["kit"]["modules"]["tools.py"]

    found = await anvil_apps.findings(
        store, gui.served.parts.libraries, await widgets.by_slug(store, till.slug, owner), FILES, owner
    )
    texts = [one.text for one in found]
    assert [text for text in texts if "library gone" in text]
    assert [text for text in texts if "library dep_nameless" in text and "package_name" in text]
    assert not [text for text in texts if "library kit" in text]
