"""A to-do list as a GUI widget from end to end, on both engines: its rows are those of a Data Table."""

from playwright.sync_api import expect
from tests.browser.person import Person
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of, engine, import_app
from tests.fixtures.processes import wait_until

__all__ = ["engine"]

_LIST = """
from ._anvil_designer import TodosTemplate
from anvil import *
from anvil.tables import app_tables

class Todos(TodosTemplate):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.rows.set_event_handler("x-delete", self.delete)
        self.show_todos()

    def show_todos(self, **event_args):
        if self.open_only.checked:
            self.rows.items = app_tables.todos.search(done=False)
        else:
            self.rows.items = app_tables.todos.search()

    def add_click(self, **event_args):
        app_tables.todos.add_row(title=self.new.text, done=False)
        self.new.text = ""
        self.show_todos()

    def delete(self, todo, **event_args):
        todo.delete()
        self.show_todos()
"""
_ROW = """
from ._anvil_designer import TodoTemplate

class Todo(TodoTemplate):
    def delete_click(self, **event_args):
        self.parent.raise_event("x-delete", todo=self.item)
"""
_LIST_TEMPLATE = """
container: {type: HtmlTemplate, properties: {html: '@theme:standard-page.html'}}
components:
- {name: title, type: Label, properties: {text: To do}, layout_properties: {slot: title}}
- name: content
  type: ColumnPanel
  layout_properties: {slot: default}
  components:
  - {name: new, type: TextBox, properties: {placeholder: New}, event_bindings: {pressed_enter: add_click}}
  - {name: open_only, type: CheckBox, properties: {text: Open only}, event_bindings: {change: show_todos}}
  - name: grid
    type: DataGrid
    properties:
      rows_per_page: 2
      columns:
      - {id: A, title: What, data_key: title, expand: true}
      - {id: B, title: Done, data_key: done, width: 120}
      - {id: C, title: Nothing, data_key: no_such_column, width: 100}
      - {id: D, title: '', data_key: null, width: 120}
    components:
    - {name: rows, type: RepeatingPanel, properties: {item_template: Todo}}
"""
_ROW_TEMPLATE = """
container: {type: DataRowPanel}
components:
- name: title
  type: TextBox
  properties: {placeholder: Title}
  data_bindings: [{property: text, code: "self.item['title']", writeback: true}]
  layout_properties: {column: A}
- name: done
  type: CheckBox
  properties: {text: Done}
  data_bindings: [{property: checked, code: "self.item['done']", writeback: true}]
  layout_properties: {column: B}
- name: delete
  type: Button
  properties: {text: Delete}
  event_bindings: {click: delete_click}
  layout_properties: {column: D}
"""
_ANVIL = """
name: To do
package_name: to_do
startup: {type: form, module: Todos}
db_schema:
  todos:
    title: Todos
    client: full
    server: full
    columns:
    - {name: title, type: string}
    - {name: done, type: bool}
"""


def test_g_21_g_22_a_to_do_list_in_a_table(ada: Person, engine: str) -> None:
    forms = {"Todos": (_LIST, _LIST_TEMPLATE), "Todo": (_ROW, _ROW_TEMPLATE)}
    tree = {"anvil.yaml": _ANVIL}
    for name, (code, template) in forms.items():
        tree[f"client_code/{name}/__init__.py"] = code
        tree[f"client_code/{name}/form_template.yaml"] = template
    slug = import_app(ada, tree)
    ada.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    page = ada.new_tab()
    page.goto(address_of(ada, slug))
    titles = page.get_by_placeholder("Title")

    def kept() -> list[tuple[str, bool]]:
        rows = ada.call("GET", f"/widgets/{slug}/tables/todos/rows")["items"]
        return [(row["values"]["title"], row["values"]["done"]) for row in rows]

    for count, title in enumerate(("Milk", "Bread", "Tea"), start=1):
        page.get_by_placeholder("New").fill(title)
        page.get_by_placeholder("New").press("Enter")
        expect(page.get_by_placeholder("New")).to_have_value("", timeout=TIMEOUT_MS)
        expect(titles).to_have_count(min(count, 2), timeout=TIMEOUT_MS)
    page.get_by_role("button", name="Next page").click()
    expect(titles).to_have_count(1, timeout=TIMEOUT_MS)
    expect(titles.first).to_have_value("Tea")

    # What is typed and checked is in the table at once.
    titles.first.fill("Green tea")
    page.get_by_role("checkbox", name="Done").check()
    page.get_by_role("button", name="Previous page").click()
    expect(titles).to_have_count(2, timeout=TIMEOUT_MS)
    wait_until(lambda: kept() == [("Milk", False), ("Bread", False), ("Green tea", True)], "what was typed", 60)

    page.get_by_role("checkbox", name="Open only").check()
    expect(page.locator(".data-grid-pages")).to_be_hidden(timeout=TIMEOUT_MS)
    page.get_by_role("button", name="Delete").first.click()
    expect(titles).to_have_count(1, timeout=TIMEOUT_MS)
    expect(titles.first).to_have_value("Bread")
    wait_until(lambda: kept() == [("Bread", False), ("Green tea", True)], "a row to go", 60)
