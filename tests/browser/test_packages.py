"""Packages in the editor: a missing one is added with one click; the panel lists, adds, removes and says what failed.

They come from the machine's own package index: what an operator's machine reaches.
"""

from playwright.sync_api import expect
from tests.browser.person import Person, output_of, run_of

INSTALLED_MS = 60_000


def test_p_12_a_missing_package_is_added_with_one_click_and_the_script_runs_again(ada: Person) -> None:
    ada.make("script", "import humanize\n\nprint(humanize.intcomma(1234567))\n")
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_contain_text("No module named 'humanize'", timeout=10_000)
    mark = ada.page.locator(".cm-lint-marker")
    expect(mark).to_have_count(1, timeout=30_000)

    ada.page.get_by_role("button", name="Add humanize and run again").click()

    expect(output_of(ada.page)).to_have_text("1,234,567\n", timeout=INSTALLED_MS)
    expect(ada.page.get_by_role("button", name="requirements.txt").first).to_be_visible()
    # The language tools know it without being asked anew.
    expect(mark).to_have_count(0, timeout=30_000)


def test_p_05_p_10_the_panel_adds_removes_and_says_what_failed(ada: Person) -> None:
    ada.make("script", "print('here')\n")
    page = ada.page
    panel = page.locator("details.packages")
    page.get_by_text("Packages", exact=True).click()

    page.get_by_label("Add a package").fill("six==1.16.0")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("Installed: six==1.16.0", timeout=INSTALLED_MS)

    page.get_by_label("Add a package").fill("six==99")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("There is no version six==99", timeout=INSTALLED_MS)
    expect(panel).to_contain_text("Runs go on with the packages from before.")
    panel.get_by_text("Log", exact=True).click()
    expect(panel.locator("pre")).to_contain_text("unsatisfiable")
    assert ada.axe() == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})

    page.get_by_role("button", name="Remove six==99").click()
    expect(panel).to_have_attribute("data-status", "ready", timeout=INSTALLED_MS)
    expect(panel.locator("li")).to_have_count(0)
