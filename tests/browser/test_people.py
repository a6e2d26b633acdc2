"""Accounts, messages and administration, as people meet them."""

import re
import zipfile
from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.person import PASSWORD, Person

NEW = "another correct horse"


def test_6_4_1_a_forgotten_password_is_set_by_the_link_that_an_administrator_passes_on(
    person: Callable[..., Person], boss: Person
) -> None:
    ada, forgetful = person("ada").sign_up(), person("ada")
    ada.expected.append("401")
    forgetful.go("/sign-in")
    forgetful.page.get_by_role("link", name="Forgot your password?").click()
    assert forgetful.axe() == []
    forgetful.page.get_by_label("User name or e-mail").fill(ada.name)
    forgetful.page.get_by_role("button", name="Make a link").click()
    expect(forgetful.page.get_by_role("heading", name="Ask whoever runs this site")).to_be_visible()
    assert forgetful.axe() == []

    boss.go("/admin/messages")
    boss.page.locator("summary", has_text="Set a new password").first.click()
    link = boss.page.locator(".message-text a").first.get_attribute("href")
    assert boss.axe() == []

    forgetful.page.goto(str(link))
    assert forgetful.axe() == []
    forgetful.page.get_by_label("New password").fill(NEW)
    forgetful.page.get_by_role("button", name="Set the password").click()
    expect(forgetful.page.get_by_text("The password is set. Sign in with it.")).to_be_visible()
    forgetful.name = ada.name
    forgetful.sign_in(NEW)

    ada.go("/account")
    expect(ada.page.get_by_role("heading", name="Sign in first")).to_be_visible()
    forgetful.page.get_by_label(re.compile(f"Your account, {ada.name}, 1 unread")).click()
    forgetful.page.get_by_role("link", name="Messages").click()
    expect(forgetful.page.get_by_text("Your password is changed")).to_be_visible()
    assert forgetful.axe() == []
    forgetful.page.get_by_role("button", name="Mark all as read").click()
    expect(forgetful.page.get_by_label(f"Your account, {ada.name}", exact=True)).to_be_visible()


def test_a_sign_in_elsewhere_is_recognised_and_ended(person: Callable[..., Person]) -> None:
    ada, phone = person("ada").sign_up(), person("phone", viewport={"width": 390, "height": 844})
    phone.expected.append("401")
    phone.name = ada.name
    phone.sign_in(PASSWORD)
    phone.go("/account")
    assert phone.axe() == []

    ada.go("/account")
    expect(ada.page.get_by_text("This browser")).to_be_visible()
    assert ada.axe() == []
    ada.page.get_by_role("button", name=re.compile("^End the sign-in")).click()

    expect(ada.page.get_by_text("That sign-in is ended.")).to_be_visible()
    phone.go("/account")
    expect(phone.page.get_by_role("heading", name="Sign in first")).to_be_visible()


def test_everything_is_downloaded_and_the_account_deleted(ada: Person) -> None:
    ada.expected.append("404")
    slug = ada.make("script", "print('mine')\n", title="Mine")
    ada.save()
    ada.go("/account")
    with ada.page.expect_download() as downloading:
        ada.page.get_by_role("button", name="Download everything").click()
    with zipfile.ZipFile(downloading.value.path()) as archive:
        assert archive.read(f"widgets/{slug}/files/main.py") == b"print('mine')\n"

    ada.page.get_by_role("link", name="Delete the account").click()
    expect(ada.page.get_by_text("Your one widget goes with it")).to_be_visible()
    assert ada.axe() == []
    ada.page.get_by_label("Your password").fill(PASSWORD)
    ada.page.get_by_role("button", name=f"Delete @{ada.name}").click()

    expect(ada.page.get_by_text("Your account and your widgets are deleted.")).to_be_visible()
    ada.go(f"/w/{slug}")
    expect(ada.page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_an_administrator_takes_a_widget_down_and_its_owner_reads_why(boss: Person, ada: Person) -> None:
    slug = ada.make("api", title="Spam as a service")
    boss.go(f"/admin/widgets?q={slug}")
    boss.page.locator("summary", has_text="Take down").click()
    boss.page.get_by_label("Reason, which its owner reads").fill("It sends spam.")
    assert boss.axe() == []
    boss.page.get_by_role("button", name=f"Take {slug} down").click()
    expect(boss.page.get_by_text("The widget is taken down")).to_be_visible()

    ada.go(f"/w/{slug}")
    ada.page.get_by_role("main").get_by_role("link", name="Messages").click()
    expect(ada.page.get_by_text("It sends spam.")).to_be_visible()
    boss.page.get_by_role("button", name="Put back").click()
    expect(boss.page.get_by_text("The widget is in use again")).to_be_visible()


def test_the_pages_of_administrators_are_whole_wide_and_narrow(boss: Person, ada: Person) -> None:
    for width in (1280, 390):
        boss.page.set_viewport_size({"width": width, "height": 844})
        for path in ("", "/accounts", f"/accounts/{ada.name}", "/widgets", "/environments", "/messages"):
            boss.go(f"/admin{path}")
            assert boss.axe() == [], path
            wide = boss.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide == 0, (path, width)
