"""Zip files, webhooks and tokens in the browser: what a person does with them, and that everybody can."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.person import Person, axe_in_light_and_dark, code_of

SIZES = {"wide": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


def test_d_33_a_widget_is_exported_and_imported_as_a_new_one_and_into_the_editor(ada: Person, tmp_path: Path) -> None:
    slug = ada.make("script", "print('take me along')\n", title="To go")
    ada.save()
    page = ada.page
    ada.go(f"/w/{slug}/settings")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as zip").click()
    file = tmp_path / "to-go.zip"
    download.value.save_as(file)
    assert download.value.suggested_filename == f"{slug}.zip"

    ada.go("/new")
    page.get_by_label("Zip file").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/edit")
    assert slug not in page.url
    expect(code_of(page)).to_contain_text("take me along")

    ada.go(f"/w/{slug}/edit")
    ada.write("print('changed')\n")
    ada.save()
    ada.go(f"/w/{slug}/settings")
    page.get_by_label("Zip file").set_input_files(file)
    page.get_by_role("button", name="Import into the editor").click()
    page.wait_for_url("**/edit")
    expect(code_of(page)).to_contain_text("take me along")


@pytest.mark.parametrize("size", SIZES)
def test_webhooks_and_tokens_are_for_everybody(person: Callable[..., Person], size: str) -> None:
    ada = person("ada", viewport=SIZES[size]).sign_up()
    slug, page = ada.make("scheduled"), ada.page
    ada.expected.append("400")

    ada.go(f"/w/{slug}/settings")
    page.get_by_role("link", name="Webhooks", exact=True).click()
    page.get_by_label("Address").fill("http://10.0.0.1/hook")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#url-help")).to_contain_text("Nothing is sent to 10.0.0.1")
    page.get_by_label("Address").fill("https://hooks.invalid/" + "a-long-path/" * 12)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    problems = axe_in_light_and_dark(page)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("It is on its way")).to_be_visible()
    # The name leads nowhere: the worker has tried, and tells.
    for _ in range(30):
        if "not known" in page.locator("article").inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.locator("article details summary").first.click()
    expect(page.get_by_role("button", name="Send it again")).to_be_visible()
    problems += axe_in_light_and_dark(page)
    wider = [page.evaluate("document.documentElement.scrollWidth - innerWidth")]

    ada.go("/account?token_name=widgetry+on+laptop")
    page.get_by_label("What it may do").select_option("read")
    page.get_by_label("It expires").select_option("30")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_text("Copy it now")).to_be_visible()
    expect(page.get_by_text("reads", exact=True)).to_be_visible()
    problems += axe_in_light_and_dark(page)
    wider.append(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
    ada.go(f"/w/{slug}/schedule")
    page.get_by_label("Send me a message").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label("Send me a message")).to_be_checked()
    problems += axe_in_light_and_dark(page)

    assert problems == []
    assert max(wider) <= 0
