"""An import that client code can't make, as its visitors and its owner are told of it, on both engines."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.gui_page import WidgetPage, app, node

_FORM = """
from ._anvil_designer import Form1Template
from anvil import *

class Form1(Form1Template):
    def load_click(self, **event_args):
        import pandas

    def own_click(self, **event_args):
        from .Renamed import thing

    def try_click(self, **event_args):
        try:
            import numpy
        except ImportError:
            self.told.text = "without numpy"
"""


@pytest.mark.parametrize("engine", ["full", "light"])
def test_w_25_w_27_a_missing_module_is_named_with_client_code_and_the_remedy(
    widget: Callable[..., WidgetPage], engine: str
) -> None:
    buttons = [
        node(name, "Button", properties={"text": name}, events={"click": f"{name}_click"})
        for name in ("load", "own", "try")
    ]
    form = node("", "ColumnPanel", *buttons, node("told", "Label", properties={"text": ""}))
    page = widget(engine, app({"Form1/__init__.py": _FORM}, {"Form1": form}, "Form1")).open().live().page

    page.get_by_role("button", name="try").click()
    expect(page.get_by_text("without numpy")).to_be_visible()
    page.get_by_role("button", name="load").click()
    errors = page.locator(".anvil-error-list li")
    expect(errors).to_have_count(1)
    for words in ("pandas", "not available in client code", "use it in a server function", "anvil.server.call"):
        expect(errors).to_contain_text(words)
    page.get_by_role("button", name="own").click()
    expect(errors).to_have_count(2)
    expect(errors.last).to_contain_text("Renamed")
    # The Light engine does not tell a module of the widget from another's.
    if engine == "full":
        expect(errors.last).not_to_contain_text("client code")
