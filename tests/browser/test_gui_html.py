"""HTML forms of GUI widgets, on both engines: pages of themes, slots, and JavaScript beside Python."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.gui_page import TIMEOUT_MS, WidgetPage, app, node

IN_PAGE = Path(__file__).parent / "in_page"
Open = Callable[..., WidgetPage]


def source(name: str) -> str:
    """Return what the page is made of: text, since it is no code of ours that runs here."""
    return (IN_PAGE / f"{name}.txt").read_text()


def html_app() -> dict[str, Any]:
    def button(name: str) -> dict[str, Any]:
        return node(name, "Button", properties={"text": name}, events={"click": f"{name}_click"})

    inner = node(
        "inner",
        "HtmlTemplate",
        node("first", "Label", properties={"text": "first"}, layout={"slot": "many"}),
        properties={"html": source("inner_html")},
    )
    state = node("state", "Label")
    form = node(
        "",
        "HtmlTemplate",
        node("title", "Label", properties={"text": "A shop"}, layout={"slot": "title"}),
        node("nav", "FlowPanel", button("other"), layout={"slot": "nav-right"}),
        node("menu", "LinearPanel", button("more"), button("less"), layout={"slot": "left-nav"}),
        node("content", "ColumnPanel", inner, state, layout={"slot": "default"}),
        properties={"html": "@theme:standard-page.html"},
        events={"show": "form_show"},
    )
    press = node("press", "HtmlTemplate", properties={"html": '<a href="#" class="press">Press</a>'})
    other = node(
        "",
        "HtmlPanel",
        node("words", "Label", layout={"slot": "default"}),
        node("panel", "LinearPanel", press, layout={"slot": "default"}),
        properties={"html": "@theme:old.html"},
    )
    return app(
        {"HtmlForm/__init__.py": source("html_form"), "Other/__init__.py": source("html_other")},
        {"HtmlForm": form, "Other": other},
        "HtmlForm",
        theme={"colors": {}, "html": {"old.html": source("old_page")}},
    )


@pytest.mark.parametrize("engine", ["full", "light"])
def test_g_24_html_forms_have_slots_and_javascript(widget: Open, engine: str) -> None:
    page = widget(engine, html_app())
    held: list[Any] = []
    page.page.route("**/app.json", lambda route: held.append(route))
    page.page.route("https://fonts.invalid/**", lambda route: route.abort())
    page.open()
    ui = page.page

    # Painted before Python is there, with its JavaScript; a call of Python waits for it.
    expect(ui.locator(".app-bar .title")).to_have_text("A shop", timeout=TIMEOUT_MS)
    expect(ui.locator("#answer")).to_have_text("ready")
    expect(ui.get_by_text("Drop it here")).to_have_count(0)
    expect(ui.get_by_text("For designers")).to_have_count(0)
    expect(ui.locator("li.each .anvil-label")).to_have_text(["first"])
    ui.locator("#sum").click()
    held[0].continue_()
    expect(ui.locator("#answer")).to_have_text('{"sum":9,"asked":[4]}')
    expect(ui.locator(".app-bar .title")).to_have_text("HELLOHELLO")
    assert ui.evaluate("window.ran") == 1

    # What Python raises is told to both.
    ui.locator("#wrong").click()
    expect(ui.locator("#answer")).to_have_text("ValueError: no good")
    ui.get_by_role("button", name="An error has occurred").click()
    expect(ui.locator(".anvil-error-panel")).to_contain_text("ValueError: no good")
    ui.get_by_role("button", name="An error has occurred").click()

    # Slots are filled and emptied, one by one or all.
    expect(ui.get_by_text("Nothing there")).to_be_visible()
    expect(ui.get_by_text("Something there")).to_be_hidden()
    ui.get_by_role("button", name="more").click()
    expect(ui.locator("li.each .anvil-label")).to_have_text(["zeroth", "first", "second", "third"])
    expect(ui.locator(".one")).to_contain_text("This page has no JavaScript function nothing_here")
    expect(ui.get_by_text("21 5")).to_be_visible()
    expect(ui.get_by_text("Something there")).to_be_visible()
    expect(ui.get_by_text("Nothing there")).to_be_hidden()
    ui.get_by_role("button", name="less").click()
    expect(ui.locator("li.each .anvil-label")).to_have_text(["first", "second", "third"])
    expect(ui.get_by_text("Nothing there")).to_be_visible()

    assert page.violations() == []

    # On a phone the menu is behind a button.
    ui.set_viewport_size({"width": 390, "height": 700})
    expect(ui.get_by_role("button", name="more")).to_be_hidden()
    ui.get_by_role("button", name="Menu").click()
    expect(ui.get_by_role("button", name="more")).to_be_visible()

    assert page.violations() == []
    ui.keyboard.press("Escape")
    expect(ui.get_by_role("button", name="more")).to_be_hidden()
    assert ui.evaluate("document.documentElement.scrollWidth") <= 390

    # A page of an old theme: jQuery finds the parts, and calls Python.
    ui.get_by_role("button", name="other").click()
    expect(ui.get_by_text("Hello Zoe")).to_be_visible()
    expect(ui).to_have_title("no menu")
    expect(ui.get_by_text("Drop")).to_have_count(0)
    ui.locator(".press").click()
    expect(ui.get_by_text("by jQuery")).to_be_visible()
    assert [error for error in page.errors if "fonts" not in error and "ERR_FAILED" not in error][1:] == []
