"""What is typed is never lost: drafts, conflicts of two tabs, leaving, a site that is away."""

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


def test_a_draft_is_there_after_a_reload(ada: Person) -> None:
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


def test_two_tabs_that_differ_show_both_sides_and_lose_neither(ada: Person) -> None:
    ada.expected.append("409")
    slug = ada.make("script")
    other = ada.new_tab()
    other.goto(ada.page.url)
    expect(code_of(other)).to_be_visible()
    ada.write("print('mine')\n")
    expect(state_of(ada.page)).to_have_attribute("data-state", "draft")

    ada.write("print('theirs')\n", other)
    notice = other.get_by_role("region", name="Changed in two places")
    expect(notice).to_be_visible()
    expect(notice.locator("pre .diff-mine")).to_contain_text("theirs")
    expect(notice.locator("pre .diff-theirs")).to_contain_text("mine")
    notice.get_by_role("button", name="Keep my text").click()
    expect(state_of(other)).to_contain_text("rev 3")

    ada.go(f"/w/{slug}/revisions/2")
    expect(ada.page.locator(".code-file").first).to_contain_text("print('mine')")
    ada.go(f"/w/{slug}/revisions/3")
    expect(ada.page.locator(".code-file").first).to_contain_text("print('theirs')")


def test_a_tab_without_changes_follows_the_other_one(ada: Person) -> None:
    ada.make("script")
    other = ada.new_tab()
    other.goto(ada.page.url)
    expect(code_of(other)).to_be_visible()

    ada.write("print('from the first tab')\n")
    ada.save()

    expect(code_of(other)).to_contain_text("print('from the first tab')", timeout=10_000)
    expect(state_of(other)).to_contain_text("rev 2")
