"""An empty GUI becomes the feedback form and runs at its public address: by mouse, by keys alone, by touch alone.

Every press, click, drag and typed text is counted by the one who does it; each way takes fewer than 60.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import CDPSession, FloatRect, Locator, Page, expect
from tests.browser.person import Person, code_of
from tests.browser.test_gui_widgets import TIMEOUT_MS, address_of

FIELDS = (("TextBox", "Name"), ("TextBox", "E-mail"), ("TextArea", "Feedback"))
_HANDLER = """        anvil.server.call(
            "add_feedback", self.text_box_1.text, self.text_box_2.text, self.text_area_1.text)
        Notification("Thank you, " + self.text_box_1.text + "!", timeout=None).show()
"""
_SERVER = """
import anvil.email
from anvil.tables import app_tables

@anvil.server.callable
def add_feedback(name, email, feedback):
    app_tables.feedback.add_row(name=name, email=email, feedback=feedback)
    anvil.email.send(subject="Feedback from " + name, text=feedback)
"""


@dataclass
class Hands:
    """What somebody does on a page, counted."""

    page: Page
    actions: int = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.actions += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.actions += 1
        self.page.keyboard.insert_text(text)

    def hit(self, what: Locator) -> None:
        """Click something."""
        self.actions += 1
        what.click()

    def take(self, what: Locator, to: tuple[float, float]) -> None:
        """Drag something to a place of the page."""
        self.actions += 1
        x, y = _middle(what)
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(to[0] - 9, to[1] - 9, steps=4)
        expect(self.page.locator(".mark.drop")).to_be_visible()
        mouse.move(*to, steps=2)
        expect(self.page.locator(".mark.drop")).to_be_visible()
        mouse.up()


class Fingers(Hands):
    """The same, by touch."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._screen: CDPSession = page.context.new_cdp_session(page)

    def hit(self, what: Locator) -> None:
        """Tap something."""
        self.actions += 1
        what.tap()

    def take(self, what: Locator, to: tuple[float, float]) -> None:
        """Rest a finger on something until it comes along, and move it."""
        self.actions += 1
        x, y = _middle(what)
        self._touch("touchStart", x, y)
        expect(self.page.locator(".design-ghost")).to_be_visible()
        for step in (0.3, 0.6, 0.9, 1.0):
            self._touch("touchMove", x + (to[0] - x) * step, y + (to[1] - y) * step)
        expect(self.page.locator(".mark.drop")).to_be_visible()
        self._touch("touchEnd")

    def _touch(self, kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        self._screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def _middle(what: Locator) -> tuple[float, float]:
    what.scroll_into_view_if_needed()
    found = _box(what)
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def _box(what: Locator) -> FloatRect:
    found = what.bounding_box()
    assert found is not None
    return found


def _begun(owner: Person) -> str:
    """Make an empty GUI and open its editor; return its slug."""
    owner.page.goto(owner.send("/new?kind=gui", kind="gui", starter="blank", visibility="public"))
    expect(code_of(owner.page)).to_contain_text("class Form1")
    return owner.page.url.split("/")[-2]


def _row(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem", name=name)


def _pointed(owner: Person, hands: Hands) -> None:
    """Do it by pointing: with a mouse, or a finger."""
    page = owner.page
    hands.hit(page.get_by_role("button", name="Design", exact=True))
    expect(_row(page, "Form1")).to_be_visible()
    paper = _box(page.locator(".design-overlay"))
    tools = page.locator(".design-tool")
    for at, (kind, words) in enumerate((*FIELDS, ("Button", "Send"))):
        hands.take(tools.get_by_text(kind, exact=True), (paper["x"] + 300, paper["y"] + 30 + 60 * at))
        _is_added(page, at)
        label = "text" if kind == "Button" else "placeholder"
        hands.hit(page.get_by_role("region", name="Properties").get_by_label(label, exact=True))
        if kind == "Button":
            hands.press("Control+a")
        hands.type(words)
    hands.hit(page.get_by_role("button", name="on click").first)
    expect(code_of(page)).to_be_focused()
    hands.type(_HANDLER)
    hands.hit(page.locator(".files-pane").get_by_role("button", name="server_code/ServerModule1.py"))
    hands.hit(code_of(page).get_by_text('"Ada"'))
    hands.press("Control+End")
    hands.type(_SERVER)
    hands.hit(page.get_by_role("button", name="Save with a message"))
    hands.hit(page.get_by_role("dialog").get_by_role("button", name="Save"))
    expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")
    hands.hit(page.get_by_role("link", name="My GUI"))
    hands.hit(page.get_by_role("link", name="Tables", exact=True))
    hands.hit(page.get_by_role("button", name="New table").last)
    _typed(hands, "Feedback")
    hands.hit(page.get_by_role("button", name="Make the table"))
    for name in ("name", "email", "feedback"):
        hands.hit(page.get_by_role("button", name="Column", exact=True))
        _typed(hands, name)
        hands.hit(page.get_by_role("button", name="Add the column"))
        expect(page.get_by_role("columnheader", name=f"{name}, Text")).to_be_visible()


def _pressed(owner: Person, hands: Hands) -> None:
    """Do it by keys alone."""
    page = owner.page
    hands.press("F1")
    hands.type("Design the form")
    hands.press("Enter")
    expect(_row(page, "Form1")).to_be_visible()
    for at, (kind, words) in enumerate((*FIELDS, ("Button", "Send"))):
        hands.press("/")
        hands.type(kind)
        hands.press("Enter")
        _is_added(page, at)
        expect(page.locator(".mark.selected")).to_be_visible()
        hands.press("F2")
        expect(page.locator(".design-in-place")).to_be_focused()
        hands.type(words)
        hands.press("Enter")
        expect(page.locator(".design-in-place")).to_have_count(0)
    hands.press("Enter")
    expect(code_of(page)).to_be_focused()
    hands.type(_HANDLER)
    hands.press("F1")
    hands.type("Open server_code/ServerModule1.py")
    hands.press("Enter")
    expect(code_of(page)).to_contain_text('"Ada"')
    expect(code_of(page)).to_be_focused()
    hands.press("Control+End")
    hands.type(_SERVER)
    hands.press("Control+s")
    expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")
    hands.press("F1")
    hands.type("Tables")
    hands.press("Enter")
    expect(page.get_by_role("heading", name="No tables yet")).to_be_visible()
    _reach(hands, page.get_by_role("button", name="New table").first)
    hands.press("Enter")
    _typed(hands, "Feedback")
    hands.press("Enter")
    expect(page.get_by_role("link", name="Feedback")).to_have_attribute("aria-current", "page")
    for name in ("name", "email", "feedback"):
        expect(page.get_by_role("button", name="Column", exact=True)).to_be_focused()
        hands.press("Enter")
        _typed(hands, name)
        hands.press("Enter")
        expect(page.get_by_role("columnheader", name=f"{name}, Text")).to_be_visible()


def _is_added(page: Page, before: int) -> None:
    """Wait until there is a component more than before, and it is selected."""
    rows = page.get_by_role("treeitem")
    expect(rows).to_have_count(before + 2)
    expect(rows.last).to_have_attribute("aria-selected", "true")


def _typed(hands: Hands, text: str) -> None:
    """Type into the first field of the dialog that opens."""
    expect(hands.page.get_by_role("dialog").get_by_role("textbox").first).to_be_focused()
    hands.type(text)


def _reach(hands: Hands, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(30):
        if wanted.evaluate("(one) => document.activeElement === one"):
            return
        hands.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


def _works(owner: Person, visitor: Page, slug: str) -> None:
    """Somebody else fills the form at its public address."""
    visitor.goto(address_of(owner, slug))
    for place, text in (("Name", "Grace"), ("E-mail", "grace@example.com"), ("Feedback", "It counts right.")):
        visitor.get_by_placeholder(place).fill(text)
    visitor.get_by_role("button", name="Send").click()
    expect(visitor.get_by_text("Thank you, Grace!")).to_be_visible(timeout=TIMEOUT_MS)
    [row] = owner.call("GET", f"/widgets/{slug}/tables/feedback/rows")["items"]
    assert [row["values"][name] for name in ("name", "email", "feedback")] == [
        "Grace",
        "grace@example.com",
        "It counts right.",
    ]
    [letter] = owner.call("GET", f"/widgets/{slug}/mail")["items"]
    assert letter["subject"] == "Feedback from Grace"
    assert letter["recipients"] == [f"{owner.name}@example.com"]


@pytest.mark.parametrize("way", ["mouse", "keys", "touch"])
def test_d_01_the_feedback_form_is_made_in_under_60_actions(person: Callable[..., Person], way: str) -> None:
    options = {"viewport": {"width": 1440, "height": 900}, "has_touch": way == "touch"}
    owner = person("maker", **options).sign_up()
    slug = _begun(owner)
    hands = Fingers(owner.page) if way == "touch" else Hands(owner.page)

    (_pressed if way == "keys" else _pointed)(owner, hands)

    assert hands.actions < 60
    _works(owner, owner.new_tab(), slug)
