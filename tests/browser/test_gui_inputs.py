"""Inputs, looks and roles of GUI widgets, on both engines: a gallery of them, driven in Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from tests.browser.gui_gallery import gallery
from tests.browser.gui_page import TIMEOUT_MS, Files, WidgetPage, built_files

#: What the bar of uploads said, in `window.sending`.
_WATCH_SENDING = """() => {
  const bar = document.querySelector(".anvil-progress");
  window.sending = [];
  new MutationObserver(() => window.sending.push(bar.getAttribute("aria-valuenow"))).observe(bar, {
    attributeFilter: ["aria-valuenow"],
  });
}"""


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """An engine that starts beside other work takes its time."""
    expect.set_options(timeout=TIMEOUT_MS)
    yield
    expect.set_options(timeout=5000)


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with built_files() as served:
        yield served


@pytest.fixture
def page(request: pytest.FixtureRequest, chromium: Browser, files: Files) -> Iterator[WidgetPage]:
    made = WidgetPage(chromium, files, request.param, gallery(), {})
    yield made
    made.close()


@pytest.mark.parametrize("page", ["full", "light"], indirect=True)
def test_g_05_g_06_g_07_g_08_g_09_g_11_g_12_g_15_g_70_g_71_g_73_the_gallery_of_components(page: WidgetPage) -> None:
    page.open().live()
    ui = page.page
    # What handlers say.
    told = ui.locator(".anvil-label").nth(1)

    lines = [line for text in page.printed for line in text.splitlines()]
    assert "CASE end" in lines, (lines, page.errors)
    assert [line for line in lines if line.startswith("CASE FAILED")] == []
    for tries in (choices, dates, chosen_files, links, texts_and_pictures, ticks):
        tries(ui, told)
    assert page.violations() == []
    dialogs(page, told)
    ui.set_viewport_size({"width": 390, "height": 800})
    assert ui.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.violations() == []
    # The page has no icon.
    assert [error for error in page.errors if "404" not in error] == []


def choices(ui: Page, told: Locator) -> None:
    """They are written back before their handlers run."""
    ui.get_by_label("I agree").uncheck()
    expect(told).to_have_text("agree False False")
    assert ui.get_by_label("Some of them").evaluate("(box) => box.indeterminate")
    ui.get_by_label("Small").check()
    expect(told).to_have_text("radio small small True")
    expect(ui.get_by_label("Size")).to_have_value("2")
    ui.get_by_label("Size").select_option(label="M")
    expect(told).to_have_text("size M M")
    ui.get_by_label("Person").select_option(label="Bea")
    expect(told).to_have_text("person 2")


def dates(ui: Page, told: Locator) -> None:
    due = ui.get_by_label("Due")
    expect(ui.get_by_text("Pick a day")).to_be_visible()
    due.fill("2026-05-06")
    expect(told).to_have_text("due 2026-05-06 date")
    due.evaluate("(box) => box.blur()")
    expect(ui.get_by_text("06 May 2026")).to_be_visible()
    due.fill("2031-01-01")
    expect(told).to_have_text("due 2030-12-31 date")
    # Typed: it counts when the field is left, not at each year on the way.
    due.focus()
    due.press_sequentially("07082027")
    expect(told).to_have_text("due 2030-12-31 date")
    due.press("Enter")
    expect(told).to_have_text("due 2027-07-08 date")
    expect(ui.get_by_text("4 Mar 2026, 15:30")).to_be_visible()
    ui.get_by_label("At").fill("2026-03-05T16:45")
    expect(told).to_have_text("at 2026-03-05 16:45 True")


def chosen_files(ui: Page, told: Locator) -> None:
    """They are read here, and sent."""
    large = b"hello " + b"x" * 599_994
    chosen: list[FilePayload] = [
        {"name": "a.txt", "mimeType": "text/plain", "buffer": large},
        {"name": "b.txt", "mimeType": "text/plain", "buffer": b"b"},
    ]
    ui.get_by_label("Choose files").set_input_files(chosen)
    expect(told).to_have_text("file a.txt text/plain 600000 b'hello' 2 True")
    expect(ui.get_by_text("2 files")).to_be_visible()
    ui.evaluate(_WATCH_SENDING)
    ui.get_by_role("button", name="Send").click()
    # What a handler has shown is painted while it waits.
    working = ui.locator(".anvil-linear-progress.indeterminate").first
    expect(working).to_be_visible()
    ui.get_by_role("button", name="OK").click()
    expect(told).to_have_text("sent a.txt 600000 None")
    expect(working).to_be_hidden()
    sending = ui.evaluate("window.sending")
    assert len(sending) > 2, sending
    assert sending[-1] == "100"
    expect(ui.get_by_text("2 files")).to_have_count(0)
    with ui.expect_file_chooser():
        ui.get_by_role("button", name="Select", exact=True).click()


def links(ui: Page, told: Locator) -> None:
    ui.get_by_role("link", name="Click me").press("Enter")
    expect(told).to_have_text("link ['alt', 'ctrl', 'meta', 'shift']")
    away = ui.get_by_role("link", name="Elsewhere")
    expect(away).to_have_attribute("target", "_blank")
    expect(ui.get_by_role("link", name="Mail")).to_have_attribute("href", "mailto:ann@example.com")
    assert ui.get_by_role("link", name="Mail").get_attribute("target") is None
    assert ui.get_by_role("link", name="Code", exact=True).get_attribute("href") is None
    expect(ui.get_by_role("link", name="A file")).to_have_attribute("href", re.compile("/_/theme/x.pdf$"))
    expect(ui.get_by_role("link", name="In a link")).to_have_attribute("href", "#here")


def texts_and_pictures(ui: Page, told: Locator) -> None:
    expect(ui.get_by_text("It costs 3.14")).to_be_visible()
    expect(ui.get_by_role("heading", name="A story of Ann")).to_be_visible()
    expect(ui.get_by_text("{name}")).to_be_visible()
    expect(ui.get_by_label("Inside")).to_be_visible()
    expect(ui.get_by_text("Plain *text*")).to_be_visible()
    assert ui.title() == "shop"
    picture = ui.get_by_role("img", name="shrink_to_fit")
    picture.click(position={"x": 10, "y": 20}, modifiers=["Shift"])
    expect(told).to_have_text(re.compile("mouse (9|10) (19|20) 1 True"))
    for font in ("Font Awesome 7 Free", "Material Icons"):
        loaded = f"[...document.fonts].some((one) => one.family.includes('{font}') && one.status === 'loaded')"
        ui.wait_for_function(loaded, timeout=TIMEOUT_MS)
    expect(ui.get_by_role("button", name="Delete")).to_be_visible()

    ui.get_by_label("Number").fill("42")
    ui.get_by_label("Number").press("Enter")
    expect(told).to_have_text("number 42 int True")


def ticks(ui: Page, told: Locator) -> None:
    """A timer stops at 0, and while it is hidden."""
    expect(ui.get_by_text("tick 3", exact=True)).to_be_visible()
    ui.get_by_role("button", name="Tick again").click()
    expect(told).to_have_text("hidden 3")
    expect(ui.get_by_text(re.compile(r"^tick ([4-9]|\d\d+)$"))).to_be_visible()


def dialogs(page: WidgetPage, told: Locator) -> None:
    """They have names, and the focus where somebody answers; who reads them finds nothing wrong."""
    ui = page.page
    ask = {name: ui.get_by_role("button", name=name, exact=True) for name in ("alert", "confirm", "form", "notify")}

    ask["alert"].click()
    expect(ui.get_by_role("dialog", name="Sent")).to_be_visible()
    expect(ui.get_by_role("button", name="OK")).to_be_focused()
    assert page.violations() == []
    ui.keyboard.press("Enter")
    expect(told).to_have_text("alert True")
    expect(ask["alert"]).to_be_focused()

    ask["confirm"].click()
    expect(ui.get_by_role("dialog", name="Delete this widget")).to_be_visible()
    ui.keyboard.press("Escape")
    expect(ui.get_by_role("button", name="Yes")).to_be_focused()
    ui.keyboard.press("Shift+Tab")
    ui.keyboard.press("Enter")
    expect(told).to_have_text("confirm False")

    ask["form"].click()
    expect(ui.get_by_role("dialog", name="A new person").get_by_label("Name")).to_be_focused()
    assert page.violations() == []
    ui.keyboard.press("Escape")
    expect(told).to_have_text("form None")

    ask["notify"].click()
    expect(ui.locator(".anvil-notification")).to_have_count(5)
    assert page.violations() == []
    # Told above a dialog, too.
    ask["alert"].press("Enter")
    expect(ui.get_by_text("It was saved.").first).to_be_visible()
    ui.get_by_role("button", name="OK").press("Enter")
    for _ in range(5):
        ui.locator(".anvil-notification .close").first.click()
    expect(ui.locator(".anvil-notification")).to_have_count(0)
