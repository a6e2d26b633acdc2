"""The designer: forms as components of others, rows of lists drawn in the list, forms as a whole."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.person import Person
from tests.browser.test_designer import CODE, Desk


@pytest.fixture
def desk(person: Callable[..., Person]) -> Desk:
    """A new widget's form, empty, in the designer."""
    return Desk(person("former", viewport={"width": 1680, "height": 900}).sign_up())


def _new_form(desk: Desk, name: str) -> None:
    desk.page.get_by_role("button", name="Form", exact=True).click()
    desk.page.get_by_label("Name of the new form").fill(name)
    desk.page.get_by_role("button", name="Add", exact=True).click()
    expect(desk.row(name)).to_be_visible()


def test_g_76_d_05_a_form_is_a_component_and_rows_are_drawn_in_their_list(desk: Desk) -> None:
    page = desk.page
    _new_form(desk, "Card")
    page.get_by_label("Other forms can use it").check()
    page.get_by_role("button", name="Property", exact=True).click()
    name = page.get_by_label("Name of property_1")
    expect(name).to_be_focused()
    name.fill("heading")
    name.press("Enter")
    desk.drag(desk.tool("Label"), (300, 40))
    # A slot goes where it is dragged.
    desk.row("Card").click()
    page.get_by_role("button", name="Slot", exact=True).click()
    expect(page.get_by_label("What slot_1 is before")).to_have_value("-1")
    desk.take(desk.canvas.get_by_text("slot_1"), (300, 8))
    page.mouse.up()
    desk.said("Moved slot slot_1")
    expect(page.get_by_label("What slot_1 is before")).to_have_value("0")
    for _ in range(2):
        page.get_by_role("button", name="Undo", exact=True).click()
    expect(desk.canvas.get_by_text("slot_1")).to_have_count(0)
    desk.row("label_1").click()
    page.get_by_text("Data bindings").click()
    page.get_by_label("Bind a property").select_option("text")
    expression = desk.inspector().get_by_label("Expression for text")
    expression.fill("self.heading")
    expression.press("Enter")
    _new_form(desk, "Row")
    desk.drag(desk.tool("Card"), (300, 40))
    # The property that the other form has of its own, shown as code will show it.
    desk.set("heading", "Somebody")
    expect(desk.canvas.get_by_text("Somebody")).to_be_visible()

    desk.file(CODE)
    desk.show("Design")
    desk.drag(desk.tool("RepeatingPanel"), (300, 60))
    desk.inspector().get_by_label("item_template", exact=True).select_option("Row")
    expect(desk.canvas.get_by_text("Somebody")).to_have_count(1)
    desk.row("repeating_panel_1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Where this is drawn")).to_contain_text("rows: Row")
    expect(desk.canvas.get_by_text("Somebody")).to_have_count(3)
    left, top, width, height = desk.box("card_1")
    desk.drag(desk.tool("Button"), (left + width / 2, top + height + 4))
    desk.has("card_1", "button_1")
    expect(desk.canvas.get_by_role("button", name="Button")).to_have_count(3)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(desk.row("repeating_panel_1")).to_be_visible()
    # One history: what was done in the row is undone in the form around it.
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(desk.canvas.get_by_role("button", name="Button")).to_have_count(0)

    desk.row("Form1").click()
    whole = desk.inspector().get_by_role("textbox", name="name", exact=True)
    whole.fill("Start")
    whole.press("Enter")
    expect(desk.row("Start")).to_be_visible()
    expect(page.get_by_role("button", name="Start form")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Renamed Form1 to Start").last).to_be_visible()
    assert desk.owner.axe() == []


#: Types into a field as soon as it is there, before the browser has drawn it; says later that it is typed.
_TYPE_AT_ONCE = """([old, typed]) => {
  const watch = new MutationObserver(() => {
    const field = [...document.querySelectorAll(".design-inspector input")].find((one) => one.value === old);
    if (!field) return;
    watch.disconnect();
    field.value = typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => field.dispatchEvent(new Event("change", { bubbles: true })), 500);
  });
  watch.observe(document.body, { subtree: true, childList: true });
}"""


def test_what_is_typed_into_a_field_that_has_just_come_stays(desk: Desk) -> None:
    desk.drag(desk.tool("Label"), (300, 60))
    expect(desk.row("label_1")).to_have_attribute("aria-selected", "true")
    for old, typed in (("Form1", "Start"), ("label_1", "greeting")):
        desk.page.evaluate(_TYPE_AT_ONCE, [old, typed])
        desk.row(old).click()
        expect(desk.row(typed)).to_be_visible()
