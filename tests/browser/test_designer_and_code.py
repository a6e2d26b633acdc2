"""Design and code are one: functions and tables of a widget on its forms, marks, deletion, two tabs, and pictures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.person import Person, code_of
from tests.browser.test_designer import CODE, TEMPLATE, Desk

_SERVER = """import anvil.server


@anvil.server.callable
def shout(name, times: int = 2):
    return name.upper() * int(times)
"""
_PEOPLE = {"name": "people", "title": "People"}


@pytest.fixture
def desk(person: Callable[..., Person]) -> Desk:
    """A new widget's form, empty, in the designer; its server has a function, and there is a table with a row."""
    desk = Desk(person("drawer", viewport={"width": 1680, "height": 1000}).sign_up())
    owner = desk.owner
    owner.call("POST", f"/widgets/{desk.slug}/tables", {"name": "people", "title": "People"})
    owner.call("POST", f"/widgets/{desk.slug}/tables/people/columns", {"name": "first_name", "type": "string"})
    owner.call("POST", f"/widgets/{desk.slug}/tables/people/rows", {"values": {"first_name": "Ada"}})
    desk.file("server_code/ServerModule1.py")
    owner.write(_SERVER)
    desk.file(CODE)
    desk.show("Design")
    # Who comes back from making a table finds it.
    desk.page.evaluate("dispatchEvent(new Event('focus'))")
    return desk


def test_d_02_d_12_a_function_and_a_table_are_put_onto_a_form_which_runs(desk: Desk) -> None:
    page = desk.page
    desk.tool("shout").locator("..").focus()
    page.keyboard.press("Enter")
    desk.said("Added shout_button, which calls shout")
    desk.has("shout_panel", "name_box", "times_box", "shout_button")
    desk.row("Form1").click()
    desk.drag(desk.tool("people"), (300, 12))
    expect(desk.row("people_grid")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(desk.row("people_grid")).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(desk.row("people_grid")).to_be_visible()
    code = desk.text(CODE)
    assert 'anvil.server.call("shout", self.name_box.text, self.times_box.text)' in code
    assert 'self.people_rows.items = anvil.server.call("get_people")' in code

    # Of what was made a moment ago the editor knows what it has.
    desk.owner.write(code + "\n    def more(self):\n        self.name_box.txt = 1\n        self.nam_box.text = 1\n")
    expect(page.locator(".cm-lintRange-warning").get_by_text("txt")).to_be_visible(timeout=20_000)
    expect(page.locator(".cm-lintRange-error").get_by_text("nam_box")).to_be_visible()
    desk.owner.write(code)

    desk.show("Design")
    desk.row("shout_button").click()
    page.keyboard.press("Delete")
    left = page.get_by_role("group", name="What is left of shout_button")
    expect(left).to_have_count(0)
    page.keyboard.press("Control+z")
    desk.row("name_box").click()
    page.keyboard.press("Delete")
    left = page.get_by_role("group", name="What is left of name_box")
    expect(left).to_contain_text("The code still names name_box")
    left.get_by_role("button", name="line").first.click()
    expect(code_of(page)).to_be_focused()
    desk.show("Design")
    page.keyboard.press("Control+z")
    expect(desk.row("name_box")).to_be_visible()
    desk.owner.save()

    app = desk.owner.new_tab()
    app.goto(f"{desk.owner.origin}/w/{desk.slug}/preview")
    expect(app.get_by_role("cell", name="Ada").or_(app.get_by_text("Ada", exact=True)).first).to_be_visible(
        timeout=60_000
    )
    app.get_by_placeholder("Name").fill("ho")
    app.get_by_placeholder("Times").fill("3")
    app.get_by_role("button", name="Shout").click()
    expect(app.get_by_text("HOHOHO")).to_be_visible()
    _compared(desk)


def _compared(desk: Desk) -> None:
    """Look at what the last revision did to the form."""
    page: Page = desk.owner.new_tab()
    page.goto(f"{desk.owner.origin}/w/{desk.slug}/diff?from=1&to=2")
    box = page.locator(".form-pictures").first
    expect(box.get_by_role("button", name="Pictures")).to_have_attribute("aria-pressed", "true")
    after = box.frame_locator("iframe[title^='Form1: Revision 2']").locator("#app")
    expect(after.get_by_role("button", name="Shout")).to_be_visible()
    expect(box.locator(".picture-mark")).not_to_have_count(0)
    expect(box).to_contain_text("shout_button")
    lines = page.get_by_role("group", name=f"Differences in {TEMPLATE}")
    expect(lines).to_be_hidden()
    assert desk.owner.axe(page) == []
    box.get_by_role("button", name="Text").focus()
    page.keyboard.press("Enter")
    expect(lines).to_be_visible()
    expect(box.locator("iframe").first).to_be_hidden()


def test_x_30_designs_of_two_tabs_come_together_or_ask(desk: Desk) -> None:
    owner, page = desk.owner, desk.page
    # Somebody else was quicker; the draft that was known is a revision by now; then the network is away.
    owner.expected += ["40[49]", "ERR_INTERNET_DISCONNECTED"]
    desk.file(TEMPLATE)
    desk.show("Code")
    owner.write(
        "components:\n- {name: first, type: Label, properties: {text: A}}\n- {name: last, type: Label}\n"
        "container: {type: ColumnPanel}\n"
    )
    owner.save()
    desk.show("Design")
    other = _second(desk)
    # Both add below the same line, without a network.
    owner.context.set_offline(True)
    _enter(desk, "Button")
    _enter(other, "TextBox")
    owner.context.set_offline(False)
    owner.save()
    owner.save(other.page)
    for tab in (desk, other):
        expect(tab.row("text_box_1")).to_be_visible()
        expect(tab.row("button_1")).to_be_visible()

    for tab, text in ((desk, "mine"), (other, "theirs")):
        tab.row("first").click()
        tab.set("text", text)
    owner.save()
    notice = other.page.get_by_role("region", name="Changed in two places")
    expect(notice).to_contain_text("mine")
    expect(notice).to_contain_text("theirs")
    notice.get_by_role("button", name="Keep my text").click()
    expect(notice).to_have_count(0)
    expect(desk.canvas.get_by_text("theirs")).to_be_visible()

    desk.file(TEMPLATE)
    desk.show("Code")
    # What is open there does not end before the text does.
    owner.write("components:\n- {name: first, type: Label}\ncontainer: {type: [\n")
    owner.save()
    expect(other.page.get_by_role("alert").filter(has_text=TEMPLATE)).to_contain_text("line 4: ")
    expect(page.get_by_text("is broken, so its form does not show")).to_be_visible()


def _second(desk: Desk) -> Desk:
    """Open the same form in another tab."""
    made = Desk.__new__(Desk)
    made.owner, made.slug = desk.owner, desk.slug
    made.page = desk.owner.new_tab()
    made.page.goto(desk.page.url)
    made.file(TEMPLATE)
    made.show("Design")
    return made


def _enter(desk: Desk, name: str) -> None:
    """Put a component behind what is selected, by a key."""
    desk.row("last").click()
    desk.tool(name).locator("..").focus()
    desk.page.keyboard.press("Enter")
