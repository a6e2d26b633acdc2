"""What is typed is never lost: drafts, conflicts of two tabs, leaving, a site that is away."""

import os

from playwright.sync_api import Locator, Page, expect
from tests.browser.person import PASSWORD, Person, code_of


def state_of(page: Page) -> Locator:
    return page.locator(".save-state")


def test_typing_is_kept_as_a_draft_and_save_makes_a_revision(ada: Person) -> None:
    ada.make("script")
    expect(state_of(ada.page)).to_contain_text("rev 1")

    ada.write("print('two')\n")
    expect(state_of(ada.page)).to_have_attribute("data-state", "draft")
    ada.save()

    expect(state_of(ada.page)).to_contain_text("saved just now · rev 2")


def test_d_18_a_draft_is_there_after_a_reload(ada: Person) -> None:
    ada.make("script")
    ada.write("print('unfinished')\n")
    expect(state_of(ada.page)).to_have_attribute("data-state", "draft")

    ada.page.reload()

    expect(code_of(ada.page)).to_contain_text("print('unfinished')")


def test_leaving_at_once_loses_nothing(ada: Person) -> None:
    slug = ada.make("script")

    ada.write("print('typed and left')\n")
    ada.go("/")
    ada.go(f"/w/{slug}/edit")

    expect(code_of(ada.page)).to_contain_text("print('typed and left')")


def test_text_typed_while_the_site_is_away_arrives_when_it_is_back(ada: Person) -> None:
    ada.expected.append("Failed to load resource|ERR_INTERNET_DISCONNECTED|WebSocket")
    slug = ada.make("script")
    # All of the editor is there: what is loaded behind the code, too.
    ada.page.wait_for_load_state("networkidle")
    ada.context.set_offline(True)

    ada.write("print('in the tunnel')\n")
    expect(state_of(ada.page)).to_have_attribute("data-state", "offline")
    expect(ada.page.get_by_role("alert")).to_contain_text("kept in this browser")
    ada.context.set_offline(False)
    expect(state_of(ada.page)).to_have_attribute("data-state", "draft", timeout=20_000)
    ada.save()

    ada.go(f"/w/{slug}")
    expect(ada.page.locator(".code-file").first).to_contain_text("in the tunnel")


def test_text_that_never_reached_the_site_comes_back_from_the_browser(ada: Person) -> None:
    ada.expected.append("Failed to load resource|ERR_INTERNET_DISCONNECTED|WebSocket")
    slug = ada.make("script")
    # All of the editor is there: what is loaded behind the code, too.
    ada.page.wait_for_load_state("networkidle")
    ada.context.set_offline(True)
    ada.write("print('only here')\n")
    expect(state_of(ada.page)).to_have_attribute("data-state", "offline")

    ada.page.close()
    ada.context.set_offline(False)
    ada.page = ada.new_tab()
    ada.go(f"/w/{slug}/edit")

    expect(ada.page.get_by_text("Brought back text that had not reached the site.")).to_be_visible()
    expect(code_of(ada.page)).to_contain_text("only here")


