"""input() in the browser: the run asks below its output, and what is typed goes to the script."""

from playwright.sync_api import Locator, Page, expect
from tests.browser.person import Person, code_of, output_of, run_of

GREET = "name = input('Your name? ')\nyears = int(input('Your age? '))\nprint(f'{name} is {years + 1} next year')\n"


def field_of(page: Page) -> Locator:
    """Return the line that the newest run waits for."""
    return run_of(page).locator(".ask-line input")


def test_the_console_asks_and_the_keyboard_answers(ada: Person) -> None:
    ada.make("script", GREET)
    ada.page.keyboard.press("Control+Enter")

    expect(ada.page.get_by_role("textbox", name="Your name?")).to_be_focused(timeout=10_000)
    expect(run_of(ada.page)).to_contain_text("waits for input")
    ada.page.keyboard.type("Ada")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("textbox", name="Your age?")).to_be_focused(timeout=10_000)
    ada.page.keyboard.type("36")
    ada.page.keyboard.press("Enter")

    expect(output_of(ada.page)).to_have_text("Your name? Ada\nYour age? 36\nAda is 37 next year\n", timeout=10_000)
    expect(run_of(ada.page)).to_contain_text("finished in")
    expect(field_of(ada.page)).to_have_count(0)


def test_what_was_typed_is_seen_in_the_stored_run(ada: Person) -> None:
    slug = ada.make("script", GREET)
    ada.page.get_by_role("button", name="Run").click()
    for text in ("Ada", "36"):
        expect(field_of(ada.page)).to_be_visible(timeout=10_000)
        field_of(ada.page).fill(text)
        before = field_of(ada.page).get_attribute("aria-label")
        ada.page.get_by_role("button", name="Send").click()
        expect(ada.page.get_by_role("textbox", name=str(before))).to_have_count(0)
    expect(run_of(ada.page)).to_have_attribute("data-phase", "finished", timeout=10_000)

    ada.page.reload()
    run_of(ada.page).locator("summary").click()
    expect(output_of(ada.page)).to_contain_text("Your name? Ada\nYour age? 36\n", timeout=10_000)
    ada.go(f"/w/{slug}/runs")
    ada.page.locator("details.run summary").first.click()
    expect(ada.page.locator(".output").first).to_contain_text("Your name? Ada")


def test_a_reload_and_another_tab_see_the_same_question_and_the_first_answer_wins(ada: Person) -> None:
    ada.expected.append("409")
    ada.make("script", "print('got', input('Word? '))\nprint(input('More? '))\n")
    ada.page.get_by_role("button", name="Run").click()
    expect(field_of(ada.page)).to_be_visible(timeout=10_000)
    ada.page.reload()
    expect(field_of(ada.page)).to_be_visible(timeout=10_000)
    other = ada.new_tab()
    other.goto(ada.page.url)
    expect(other.get_by_role("textbox", name="Word?")).to_be_visible(timeout=10_000)

    field_of(ada.page).fill("mine")
    field_of(ada.page).press("Enter")

    for page in (ada.page, other):
        expect(output_of(page)).to_contain_text("Word? mine\ngot mine\nMore? ", timeout=10_000)
        expect(page.get_by_role("textbox", name="More?")).to_be_visible()
    other.get_by_role("textbox", name="More?").fill("theirs")
    other.keyboard.press("Enter")
    expect(output_of(ada.page)).to_contain_text("More? theirs\ntheirs\n", timeout=10_000)


def test_the_end_of_input_by_button_and_by_key(ada: Person) -> None:
    ada.make("script", "import sys\nfor part in (1, 2):\n    print(part, [line.strip() for line in sys.stdin])\n")
    ada.page.keyboard.press("Control+Enter")
    expect(field_of(ada.page)).to_be_focused(timeout=10_000)
    ada.page.keyboard.type("a")
    ada.page.keyboard.press("Enter")
    expect(output_of(ada.page)).to_have_text("a\n", timeout=10_000)
    expect(field_of(ada.page)).to_have_value("")

    ada.page.get_by_role("button", name="End of input").click()
    expect(output_of(ada.page)).to_contain_text("1 ['a']", timeout=10_000)
    expect(field_of(ada.page)).to_be_visible()
    field_of(ada.page).press("Control+d")

    expect(output_of(ada.page)).to_contain_text("2 []", timeout=10_000)
    expect(run_of(ada.page)).to_contain_text("finished in")


def test_lines_that_are_pasted_answer_one_after_the_other(ada: Person) -> None:
    ada.make("script", "print([input() for _ in range(3)])\n")
    ada.page.keyboard.press("Control+Enter")
    expect(field_of(ada.page)).to_be_focused(timeout=10_000)

    ada.page.evaluate("navigator.clipboard.writeText('one\\ntwo\\nthree\\n')")
    ada.page.keyboard.press("Control+v")

    expect(output_of(ada.page)).to_have_text("one\ntwo\nthree\n['one', 'two', 'three']\n", timeout=10_000)


def test_a_password_is_hidden_while_it_is_typed_and_afterwards(ada: Person) -> None:
    ada.make("script", "import getpass\nprint(len(getpass.getpass('Key: ')))\n")
    ada.page.keyboard.press("Control+Enter")

    expect(field_of(ada.page)).to_be_focused(timeout=10_000)
    expect(field_of(ada.page)).to_have_attribute("type", "password")
    ada.page.keyboard.type("hunter2")
    ada.page.keyboard.press("Enter")

    expect(output_of(ada.page)).to_have_text("Key: \n7\n", timeout=10_000)


def test_who_types_code_keeps_the_focus_and_a_run_that_asks_can_be_stopped(ada: Person) -> None:
    ada.make("script", "import time\ntime.sleep(1.5)\ninput('Late? ')\n")
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_have_attribute("data-phase", "running", timeout=10_000)
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.type("# typing on")

    expect(field_of(ada.page)).to_be_visible(timeout=10_000)
    expect(code_of(ada.page)).to_be_focused()
    ada.page.get_by_role("button", name="Stop").click()

    expect(run_of(ada.page)).to_contain_text("stopped by you", timeout=10_000)
    expect(field_of(ada.page)).to_have_count(0)


def test_the_line_is_accessible_on_a_phone_in_the_dark(ada: Person) -> None:
    ada.make("script", "input('A rather long question that does not fit into one line of a phone, does it? ')\n")
    ada.page.get_by_role("button", name="Run").click()
    expect(field_of(ada.page)).to_be_visible(timeout=10_000)
    assert ada.axe() == []

    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.page.emulate_media(color_scheme="dark")

    expect(field_of(ada.page)).to_be_in_viewport()
    expect(ada.page.get_by_role("button", name="End of input")).to_be_in_viewport(ratio=1)
    assert ada.page.evaluate("document.documentElement.scrollWidth") == 390
    assert ada.axe() == []
