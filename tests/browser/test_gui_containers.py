"""Containers of GUI widgets, on both engines: rows that follow from items, grids, panels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.gui_page import WidgetPage, app, node

IN_PAGE = Path(__file__).parent / "in_page"
ENGINES = ["full", "light"]
#: Between the numbers of a page's first and last row.
TO = "\N{EN DASH}"
Open = Callable[..., WidgetPage]


def source(name: str) -> str:
    """Return Python for the page: text, since it is no code of ours that runs here."""
    return (IN_PAGE / f"{name}.txt").read_text()


@pytest.mark.parametrize("engine", ENGINES)
def test_g_19_g_21_g_22_g_23_containers_keep_their_promises(widget: Open, engine: str) -> None:
    words = node(
        "words", "Label", bindings=[{"property": "text", "code": "'named %s' % self.item", "writeback": False}]
    )
    named = node("", "LinearPanel", words)
    made = app({"containers.py": source("containers")}, {"rows.Named": named}, "containers", "module")
    page = widget(engine, made).open().live()

    lines = [line for text in page.printed for line in text.splitlines() if line.startswith("CASE")]

    assert lines[-1:] == ["CASE end"], (lines, page.errors)
    assert [line for line in lines if not line.startswith("CASE ok")] == ["CASE end"]
    assert len(lines) == 16


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
        node(
            "done",
            "CheckBox",
            properties={"text": "Done"},
            events={"change": "done_change"},
            bindings=bound("checked", "self.item['done']", writeback=True),
            layout={"grid_position": "A,done"},
        ),
        button("delete", "Delete", "A", "delete_click"),
        properties={"wrap_on": "never", "col_widths": '{"title": 26, "done": 16, "delete": 18}'},
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
    ui.get_by_role("checkbox").nth(0).check()
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
    expect(ui.get_by_role("checkbox", checked=True)).to_have_count(3)

    assert page.errors == []
    ui.set_viewport_size({"width": 390, "height": 700})
    assert ui.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.violations() == []


def people_app() -> dict[str, Any]:
    columns = [
        {"id": "N", "title": "Name", "data_key": "name", "expand": 2},
        {"id": "B", "title": "Born", "data_key": "born", "width": 120},
        {"id": "T", "title": "Town", "data_key": "town"},
        {"id": "X", "title": "", "data_key": None, "width": 110},
    ]
    remove = node(
        "remove", "Button", properties={"text": "Remove"}, events={"click": "remove_click"}, layout={"column": "X"}
    )
    row = node("", "DataRowPanel", remove)
    search = node("search", "TextBox", properties={"placeholder": "Search"}, layout={"column": "N"})
    count = node("count", "Label", layout={"column": "T"})
    grid = node(
        "grid",
        "DataGrid",
        node("first", "DataRowPanel", search, count, layout={"pinned": True}),
        node("rows", "RepeatingPanel", properties={"item_template": "Row"}),
        node("last", "FlowPanel", node("note", "Label", properties={"text": "That is all"}), layout={"pinned": True}),
        properties={"columns": columns, "rows_per_page": 10},
    )
    form = node(
        "",
        "HtmlTemplate",
        node("heading", "Label", properties={"text": "People"}, layout={"slot": "title"}),
        node("content", "ColumnPanel", grid, layout={"slot": "default"}),
        properties={"html": "@theme:standard-page.html"},
    )
    modules = {"People/__init__.py": source("people"), "Row/__init__.py": source("people_row")}
    return app(modules, {"People": form, "Row": row}, "People")


@pytest.mark.parametrize("engine", ENGINES)
def test_g_22_g_23_a_grid_of_people(widget: Open, engine: str) -> None:
    page = widget(engine, people_app()).open().live()
    ui = page.page
    rows = ui.get_by_role("rowgroup").get_by_role("row")
    pages = ui.locator(".data-grid-pages")

    expect(ui.get_by_role("columnheader")).to_have_text(["Name", "Born", "Town"])
    expect(rows).to_have_count(10)
    expect(rows.nth(0).get_by_role("cell")).to_have_text(["Person 0", "1950-01-01", "", "Remove"])
    expect(ui.get_by_text("45 people")).to_be_visible()
    expect(pages).to_have_text(f"1{TO}10 of 45")
    boxes = [
        box.bounding_box() for box in (ui.get_by_role("columnheader").nth(1), rows.nth(3).get_by_role("cell").nth(1))
    ]
    assert len({(box["x"], box["width"]) for box in boxes if box}) == 1

    # By button and by key.
    ui.get_by_role("button", name="Next page").click()
    expect(pages).to_have_text(f"11{TO}20 of 45")
    ui.get_by_role("button", name="Last page").focus()
    ui.keyboard.press("Enter")
    expect(pages).to_have_text(f"41{TO}45 of 45")
    expect(rows).to_have_count(5)
    expect(ui.get_by_text("That is all")).to_be_visible()
    expect(ui.get_by_role("button", name="Last page")).to_be_focused()
    ui.keyboard.press("Enter")
    rows.nth(4).get_by_role("button", name="Remove").click()
    expect(pages).to_have_text(f"41{TO}44 of 44")
    assert page.violations() == []

    # Fewer rows than before: the last page there is.
    ui.get_by_placeholder("Search").press_sequentially("4")
    expect(ui.get_by_text("8 people")).to_be_visible()
    expect(rows).to_have_count(8)
    expect(pages).to_be_hidden()
    assert page.errors == []
    ui.set_viewport_size({"width": 390, "height": 700})
    assert ui.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.violations() == []


def parts_app() -> dict[str, Any]:
    def bound(prop: str, code: str, writeback: bool = False) -> dict[str, Any]:
        return {"property": prop, "code": code, "writeback": writeback}

    def slot(name: str, *path: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "path": list(path), "is_slot": False, "layout": {}, "one": False, "index": -1, **more}

    frame = node(
        "",
        "HtmlTemplate",
        node("heading", "Label", bindings=[bound("text", "self.title")], layout={"slot": "title"}),
        node("menu", "LinearPanel", node("above", "Label", properties={"text": "above"}), layout={"slot": "left-nav"}),
        node("below", "Label", properties={"text": "below"}, layout={"slot": "default"}),
        properties={"html": "@theme:standard-page.html"},
    )
    frame_slots = [slot("content", layout={"slot": "default"}, index=2), slot("side", "menu")]
    card = node(
        "",
        "ColumnPanel",
        node("heading", "Label", bindings=[bound("text", "self.heading")]),
        node("body", "LinearPanel"),
        node("box", "TextBox", properties={"placeholder": "Value"}, bindings=[bound("text", "self.value")]),
    )
    own = [
        {"name": "heading", "type": "string", "default": "No heading"},
        {"name": "value", "type": "string", "default": "", "writeback": ["x-changed"]},
    ]
    inside = node("inside", "Label", properties={"text": "in the card"}, layout={"slot": "body"})
    used = node(
        "card",
        "form:shop.Card",
        inside,
        node("inner", "form:shop.Card", properties={"heading": "Inner"}, layout={"slot": "body"}),
        properties={"heading": "Outer"},
        events={"chosen": "card_chosen"},
        bindings=[bound("value", "self.item['value']", writeback=True)],
        layout={"slot": "content"},
    )
    page = node(
        "",
        "ColumnPanel",
        node("said", "Label", properties={"text": "first"}, layout={"slot": "content"}),
        used,
        node("go", "Button", properties={"text": "Go"}, layout={"slot": "side"}, events={"click": "go_click"}),
    )
    layout = {
        "type": "form:shop.Frame",
        "properties": {"title": "A page"},
        "events": {"x-told": "told"},
        "bindings": [],
    }
    forms = {
        "Frame": {
            "root": frame,
            "component": {"properties": [{"name": "title", "type": "string"}], "events": [], "slots": frame_slots},
        },
        "Card": {
            "root": card,
            "component": {"properties": own, "events": [{"name": "chosen"}], "slots": [slot("body", "body")]},
        },
        "Page": {"root": page, "layout": layout},
        "Plain": node("", "GridPanel", node("words", "Label", properties={"text": "plain"}, layout={"row": "A"})),
    }
    modules = {
        "Page/__init__.py": source("page"),
        "Card/__init__.py": source("card"),
        "Plain.py": "class Plain(PlainTemplate):\n    pass\n",
    }
    return app(modules, forms, "Page")


@pytest.mark.parametrize("engine", ENGINES)
def test_g_76_g_77_components_of_ones_own_and_layouts(widget: Open, engine: str) -> None:
    page = widget(engine, parts_app())
    held: list[Any] = []
    page.page.route("**/app.json", lambda route: held.append(route))
    page.open()
    ui = page.page
    labels = ui.locator(".content .anvil-label")

    # Painted with everything in its slot.
    expect(ui.get_by_text("in the card")).to_be_visible()
    expect(ui.locator(".left-nav").get_by_role("button", name="Go")).to_be_visible()
    painted = labels.all_inner_texts()
    assert [text for text in painted if text.strip()] == ["first", "in the card", "below"]
    box = ui.get_by_placeholder("Value").last
    box.click()
    box.press_sequentially("typed early")
    held[0].continue_()
    page.live()
    expect(ui.get_by_role("heading", name="A page")).to_be_visible()
    expect(labels).to_have_text(["first", "Outer", "in the card", "Inner", "below"])
    expect(box).to_be_focused()

    # Own properties, events and write-back; the layout's own event.
    box.fill("new value")
    box.press("Enter")
    expect(labels.nth(0)).to_have_text("chosen new value new value Card")
    ui.get_by_role("button", name="Go").click()
    expect(labels).to_have_text(["told", "Outer", "in the card", "Inner", "added", "plain", "below"])
    expect(ui.locator(".left-nav .anvil-label")).to_have_text(["above", "in the menu"])
    assert page.errors == []
    assert page.violations() == []
