"""Containers of GUI widgets, on both engines: rows that follow from items, grids, panels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.gui_page import WidgetPage, app, node

IN_PAGE = Path(__file__).parent / "in_page"
ENGINES = ["full", "light"]
Open = Callable[..., WidgetPage]


def source(name: str) -> str:
    """Return Python for the page: text, since it is no code of ours that runs here."""
    return (IN_PAGE / f"{name}.txt").read_text()


@pytest.mark.parametrize("engine", ENGINES)
def test_containers_keep_their_promises(widget: Open, engine: str) -> None:
    words = node(
        "words", "Label", bindings=[{"property": "text", "code": "'named %s' % self.item", "writeback": False}]
    )
    named = node("", "LinearPanel", words)
    made = app({"containers.py": source("containers")}, {"rows.Named": named}, "containers", "module")
    page = widget(engine, made).open().live()

    lines = [line for text in page.printed for line in text.splitlines() if line.startswith("CASE")]

    assert lines[-1:] == ["CASE end"], (lines, page.errors)
    assert [line for line in lines if not line.startswith("CASE ok")] == ["CASE end"]
    assert len(lines) == 8


def todo() -> dict[str, Any]:
    def bound(prop: str, code: str, writeback: bool = False) -> list[dict[str, Any]]:
        return [{"property": prop, "code": code, "writeback": writeback}]

    def button(name: str, text: str, row: str, method: str | None = None) -> dict[str, Any]:
        events = {"click": method} if method else {}
        return node(name, "Button", properties={"text": text}, events=events, layout={"grid_position": f"{row},{name}"})

    row = node(
        "",
        "ColumnPanel",
        node(
            "title",
            "TextBox",
            properties={"placeholder": "What"},
            bindings=bound("text", "self.item['title']", writeback=True),
            layout={"grid_position": "A,title"},
        ),
        {**button("done", "", "A", "done_click"), "bindings": bound("text", "'Undo' if self.item['done'] else 'Done'")},
        button("delete", "Delete", "A", "delete_click"),
    )
    form = node(
        "",
        "HtmlTemplate",
        node("heading", "Label", properties={"text": "To do"}, layout={"slot": "title"}),
        node(
            "content",
            "ColumnPanel",
            node("new", "TextBox", properties={"placeholder": "New"}, layout={"grid_position": "A,new"}),
            button("add", "Add", "A"),
            node("wanted", "TextBox", properties={"placeholder": "Search"}),
            node("rows", "RepeatingPanel", properties={"item_template": "TodoRow"}),
            node("left", "Label", layout={"grid_position": "Z,left"}),
            button("all", "All done", "Z"),
            button("tell", "Tell", "Z"),
            layout={"slot": "default"},
        ),
        properties={"html": "@theme:standard-page.html"},
    )
    modules = {"TodoList/__init__.py": source("todo_list"), "TodoRow/__init__.py": source("todo_row")}
    return app(modules, {"TodoList": form, "TodoRow": row}, "TodoList")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_to_do_list(widget: Open, engine: str) -> None:
    page = widget(engine, todo()).open().live()
    ui = page.page
    titles = ui.get_by_placeholder("What")

    expect(titles).to_have_count(2)
    expect(ui.get_by_text("1 of 2 left")).to_be_visible()

    # Added by key and by button.
    ui.get_by_placeholder("New").fill("Butter")
    ui.get_by_placeholder("New").press("Enter")
    expect(titles).to_have_count(3)
    ui.get_by_placeholder("New").fill("Tea")
    ui.get_by_role("button", name="Add").click()
    expect(ui.get_by_text("3 of 4 left")).to_be_visible()

    # What is typed goes into the item.
    titles.nth(0).fill("Oat milk")
    ui.get_by_role("button", name="Done", exact=True).nth(0).click()
    expect(ui.get_by_text("2 of 4 left")).to_be_visible()
    ui.get_by_role("button", name="Tell").click()
    expect(ui.get_by_text("Oat milk, Bread, Butter, Tea")).to_be_visible()

    # Found, deleted, finished.
    ui.get_by_placeholder("Search").press_sequentially("t")
    expect(titles).to_have_count(3)
    ui.get_by_placeholder("Search").press_sequentially("ea")
    expect(titles).to_have_count(1)
    ui.get_by_role("button", name="Delete").click()
    expect(titles).to_have_count(0)
    ui.get_by_placeholder("Search").fill("")
    expect(ui.get_by_text("1 of 3 left")).to_be_visible()
    expect(titles).to_have_count(3)
    ui.get_by_role("button", name="All done").click()
    expect(ui.get_by_text("0 of 3 left")).to_be_visible()
    expect(ui.get_by_role("button", name="Undo")).to_have_count(3)

    assert page.errors == []
    ui.set_viewport_size({"width": 390, "height": 700})
    assert ui.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.violations() == []
