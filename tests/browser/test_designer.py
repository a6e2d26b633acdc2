"""The designer: forms drawn by mouse and by keyboard alone, in step with their code, and run at their address."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect
from tests.browser.person import Person, code_of, until

CODE, TEMPLATE = "client_code/Form1/__init__.py", "client_code/Form1/form_template.yaml"
_EMPTY = """
from ._anvil_designer import Form1Template
from anvil import *

class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
"""


class Desk:
    """The designer of the form of a new widget."""

    def __init__(self, owner: Person) -> None:
        self.owner = owner
        self.page: Page = owner.page
        self.slug = owner.make("gui")
        self.file(CODE)
        owner.write(_EMPTY)
        self.file(TEMPLATE)
        owner.write("container: {type: ColumnPanel}\ncomponents: []\n")
        self.show("Design")

    def file(self, path: str) -> None:
        """Open a file from the list."""
        self.page.locator(".files-pane").get_by_role("button", name=path, exact=True).click()

    def show(self, view: str) -> None:
        """Show the form as Design, Split or Code."""
        self.page.get_by_role("group", name="Show the form as").get_by_role("button", name=view, exact=True).click()
        if view != "Code":
            expect(self.page.get_by_role("treeitem", name="Form1")).to_be_visible()
            expect(self.canvas.locator(".anvil-component").first).to_be_visible()

    def text(self, path: str) -> str:
        """Return a file's text as the editor has it."""
        self.file(path)
        self.show("Code")
        expect(code_of(self.page)).to_have_attribute("aria-label", f"{path}, text. Escape, then Tab leaves it.")
        expect(code_of(self.page)).to_be_visible()
        # The editor writes the lines that there is room for when it has measured itself, in the next frame.
        self.page.evaluate("new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(tell)))")
        return "\n".join(code_of(self.page).locator(".cm-line").all_inner_texts())

    @property
    def canvas(self) -> Locator:
        """The form as it is drawn."""
        return self.page.frame_locator("iframe[title='The form']").locator("#app")

    @property
    def overlay(self) -> Locator:
        """What lies over the canvas and takes the pointer."""
        return self.page.locator(".design-overlay")

    def tool(self, name: str) -> Locator:
        """A component of the toolbox."""
        return self.page.locator(".design-tool").get_by_text(name, exact=True)

    def row(self, name: str) -> Locator:
        """A component in the tree."""
        return self.page.get_by_role("treeitem", name=name)

    def has(self, *names: str) -> None:
        """Wait until the tree has these components in this order, below the form."""
        expect(self.page.get_by_role("treeitem").locator("> span")).to_have_text([re.compile("."), *names])

    def inspector(self) -> Locator:
        """The properties of what is selected."""
        return self.page.get_by_role("region", name="Properties")

    def said(self, text: str) -> None:
        """Wait until the designer said this, to who listens, too."""
        expect(self.page.get_by_role("status").filter(has_text=text).last).to_have_text(text)

    def take(self, what: Locator, at: tuple[float, float]) -> None:
        """Drag something over a point of the canvas, and hold it there where a place for it is marked."""
        what.scroll_into_view_if_needed()
        source, paper = _box(what), _box(self.overlay)
        mouse = self.page.mouse
        mouse.move(source["x"] + source["width"] / 2, source["y"] + source["height"] / 2)
        mouse.down()
        mouse.move(paper["x"] + at[0] - 8, paper["y"] + at[1] - 8, steps=3)
        expect(self.page.locator(".design-ghost")).to_be_visible()
        # The canvas answers where things may go a moment after the drag began.
        for step in range(200):
            mouse.move(paper["x"] + at[0], paper["y"] + at[1] + step % 2)
            if self.page.locator(".mark.drop").count():
                break
            self.page.wait_for_timeout(20)
        expect(self.page.locator(".mark.drop")).to_be_visible()

    def drag(self, what: Locator, at: tuple[float, float]) -> None:
        """Drag something new to a point of the canvas; its properties show then."""
        rows = self.page.get_by_role("treeitem")
        before = rows.count()
        self.take(what, at)
        self.page.mouse.up()
        expect(rows).not_to_have_count(before)

    def box(self, name: str) -> tuple[float, float, float, float]:
        """Where a component is on the canvas: left, top, width, height."""
        self.row(name).click()
        expect(self.row(name)).to_have_attribute("aria-selected", "true")
        mark, paper = self.at_rest(self.page.locator(".mark.selected")), _box(self.overlay)
        return mark["x"] - paper["x"], mark["y"] - paper["y"], mark["width"], mark["height"]

    def at_rest(self, what: Locator) -> FloatRect:
        """Where something over the canvas is, at rest: the canvas tells after it has drawn what was done."""
        before, now = None, _box(what)
        while now != before:
            self.page.wait_for_timeout(60)
            before, now = now, _box(what)
        return now

    def name(self, name: str) -> None:
        """Name what is selected."""
        field = self.inspector().get_by_role("textbox", name="name", exact=True)
        field.fill(name)
        field.press("Enter")
        expect(self.row(name)).to_be_visible()

    def set(self, prop: str, value: str) -> None:
        """Set a property of what is selected."""
        self.inspector().get_by_label(prop, exact=True).fill(value)


