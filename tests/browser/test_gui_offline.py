"""GUI widgets without a network, on both engines: what goes on, what raises, how they open, and what is never kept."""

import re
import time

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect
from tests.browser.person import Person
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of

_FORM = """
from ._anvil_designer import Form1Template
from anvil import *
import anvil.server
from anvil.js import window

class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.version.text = "version 1"
        anvil.server.event_handler("said")(self.said)

    def said(self, payload):
        self.heard.text = f"heard {payload}"

    def ask_click(self, **event_args):
        try:
            self.answer.text = anvil.server.call("greet", self.box.text)
        except anvil.server.AppOfflineError as e:
            self.answer.text = f"offline: {e}"

    def keep_click(self, **event_args):
        window.localStorage.setItem("kept", self.box.text)
        self.answer.text = f"kept {window.localStorage.getItem('kept')}, online {anvil.server.is_app_online()}"

    def clock_tick(self, **event_args):
        self.ticks.text = str(int(self.ticks.text) + 1)
"""
_TEMPLATE = """
container: {type: ColumnPanel}
components:
- {name: version, type: Label}
- {name: box, type: TextBox, properties: {placeholder: Say}}
- {name: ask, type: Button, properties: {text: Ask}, event_bindings: {click: ask_click}}
- {name: keep, type: Button, properties: {text: Keep}, event_bindings: {click: keep_click}}
- {name: answer, type: Label}
- {name: heard, type: Label}
- {name: ticks, type: Label, properties: {text: '0', role: ticks}}
- {name: clock, type: Timer, properties: {interval: 0.1}, event_bindings: {tick: clock_tick}}
"""
_SERVER = """
import anvil.server

@anvil.server.callable
def greet(name):
    anvil.server.raise_event("said", name)
    return f"Hello, {name}!"

@anvil.server.route("/worker.js")
def worker():
    return anvil.server.HttpResponse(200, "// a worker", {"content-type": "text/javascript"})

@anvil.server.route("/plain")
def plain():
    return "a route"
"""
_FILES = {
    "anvil.yaml": "name: Away\npackage_name: away\nstartup: {type: form, module: Form1}\n",
    "client_code/Form1/__init__.py": _FORM,
    "client_code/Form1/form_template.yaml": _TEMPLATE,
    "server_code/ServerModule1.py": _SERVER,
    "theme/assets/worker.js": "// would be a service worker",
    "theme/assets/theme.css": ".anvil-role-ticks { color: rgb(1, 2, 3) }\n",
}


@pytest.fixture(params=["full", "light"])
def engine(request: pytest.FixtureRequest) -> str:
    """What runs client code."""
    return str(request.param)


def _live(page: Page) -> None:
    page.wait_for_selector("html[data-python=live]", timeout=TIMEOUT_MS)


def _kept(page: Page) -> None:
    """Wait until the worker has all that the page needs."""
    _until(
        page,
        """async () => {
            const found = await (await caches.open("widgetry-page")).match("/_/kept/list");
            const kept = found && await found.json();
            return kept?.version === document.documentElement.dataset.page;
        }""",
    )


def _until(page: Page, asked: str) -> None:
    """Wait until what the page is asked, a function that takes its time, is so."""
    end = time.monotonic() + TIMEOUT_MS / 1000
    while not page.evaluate(asked):
        assert time.monotonic() < end, asked
        page.wait_for_timeout(100)


def _make(person: Person, engine: str) -> str:
    asked = {"kind": "gui", "title": "Away", "files": _FILES, "visibility": "public"}
    slug = str(person.call("POST", "/widgets", asked)["slug"])
    person.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    return slug


def _go_offline(page: Page) -> None:
    """Nothing answers any more, and nothing is left in the browser's ordinary cache."""
    page.context.set_offline(True)
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")


def _ticks(page: Page) -> None:
    """Wait until the timer ticks."""
    ticks = page.locator(".anvil-role-ticks")
    before = int(ticks.inner_text())
    expect(ticks).not_to_have_text(re.compile(f"^{before}$"), timeout=TIMEOUT_MS)


def _register(page: Page, path: str) -> str:
    """Return the error that a page gets which registers this script as a service worker; "" for none."""
    script = "(path) => navigator.serviceWorker.register(path).then(() => '', (error) => error.name)"
    return str(page.evaluate(script, path))


def test_s_75_g_83_x_11_a_page_goes_on_and_opens_without_a_network(ada: Person, engine: str) -> None:
    slug = _make(ada, engine)
    page = ada.context.new_page()
    page.goto(address_of(ada, slug))
    _live(page)
    page.get_by_placeholder("Say").fill("Ada")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Hello, Ada!")).to_be_visible()
    expect(page.get_by_text("heard Ada")).to_be_visible()
    _kept(page)
    # What the app has is no service worker, wherever it lies.
    assert [_register(page, path) for path in ("/_/theme/worker.js", "/worker.js")] == ["TypeError"] * 2
    assert page.evaluate("fetch('/worker.js').then((answer) => answer.text())") == "// a worker"

    # The network goes: all but calls goes on.
    _go_offline(page)
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("kept Ada, online False")).to_be_visible()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("offline: Connection to server failed (1006)")).to_be_visible()
    _ticks(page)

    # It comes back: the page goes on as it is.
    page.context.set_offline(False)
    expect(page.get_by_text("heard Ada")).to_be_visible()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Hello, Ada!")).to_be_visible()

    # Opened without a network it runs its code; routes are not answered.
    _go_offline(page)
    page.reload()
    expect(page.get_by_text("version 1")).to_be_visible(timeout=TIMEOUT_MS)
    _live(page)
    _ticks(page)
    expect(page.locator(".anvil-role-ticks")).to_have_css("color", "rgb(1, 2, 3)")
    page.get_by_placeholder("Say").fill("Bob")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("offline: Connection to server failed (1006)")).to_be_visible()
    other = ada.context.new_page()
    with pytest.raises(PlaywrightError, match="ERR_"):
        other.goto(f"{address_of(ada, slug)}plain")
    other.close()

    # With a network nothing old is shown, however soon.
    newer = {**_FILES, "client_code/Form1/__init__.py": _FORM.replace("version 1", "version 2")}
    page.context.set_offline(False)
    ada.call("PUT", f"/widgets/{slug}/files", {"files": newer})
    page.reload()
    expect(page.get_by_text("version 2")).to_be_visible(timeout=TIMEOUT_MS)
    _kept(page)
    _go_offline(page)
    page.reload()
    expect(page.get_by_text("version 2")).to_be_visible(timeout=TIMEOUT_MS)

    # A widget that is private now leaves nothing in browsers.
    page.context.set_offline(False)
    ada.call("PATCH", f"/widgets/{slug}", {"visibility": "private"})
    page.reload()
    _until(page, "async () => (await caches.keys()).length === 0")
    _until(page, "async () => (await navigator.serviceWorker.getRegistrations()).length === 0")
