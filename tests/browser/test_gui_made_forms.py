"""Forms that are made of a table and of a script's arguments: added from their pages, and used on both engines."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.gui_page import TIMEOUT_MS
from tests.browser.person import Person
from tests.browser.test_gui_widgets import address_of

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40"/></svg>'
COLUMNS = {
    "name": "string",
    "age": "number",
    "member": "bool",
    "born": "date",
    "seen at": "datetime",
    "more": "simpleObject",
    "photo": "media",
}
_SCRIPT = """
from typing import Literal


def main(name: str, size: Literal["small", "big"] = "small", times: int = 1):
    print(f"{name} is {size}. " * times)
    return 1 / (times - 3)
"""


@pytest.mark.usefixtures("patience")
def test_a_form_made_for_a_table_keeps_every_type_on_both_engines(ada: Person) -> None:
    slug = ada.call("POST", "/widgets", {"kind": "gui", "title": "Club", "starter": "blank"})["slug"]
    _add_table(ada, slug)
    made = _make_form(ada, slug)
    ada.save()
    # Opening, drawing and saving left the texts as they were made.
    files = ada.call("GET", f"/widgets/{slug}")["files"]
    assert {path: files[path] for path in made["files"]} == made["files"]
    start = files["anvil.yaml"].replace("module: Form1", "module: People")
    ada.call("PUT", f"/widgets/{slug}/files", {"files": {"anvil.yaml": start}})
    page = ada.new_tab()

    _open(ada, page, slug, "full")
    _add_ada(page)
    row = ada.call("GET", f"/widgets/{slug}/tables/people/rows")["items"][0]["values"]
    assert (row["name"], row["age"], row["member"], row["born"]) == ("Ada", 36, True, "1815-12-10")
    assert row["more"] == {"likes": ["engines"]}
    assert row["photo"]["name"] == "ada.svg"

    _open(ada, page, slug, "light")
    _change_ada(page)
    row = ada.call("GET", f"/widgets/{slug}/tables/people/rows")["items"][0]
    linked = row["values"]
    assert (linked["name"], linked["age"], linked["photo"]["name"]) == ("Ada L.", 36, "ada.svg")
    assert linked["boss"] == row["id"]
    assert linked["friends"] == [row["id"]]
    _find_and_delete(page)
    assert ada.call("GET", f"/widgets/{slug}/tables/people/rows")["items"] == []


def _add_table(owner: Person, slug: str) -> None:
    tables = f"/widgets/{slug}/tables"
    owner.call("POST", tables, {"name": "people", "title": "People"})
    links = {"boss": "link_single", "friends": "link_multiple"}
    for name, kind in (COLUMNS | links).items():
        body = {"name": name, "type": kind, **({"table": "people"} if name in links else {})}
        owner.call("POST", f"{tables}/people/columns", body)


def _make_form(owner: Person, slug: str) -> Any:
    made = owner.call("GET", f"/widgets/{slug}/tables/people/form")
    owner.go(f"/w/{slug}/tables/people")
    owner.page.get_by_role("button", name="Make a form").click()
    owner.page.get_by_role("dialog").get_by_role("button", name="Make the form").click()
    expect(owner.page.get_by_text("Made People for the table people")).to_be_visible()
    canvas = owner.page.frame_locator("iframe[title='The form']").locator("#app")
    expect(canvas.get_by_text("People", exact=True)).to_be_visible()
    return made


def _open(owner: Person, page: Page, slug: str, engine: str) -> None:
    owner.call("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    page.goto(address_of(owner, slug))
    page.wait_for_selector("html[data-python=live]", timeout=TIMEOUT_MS)


def _add_ada(page: Page) -> None:
    page.get_by_role("button", name="Add").click()
    page.get_by_label("name", exact=True).fill("Ada")
    page.get_by_role("spinbutton", name="age").fill("36")
    page.get_by_role("checkbox", name="member").check()
    page.get_by_label("born").fill("1815-12-10")
    page.get_by_label("seen at").fill("2026-03-04T15:30")
    page.get_by_label("more").fill("{no JSON")
    page.locator("input[type=file]").set_input_files(
        {"name": "ada.svg", "mimeType": "image/svg+xml", "buffer": PICTURE}
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("more: This is JSON")).to_be_visible()
    page.get_by_label("more").fill('{"likes": ["engines"]}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="1815-12-10")).to_be_visible()


def _change_ada(page: Page) -> None:
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("more")).to_have_value('{"likes": ["engines"]}')
    page.get_by_label("name", exact=True).fill("Ada L.")
    page.get_by_label("boss").select_option("Ada")
    page.get_by_role("checkbox", name="Ada").check()
    page.get_by_role("button", name="Save").click()
    # Her name, and that of her boss and of her friend.
    expect(page.get_by_role("cell", name="Ada L.")).to_have_count(3)


def _find_and_delete(page: Page) -> None:
    search = page.get_by_placeholder("Search")
    search.fill("nobody")
    search.press("Enter")
    expect(page.get_by_text("Nothing here.")).to_be_visible()
    search.fill("")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("Nothing here.")).to_be_visible()


@pytest.mark.usefixtures("patience")
def test_a_script_becomes_a_form_that_runs_it_and_shows_what_failed(ada: Person) -> None:
    ada.make("script", _SCRIPT, title="Sizes")
    ada.save()
    page = ada.page
    page.get_by_role("button", name="Make a GUI of this").click()
    page.wait_for_url("**/edit")
    expect(page.locator(".files-pane").get_by_role("button", name="script/main.py", exact=True)).to_be_visible()
    slug = page.url.split("/")[-2]
    ada.call("PATCH", f"/widgets/{slug}", {"visibility": "public", "client_engine": "light"})
    tab = ada.new_tab()
    tab.goto(address_of(ada, slug))
    tab.wait_for_selector("html[data-python=live]", timeout=TIMEOUT_MS)

    tab.get_by_label("name (needed)").fill("Ada")
    tab.get_by_label("size").select_option("big")
    tab.get_by_role("button", name="Run").click()
    expect(tab.get_by_text("Ada is big.")).to_be_visible()
    expect(tab.get_by_text("-0.5")).to_be_visible()
    tab.get_by_label("times").fill("3")
    tab.get_by_role("button", name="Run").click()
    expect(tab.get_by_text("ZeroDivisionError: division by zero")).to_be_visible()
    expect(tab.get_by_text("It failed.")).to_be_visible()
