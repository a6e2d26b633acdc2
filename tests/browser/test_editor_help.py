"""What helps people to write: commands, shortcuts, Vim's keys, how the editor looks, a README with its preview."""

import pytest
from playwright.sync_api import expect
from tests.browser.person import Person, code_of, output_of

README = """# Squares

Made by **hand**. <script>document.title = 'taken'</script>

[a](javascript:alert(1)) ![p](https://example.com/p.png)

| n | n² |
| - | - |
| 2 | 4 |
"""


@pytest.mark.parametrize("key", ["Control+Shift+P", "F1", "Control+k"])
def test_d_35_the_palette_opens_by_keyboard_and_does_what_is_chosen(ada: Person, key: str) -> None:
    ada.make("script", "print('from the palette')\n")

    ada.page.keyboard.press(key)
    expect(ada.page.get_by_role("dialog", name="Commands")).to_be_visible()
    ada.page.keyboard.type("larger")
    expect(ada.page.get_by_role("option").first).to_have_text("Larger text")
    expect(ada.page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    ada.page.keyboard.press("Enter")

    expect(ada.page.get_by_role("dialog")).to_have_count(0)
    expect(ada.page.locator(".cm-editor")).to_have_css("font-size", "15px")
    expect(code_of(ada.page)).to_be_focused()


def test_d_35_the_shortcuts_are_listed_and_the_settings_hold_after_a_reload(ada: Person) -> None:
    ada.make("script", f"text = '{'long ' * 80}'\n")
    ada.page.get_by_role("button", name="main.py", exact=True).first.focus()
    ada.page.keyboard.press("?")
    expect(ada.page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Ctrl Shift P or F1")
    ada.page.keyboard.press("Escape")

    ada.page.keyboard.press("Control+,")
    dialog = ada.page.get_by_role("dialog", name="Settings of the editor")
    assert ada.axe() == []
    dialog.get_by_label("Size of the text").fill("20")
    dialog.get_by_label("Wrap long lines of code").check()
    dialog.get_by_label("Colours").select_option("dark")
    dialog.get_by_role("button", name="Close").click()
    expect(ada.page.locator(".cm-editor")).to_have_css("font-size", "20px")
    ada.save()
    ada.page.reload()

    expect(ada.page.locator(".cm-editor")).to_have_css("font-size", "20px")
    expect(code_of(ada.page)).to_have_class("cm-content cm-lineWrapping")
    assert ada.page.evaluate("document.documentElement.dataset.theme") == "dark"
    scroller = ada.page.locator(".cm-scroller")
    assert scroller.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_d_11_words_are_found_and_replaced_in_the_file(ada: Person) -> None:
    ada.make("script", "first = 1\nprint(first)\n")

    ada.page.keyboard.press("Control+f")
    ada.page.get_by_role("textbox", name="Find").fill("first")
    ada.page.get_by_role("textbox", name="Replace").fill("second")
    ada.page.get_by_role("button", name="replace all").click()

    expect(code_of(ada.page)).to_contain_text("second = 1")
    expect(code_of(ada.page)).not_to_contain_text("first")


def test_d_35_vim_keys_are_loaded_when_they_are_chosen_and_stay_chosen(ada: Person) -> None:
    loaded: list[str] = []
    ada.page.on("request", lambda request: loaded.append(request.url))
    ada.make("script", "first = 1\nsecond = 2\n")
    ada.save()
    assert [url for url in loaded if "vim" in url] == []

    ada.page.keyboard.press("F1")
    ada.page.keyboard.type("use vim")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".cm-vim-panel")).to_contain_text("NORMAL")
    code_of(ada.page).click()
    ada.page.keyboard.type("ggdd")
    expect(code_of(ada.page)).not_to_contain_text("first")
    ada.page.keyboard.type(":w")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".save-state")).to_contain_text("rev 3")
    assert any("vim" in url for url in loaded)
    ada.page.reload()

    code_of(ada.page).click()
    expect(ada.page.locator(".cm-vim-panel")).to_contain_text("NORMAL")
    ada.page.keyboard.type("ggOprint('by vim')")
    ada.page.keyboard.press("Control+Enter")
    expect(output_of(ada.page)).to_have_text("by vim\n", timeout=20_000)


