"""GUI widgets from end to end, on both engines: made, opened at their public address, and talking with their server."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.person import Person

#: Python in a browser starts in a second; on a busy machine not so fast.
TIMEOUT_MS = 60_000
_ENGINES = re.compile(r"/static/browser/engines/")

_FORM = """
from ._anvil_designer import Form1Template
from anvil import *
import anvil.server

class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)

    def submit_button_click(self, **event_args):
        name = self.name_box.text
        email = self.email_box.text
        feedback = self.feedback_box.text
        anvil.server.call('add_feedback', name, email, feedback)
        Notification(f"Thank you, {name}!", timeout=None).show()
        self.clear_inputs()

    def clear_inputs(self):
        self.name_box.text = ""
        self.email_box.text = ""
        self.feedback_box.text = ""
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: title, type: Label, properties: {text: Feedback Form, role: headline}}
- {name: name_box, type: TextBox, properties: {placeholder: Name}}
- {name: email_box, type: TextBox, properties: {placeholder: E-mail, type: email}}
- {name: feedback_box, type: TextArea, properties: {placeholder: Feedback}}
- {name: submit_button, type: Button, properties: {text: Submit}, event_bindings: {click: submit_button_click}}
"""
_SERVER = """
import anvil.email
import anvil.server
from anvil.tables import app_tables
from datetime import datetime

@anvil.server.callable
def add_feedback(name, email, feedback):
    app_tables.feedback.add_row(name=name, email=email, feedback=feedback, created=datetime.now())
    anvil.email.send(subject=f"Feedback from {name}", text=f"{name} <{email}>: {feedback}")
"""
_ANVIL = """
name: Feedback
package_name: feedback_form
startup: {type: form, module: Form1}
db_schema:
  feedback:
    title: Feedback
    client: none
    server: full
    columns:
    - {name: name, type: string}
    - {name: email, type: string}
    - {name: feedback, type: string}
    - {name: created, type: datetime}
"""


@pytest.fixture(params=["full", "light"])
def engine(request: pytest.FixtureRequest) -> str:
    """What runs client code."""
    return str(request.param)


def import_app(person: Person, tree: dict[str, str], *, is_clean: bool = True) -> str:
    """Import an Anvil app as a program does; return its slug. ``is_clean``: nothing is amiss in it."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, text in tree.items():
            archive.writestr(path, text)
    shown = person.context.request.get(f"{person.origin}/new").text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token is not None
    headers = {"Origin": person.origin, "X-CSRF-Token": token[1], "Content-Type": "application/zip"}
    address = f"{person.origin}/api/v1/widgets/import?visibility=public"
    answer = person.context.request.post(address, headers=headers, data=written.getvalue())
    assert answer.ok, answer.text()
    made = answer.json()
    assert (made["findings"] == []) == is_clean
    return str(made["slug"])


def address_of(person: Person, slug: str) -> str:
    return person.origin.replace("://localhost", f"://{slug}.localhost") + "/"


@contextmanager
def without_python(page: Page) -> Iterator[None]:
    """Inside, no file of an engine arrives; then those that were asked for do."""
    held: list[Route] = []
    may_go = False

    def take(route: Route) -> None:
        if may_go:
            route.continue_()
        else:
            held.append(route)

    page.route(_ENGINES, take)
    yield
    may_go = True
    for route in held:
        route.continue_()


def test_w_18_w_20_a_new_gui_is_painted_before_python_and_asks_its_server(ada: Person, engine: str) -> None:
    ada.page.goto(ada.send("/new?kind=gui", kind="gui", visibility="public"))
    slug = ada.page.url.split("/")[-2]
    ada.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    page = ada.new_tab()

    with without_python(page):
        page.goto(address_of(ada, slug))
        page.get_by_placeholder("Your name").fill("Ada")
        page.get_by_role("button", name="Greet").click()
        expect(page.locator("html")).not_to_have_attribute("data-python", "live")

    expect(page.get_by_text("Hello, Ada!")).to_be_visible(timeout=TIMEOUT_MS)
    page.get_by_placeholder("Your name").fill("Bob")
    page.get_by_placeholder("Your name").press("Enter")
    expect(page.get_by_text("Hello, Bob!")).to_be_visible(timeout=TIMEOUT_MS)
    # Whether there is a heading is up to the app.
    assert [one for one in ada.axe(page) if "page-has-heading-one" not in one] == []


