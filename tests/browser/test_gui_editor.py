"""The editor of a GUI: imports that can't work and their quick fix, templates, the names of server functions."""

from playwright.sync_api import Locator, expect
from tests.browser.person import Person, code_of
from tests.browser.test_gui_widgets import import_app

READY_MS = 30_000
FORM = """from ._anvil_designer import Form1Template
from anvil import *
import pandas as pd


class Form1(Form1Template):
    def load_click(self, **event_args):
        frame = pd.read_csv(self.loader.file)
        self.told.text = len(frame)
"""
TEMPLATE = """components:
- name: loader
  type: FileLoader
  event_bindings: {change: load_click}
- name: told
  type: Label
container: {type: ColumnPanel}
"""
APP = {
    "anvil.yaml": "name: Sums\npackage_name: sums\nstartup: {type: form, module: Form1}\n",
    "client_code/Form1/__init__.py": FORM,
    "client_code/Form1/form_template.yaml": TEMPLATE,
    "server_code/Sums.py": "import anvil.server\n\n\n@anvil.server.callable\ndef add_up(a, b):\n    return a + b\n",
}


def tip_of(person: Person, words: str) -> Locator:
    """Point at what is marked; return what is said of it."""
    tip = person.page.locator(".cm-tooltip-lint")
    # What is said of another place may lie above this one.
    person.page.mouse.move(0, 0)
    expect(tip).to_have_count(0)
    person.page.locator(".cm-lintRange", has_text=words).first.hover(timeout=READY_MS)
    return tip


def open_file(person: Person, path: str) -> None:
    person.page.locator(f'.file[title="{path}"]').click()
    expect(code_of(person.page)).to_have_attribute("aria-label", f"{path}, text. Escape, then Tab leaves it.")


def edit(person: Person, tree: dict[str, str]) -> None:
    slug = import_app(person, tree)
    person.go(f"/w/{slug}/edit")
    expect(code_of(person.page)).to_be_visible()


def test_w_25_x_05_an_import_that_cannot_work_becomes_a_server_function_by_a_click(ada: Person) -> None:
    edit(ada, APP)
    expect(ada.page.locator(".cm-lint-marker-error")).to_have_count(1, timeout=READY_MS)
    tip = tip_of(ada, "pandas")
    expect(tip).to_contain_text("'pandas' is not available in client code")
    expect(tip).to_contain_text("Use it in a server function")
    assert ada.axe() == []

    tip.get_by_role("button", name="Move this function to server code").click()

    expect(code_of(ada.page)).to_contain_text(
        'self.told.text = anvil.server.call("load_click_on_server", self.loader.file)'
    )
    expect(code_of(ada.page)).not_to_contain_text("pandas")
    open_file(ada, "server_code/Sums.py")
    expect(code_of(ada.page)).to_contain_text("def load_click_on_server(file):")
    expect(code_of(ada.page)).to_contain_text("import pandas as pd")
    ada.page.get_by_role("button", name="Undo").click()
    expect(code_of(ada.page)).not_to_contain_text("pandas")
    open_file(ada, "client_code/Form1/__init__.py")
    expect(code_of(ada.page)).to_contain_text("frame = pd.read_csv(self.loader.file)")


def test_server_functions_complete_in_calls_and_a_template_is_checked_as_it_is_typed(ada: Person) -> None:
    edit(ada, {**APP, "client_code/Form1/__init__.py": FORM.replace("import pandas as pd\n", "import anvil.server\n")})
    page = ada.page
    code_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type('        anvil.server.call("add')
    options = page.locator(".cm-tooltip-autocomplete li")
    expect(options.filter(has_text="add_up")).to_be_visible(timeout=READY_MS)
    page.wait_for_timeout(100)
    page.keyboard.press("Enter")
    page.keyboard.press("F12")
    expect(page.locator(".file-tab.active")).to_contain_text("server_code/Sums.py")
    open_file(ada, "client_code/Form1/__init__.py")
    code_of(page).click()
    for key in ("Control+End", "ArrowLeft", "ArrowLeft", "2"):
        page.keyboard.press(key)
    expect(tip_of(ada, "add_up2")).to_contain_text("No server function of this widget is called 'add_up2'")

    open_file(ada, "client_code/Form1/form_template.yaml")
    ada.write(TEMPLATE.replace("type: Label", "type: Lable").replace("load_click", "load_clik"))
    expect(page.locator(".cm-lint-marker-error")).to_have_count(2, timeout=READY_MS)
    expect(tip_of(ada, "Lable")).to_contain_text("did you mean Label?")
    expect(tip_of(ada, "load_clik")).to_contain_text("The form's code has no method load_clik")
    ada.write("components:\n- name: told\n  type: Lab")
    page.keyboard.press("Control+Space")
    expect(options.filter(has_text="Label")).to_be_visible(timeout=READY_MS)
    page.keyboard.press("Escape")
    ada.write("components: [")
    ada.save()
    expect(page.get_by_text("Saved, but client_code/Form1/form_template.yaml is broken")).to_be_visible()


def test_the_language_server_knows_a_forms_components_as_its_template_is_typed(ada: Person) -> None:
    edit(ada, APP)
    page = ada.page
    code_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type("        self.told.fore")
    options = page.locator(".cm-tooltip-autocomplete li")
    expect(options.filter(has_text="foreground")).to_be_visible(timeout=READY_MS)
    page.keyboard.press("Escape")
    expect(page.locator(".cm-lintRange", has_text="Form1Template")).to_have_count(0)

    open_file(ada, "client_code/Form1/form_template.yaml")
    ada.write(TEMPLATE.replace("- name: told\n  type: Label", "- name: heard\n  type: TextBox"))
    expect(page.locator(".save-state")).to_have_attribute("data-state", "draft")
    open_file(ada, "client_code/Form1/__init__.py")
    expect(page.locator(".cm-lintRange", has_text="told")).not_to_have_count(0, timeout=READY_MS)
    code_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nself.heard.place")
    expect(options.filter(has_text="placeholder")).to_be_visible(timeout=READY_MS)
    expect(page.get_by_text("Full: Python 3.14")).to_be_visible()
