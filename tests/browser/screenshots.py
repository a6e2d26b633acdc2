"""Take a picture of every page: ``python -m tests.browser.screenshots ORIGIN FOLDER``; light and dark, 1280 and 390 px.

It signs up an account of its own on the site at ORIGIN and makes the widgets that the pages show.
"""

import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.person import fetch

WIDTHS = {"wide": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")


@dataclass
class Guide:
    """Knows the addresses of the pages of one prepared account."""

    origin: str
    name: str
    api: str = ""
    script: str = ""
    gui: str = ""

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yield (name, path) of each page for somebody who is signed in."""
        yield "home", "/"
        yield "explore", "/explore"
        yield "explore-tag", "/explore?tag=weather"
        yield "starred", "/starred"
        yield "new", "/new"
        yield "account", "/account"
        yield "profile", f"/@{self.name}"
        yield "widget-api", f"/w/{self.api}"
        yield "widget-script", f"/w/{self.script}"
        yield "requests", f"/w/{self.api}/runs"
        yield "runs", f"/w/{self.script}/runs"
        yield "revisions", f"/w/{self.script}/revisions"
        yield "diff", f"/w/{self.script}/diff"
        yield "settings", f"/w/{self.script}/settings"
        for name in ("tasks", "schedule", "tables", "uplinks", "users", "mail", "files", "secrets", "services"):
            yield name, f"/w/{self.api}/{name}"
        yield "service", f"/w/{self.api}/services/google"
        yield "editor-api", f"/w/{self.api}/edit"
        yield "editor-script", f"/w/{self.script}/edit"
        yield "designer", f"/w/{self.gui}/edit"
        yield "docs", "/docs"
        yield "docs-settings", "/docs/settings"
        yield "not-found", "/nothing"


STRANGERS = (("start", "/"), ("sign-in", "/sign-in"), ("sign-up", "/sign-up"))


def sign_up(page: Page, origin: str, name: str) -> None:
    """Make an account with the form."""
    page.goto(f"{origin}/sign-up")
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url(f"{origin}/")


def make_widget(page: Page, origin: str, kind: str, title: str, starter: str = "") -> str:
    """Make a widget with the form; return its slug."""
    page.goto(f"{origin}/new?kind={kind}")
    if starter:
        page.get_by_role("radio", name=starter).check()
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Make the widget").click()
    page.wait_for_url("**/edit")
    return page.url.split("/")[-2]


def shoot(page: Page, address: str, file: Path) -> None:
    """Take one picture, when fonts and the editor are there."""
    page.goto(address)
    if file.name.startswith("designer-"):
        select(page)
    page.wait_for_timeout(500)
    for folded in page.locator(".run:has(.outcome-error) > summary:visible").all()[:1]:
        folded.click()
        page.wait_for_timeout(400)
    page.screenshot(path=str(file), animations="disabled", caret="hide", full_page="edit" not in address)


def select(page: Page) -> None:
    """Wait until the form is drawn, and select what the designer lists last but one; phones show the form alone."""
    page.frame_locator("iframe[title='The form']").locator(".anvil-component").first.wait_for()
    listed = page.get_by_role("treeitem").and_(page.locator(":visible"))
    if listed.count() > 1:
        listed.nth(2).click()


def call_some(url: str) -> None:
    """Send requests to the starter of an API, one of which fails."""
    for path in ("", "hello/Ada", "add?a=2&b=3", "add?a=2&b=x", "nowhere"):
        fetch(url + path)


def run(page: Page, outcome: str) -> None:
    """Run the script that is open in the editor and wait for this outcome."""
    page.keyboard.press("Control+Enter")
    page.locator(f".console-runs .run:first-child[data-outcome={outcome}]").wait_for(timeout=20_000)


def show_in_gallery(page: Page, origin: str, slug: str) -> None:
    """Give a widget tags and a star."""
    page.goto(f"{origin}/w/{slug}/settings")
    page.get_by_label("Tags").fill("weather greetings a-rather-long-tag-of-30-letter")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{origin}/w/{slug}")
    page.get_by_role("button", name="Star").click()


def prepare(browser: Browser, origin: str) -> tuple[Guide, Any]:
    """Make an account with three widgets; return its guide and what its browser remembers."""
    guide = Guide(origin, f"ada-{secrets.token_hex(2)}")
    context = browser.new_context()
    page = context.new_page()
    sign_up(page, origin, guide.name)
    guide.api = make_widget(page, origin, "api", "Greetings as a service")
    call_some(str(page.locator(".editor-url a").get_attribute("href")))
    guide.script = make_widget(page, origin, "script", "Squares, one by one")
    run(page, "ok")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("\nprint(squares)\n")
    run(page, "error")
    guide.gui = make_widget(page, origin, "gui", "Books to read", "Form with table")
    page.evaluate("localStorage.setItem('editor-tour', 'done')")
    show_in_gallery(page, origin, guide.api)
    state = context.storage_state()
    context.close()
    return guide, state


def main() -> None:
    """Take every picture."""
    origin, folder = sys.argv[1].rstrip("/"), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        guide, state = prepare(browser, origin)
        wanted = sys.argv[3:]
        for width, (x, y) in WIDTHS.items():
            for scheme in SCHEMES:
                for remembered, pages in ((None, STRANGERS), (state, tuple(guide.pages()))):
                    seen: dict[str, Any] = {"viewport": {"width": x, "height": y}, "color_scheme": scheme}
                    context = browser.new_context(**seen, reduced_motion="reduce", storage_state=remembered)
                    page = context.new_page()
                    for name, path in pages:
                        if not wanted or name in wanted:
                            shoot(page, origin + path, folder / f"{name}-{width}-{scheme}.png")
                    context.close()
        browser.close()


if __name__ == "__main__":
    main()
