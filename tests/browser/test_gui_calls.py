"""Calls that nobody waits for, events of the server, and what shows that Python starts; both engines, no server."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.gui_page import WidgetPage, app, node

_FORM = """
from ._anvil_designer import Form1Template
import anvil.server
from anvil import alert

class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.call = None
        anvil.server.event_handler("told")(self.told)
        anvil.server.event_handler("told")(self.told_too)
        alert("Welcome", dismissible=False)

    def told(self, payload):
        if payload == "wrong":
            raise ValueError("this handler fails")
        self.events.text += f"told {payload}; "

    def told_too(self, payload):
        self.events.text += f"too {payload}; "

    def start_click(self, **event_args):
        self.call = anvil.server.call_async("slow", 2)
        self.call.on_result(self.got, self.failed)
        self.said.text = self.call.status

    def got(self, result):
        self.said.text = f"got {result}, {self.call.status} {self.call.result}"

    def failed(self, error):
        self.said.text = f"failed {type(error).__name__}: {error}, {self.call.status}"

    def fail_click(self, **event_args):
        self.call = anvil.server.call_async("fails")
        self.call.on_result(self.got, self.failed)

    def forget_click(self, **event_args):
        anvil.server.call_async("fails")

    def wait_click(self, **event_args):
        call = anvil.server.call_async("slow", 3)
        self.waited.text = f"waited for {call.await_result()}"
        call.on_result(self.again)

    def again(self, result):
        self.waited.text += f" and {result} again"

    def stop_click(self, **event_args):
        anvil.server.remove_event_handler("told", self.told_too)
        try:
            anvil.server.raise_event("told")
        except RuntimeError as e:
            self.said.text = str(e)

    def count_click(self, **event_args):
        self.counted.text = str(int(self.counted.text) + 1)
"""


def _button(name: str) -> dict[str, object]:
    return node(name, "Button", properties={"text": name.capitalize()}, events={"click": f"{name}_click"})


def _made() -> dict[str, object]:
    buttons = [_button(name) for name in ("start", "fail", "forget", "wait", "stop", "count")]
    labels = [node(name, "Label") for name in ("said", "waited", "events")]
    counted = node("counted", "Label", properties={"text": "0", "role": "counted"})
    return app({"Form1/__init__.py": _FORM}, {"Form1": node("", "ColumnPanel", *buttons, *labels, counted)}, "Form1")


def _fails() -> None:
    raise ValueError("not today")


@pytest.mark.parametrize("engine", ["full", "light"])
def test_x_12_x_11_code_goes_on_while_the_server_works_and_hears_of_it(
    widget: Callable[..., WidgetPage], engine: str
) -> None:
    opened = widget(engine, _made(), slow=lambda n: n * 21, fails=_fails)
    opened.slow.add("slow")
    page = opened.open().page

    # A dialog of the form that is being made: Python is there, so nothing says that it starts.
    expect(page.get_by_text("Welcome")).to_be_visible()
    expect(page.locator(".anvil-progress")).to_be_hidden()
    page.get_by_role("button", name="OK").click()
    opened.live()

    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("PENDING")).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name="Count").click()
    expect(page.locator(".anvil-role-counted")).to_have_text("3")
    expect(page.locator(".anvil-spinner")).to_be_hidden()
    opened.release()
    expect(page.get_by_text("got 42, FULFILLED 42")).to_be_visible()

    page.get_by_role("button", name="Fail").click()
    expect(page.get_by_text("failed ValueError: not today, REJECTED")).to_be_visible()
    assert opened.errors == []
    page.get_by_role("button", name="Forget").click()
    expect(page.get_by_role("button", name="An error has occurred")).to_be_visible()

    page.get_by_role("button", name="Wait").click()
    page.get_by_role("button", name="Count").click()
    expect(page.locator(".anvil-role-counted")).to_have_text("4")
    opened.release()
    expect(page.get_by_text("waited for 63 and 63 again")).to_be_visible()

    opened.push("nobody listens", 0)
    opened.push("told", 1)
    expect(page.get_by_text("told 1; too 1;")).to_be_visible()
    opened.push("told", "wrong")
    expect(page.get_by_text("told 1; too 1; too wrong;")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Events for pages are raised from server code")).to_be_visible()
    opened.push("told", 2)
    expect(page.get_by_text("told 1; too 1; too wrong; told 2;")).to_be_visible()
    assert [one.split("\n")[0] for one in opened.errors] == ["ValueError: not today", "ValueError: this handler fails"]


_QUICK = """
from ._anvil_designer import Form1Template
from anvil.js import window
import anvil.server

class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)

    def ask_click(self, **event_args):
        window.answers = [anvil.server.call(window.asked) for _ in range(3)]
"""
#: How many ms three calls of a function take, and what changes until a task later: "attribute of class".
_CHANGES = """async (asked) => {
  const changed = [];
  const watch = new MutationObserver((found) => changed.push(
    ...found.map((one) => `${one.attributeName ?? one.type} of ${one.target.className}`)));
  const answered = new Promise((resolve) =>
    Object.defineProperty(window, "answers", { configurable: true, set: resolve }));
  window.asked = asked;
  watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  const began = performance.now();
  document.querySelector(".anvil-role-ask button").click();
  await answered;
  const took = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve));
  watch.disconnect();
  return [took, changed];
}"""


@pytest.mark.parametrize("engine", ["full", "light"])
def test_calls_that_are_answered_at_once_change_nothing_of_the_page(
    widget: Callable[..., WidgetPage], engine: str
) -> None:
    ask = node("ask", "Button", properties={"role": "ask"}, events={"click": "ask_click"})
    made = app({"Form1/__init__.py": _QUICK}, {"Form1": node("", "ColumnPanel", ask)}, "Form1")
    page = widget(engine, made, quick=lambda: 1, slow=lambda: time.sleep(0.5)).open().live().page
    # Even to set what is set would cost a style recalculation and a frame, for each call.
    took, changed = page.evaluate(_CHANGES, "quick")
    while took > 250:
        # This machine was too busy to answer before a spinner is due.
        took, changed = page.evaluate(_CHANGES, "quick")
    assert changed == []
    # It does see what changes.
    assert page.evaluate(_CHANGES, "slow")[1] == ["hidden of anvil-spinner"] * 6
