"""The designer's canvas: several components at once, widths that are pulled, zoom, trying the form, fingers, phones."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Locator, expect
from tests.browser.person import Person, until
from tests.browser.test_designer import TEMPLATE, Desk

_FORM = """container: {type: ColumnPanel}
components:
- {name: title, type: Label, properties: {text: Tell us}, layout_properties: {grid_position: "A,A"}}
- {name: first, type: TextBox, properties: {placeholder: First}, layout_properties: {grid_position: "B,BA"}}
- {name: last, type: TextBox, properties: {placeholder: Last}, layout_properties: {grid_position: "B,BB"}}
- name: card
  type: ColumnPanel
  components:
  - {name: agree, type: CheckBox, properties: {text: I agree}}
- name: grid
  type: GridPanel
  components:
  - {name: cell, type: TextBox, layout_properties: {row: R, col_xs: 0, width_xs: 4}}
- name: desk
  type: XYPanel
  properties: {height: 120}
  components:
  - {name: free, type: Button, properties: {text: Free}, layout_properties: {x: 40, y: 30}}
- {name: send, type: Button, properties: {text: Send}}
"""


def _opened(desk: Desk, text: str = _FORM) -> Desk:
    desk.file(TEMPLATE)
    desk.show("Code")
    desk.owner.write(text)
    desk.show("Design")
    expect(desk.row("send")).to_be_visible()
    expect(desk.canvas.get_by_role("button", name="Send")).to_be_visible()
    return desk


def _middle(what: Locator) -> tuple[float, float]:
    found = what.bounding_box()
    assert found is not None
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def _in_form(desk: Desk, what: Locator) -> tuple[float, float]:
    """The middle of a component in the form's own pixels, asked for while these are the page's."""
    (x, y), paper = _middle(what), desk.overlay.bounding_box()
    assert paper is not None
    return x - paper["x"], y - paper["y"]


def _are_chosen(desk: Desk, *names: str) -> None:
    """Wait until these are selected."""
    expect(desk.page.locator('[role="treeitem"][aria-selected="true"] > span')).to_have_text(list(names))


def _pull(desk: Desk, grip: str, by: float) -> Locator:
    """Pull what changes a width, and hold it."""
    line = desk.page.get_by_role("separator", name=grip)
    found = desk.at_rest(line)
    x, y = found["x"] + found["width"] / 2, found["y"] + found["height"] / 2
    desk.page.mouse.move(x, y)
    desk.page.mouse.down()
    desk.page.mouse.move(x + by, y, steps=3)
    return line


def _layout(desk: Desk, name: str) -> str:
    """The line of the template that says how a component is laid out."""
    found = next(line for line in desk.text(TEMPLATE).splitlines() if f"name: {name}," in line)
    desk.show("Design")
    return found.partition("layout_properties:")[2]


@pytest.fixture
def desk(person: Callable[..., Person]) -> Desk:
    """A form with every kind of panel, in the designer."""
    return _opened(Desk(person("drawer", viewport={"width": 1680, "height": 900}).sign_up()))


def test_d_03_d_04_several_components_are_selected_and_changed_at_once(desk: Desk) -> None:
    page = desk.page
    # By a band that is drawn around them, by clicks, and by keys.
    paper = desk.overlay.bounding_box()
    assert paper is not None
    page.mouse.move(paper["x"] + 6, paper["y"] + 6)
    page.mouse.down()
    page.mouse.move(*_middle(desk.canvas.get_by_placeholder("Last")), steps=4)
    expect(page.locator(".mark.band")).to_be_visible()
    page.mouse.up()
    desk.said("3 components selected")
    _are_chosen(desk, "title", "first", "last")
    page.keyboard.down("Shift")
    page.mouse.click(*_middle(desk.canvas.get_by_placeholder("First")))
    page.keyboard.up("Shift")
    _are_chosen(desk, "title", "last")
    # The one that was taken away is not what keys go from.
    desk.row("first").click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+Space")
    desk.said("3 components selected")
    _are_chosen(desk, "first", "last", "agree")
    assert desk.owner.axe() == []

    # What they share, and what differs.
    panel = desk.inspector()
    expect(panel.get_by_role("heading", name="3 components")).to_be_visible()
    expect(panel.locator(".design-row").filter(has_text="text")).to_contain_text("mixed")
    panel.get_by_label("bold", exact=True).check()
    desk.said("3 components: bold")
    assert desk.text(TEMPLATE).count("bold: true") == 3
    desk.show("Design")
    page.get_by_role("button", name="Undo", exact=True).click()
    desk.said("Undone: 3 components: bold")

    # Moved, copied and deleted, each in one step.
    desk.row("first").click()
    desk.row("last").click(modifiers=["Shift"])
    x, y = _middle(desk.canvas.get_by_placeholder("First"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=3)
    page.mouse.move(*_middle(desk.canvas.get_by_text("I agree")), steps=3)
    expect(page.locator(".design-ghost")).to_have_text("2 components")
    expect(page.locator(".mark.drop")).to_be_visible()
    page.mouse.up()
    desk.said("Moved first and last")
    expect(desk.row("last")).to_have_attribute("aria-level", "3")
    first, last = (desk.canvas.get_by_placeholder(name).bounding_box() for name in ("First", "Last"))
    # Side by side, as they stood.
    assert first is not None
    assert last is not None
    assert first["y"] == last["y"]
    page.keyboard.press("Control+d")
    desk.said("Added text_box_1 and text_box_2")
    page.keyboard.press("Delete")
    desk.said("Deleted text_box_1 and text_box_2")
    for label in ("Deleted text_box_1 and text_box_2", "Added text_box_1 and text_box_2", "Moved first and last"):
        page.keyboard.press("Control+z")
        desk.said(f"Undone: {label}")
    expect(desk.row("last")).to_have_attribute("aria-level", "2")


def test_d_02_widths_are_pulled_places_nudged_and_the_form_zoomed_and_tried(desk: Desk) -> None:
    page = desk.page
    desk.row("first").click()
    grip = _pull(desk, "Between first and last", 120)
    expect(grip.get_by_role("status")).to_have_text(r"8/12 | 4/12")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(grip).to_have_attribute("aria-valuenow", "30")
    before = desk.box("first")[2]
    _pull(desk, "Between first and last", 120)
    page.mouse.up()
    desk.said("Between first and last: 8/12 | 4/12")
    expect(grip).to_have_attribute("aria-valuenow", "40")
    until(page, lambda: desk.box("first")[2] > before)
    desk.row("first").press("Alt+Shift+ArrowLeft")
    expect(grip).to_have_attribute("aria-valuenow", "35")
    grip.press("ArrowRight")
    expect(grip).to_have_attribute("aria-valuenow", "40")
    assert r"\"BA\":40,\"BB\":20" in desk.text(TEMPLATE)
    desk.show("Design")

    desk.row("cell").click()
    _pull(desk, "End of cell", desk.box("cell")[2] / 2)
    page.mouse.up()
    desk.said("End of cell: 6 of 12")
    assert "width_xs: 6" in _layout(desk, "cell")

    desk.row("free").click()
    page.mouse.click(*_middle(desk.canvas.get_by_role("button", name="Free")))
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    desk.said("Moved to 50, 31")
    _pull(desk, "Width of free", 60)
    page.mouse.up()
    assert "x: 50, y: 31, width: 1" in _layout(desk, "free")

    # At any size the marks are where the components are, and what is dropped goes where it is seen.
    send, agree = (
        _in_form(desk, one)
        for one in (desk.canvas.get_by_role("button", name="Send"), desk.canvas.get_by_text("I agree"))
    )
    page.mouse.click(*_middle(desk.canvas.get_by_role("button", name="Send")))
    page.keyboard.press("Control+-")
    page.keyboard.press("Control+-")
    expect(page.get_by_title("Show at 100 %")).to_have_text("75 %")
    expect(page.locator(".design-paper > iframe")).to_have_css("transform", "matrix(0.75, 0, 0, 0.75, 0, 0)")
    mark, where = page.locator(".mark.selected"), (send[0] * 0.75, send[1] * 0.75)
    # The paper moves to the middle of the stage meanwhile.
    until(page, lambda: _in_form(desk, mark) == pytest.approx(where, abs=1.5))
    desk.drag(desk.tool("Label"), (agree[0] * 0.75, agree[1] * 0.75 + 8))
    expect(desk.row("label_1")).to_have_attribute("aria-level", "3")
    page.get_by_title("Show at 100 %").click()

    page.get_by_role("button", name="Try it").click()
    desk.canvas.get_by_placeholder("First").fill("Ada")
    desk.canvas.get_by_text("I agree").click()
    expect(desk.canvas.get_by_role("checkbox")).to_be_checked()
    expect(desk.overlay).to_have_count(0)
    page.keyboard.press("Escape")
    expect(desk.overlay).to_be_visible()
    expect(desk.canvas.get_by_placeholder("First")).to_have_value("")


class Finger:
    """One finger on a touch screen."""

    def __init__(self, desk: Desk) -> None:
        self._page = desk.page
        self._cdp: CDPSession = desk.page.context.new_cdp_session(desk.page)
        self._at = (0.0, 0.0)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def down(self, at: tuple[float, float]) -> None:
        """Touch a point of the page."""
        self._at = at
        self._send("touchStart", at)

    def move(self, to: tuple[float, float]) -> None:
        """Go there without letting go."""
        (x, y), steps = self._at, 8
        for step in range(1, steps + 1):
            self._send("touchMove", (x + (to[0] - x) * step / steps, y + (to[1] - y) * step / steps))
        self._at = to

    def up(self) -> None:
        """Let go."""
        self._send("touchEnd")


def test_d_02_fingers_scroll_drag_after_a_rest_and_a_phone_shows_the_form_only(person: Callable[..., Person]) -> None:
    owner = person("finger", viewport={"width": 1280, "height": 560}, has_touch=True).sign_up()
    desk = _opened(Desk(owner))
    page, finger = desk.page, Finger(desk)
    stage = page.locator(".design-stage")
    first = desk.canvas.get_by_placeholder("First")
    finger.down(_middle(first))
    expect(page.locator(".design-ghost")).to_have_text("first")
    finger.move(_middle(desk.canvas.get_by_text("I agree")))
    expect(page.locator(".mark.drop")).to_be_visible()
    finger.up()
    desk.said("Moved first")
    expect(desk.row("first")).to_have_attribute("aria-level", "3")

    # From the toolbox sideways, and past the edge, where the form comes to meet it.
    finger.down(_middle(desk.tool("Button")))
    finger.move(_middle(first))
    expect(page.locator(".mark.drop")).to_be_visible()
    edge = stage.bounding_box()
    assert edge is not None
    finger.move((edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] - 4))
    expect(desk.canvas.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    expect(desk.canvas.get_by_text("Tell us")).not_to_be_in_viewport()
    finger.up()
    desk.said("Added button_1")
    expect(page.get_by_role("treeitem").last).to_contain_text("button_1")
    # What does not rest scrolls; it ends with this, as the form goes on for a moment.
    before = stage.evaluate("(stage) => stage.scrollTop")
    finger.down((edge["x"] + edge["width"] / 2, edge["y"] + 30))
    finger.move((edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] - 20))
    finger.up()
    expect(stage).not_to_have_js_property("scrollTop", before)
    _are_chosen(desk, "button_1")

    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.get_by_text("You see the form as it is drawn.")).to_be_visible()
    expect(desk.overlay).to_have_count(0)
    finger.down(_middle(first))
    finger.up()
    page.keyboard.press("Delete")
    expect(desk.canvas.get_by_placeholder("First")).to_be_visible()
    assert owner.axe() == []
