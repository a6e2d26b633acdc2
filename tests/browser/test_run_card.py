"""A script run from its own page, by its owner: form, output, input() (X-23)."""

from collections.abc import Callable

from playwright.sync_api import expect
from tests.browser.person import Person

ASKING = (
    "def main(name: str, times: int = 2):\n"
    "    '''Greet somebody.'''\n"
    "    print(f'Hello {name}! ' * times)\n"
    "    print('Bye', input('Who are you? '))\n"
)


def test_x_23_its_owner_runs_a_script_from_its_page(ada: Person) -> None:
    slug = ada.make("script", ASKING)
    ada.save()
    ada.go(f"/w/{slug}")
    card = ada.page.get_by_role("region", name="Run it")
    expect(card.get_by_label("name")).to_be_visible(timeout=10_000)
    expect(card).to_contain_text("Greet somebody.")

    card.get_by_role("button", name="Run", exact=True).click()
    expect(card.get_by_text("This is needed.")).to_be_visible()
    card.get_by_label("name").fill("Ada")
    card.get_by_label("times").fill("1")
    card.get_by_role("button", name="Run", exact=True).click()

    question = card.get_by_role("textbox", name="Who are you?")
    expect(question).to_be_focused(timeout=10_000)
    expect(card).to_contain_text("waits for input")
    ada.page.keyboard.type("Grace")
    ada.page.keyboard.press("Enter")
    expect(card.get_by_role("log")).to_have_text("Hello Ada! \nWho are you? Grace\nBye Grace\n", timeout=10_000)
    expect(card).to_contain_text("finished in")
    expect(card.get_by_role("button", name="Run", exact=True)).to_be_visible()


def test_the_page_of_a_run_that_waits_asks_too(ada: Person) -> None:
    slug = ada.make("script", "print('got', input('Word? '))\n")
    ada.page.keyboard.press("Control+Enter")
    expect(ada.page.get_by_role("textbox", name="Word?")).to_be_visible(timeout=10_000)
    page = ada.new_tab()
    page.goto(f"{ada.origin}/w/{slug}")

    page.get_by_role("textbox", name="Word?").fill("here")
    page.keyboard.press("Enter")

    expect(page.get_by_role("log")).to_have_text("Word? here\ngot here\n", timeout=10_000)
    expect(ada.page.get_by_role("log").first).to_have_text("Word? here\ngot here\n", timeout=10_000)


def test_the_page_of_one_run_asks_and_tells_what_it_was_given(ada: Person) -> None:
    slug = ada.make("script", ASKING)
    ada.save()
    ada.go(f"/w/{slug}")
    ada.page.get_by_label("name").fill("Ada")
    ada.page.get_by_role("button", name="Run", exact=True).click()
    expect(ada.page.get_by_role("textbox", name="Who are you?")).to_be_visible(timeout=10_000)
    page = ada.new_tab()
    page.goto(f"{ada.origin}/w/{slug}/runs")
    expect(page.locator(".run-given").first).to_have_text("main(name='Ada')")
    page.locator("details.run summary").first.click()
    page.locator("details.run[open] a[href^='/runs/']").first.click()
    expect(page.get_by_role("complementary")).to_contain_text("main(name='Ada')")

    expect(page.get_by_role("textbox", name="Who are you?")).to_be_visible(timeout=10_000)
    assert ada.axe(page) == []
    page.get_by_role("textbox", name="Who are you?").fill("Grace")
    page.keyboard.press("Enter")

    expect(page.locator("#run-output")).to_contain_text("Who are you? Grace", timeout=10_000)
    expect(page.locator("#run-output")).to_contain_text("Bye Grace", timeout=10_000)
    expect(page.get_by_role("textbox", name="Who are you?")).to_have_count(0)


def test_w_10_what_a_script_returns_is_shown_with_its_run(ada: Person) -> None:
    ada.make("script", "import anvil.script\nanvil.script.return_value = {'n': 42}\n")
    ada.page.keyboard.press("Control+Enter")

    expect(ada.page.locator(".run-returned")).to_have_text('Returned {"n":42}', timeout=10_000)


def test_a_run_is_stopped_from_the_page_and_a_refusal_is_said(ada: Person) -> None:
    slug = ada.make("script", "print('going')\nwhile True: pass\n")
    ada.save()
    ada.go(f"/w/{slug}")
    card = ada.page.get_by_role("region", name="Run it")
    card.get_by_role("button", name="Run", exact=True).click()
    expect(card.get_by_role("log")).to_have_text("going\n", timeout=10_000)

    card.get_by_role("button", name="Stop").click()

    expect(card).to_contain_text("stopped by you", timeout=10_000)


def test_only_its_owner_has_the_card_and_it_fits_a_phone(ada: Person, person: Callable[..., Person]) -> None:
    slug = ada.make("script", ASKING)
    ada.save()
    bob = person("bob").sign_up()
    bob.go(f"/w/{slug}")
    expect(bob.page.get_by_text("Only its owner runs a script")).to_be_visible()
    expect(bob.page.locator("#run-card")).to_have_count(0)

    ada.go(f"/w/{slug}")
    expect(ada.page.get_by_label("name")).to_be_visible(timeout=10_000)
    assert ada.axe() == []
    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.page.emulate_media(color_scheme="dark")
    ada.page.get_by_label("name").fill("Ada")
    ada.page.get_by_role("button", name="Run", exact=True).click()
    expect(ada.page.get_by_role("textbox", name="Who are you?")).to_be_in_viewport(timeout=10_000)
    assert ada.page.evaluate("document.documentElement.scrollWidth") == 390
    assert ada.axe() == []