def test_w_19_the_feedback_form(person: Callable[..., Person], ada: Person, engine: str) -> None:
    files = {"client_code/Form1/__init__.py": _FORM, "client_code/Form1/form_template.yaml": _TEMPLATE}
    slug = import_app(ada, {"anvil.yaml": _ANVIL, "server_code/ServerModule1.py": _SERVER, **files})
    ada.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    visitor = person("visitor").page

    visitor.goto(address_of(ada, slug))
    visitor.get_by_placeholder("Name").fill("Grace")
    visitor.get_by_placeholder("E-mail").fill("grace@example.com")
    visitor.get_by_placeholder("Feedback").fill("It counts right.")
    visitor.get_by_role("button", name="Submit").click()

    expect(visitor.get_by_text("Thank you, Grace!")).to_be_visible(timeout=TIMEOUT_MS)
    for box in ("Name", "E-mail", "Feedback"):
        expect(visitor.get_by_placeholder(box)).to_have_value("")
    [row] = ada.call("GET", f"/widgets/{slug}/tables/feedback/rows")["items"]
    assert [row["values"][name] for name in ("name", "email", "feedback")] == [
        "Grace",
        "grace@example.com",
        "It counts right.",
    ]
    assert row["values"]["created"] is not None
    [letter] = ada.call("GET", f"/widgets/{slug}/mail")["items"]
    assert letter["subject"] == "Feedback from Grace"
    assert letter["recipients"] == [f"{ada.name}@example.com"]


def test_its_owner_runs_a_gui_beside_its_code(ada: Person) -> None:
    """The frame is on the widget's own origin, its console is told what it prints and where it fails."""
    form = """
from ._anvil_designer import Form1Template

class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        print("begun")

    def go_click(self, **event_args):
        raise ValueError("no good")

    def loop_click(self, **event_args):
        while True:
            pass
"""
    template = """
container: {type: ColumnPanel}
components:
- {name: go, type: Button, properties: {text: Go}, event_bindings: {click: go_click}}
- {name: loop, type: Button, properties: {text: Loop}, event_bindings: {click: loop_click}}
"""
    files = {"client_code/Form1/__init__.py": form, "client_code/Form1/form_template.yaml": template}
    slug = import_app(
        ada, {"anvil.yaml": "name: Beside\npackage_name: beside\nstartup: {type: form, module: Form1}\n", **files}
    )
    ada.call("PATCH", f"/widgets/{slug}", {"visibility": "private"})
    ada.expected += ["no good", "Stopped."]
    page = ada.page
    page.goto(f"{ada.origin}/w/{slug}/edit")

    page.get_by_role("button", name="Run").click()

    app = page.get_by_role("region", name="App", exact=True)
    expect(app.get_by_role("log")).to_contain_text("begun", timeout=TIMEOUT_MS)
    frame = app.locator("iframe").content_frame
    # Code that does not end leaves the page and the site alive, and can be stopped.
    frame.get_by_role("button", name="Loop").click()
    app.get_by_role("button", name="Stop code").click()
    expect(app.get_by_role("log")).to_contain_text("KeyboardInterrupt: Stopped.", timeout=TIMEOUT_MS)
    frame.get_by_role("button", name="Go").click()
    expect(app.get_by_role("log")).to_contain_text("ValueError: no good", timeout=TIMEOUT_MS)
    app.get_by_role("button", name="client_code/Form1/__init__.py, line 10").click()
    expect(page.locator(".cm-activeLine")).to_contain_text('raise ValueError("no good")')
    assert ada.axe(page) == []
