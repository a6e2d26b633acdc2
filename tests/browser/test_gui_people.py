"""A to-do list of a GUI for people who log in, with Data Tables used by client code; on both engines, end to end."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.gui_page import TIMEOUT_MS
from tests.browser.person import Person
from tests.browser.test_gui_widgets import address_of, import_app

_FORM = """
import anvil.server
import anvil.tables.query as q
import anvil.users
from anvil import *
from anvil.tables import app_tables, order_by

from ._anvil_designer import Form1Template


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.user = anvil.users.login_with_form()
        self.who.text = f"To do for {self.user['email']}"
        self.tasks.set_event_handler("x-changed", self.count)
        self.show_tasks()

    def show_tasks(self, **event_args):
        wanted = {"done": False} if self.open_only.checked else {}
        self.tasks.items = app_tables.tasks.search(order_by("title"), owner=self.user, **wanted)
        self.count()

    def count(self, **event_args):
        left = app_tables.tasks.search(owner=self.user, done=False)
        self.left.text = f"{len(left)} to do"

    def add(self, **event_args):
        row = app_tables.tasks.add_row(title=self.title.text, done=False, owner=self.user)
        self.title.text = ""
        assert row["owner"] == self.user and row["done"] is False
        self.show_tasks()

    def find(self, **event_args):
        found = app_tables.tasks.search(q.any_of(title=q.ilike("%" + self.title.text + "%")))
        self.left.text = "found " + ", ".join([row["title"] for row in found])

    def leave(self, **event_args):
        anvil.users.logout()
        open_form("Form1")
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: who, type: Label, properties: {text: "", role: headline}}
- {name: title, type: TextBox, properties: {placeholder: What to do}, event_bindings: {pressed_enter: add}}
- {name: find_button, type: Button, properties: {text: Find}, event_bindings: {click: find}}
- name: open_only
  type: CheckBox
  properties: {text: Open ones only}
  event_bindings: {change: show_tasks}
- {name: tasks, type: RepeatingPanel, properties: {item_template: Task}}
- {name: left, type: Label, properties: {text: ""}}
- {name: leave_button, type: Button, properties: {text: Log out}, event_bindings: {click: leave}}
"""
_TASK = """
from anvil import *

from ._anvil_designer import TaskTemplate


class Task(TaskTemplate):
    def __init__(self, **properties):
        self.init_components(**properties)

    def done_change(self, **event_args):
        self.parent.raise_event("x-changed")

    def delete_click(self, **event_args):
        panel = self.parent
        self.item.delete()
        self.remove_from_parent()
        panel.raise_event("x-changed")
"""
_TASK_TEMPLATE = """
container: {type: FlowPanel}
components:
- name: done
  type: CheckBox
  data_bindings:
  - {property: checked, code: "self.item['done']", writeback: true}
  - {property: text, code: "self.item['title']"}
  event_bindings: {change: done_change}
- {name: delete_button, type: Button, properties: {text: Delete}, event_bindings: {click: delete_click}}
"""
_ANVIL = """
name: To do
package_name: to_do
startup: {type: form, module: Form1}
services:
- source: /runtime/services/anvil/users.yml
  client_config: {allow_signup: true, use_email: true, allow_remember_me: true}
  server_config: {user_table: users, confirm_email: false, enable_automatically: true}
db_schema:
  users:
    title: Users
    client: search
    server: full
    columns:
    - {name: email, type: string}
    - {name: enabled, type: bool}
    - {name: password_hash, type: string}
  tasks:
    title: Tasks
    client: full
    server: full
    columns:
    - {name: title, type: string}
    - {name: done, type: bool}
    - {name: owner, type: link_single, target: users}
"""


@pytest.mark.parametrize("engine", ["full", "light"])
def test_people_sign_up_and_keep_their_lists(ada: Person, engine: str) -> None:
    tree = {
        "anvil.yaml": _ANVIL,
        "client_code/Form1/__init__.py": _FORM,
        "client_code/Form1/form_template.yaml": _TEMPLATE,
        "client_code/Task/__init__.py": _TASK,
        "client_code/Task/form_template.yaml": _TASK_TEMPLATE,
    }
    slug = import_app(ada, tree)
    ada.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    page = ada.new_tab()
    page.goto(address_of(ada, slug))

    _sign_up(page)
    expect(page.get_by_text("To do for eve@example.com")).to_be_visible(timeout=TIMEOUT_MS)
    for title in ("Write", "Read"):
        page.get_by_placeholder("What to do").fill(title)
        page.get_by_placeholder("What to do").press("Enter")
        expect(page.get_by_role("checkbox", name=title)).to_be_visible(timeout=TIMEOUT_MS)
    expect(page.get_by_text("2 to do")).to_be_visible(timeout=TIMEOUT_MS)

    # Written back into the row by its data binding, before the handler counts.
    page.get_by_role("checkbox", name="Read").check()
    expect(page.get_by_text("1 to do")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_role("checkbox", name="Open ones only").check()
    expect(page.get_by_role("checkbox", name="Read")).to_have_count(0, timeout=TIMEOUT_MS)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("0 to do")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_placeholder("What to do").fill("rea")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("found Read")).to_be_visible(timeout=TIMEOUT_MS)
    [row] = ada.call("GET", f"/widgets/{slug}/tables/tasks/rows")["items"]
    assert (row["values"]["title"], row["values"]["done"]) == ("Read", True)

    page.get_by_role("button", name="Log out").click()
    _log_in(page)
    expect(page.get_by_role("checkbox", name="Read")).to_be_checked(timeout=TIMEOUT_MS)
    page.reload()
    expect(page.get_by_role("checkbox", name="Read")).to_be_checked(timeout=TIMEOUT_MS)


def _sign_up(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Sign up for a new account").click(timeout=TIMEOUT_MS)
    expect(dialog.get_by_role("heading", name="Sign Up")).to_be_visible(timeout=TIMEOUT_MS)
    dialog.get_by_placeholder("Email").fill("eve@example.com")
    dialog.get_by_placeholder("Password", exact=True).fill("correct horse")
    dialog.get_by_placeholder("Retype password").fill("correct house")
    dialog.get_by_role("button", name="Sign up").click()
    expect(dialog.get_by_text("Passwords do not match")).to_be_visible(timeout=TIMEOUT_MS)
    dialog.get_by_placeholder("Retype password").fill("correct horse")
    dialog.get_by_role("button", name="Sign up").click()


def _log_in(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_placeholder("Email")).to_have_value("eve@example.com", timeout=TIMEOUT_MS)
    dialog.get_by_placeholder("Password").fill("wrong horse")
    dialog.get_by_placeholder("Password").press("Enter")
    expect(dialog.get_by_text("Incorrect email address or password")).to_be_visible(timeout=TIMEOUT_MS)
    dialog.get_by_placeholder("Password").fill("correct horse")
    dialog.get_by_placeholder("Password").press("Enter")
