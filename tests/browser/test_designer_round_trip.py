"""Forms of the starters and of the gallery, opened in the designer, changed, changed back and saved: the same bytes."""

from typing import Any

import yaml
from playwright.sync_api import expect
from tests.browser.gui_gallery import gallery
from tests.browser.person import Person

from widget_model.kinds import Kind
from widget_model.starters import GUI_STARTERS, starter


def _written(node: dict[str, Any]) -> dict[str, Any]:
    """A component of the gallery as a template has it."""
    parts = {
        "name": node["name"],
        "type": node["type"],
        "properties": node["properties"],
        "layout_properties": node["layout"],
        "event_bindings": node["events"],
        "data_bindings": node["bindings"],
        "components": [_written(child) for child in node["children"]],
    }
    return {key: value for key, value in parts.items() if value}


def _forms() -> dict[str, str]:
    """The templates of one widget: the gallery's, and each starter's below a package of its own."""
    files = {}
    for name, form in gallery()["forms"].items():
        root = _written(form["root"])
        container = {key: value for key, value in root.items() if key != "components"}
        text = yaml.safe_dump({"container": container, "components": root.get("components", [])}, sort_keys=False)
        files[f"client_code/{name}/form_template.yaml"] = text
    for one in GUI_STARTERS:
        for path, content in starter(Kind.GUI, one.name).items():
            if path.startswith("client_code/") and path.endswith((".yaml", "__init__.py")):
                files[path.replace("client_code/", f"client_code/{one.name}/")] = str(content)
    return files


def test_every_form_of_starters_and_gallery_comes_back_as_it_was(ada: Person) -> None:
    files = _forms()
    manifest = "name: All\npackage_name: shop\nstartup: {type: form, module: Gallery}\n"
    made = ada.call("POST", "/widgets", {"kind": "gui", "title": "All", "files": {"anvil.yaml": manifest, **files}})
    ada.page.set_viewport_size({"width": 1440, "height": 900})
    ada.go(f"/w/{made['slug']}/edit")
    templates = [path for path in files if path.endswith(".yaml")]
    assert len(templates) > len(GUI_STARTERS)
    undo = ada.page.get_by_role("button", name="Undo", exact=True)

    for path in templates:
        ada.page.locator(".files-pane").get_by_role("button", name=path, exact=True).click()
        ada.page.get_by_role("button", name="Design", exact=True).click()
        rows = ada.page.get_by_role("treeitem")
        expect(rows.first).to_be_visible()
        expect(undo).to_be_disabled()
        if rows.count() > 1:
            rows.nth(1).click()
            ada.page.keyboard.press("Control+d")
            expect(undo).to_be_enabled()
            undo.click()
            expect(undo).to_be_disabled()
    ada.page.keyboard.press("Control+s")

    expect(ada.page.locator(".save-state")).to_have_attribute("data-state", "saved")
    now = ada.call("GET", f"/widgets/{made['slug']}")["files"]
    assert {path: now.get(path) for path in files} == files