def _box(what: Locator) -> FloatRect:
    found = what.bounding_box()
    assert found is not None
    return found


@pytest.fixture
def desk(person: Callable[..., Person]) -> Desk:
    """A new widget's form, empty, in the designer."""
    return Desk(person("drawer", viewport={"width": 1680, "height": 900}).sign_up())


def test_d_02_d_05_d_06_d_07_a_form_is_drawn_by_mouse_and_runs(desk: Desk) -> None:
    page = desk.page
    desk.drag(desk.tool("Label"), (300, 40))
    desk.set("text", "What do you think?")
    desk.drag(desk.tool("FlowPanel"), (300, 120))
    # Between the two.
    desk.drag(desk.tool("TextBox"), (300, desk.box("flow_panel_1")[1] - 4))
    desk.name("opinion")
    desk.set("placeholder", "Your opinion")
    left, top, width, height = desk.box("flow_panel_1")
    desk.drag(desk.tool("Button"), (left + width / 2, top + height / 2))
    desk.has("label_1", "opinion", "flow_panel_1", "button_1")
    expect(desk.row("button_1")).to_have_attribute("aria-level", "3")
    desk.set("text", "Send")
    # Beside: the two stand in one row.
    left, top, width, height = desk.box("opinion")
    desk.drag(desk.tool("CheckBox"), (left + width - 3, top + height / 2))
    until(page, lambda: desk.box("check_box_1")[1] == pytest.approx(desk.box("opinion")[1], abs=12))

    desk.row("button_1").click()
    page.get_by_role("button", name="on click").click()
    expect(code_of(page)).to_contain_text("def button_1_click(self, **event_args):")
    # The cursor waits in the body, which is there to be replaced.
    expect(code_of(page)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text("self.label_1.text = 'Thank you for ' + self.opinion.text")
    desk.show("Design")
    desk.row("button_1").click()
    desk.name("send")
    code = desk.text(CODE)
    assert "def send_click(self, **event_args):" in code
    assert "self.opinion.text" in code
    assert "event_bindings: {click: send_click}" in desk.text(TEMPLATE)
    desk.owner.save()

    app = desk.owner.new_tab()
    app.goto(f"{desk.owner.origin}/w/{desk.slug}/preview")
    app.get_by_placeholder("Your opinion").fill("this")
    app.get_by_role("button", name="Send").click()
    expect(app.get_by_text("Thank you for this")).to_be_visible(timeout=60_000)


def test_d_03_a_form_is_drawn_by_keyboard_alone(desk: Desk) -> None:
    page = desk.page
    for name in ("Label", "ColumnPanel", "Button"):
        desk.tool(name).locator("..").focus()
        page.keyboard.press("Enter")
        expect(desk.row(name.lower() if name != "ColumnPanel" else "column_panel")).to_be_visible()
    # What comes after a panel that is selected goes into it.
    desk.has("label_1", "column_panel_1", "button_1")
    desk.row("button_1").focus()
    page.keyboard.press("Alt+ArrowLeft")
    desk.said("Moved button_1")
    expect(desk.row("button_1")).to_have_attribute("aria-level", "2")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("treeitem").nth(1)).to_contain_text("button_1")
    page.keyboard.press("Control+d")
    desk.said("Added button_2")
    page.keyboard.press("Delete")
    desk.said("Deleted button_2")
    desk.has("button_1", "label_1", "column_panel_1")
    for _ in range(9):
        page.keyboard.press("Control+z")
    desk.said("Nothing to undo.")
    desk.has()
    for _ in range(9):
        page.keyboard.press("Control+Shift+z")
    desk.said("Nothing to redo.")
    desk.has("button_1", "label_1", "column_panel_1")
    assert desk.owner.axe() == []


