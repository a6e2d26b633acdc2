"""Somebody with a browser: what people do on the site, in their words."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

PASSWORD = "correct horse battery"
_AXE = Path(__file__).parents[2] / "site" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


#: What a page still does to its looks and will end: a picture that turns for ever is not waited for.
_AT_REST = """() => document.getAnimations().filter(
    (one) => one.playState === "running" && one.effect.getComputedTiming().endTime !== Infinity
).length === 0"""

#: What is kept of somebody who has had the tour, and works with the code of forms. Kept on the site alone: a widget's
#: page starts with nothing.
_KNOWS_THE_EDITOR = """
localStorage["editor-tour"] = "done";
localStorage["editor-preferences"] ??= '{"form_view": "code"}';
"""


@dataclass
class Person:
    """One browser profile with a page open, and what went wrong in it."""

    context: BrowserContext
    page: Page
    origin: str
    name: str
    problems: list[str] = field(default_factory=list)
    #: What the console may say, for a test that provokes it.
    expected: list[str] = field(default_factory=list)

    @classmethod
    def arrive(cls, browser: Browser, origin: str, name: str, **context: Any) -> "Person":
        """Open a browser profile with one page, of somebody who knows the editor unless it is_new."""
        options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **context}
        is_new = options.pop("is_new", False)
        profile = browser.new_context(**options)
        profile.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)
        if not is_new:
            profile.add_init_script(f"if (self.origin === {origin!r}) {{ {_KNOWS_THE_EDITOR} }}")
        made = cls(profile, profile.new_page(), origin, name)
        made.watch(made.page)
        return made

    def watch(self, page: Page) -> Page:
        """Note every uncaught error and every console error of a page; broken policies are among them."""
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._heard)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(re.search(text, message.text) for text in self.expected):
            self.problems.append(f"{message.location.get('url', '')}: {message.text}")

    def leave(self) -> None:
        """Close the profile."""
        self.context.close()

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.origin + path)

    def new_tab(self) -> Page:
        """Open another tab of this profile."""
        return self.watch(self.context.new_page())

    def sign_up(self) -> "Person":
        """Make an account with the form, without showing it: ``test_accounts.py`` has a browser fill it."""
        self.send("/sign-up", username=self.name, email=f"{self.name}@example.com", password=PASSWORD)
        return self

    def send(self, form: str, **values: str) -> str:
        """Send the first form of a page without showing it; return the address that it leads to."""
        shown = self.context.request.get(self.origin + form).text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert token is not None, shown
        address = self.origin + form.partition("?")[0]
        answer = self.context.request.post(
            address, form={"csrf_token": token[1], **values}, headers={"Origin": self.origin}
        )
        assert answer.ok, answer.text()
        assert answer.url != address, answer.text()
        return answer.url

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the JSON API as the pages' own scripts do; ``path`` is below /api/v1. Return what is answered."""
        shown = self.context.request.get(f"{self.origin}/new").text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert token is not None, shown
        headers = {"Origin": self.origin, "X-CSRF-Token": token[1], "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        answer = self.context.request.fetch(f"{self.origin}/api/v1{path}", method=method, headers=headers, data=data)
        assert answer.ok, answer.text()
        return answer.json() if answer.text() else None

    def fill_sign_up(self) -> None:
        """Fill and send the form that is open."""
        self.page.get_by_label("User name").fill(self.name)
        self.page.get_by_label("E-mail").fill(f"{self.name}@example.com")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign up").click()

    def sign_in(self, password: str) -> None:
        """Sign in with the form."""
        self.go("/sign-in")
        self.page.get_by_label("User name or e-mail").fill(self.name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Your widgets")).to_be_visible()

    def make(self, kind: str, code: str = "", title: str = "") -> str:
        """Make a widget with the form, and write its main.py; return its slug. The editor is open then."""
        titled = {"title": title} if title else {}
        self.page.goto(self.send(f"/new?kind={kind}", kind=kind, visibility="public", **titled))
        expect(code_of(self.page)).to_be_visible()
        if code:
            self.write(code)
        return self.page.url.split("/")[-2]

    def write(self, code: str, page: Page | None = None) -> None:
        """Replace the text of the file that is open by pasting, as people do with whole programs."""
        page = page or self.page
        code_of(page).click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)

    def save(self, page: Page | None = None) -> None:
        """Save with the keyboard and wait until it is true."""
        page = page or self.page
        page.keyboard.press("Control+s")
        expect(page.locator(".save-state")).to_have_attribute("data-state", "saved")

    def axe(self, page: Page | None = None) -> list[str]:
        """Return what axe finds wrong with the page: every rule on, no element left out."""
        return axe(page or self.page)


def axe_in_light_and_dark(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it is, in either scheme; it is light afterwards."""
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {problem}" for problem in axe(page)]
    return found


def axe(page: Page) -> list[str]:
    """Return what axe finds wrong with the page: every rule on, no element left out."""
    # Colours that are on their way from one to another are nobody's.
    # Evaluated by the debugger, which the page's policy does not govern.
    page.wait_for_function(_AT_REST)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_AXE.read_text() + "; undefined")
    # What passes need not be described.
    found = page.evaluate(f"axe.run({{runOnly: {json.dumps(_TAGS)}, resultTypes: ['violations']}})")
    return [
        f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]
    ]


def code_of(page: Page) -> Locator:
    """Return the text of the editor."""
    return page.locator(".cm-content")


def until(page: Page, is_so: Callable[[], bool], timeout_s: float = 20) -> None:
    """Ask again and again, while the page goes on, until it is so."""
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, "it did not become so"
        page.wait_for_timeout(50)


def copied(page: Page, button: str) -> str:
    """Press what copies something; return what is in the clipboard then."""
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name=button).click()
    until(page, lambda: page.evaluate("navigator.clipboard.readText()") != "")
    return str(page.evaluate("navigator.clipboard.readText()"))


def output_of(page: Page) -> Locator:
    """Return the output of the newest run in the editor."""
    return page.locator(".console-runs .run").first.locator(".output")


def run_of(page: Page) -> Locator:
    """Return the newest run in the editor."""
    return page.locator(".console-runs .run").first


def fetch(url: str) -> tuple[int, str]:
    """Call a widget as a program on this machine does: by address, with its name as Host."""
    host, _, rest = url.removeprefix("http://").partition("/")
    port = host.partition(":")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{rest}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
