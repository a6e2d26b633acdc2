"""Every page for everybody: axe finds nothing in light or dark, wide or narrow, and the keyboard is enough."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.browser.owner import OWNER
from tests.browser.person import PASSWORD, Person, axe_in_light_and_dark, code_of, output_of, run_of

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


def visited(one: Person, slug: str, api: str) -> list[str]:
    given = {"credentials": {"client_id": "12.apps.example.com", "client_secret": "x"}}
    one.call("PUT", f"/widgets/{api}/services/google", given)
    pages = ["/", "/explore", "/explore?q=nothing-has-this-name", "/new", "/account", f"/@{one.name}"]
    for name in (slug, api):
        pages += [f"/w/{name}{part}" for part in ("", "/runs", "/revisions", "/settings", "/webhooks", "/edit")]
    of_api = ["/mail", "/mail/settings", "/uplinks", "/tasks", "/schedule", "/files", "/users", "/users/settings"]
    of_api += ["/services", "/services/google", "/services/stripe"]
    pages += [f"/w/{api}{part}" for part in of_api]
    return [*pages, "/docs", "/docs/settings", "/docs/json-api", "/docs/limits", "/nothing"]


def seen_by_others(person: Callable[..., Person], ada: Person, **look: object) -> list[tuple[Person, list[str]]]:
    """Let others see widgets of ada's, also in frames, and say something of them; return who sees which pages then."""
    made = [ada.call("POST", "/widgets", {"kind": kind, "title": "Words " * 20}) for kind in ("script", "api", "api")]
    script, api, gone = (widget["slug"] for widget in made)
    for slug in (script, api):
        ada.call("PATCH", f"/widgets/{slug}", {"embeddable": True, "tags": ["a-rather-long-tag-for-a-phone"]})
    ada.call("DELETE", f"/widgets/{gone}")
    reader, boss = person("otto", **look).sign_up(), person("boss", **look)
    reader.call("PUT", f"/widgets/{script}/star")
    reader.send(f"/w/{script}/report", reason="spam", text="It advertises. " * 30)
    boss.name = OWNER
    boss.sign_in(PASSWORD)
    pages = ["/starred", f"/w/{api}/report", f"/embed/{script}", f"/embed/{api}"]
    return [(ada, ["/deleted"]), (reader, pages), (boss, ["/admin/reports"])]


def wrong_with(page: Page) -> list[str]:
    """Return what axe finds in light and in dark, and whether the page is wider than its window."""
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return axe_in_light_and_dark(page) + ([f"wider by {wider} px"] if wider > 0 else [])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.timeout(500)
def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_its_window(
    person: Callable[..., Person], size: str
) -> None:
    found: dict[str, list[str]] = {}
    stranger = person("eve", viewport=SIZES[size])
    for path in ("/", "/sign-in", "/sign-up", "/new"):
        stranger.go(path)
        found[f"stranger {path}"] = wrong_with(stranger.page)

    ada = person("ada", viewport=SIZES[size]).sign_up()
    ada.expected.append("404")
    api = ada.make("api")
    slug = ada.make("script", "print('x')\n1 / 0\n", title="x" * 200)
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_have_attribute("data-phase", "finished", timeout=10_000)
    found["the editor after a run"] = wrong_with(ada.page)
    for one, paths in [(ada, visited(ada, slug, api)), *seen_by_others(person, ada, viewport=SIZES[size])]:
        for path in paths:
            one.go(path)
            if path.endswith("/edit"):
                expect(code_of(one.page)).to_be_attached()
            found[path] = wrong_with(one.page)
    assert {path: problems for path, problems in found.items() if problems} == {}


def test_the_dialogs_of_the_editor_pass_axe_and_close_by_escape(ada: Person) -> None:
    ada.make("script")
    for key, name in (("Control+k", "Commands"), ("?", "Keyboard shortcuts")):
        ada.page.get_by_role("button", name="main.py", exact=True).first.focus()
        ada.page.keyboard.press(key)
        expect(ada.page.get_by_role("dialog", name=name)).to_be_visible()
        assert ada.axe() == []
        ada.page.keyboard.press("Escape")
        expect(ada.page.get_by_role("dialog")).to_have_count(0)


def test_the_keyboard_alone_signs_up_makes_a_script_and_runs_it(person: Callable[..., Person]) -> None:
    ada = person("ada")
    keys = ada.page.keyboard
    ada.go("/sign-up")
    ada.page.get_by_label("User name").focus()
    for text in (ada.name, f"{ada.name}@example.com", PASSWORD):
        keys.type(text)
        keys.press("Tab")
    keys.press("Enter")
    expect(ada.page.get_by_role("heading", name="Your widgets")).to_be_visible()
    ada.go("/new")
    expect(ada.page.locator("input:focus")).to_have_count(1)
    keys.press("Enter")
    ada.page.wait_for_url("**/edit")
    expect(code_of(ada.page)).to_be_visible()

    keys.press("Control+k")
    keys.type("go to the code")
    keys.press("Enter")
    expect(code_of(ada.page)).to_be_focused()
    keys.press("Control+a")
    keys.type("print('by keyboard')")
    keys.press("Control+Enter")

    expect(output_of(ada.page)).to_have_text("by keyboard\n", timeout=10_000)
    keys.press("Escape")
    keys.press("Tab")
    expect(code_of(ada.page)).not_to_be_focused()


def test_a_phone_shows_code_and_console_as_tabs_with_run_in_reach(person: Callable[..., Person]) -> None:
    ada = person("ada", viewport=SIZES["phone"]).sign_up()
    ada.make("script", "print('on the phone')\n")

    ada.page.get_by_role("navigation", name="Panes").get_by_role("button", name="Run").click()

    expect(output_of(ada.page)).to_have_text("on the phone\n", timeout=10_000)
    expect(code_of(ada.page)).to_be_hidden()
    ada.page.get_by_role("button", name="Code", exact=True).click()
    expect(code_of(ada.page)).to_be_visible()


def test_pages_work_without_scripts(person: Callable[..., Person]) -> None:
    ada = person("ada", java_script_enabled=False).sign_up()

    ada.go("/new?kind=api")
    ada.page.get_by_role("button", name="Make the widget").click()
    slug = ada.page.url.split("/")[-2]
    ada.go(f"/w/{slug}")

    expect(ada.page.get_by_role("heading", name="My HTTP API")).to_be_visible()
    ada.go("/explore?q=api")
    expect(ada.page.locator(".widget-card").first).to_be_visible()
