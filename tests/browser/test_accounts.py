"""People: signing up and in, what is kept on the way, forks between accounts, who may see what."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.browser.person import PASSWORD, Person, output_of


def test_new_widget_leads_through_sign_up_and_keeps_what_was_typed(person: Callable[..., Person]) -> None:
    eve = person("eve")
    eve.go("/")
    eve.page.get_by_role("main").get_by_role("link", name="New widget").first.click()
    eve.page.get_by_label("HTTP API").check()
    eve.page.get_by_label("Title").fill("Café & <friends>")

    eve.page.get_by_role("button", name="Sign up and make the widget").click()
    eve.fill_sign_up()

    expect(eve.page.get_by_label("Title")).to_have_value("Café & <friends>")
    expect(eve.page.get_by_label("HTTP API")).to_be_checked()
    eve.page.get_by_role("button", name="Make the widget").click()
    expect(eve.page.get_by_role("heading", name="Café & <friends>")).to_be_visible()


def test_a_form_that_is_refused_keeps_what_was_typed_but_the_password(person: Callable[..., Person]) -> None:
    eve = person("eve")
    eve.expected.append("400")
    eve.go("/sign-up")
    eve.page.get_by_label("User name").fill(eve.name)
    eve.page.get_by_label("E-mail").fill("not an address")
    eve.page.get_by_label("Password").fill(PASSWORD)

    eve.page.get_by_role("button", name="Sign up").click()

    expect(eve.page.get_by_text("That is not an e-mail address")).to_be_visible()
    expect(eve.page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    expect(eve.page.get_by_label("User name")).to_have_value(eve.name)
    expect(eve.page.get_by_label("Password")).to_have_value("")


def test_signing_out_and_in_again(ada: Person) -> None:
    ada.expected.append("401")
    ada.go("/")
    ada.page.get_by_label(f"Your account, {ada.name}").click()
    ada.page.get_by_role("button", name="Sign out").click()
    ada.page.get_by_role("link", name="Sign in").click()
    ada.page.get_by_label("User name or e-mail").fill(ada.name)
    ada.page.get_by_label("Password").fill("something else")
    ada.page.get_by_role("button", name="Sign in").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("don't match")

    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Sign in").click()

    expect(ada.page.get_by_role("heading", name="Your widgets")).to_be_visible()


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example/", "/%09/evil.example"])
def test_signing_in_leads_to_this_site_only(ada: Person, target: str) -> None:
    ada.go(f"/sign-in?next={target}")

    assert ada.page.url.startswith(ada.origin + "/")
    ada.expected.append("404")


def test_w_07_d_23_a_second_account_forks_runs_its_copy_and_leaves_the_original_alone(
    person: Callable[..., Person],
) -> None:
    ada, bob = person("ada").sign_up(), person("bob").sign_up()
    slug = ada.make("script", "print('from ada')\n", title="To be forked")
    ada.save()

    bob.go(f"/w/{slug}")
    expect(bob.page.get_by_text("Only its owner runs a script")).to_be_visible()
    expect(bob.page.get_by_role("link", name="Edit")).to_have_count(0)
    bob.page.get_by_role("button", name="Fork").click()
    bob.page.wait_for_url("**/edit")
    copy = bob.page.url.split("/")[-2]
    bob.page.get_by_role("button", name="Run").click()
    expect(output_of(bob.page)).to_have_text("from ada\n", timeout=10_000)

    bob.go(f"/w/{copy}")
    expect(bob.page.get_by_role("link", name=slug).first).to_be_visible()
    ada.go(f"/w/{slug}")
    expect(ada.page.get_by_role("button", name="Fork")).to_contain_text("1")


def test_a_private_widget_and_the_pages_of_its_owner_do_not_exist_for_others(person: Callable[..., Person]) -> None:
    ada, bob = person("ada").sign_up(), person("bob").sign_up()
    bob.expected.append("40[34]")
    slug = ada.make("script", title="Hidden")
    ada.go(f"/w/{slug}/settings")
    ada.page.get_by_label("Who sees it").select_option("private")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_text("Saved.")).to_be_visible()

    for path in ("", "/edit", "/runs", "/revisions", "/revisions/1", "/settings"):
        bob.go(f"/w/{slug}{path}")
        expect(bob.page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    bob.go(f"/@{ada.name}")
    expect(bob.page.get_by_text("Hidden")).to_have_count(0)


def test_a_page_that_is_refused_knows_who_asks_and_leads_on(person: Callable[..., Person]) -> None:
    ada, bob = person("ada").sign_up(), person("bob").sign_up()
    bob.expected.append("40[34]")
    slug = ada.make("script")

    bob.go(f"/w/{slug}/edit")
    expect(bob.page.get_by_label(f"Your account, {bob.name}")).to_be_visible()
    assert bob.axe() == []
    bob.page.get_by_role("link", name="See the widget").click()
    expect(bob.page.get_by_role("button", name="Fork")).to_be_visible()

    bob.go("/nowhere")
    expect(bob.page.get_by_label(f"Your account, {bob.name}")).to_be_visible()
    expect(bob.page.get_by_text("The address may be mistyped")).to_be_visible()


def test_a_token_is_shown_once_and_revoked(ada: Person) -> None:
    ada.go("/account")
    ada.page.get_by_label("Name of a new token").fill("laptop")
    ada.page.get_by_role("button", name="Make a token").click()
    expect(ada.page.get_by_text("Copy it now")).to_be_visible()

    ada.go("/account")
    expect(ada.page.get_by_text("Copy it now")).to_have_count(0)
    ada.page.on("dialog", lambda dialog: dialog.accept())
    ada.page.get_by_role("button", name="Revoke laptop").click()

    expect(ada.page.get_by_text("The token is revoked.")).to_be_visible()


def test_a_widget_is_deleted_by_typing_its_address(ada: Person) -> None:
    ada.expected.append("40[04]")
    slug = ada.make("script")
    ada.go(f"/w/{slug}/settings")
    ada.page.get_by_role("button", name=f"Delete {slug}").click()
    expect(ada.page.get_by_text(f"Type {slug} to delete it.")).to_be_visible()

    ada.page.get_by_label(f"Address: {slug}").fill(slug)
    ada.page.get_by_role("button", name=f"Delete {slug}").click()

    expect(ada.page.get_by_text("The widget is deleted.")).to_be_visible()
    ada.go(f"/w/{slug}")
    expect(ada.page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_d_26_search_finds_while_typing(ada: Person) -> None:
    title = f"Needle {ada.name}"
    ada.make("api", title=title)

    ada.go("/explore")
    ada.page.get_by_label("Search titles, descriptions, addresses and tags").press_sequentially(title)

    expect(ada.page.locator("#results .widget-card")).to_have_count(1)
    expect(ada.page.locator("#results")).to_contain_text(title)