def test_signing_out_and_in_again_elsewhere_loses_nothing(ada: Person) -> None:
    ada.expected.append("40[13]")
    slug = ada.make("script")
    other = ada.new_tab()
    other.goto(ada.origin)
    other.get_by_label(f"Your account, {ada.name}").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("link", name="Sign in")).to_be_visible()

    ada.write("print('typed as nobody')\n")
    expect(ada.page.get_by_role("alert")).to_contain_text("You are signed out")
    expect(ada.page.get_by_role("alert").get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")
    assert ada.axe() == []
    other.goto(f"{ada.origin}/sign-in")
    other.get_by_label("User name or e-mail").fill(ada.name)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Your widgets")).to_be_visible()

    expect(state_of(ada.page)).to_have_attribute("data-state", "draft", timeout=20_000)
    ada.save()
    other.goto(f"{ada.origin}/w/{slug}")
    expect(other.locator(".code-file").first).to_contain_text("typed as nobody")


LINES = "first = 1\n\n\ndef middle():\n    return 2\n\n\nlast = 3\n"


def two_tabs(ada: Person) -> tuple[str, Page]:
    """Open a script of several lines in two tabs; return its slug and the second tab."""
    # Somebody else was quicker; the draft that was known is a revision by now.
    ada.expected.append("40[49]")
    slug = ada.make("script", LINES)
    ada.save()
    other = ada.new_tab()
    other.goto(ada.page.url)
    expect(code_of(other)).to_contain_text("last = 3")
    return slug, other


def send_as_a_program(page: Page, path: str, body: dict[str, object]) -> None:
    """Send something over the API, knowing nothing of what is typed anywhere."""
    status = page.evaluate(
        """async ([path, body]) => (await fetch(`/api/v1${path}`, {
            method: "PUT", body: JSON.stringify(body),
            headers: {"content-type": "application/json",
                      "x-csrf-token": document.querySelector("input[name=csrf_token]").value}})).status""",
        [path, body],
    )
    assert status == 200


def test_d_18_x_30_two_tabs_that_change_the_same_line_show_both_sides_and_lose_neither(ada: Person) -> None:
    slug, other = two_tabs(ada)
    ada.write(LINES.replace("2", "'mine'"))
    expect(state_of(ada.page)).to_have_attribute("data-state", "draft")

    ada.write(LINES.replace("2", "'theirs'"), other)
    notice = other.get_by_role("region", name="Changed in two places")
    expect(notice).to_be_visible()
    expect(notice.locator(".dl.new")).to_contain_text("theirs")
    expect(notice.locator(".dl.old")).to_contain_text("mine")
    assert ada.axe(other) == []
    notice.get_by_role("button", name="Keep my text").click()
    expect(state_of(other)).to_contain_text("rev 4")

    ada.go(f"/w/{slug}/revisions/3")
    expect(ada.page.locator(".code-file").first).to_contain_text("'mine'")
    ada.go(f"/w/{slug}/revisions/4")
    expect(ada.page.locator(".code-file").first).to_contain_text("'theirs'")


def test_x_30_two_tabs_that_change_different_lines_come_together_by_themselves(ada: Person) -> None:
    slug, other = two_tabs(ada)
    ada.write(LINES.replace("first = 1", "first = 'one'"))
    ada.write(LINES.replace("last = 3", "last = 'three'"), other)

    ada.save()
    expect(other.get_by_text("came together with yours")).to_be_visible()
    expect(code_of(other)).to_contain_text("first = 'one'")
    ada.save(other)
    expect(code_of(ada.page)).to_contain_text("last = 'three'")

    ada.go(f"/w/{slug}")
    code = ada.page.locator(".code-file").first
    expect(code).to_contain_text("first = 'one'")
    expect(code).to_contain_text("last = 'three'")


def test_x_30_saving_at_once_keeps_the_draft_of_a_tab_that_is_gone(ada: Person) -> None:
    slug, other = two_tabs(ada)
    ada.page.goto(f"{ada.origin}/w/{slug}")
    # As a phone leaves it that had no time to make a revision.
    draft = {"files": {"main.py": LINES.replace("first = 1", "first = 'one'")}, "base_revision": 2}
    send_as_a_program(ada.page, f"/widgets/{slug}/draft", draft)

    ada.write(LINES.replace("last = 3", "last = 'three'"), other)
    ada.save(other)

    ada.go(f"/w/{slug}")
    code = ada.page.locator(".code-file").first
    expect(code).to_contain_text("first = 'one'")
    expect(code).to_contain_text("last = 'three'")


def test_x_30_a_choice_is_made_for_each_file(ada: Person) -> None:
    slug, other = two_tabs(ada)
    ada.page.goto(f"{ada.origin}/w/{slug}")
    other.get_by_role("button", name="README.md").first.click()
    ada.write("theirs readme\n", other)
    other.get_by_role("button", name="main.py").first.click()
    ada.write(LINES.replace("2", "'theirs'"), other)
    expect(state_of(other)).to_have_attribute("data-state", "draft")
    files = {"main.py": LINES.replace("2", "'mine'"), "README.md": "mine readme\n"}
    send_as_a_program(ada.page, f"/widgets/{slug}/files", {"files": files})

    notice = other.get_by_role("region", name="Changed in two places")
    expect(notice.get_by_role("button", name="Save this choice")).to_be_disabled()
    if folder := os.environ.get("WIDGETRY_TEST_PICTURES"):
        other.screenshot(path=f"{folder}/conflict.png")
    notice.get_by_role("group", name="main.py", exact=True).get_by_label("Keep mine").check()
    notice.get_by_role("group", name="README.md", exact=True).get_by_label("Take revision").check()
    notice.get_by_role("button", name="Save this choice").click()
    expect(state_of(other)).to_have_attribute("data-state", "saved")

    ada.go(f"/w/{slug}")
    expect(ada.page.get_by_text("'theirs'").first).to_be_visible()
    expect(ada.page.get_by_role("region", name="README")).to_contain_text("mine readme")


def test_x_30_a_draft_that_began_before_a_newer_revision_undoes_nothing_of_it(ada: Person) -> None:
    slug = ada.make("script", LINES)
    ada.save()
    ada.go(f"/w/{slug}")
    draft = {"files": {"main.py": LINES.replace("first = 1", "first = 'draft'")}, "base_revision": 2}
    send_as_a_program(ada.page, f"/widgets/{slug}/draft", draft)
    files = {"main.py": LINES.replace("last = 3", "last = 'program'")}
    send_as_a_program(ada.page, f"/widgets/{slug}/files", {"files": files})

    ada.go(f"/w/{slug}/edit")

    expect(code_of(ada.page)).to_contain_text("first = 'draft'")
    expect(code_of(ada.page)).to_contain_text("last = 'program'")


def test_x_30_a_message_is_saved_with_the_revision(ada: Person) -> None:
    slug = ada.make("script", "print('hello')\n")
    ada.page.get_by_role("button", name="Save with a message").click()
    expect(ada.page.get_by_role("dialog")).to_be_visible()
    assert ada.axe() == []
    ada.page.get_by_label("What changed?").fill("Says hello")
    ada.page.keyboard.press("Enter")
    expect(state_of(ada.page)).to_have_attribute("data-state", "saved")

    ada.go(f"/w/{slug}/revisions")
    expect(ada.page.locator(".revision").first).to_contain_text("Says hello")


def test_a_tab_without_changes_follows_the_other_one(ada: Person) -> None:
    ada.make("script")
    other = ada.new_tab()
    other.goto(ada.page.url)
    expect(code_of(other)).to_be_visible()

    ada.write("print('from the first tab')\n")
    ada.save()

    expect(code_of(other)).to_contain_text("print('from the first tab')", timeout=10_000)
    expect(state_of(other)).to_contain_text("rev 2")