def test_the_readme_is_written_with_a_preview_and_shown_on_the_widgets_page(ada: Person) -> None:
    slug = ada.make("script")
    title = ada.page.title()
    ada.page.keyboard.press("F1")
    ada.page.keyboard.type("write the readme")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".file-tab.active")).to_contain_text("README.md")
    ada.write(README)

    ada.page.get_by_role("button", name="Preview").click()

    page = ada.page.get_by_role("region", name="README.md as a page")
    expect(page.get_by_role("heading", name="Squares")).to_be_visible()
    expect(page.locator("strong")).to_have_text("hand")
    expect(page.locator("td").first).to_have_text("2")
    expect(page.locator("script, img, a[href^=javascript]")).to_have_count(0)
    assert ada.page.title() == title
    assert ada.axe() == []
    ada.page.get_by_role("button", name="Write", exact=True).click()
    expect(code_of(ada.page)).to_contain_text("Made by **hand**")
    ada.save()
    ada.go(f"/w/{slug}")
    expect(ada.page.get_by_label("README", exact=True).get_by_role("heading", name="Squares")).to_be_visible()


def test_d_12_anvil_is_completed_without_a_server(ada: Person) -> None:
    ada.make("api", "import anvil.server\n\n\n@anvil.server.")
    ada.page.keyboard.press("Control+End")
    ada.page.context.set_offline(True)
    ada.expected.append("ERR_INTERNET_DISCONNECTED|WebSocket")

    ada.page.keyboard.type("rou")

    option = ada.page.locator(".cm-tooltip-autocomplete li", has_text="route(path")
    expect(option).to_be_visible()
    expect(ada.page.locator(".cm-completionInfo")).to_contain_text("answer requests to this path")
    # A moment passes before it takes keys: whoever types on must not complete by accident.
    ada.page.wait_for_timeout(100)
    ada.page.keyboard.press("Enter")
    expect(code_of(ada.page)).to_contain_text("@anvil.server.route")
    ada.page.context.set_offline(False)


def test_t_87_tables_and_their_columns_are_completed(ada: Person) -> None:
    slug = ada.make("script", "from anvil.tables import app_tables\n\nrow = ")
    ada.call("POST", f"/widgets/{slug}/tables", {"name": "people"})
    for name in ("nickname", "age"):
        ada.call("POST", f"/widgets/{slug}/tables/people/columns", {"name": name, "type": "string"})
    offered = ada.page.locator(".cm-tooltip-autocomplete li")
    ada.page.keyboard.press("Control+End")

    ada.page.keyboard.type("app_tables.p")
    expect(offered.filter(has_text="people")).to_be_visible()
    ada.page.keyboard.type("eople.get(ni")
    expect(offered.filter(has_text="nickname=")).to_be_visible()
    ada.page.keyboard.type("ckname=1)\nprint(row['a")
    expect(offered.filter(has_text="age")).to_be_visible()


def test_a_part_of_the_editor_that_could_not_be_loaded_is_told(ada: Person) -> None:
    ada.make("script", "print('here')\n")
    told = ada.page.get_by_role("alert").filter(has_text="A part of this page could not be loaded.")
    expect(told).to_have_count(0)
    ada.page.route("**/later-*.js", lambda route: route.abort())

    ada.page.reload()
    expect(told).to_be_visible()
    ada.page.unroute("**/later-*.js")
    ada.problems.clear()
    told.get_by_role("link", name="Load the page again").click()

    expect(code_of(ada.page)).to_contain_text("print('here')")
    expect(told).to_have_count(0)
    ada.page.keyboard.press("F1")
    expect(ada.page.get_by_role("dialog", name="Commands")).to_be_visible()
