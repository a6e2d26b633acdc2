"""Pages that routes of a GUI's code open, on both engines: painted at once, with what the route gave them."""

import pytest
from playwright.sync_api import expect
from tests.browser.person import Person
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of, without_python

_FORM = """
from ._anvil_designer import ItemTemplate
from anvil import *
import anvil.server

class Item(ItemTemplate):
    def __init__(self, number, day=None, **properties):
        self.init_components(**properties)
        self.shown.text = f"Item {number} of {day.year}, with {anvil.server.startup_data}"

    def again_click(self, **event_args):
        self.shown.text = "clicked " + self.box.text
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: title, type: Label, properties: {text: An item, role: headline}}
- {name: shown, type: Label}
- {name: box, type: TextBox, properties: {placeholder: Note}}
- {name: again, type: Button, properties: {text: Again}, event_bindings: {click: again_click}}
"""
_SERVER = """
import datetime
import anvil.server

@anvil.server.route("/item/:number")
def item(number):
    data = {"from": "a route"}
    return anvil.server.AppResponder(data=data).load_form("Item", int(number), day=datetime.date(2026, 11, 22))
"""
_START = _FORM.replace("Item", "Start").replace("number, day=None, ", "").replace("self.shown", "# self.shown")
_FILES = {
    "anvil.yaml": "name: Shop\npackage_name: shop\nstartup: {type: form, module: Start}\n",
    "client_code/Start/__init__.py": _START,
    "client_code/Start/form_template.yaml": _TEMPLATE.replace("An item", "The start"),
    "client_code/Item/__init__.py": _FORM,
    "client_code/Item/form_template.yaml": _TEMPLATE,
    "server_code/ServerModule1.py": _SERVER,
}


@pytest.mark.parametrize("engine", ["full", "light"])
def test_h_58_h_59_a_route_opens_the_page_at_a_form(ada: Person, engine: str) -> None:
    asked = {"kind": "gui", "title": "Shop", "files": _FILES, "visibility": "public"}
    slug = str(ada.call("POST", "/widgets", asked)["slug"])
    ada.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    page = ada.new_tab()

    with without_python(page):
        page.goto(f"{address_of(ada, slug)}item/7")
        expect(page.get_by_text("An item")).to_be_visible()
        page.get_by_placeholder("Note").fill("early")
        page.get_by_role("button", name="Again").click()

    expect(page.get_by_text("clicked early")).to_be_visible(timeout=TIMEOUT_MS)
    page.reload()
    expect(page.get_by_text("Item 7 of 2026, with {'from': 'a route'}")).to_be_visible(timeout=TIMEOUT_MS)
    page.goto(address_of(ada, slug))
    expect(page.get_by_text("The start")).to_be_visible()