def test_undo_takes_design_and_code_back_together(desk: Desk) -> None:
    page = desk.page
    before = desk.text(TEMPLATE), desk.text(CODE)
    desk.show("Design")
    desk.drag(desk.tool("Button"), (300, 40))
    page.get_by_role("button", name="on click").click()
    expect(code_of(page)).to_contain_text("def button_1_click")
    desk.show("Design")
    desk.row("button_1").click()
    desk.name("go")
    for label in ("Renamed button_1 to go", "Handler button_1_click", "Added button_1"):
        page.get_by_role("button", name="Undo", exact=True).click()
        desk.said(f"Undone: {label}")
    assert (desk.text(TEMPLATE), desk.text(CODE)) == before


def test_d_02_escape_gives_up_a_drag_and_a_broken_template_is_told(desk: Desk) -> None:
    page = desk.page
    desk.take(desk.tool("Button"), (200, 60))
    page.keyboard.press("Escape")
    page.mouse.up()
    desk.said("Nothing was moved.")
    desk.has()

    desk.show("Split")
    desk.file(TEMPLATE)
    desk.owner.write("container: {type: ColumnPanel}\ncomponents: [")
    expect(page.get_by_role("alert")).to_contain_text(TEMPLATE)
    desk.owner.write(
        "container: {type: ColumnPanel}\ncomponents:\n- {name: typed, type: Label, properties: {text: Hi}}\n"
    )
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(desk.canvas.get_by_text("Hi")).to_be_visible()
    desk.has("typed")


def test_d_05_d_08_a_list_is_drawn_with_a_form_of_its_own_for_the_rows(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("button", name="Form", exact=True).click()
    page.get_by_label("Name of the new form").fill("Form1")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("There is a Form1 already.")).to_be_visible()
    page.get_by_label("Name of the new form").fill("Row")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(desk.row("Row")).to_be_visible()
    desk.drag(desk.tool("Label"), (300, 40))
    page.get_by_text("Data bindings").click()
    page.get_by_label("Bind a property").select_option("text")
    field = desk.inspector().get_by_label("Expression for text")
    field.fill("self.item['name'].upper()")
    field.press("Enter")
    expect(desk.canvas.get_by_text("self.item['name'].upper()")).to_be_visible()
    page.get_by_label("Bind a property").select_option("tag")
    expect(desk.inspector().get_by_label("Expression for tag")).to_have_value('self.item["…"]')

    desk.file(CODE)
    desk.show("Design")
    desk.drag(desk.tool("Label"), (300, 40))
    left, top, width, height = desk.box("label_1")
    paper = _box(desk.overlay)
    page.mouse.dblclick(paper["x"] + left + width / 2, paper["y"] + top + height / 2)
    expect(page.get_by_label("text of label_1")).to_be_focused()
    page.keyboard.insert_text("Nobody")
    page.keyboard.press("Escape")
    expect(desk.canvas.get_by_text("Label", exact=True)).to_be_visible()
    page.mouse.dblclick(paper["x"] + left + width / 2, paper["y"] + top + height / 2)
    expect(page.get_by_label("text of label_1")).to_be_focused()
    page.keyboard.insert_text("Who is here")
    page.keyboard.press("Enter")
    expect(desk.canvas.get_by_text("Who is here")).to_be_visible()
    desk.drag(desk.tool("RepeatingPanel"), (300, 120))
    desk.inspector().get_by_label("item_template", exact=True).select_option("Row")
    # What its items will look like.
    expect(desk.canvas.get_by_text("self.item['name'].upper()")).to_be_visible()
    desk.inspector().get_by_role("button", name="Write a method for show").click()
    expect(code_of(page)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text("self.repeating_panel_1.items = [{'name': 'ada'}, {'name': 'bob'}]")
    desk.owner.save()

    app = desk.owner.new_tab()
    app.goto(f"{desk.owner.origin}/w/{desk.slug}/preview")
    expect(app.get_by_text("BOB")).to_be_visible(timeout=60_000)
    expect(app.get_by_text("Who is here")).to_be_visible()
