"""Help in the editor of GUIs: the tour, which never comes again once it was declined; keys; what empty forms say."""

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.person import Person, code_of

STEPS = ["Draw the form", "Say what it is", "Design or code", "Pages and server", "Run it"]


@pytest.fixture
def newcomer(chromium: Browser, origin: str) -> Iterator[Person]:
    """Somebody whose browser has never shown an editor."""
    made = Person.arrive(chromium, origin, f"new-{secrets.token_hex(3)}", is_new=True).sign_up()
    yield made
    made.leave()
    assert made.problems == []


def tour(page: Page) -> Locator:
    return page.get_by_role("region", name="Tour of the editor")


def test_a_newcomer_is_offered_a_tour_by_keyboard_and_never_again(newcomer: Person) -> None:
    page = newcomer.page
    slug = newcomer.call("POST", "/widgets", {"kind": "gui", "title": "New", "starter": "blank"})["slug"]
    newcomer.go(f"/w/{slug}/edit")
    card = tour(page)
    expect(card.get_by_role("heading", name="New here?")).to_be_visible()
    # The form is drawn; who prefers the code is asked once.
    expect(page.get_by_role("treeitem", name="Form1")).to_be_visible()
    expect(code_of(page)).to_be_hidden()
    page.get_by_role("group", name="Show the form as").get_by_role("button", name="Code").click()
    expect(code_of(page)).to_be_visible()
    page.reload()
    expect(code_of(page)).to_be_visible()
    expect(page.get_by_role("treeitem", name="Form1")).to_be_hidden()
    # It holds nobody: what is typed goes to the code.
    expect(card.get_by_role("heading", name="New here?")).to_be_visible()
    assert not card.evaluate("(one) => one.contains(document.activeElement)")
    assert newcomer.axe() == []

    card.get_by_role("button", name="Show me").press("Enter")
    for number, title in enumerate(STEPS, 1):
        expect(card.get_by_role("heading", name=title)).to_be_visible()
        expect(card).to_be_focused()
        expect(card.get_by_text(f"{number} of {len(STEPS)}")).to_be_visible()
        expect(page.locator(".tour-ring")).to_be_visible()
        if number < len(STEPS):
            card.get_by_role("button", name="Next").press("Enter")
    assert newcomer.axe() == []
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)

    empty = page.locator(".design-empty")
    expect(empty).to_contain_text("Drag a component here from the left, or press Enter on one there.")
    empty.get_by_role("button", name="Make a form for a table").click()
    expect(page.get_by_role("dialog").get_by_text("There is no table with columns yet.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing happens yet: + writes a method")).to_be_visible()
    page.locator(".design-overlay").focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys.get_by_role("heading", name="While a form is drawn")).to_be_visible()
    expect(keys.get_by_text("Ctrl D", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".design-tool").filter(has=page.get_by_text("Button", exact=True)).press("Enter")
    expect(empty).to_have_count(0)

    newcomer.save()
    page.reload()
    # Where the tour comes from has been loaded by then: the palette comes with it.
    page.keyboard.press("Control+Shift+p")
    page.get_by_role("combobox", name="Find a command").fill("Tour of")
    expect(card).to_have_count(0)
    page.keyboard.press("Enter")
    expect(card.get_by_role("heading", name=STEPS[0])).to_be_visible()
