"""The table editor as people use it: by mouse, by keyboard alone, and in two tabs at once (T-80 to T-86)."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.person import Person

#: For a busy machine; nothing here waits that long when it works.
PATIENCE_MS = 30_000
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1\r\n-\xb4"
    b"\0\0\0\0IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5000)


def cell(page: Page, row: int, column: int) -> Locator:
    """Return a cell of the grid; rows count from 1 as they are numbered."""
    return page.locator(f"#cell-{row - 1}-{column}")


def saved(page: Page) -> None:
    expect(page.locator(".table-status [data-state]")).to_have_attribute("data-state", "saved")


def opened(ada: Person, rows: int) -> str:
    """Make a widget with a table of people, open it; return where the API of its tables is."""
    slug = ada.call("POST", "/widgets", {"kind": "script", "title": "Club"})["slug"]
    api = f"/widgets/{slug}/tables"
    ada.call("POST", api, {"name": "people", "title": "People"})
    for name, kind in (("name", "string"), ("age", "number"), ("member", "bool")):
        ada.call("POST", f"{api}/people/columns", {"name": name, "type": kind})
    for start in range(0, rows, 1000):
        many = [{"name": f"Person {number}", "age": number} for number in range(start, min(rows, start + 1000))]
        ada.call("POST", f"{api}/people/changes", {"add": many})
    ada.go(f"/w/{slug}/tables/people")
    expect(ada.page.get_by_role("grid")).to_be_visible()
    return api


def values(ada: Person, api: str, query: str = "") -> list[dict[str, Any]]:
    return [row["values"] for row in ada.call("GET", f"{api}/people/rows{query}")["items"]]


def choose(page: Page, column: str, item: str) -> None:
    page.get_by_role("columnheader", name=column).click()
    page.get_by_role("menuitem", name=item).click()


def place_of(page: Page, text: str) -> tuple[float, float]:
    """Return where the title of the widget, or the row of its tabs, begins."""
    found = page.get_by_role("heading", name=text, level=1) if text == "Club" else page.get_by_label(text, exact=True)
    box = found.bounding_box()
    assert box is not None
    return box["x"], box["y"]


def test_t_14_t_80_t_81_t_82_t_85_the_mouse_makes_a_table_with_columns_and_cells(ada: Person) -> None:
    page, slug = ada.page, ada.call("POST", "/widgets", {"kind": "script", "title": "Club"})["slug"]
    dialog = page.get_by_role("dialog")
    other = ada.call("POST", "/widgets", {"kind": "script", "title": "Other"})["slug"]
    api = f"/widgets/{slug}/tables"
    page.set_viewport_size({"width": 1700, "height": 900})
    ada.go(f"/w/{slug}")
    head = [place_of(page, "Club"), place_of(page, "Widget")]
    ada.go(f"/w/{slug}/tables")
    expect(page.get_by_role("heading", name="No tables yet")).to_be_visible()
    # What is above the grid stays where it is on the other tabs.
    assert [place_of(page, "Club"), place_of(page, "Widget")] == head
    assert ada.axe() == []
    for title in ("Towns", "People"):
        page.get_by_role("button", name="New table").first.click()
        dialog.get_by_label("Name").fill(title)
        page.get_by_role("button", name="Make the table").click()
        expect(page.get_by_role("link", name=title)).to_have_attribute("aria-current", "page")
    ada.call("POST", f"{api}/towns/columns", {"name": "town", "type": "string"})
    ada.call("POST", f"{api}/towns/changes", {"add": [{"town": "Rome"}, {"town": "Oslo"}]})
    kinds = {"name": "Text", "born": "Date", "member": "True or false", "home": "Link to a row", "photo": "Media"}
    for name, kind in kinds.items():
        page.get_by_role("button", name="Column", exact=True).click()
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Type", exact=True).select_option(kind)
        if name == "home":
            dialog.get_by_label("Rows of").select_option("Towns")
        dialog.get_by_role("button", name="Add the column").click()
        expect(page.get_by_role("columnheader", name=f"{name}, {kind}")).to_be_visible()

    cell(page, 1, 0).dblclick()
    page.keyboard.type("Ann")
    cell(page, 1, 1).dblclick()
    page.get_by_role("textbox", name="born").fill("2026-02-30")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-help")).to_contain_text("is no day")
    page.get_by_role("textbox", name="born").fill("2026-02-28")
    page.keyboard.press("Enter")
    cell(page, 1, 2).locator(".box").click()
    cell(page, 1, 3).dblclick()
    page.get_by_role("option", name="Oslo").click()
    expect(cell(page, 1, 3)).to_have_text("Oslo")
    cell(page, 1, 4).dblclick()
    page.get_by_label("A file for photo").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    expect(page.get_by_role("img", name="a.png")).to_be_visible()
    assert ada.axe() == []
    page.get_by_role("button", name="Close").click()
    saved(page)

    ann = values(ada, api)[0]
    assert ann == {
        "name": "Ann",
        "born": "2026-02-28",
        "member": True,
        "home": 2,
        "photo": {"name": "a.png", "type": "image/png", "length": len(PNG)},
    }
    choose(page, "born", "Name and type")
    dialog.get_by_label("Type", exact=True).select_option("Number")
    expect(page.get_by_text("can't be kept as number")).to_be_visible()
    dialog.get_by_label("Type", exact=True).select_option("Text")
    expect(page.get_by_text("1 value stays.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("birthday")
    dialog.get_by_label("Find words quickly").check()
    assert ada.axe() == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("columnheader", name="birthday, Text")).to_be_visible()
    people = next(one for one in ada.call("GET", api)["items"] if one["name"] == "people")
    assert {one["name"]: one["indexes"] for one in people["columns"]}["birthday"] == ["full_text"]
    choose(page, "birthday", "Move left")
    expect(page.locator("#cell--1-0")).to_contain_text("birthday")
    page.get_by_role("button", name="Table", exact=True).click()
    page.get_by_label("Clients may").select_option("Search and read")
    page.get_by_label("Share it with").select_option(f"Other ({other})")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(dialog.get_by_role("link", name=other)).to_be_visible()
    assert ada.axe() == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    people = ada.call("GET", api)["items"][1]
    assert (people["client"], [one["name"] for one in people["columns"]][:2]) == ("search", ["birthday", "name"])
    ada.go(f"/w/{other}/tables/people")
    expect(cell(page, 1, 1)).to_have_text("Ann")
    ada.go(f"/w/{slug}/tables/people")
    choose(page, "photo", "Delete")
    expect(page.get_by_role("button", name="Delete the column")).to_be_disabled()
    page.get_by_label("Type photo to delete it").fill("photo")
    page.get_by_role("button", name="Delete the column").click()
    expect(page.get_by_role("columnheader", name="photo")).to_have_count(0)
    assert ada.axe() == []


def test_t_82_t_83_t_84_the_keyboard_alone_finds_changes_and_undoes(ada: Person) -> None:
    api = opened(ada, rows=2300)
    page, keys = ada.page, ada.page.keyboard
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "2302")
    page.get_by_role("button", name="Keys").focus()
    for _ in range(20):
        keys.press("Tab")
        if grid.evaluate("grid => grid === document.activeElement"):
            break
    expect(grid).to_be_focused()

    keys.press("Control+End")
    expect(cell(page, 2300, 0)).to_have_text("Person 2299")
    for key in ("Home", "A", "n", "n", "Tab", "4", "2", "Enter"):
        keys.press(key)
    expect(cell(page, 2301, 1)).to_have_text("42")
    saved(page)
    assert values(ada, api, "?offset=2300") == [{"name": "Ann", "age": 42, "member": None}]

    keys.press("Control+Home")
    expect(cell(page, 1, 0)).to_have_text("Person 0")
    keys.press("F2")
    keys.type(" the First")
    keys.press("Escape")
    expect(cell(page, 1, 0)).to_have_text("Person 0")
    keys.press("Enter")
    keys.type(" the First")
    keys.press("Tab")
    keys.press("Escape")
    keys.press("ArrowRight")
    keys.press("Space")
    expect(cell(page, 1, 2)).to_contain_text("True")
    keys.press("Home")
    keys.press("Shift+ArrowRight")
    keys.press("Control+c")
    keys.press("ArrowLeft")
    keys.press("ArrowDown")
    keys.press("Control+v")
    expect(cell(page, 2, 0)).to_have_text("Person 0 the First")
    saved(page)
    assert values(ada, api, "?limit=2") == [
        {"name": "Person 0 the First", "age": 0, "member": True},
        {"name": "Person 0 the First", "age": 0, "member": None},
    ]
    keys.press("Delete")
    expect(cell(page, 2, 0)).to_have_text("")
    keys.press("Control+z")
    expect(cell(page, 2, 0)).to_have_text("Person 0 the First")
    keys.press("Control+z")
    expect(cell(page, 2, 0)).to_have_text("Person 1")
    keys.press("Control+Delete")
    expect(cell(page, 2, 0)).to_have_text("Person 2")
    keys.press("Control+z")
    expect(cell(page, 2, 0)).to_have_text("Person 1")
    keys.press("PageDown")
    expect(page.locator(".grid-cell.at")).not_to_have_attribute("id", "cell-1-0")

    keys.press("Control+Home")
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(cell(page, 1, 1)).to_have_text("2299")
    expect(grid).to_be_focused()
    keys.press("Tab")
    expect(grid).not_to_be_focused()
    saved(page)
    assert values(ada, api, "?limit=2")[1]["name"] == "Person 1"


def test_t_82_t_86_two_tabs_lose_nothing_and_csv_comes_in_on_a_phone(person: Callable[..., Person]) -> None:
    ada = person("ada", viewport={"width": 390, "height": 844}, color_scheme="dark").sign_up()
    ada.expected += ["409", "net::ERR"]
    api = opened(ada, rows=3)
    mine, theirs = ada.page, ada.new_tab()
    theirs.goto(mine.url)
    expect(cell(theirs, 1, 0)).to_have_text("Person 0")

    for page, text in ((theirs, "theirs"), (mine, "mine")):
        cell(page, 1, 0).dblclick()
        page.get_by_role("textbox", name="name").fill(text)
        page.keyboard.press("Enter")
        if page is theirs:
            saved(page)
    conflict = mine.locator(".conflict-note")
    expect(conflict.get_by_role("definition")).to_have_text(["mine", "theirs"])
    assert values(ada, api)[0]["name"] == "theirs"
    assert ada.axe() == []
    mine.get_by_role("button", name="Write mine").click()
    saved(mine)
    assert values(ada, api)[0]["name"] == "mine"

    # The site goes away while one types: nothing is lost, and it is saved when the site is back.
    mine.route("**/api/v1/**", lambda route: route.abort())
    cell(mine, 2, 0).dblclick()
    mine.get_by_role("textbox", name="name").fill("typed offline")
    mine.keyboard.press("Enter")
    expect(mine.get_by_text("What you typed is kept here")).to_be_visible()
    mine.unroute("**/api/v1/**")
    saved(mine)
    assert values(ada, api)[1]["name"] == "typed offline"

    csv = b"name;age\nCid;x\nDora;7\n"
    mine.get_by_role("button", name="Import").click()
    mine.get_by_label("CSV file").set_input_files({"name": "more.csv", "mimeType": "text/csv", "buffer": csv})
    expect(mine.get_by_text("Line 2, age")).to_be_visible()
    expect(mine.get_by_role("dialog").get_by_role("button", name=re.compile("^Import"))).to_be_disabled()
    assert ada.axe() == []
    mine.get_by_label("Where age goes").select_option("Leave out")
    mine.get_by_role("button", name="Import 2 rows").click()
    expect(cell(mine, 5, 0)).to_have_text("Dora")
    with mine.expect_download() as download:
        mine.get_by_role("link", name="Export").click()
    assert "Dora" in download.value.path().read_text()
    assert mine.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
