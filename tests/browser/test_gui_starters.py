"""What GUIs start as: chosen on the page of new widgets, and used at their address on both engines, unchanged."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.gui_page import TIMEOUT_MS
from tests.browser.person import Person, code_of
from tests.browser.test_gui_widgets import address_of, engine

__all__ = ["engine"]


@pytest.mark.usefixtures("patience")
def test_d_28_each_starter_of_a_gui_runs_at_its_address(ada: Person, engine: str) -> None:
    page = ada.new_tab()

    _open(ada, page, engine, "blank")
    expect(page.locator("#app .column-panel")).to_have_count(1)

    _open(ada, page, engine, "table")
    _keep_books(page)

    _open(ada, page, engine, "dashboard")
    _choose_months(page)

    slug = _open(ada, page, engine, "login")
    _keep_notes(page)
    notes = ada.call("GET", f"/widgets/{slug}/tables/notes/rows")["items"]
    assert [one["values"]["text"] for one in notes] == ["Buy tea"]


def _open(owner: Person, page: Page, engine: str, name: str) -> str:
    made = owner.call("POST", "/widgets", {"kind": "gui", "title": name, "starter": name})
    owner.call("PATCH", f"/widgets/{made['slug']}", {"client_engine": engine})
    page.goto(address_of(owner, made["slug"]))
    page.wait_for_selector("html[data-python=live]", timeout=TIMEOUT_MS)
    return str(made["slug"])


def _keep_books(page: Page) -> None:
    add = page.get_by_role("button", name="Add")
    add.click()
    expect(page.get_by_text("A book has a title.")).to_be_visible()
    page.get_by_label("Title").fill("Middlemarch")
    page.get_by_label("Author").fill("George Eliot")
    page.get_by_role("spinbutton", name="Pages").fill("880")
    add.click()
    expect(page.get_by_role("cell", name="Middlemarch")).to_be_visible()
    expect(page.get_by_text("A book has a title.")).to_be_hidden()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Nothing here yet. Add a book above.")).to_be_visible()


def _choose_months(page: Page) -> None:
    bars = page.locator(".anvil-plot .bars .point")
    expect(bars).to_have_count(12)
    expect(page.get_by_text("7,150")).to_be_visible()
    page.get_by_label("Months").select_option("The last 3")
    expect(bars).to_have_count(3)
    expect(page.get_by_text("2,500")).to_be_visible()


def _keep_notes(page: Page) -> None:
    page.get_by_role("button", name="Log in or sign up").click()
    page.get_by_text("Sign up for a new account").click()
    # Its own boxes, not those of the form for who has an account.
    expect(page.locator("input[type=password]")).to_have_count(2)
    page.get_by_label("Email").fill("grace@example.com")
    for password in page.locator("input[type=password]").all():
        password.fill("correct horse battery")
    page.get_by_role("button", name="Sign up").last.click()
    page.get_by_placeholder("A new note").fill("Buy tea")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Buy tea", exact=True)).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in or sign up")).to_be_visible()


def test_d_28_a_starter_is_chosen_by_keyboard_and_opens_in_the_editor(ada: Person) -> None:
    ada.go("/new?kind=gui")
    page = ada.page

    page.get_by_role("radio", name="Hello").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    expect(page.get_by_role("radio", name="Form with table")).to_be_checked()
    expect(page.get_by_text("delete_book").first).to_be_visible()
    assert ada.axe() == []
    page.keyboard.press("Enter")
    expect(code_of(page)).to_be_visible()
    slug = page.url.split("/")[-2]
    assert [one["name"] for one in ada.call("GET", f"/widgets/{slug}/tables")["items"]] == ["books"]
    expect(
        page.locator(".files-pane").get_by_role("button", name="client_code/BookRow/__init__.py", exact=True)
    ).to_be_visible()
