"""Arguments in the browser: a form made from argparse or a main function (X-23), or a plain command line (W-09)."""

import re

from playwright.sync_api import Locator, Page, expect
from tests.browser.person import Person, copied, output_of, run_of

PARSER = (
    "import argparse\n"
    "parser = argparse.ArgumentParser(description='Greets people.')\n"
    "parser.add_argument('name', help='who is greeted')\n"
    "parser.add_argument('--times', type=int, default=1, help='how often')\n"
    "parser.add_argument('--colour', choices=['red', 'green'], required=True)\n"
    "parser.add_argument('--tags', nargs='*', default=[])\n"
    "parser.add_argument('--loud', action='store_true')\n"
    "print(sorted(vars(parser.parse_args()).items()))\n"
)
SIGNATURE = (
    "from datetime import date\nfrom enum import Enum\n"
    "class Size(Enum):\n    SMALL = 1\n    BIG = 2\n"
    "def main(name: str, day: date, times: int = 2, size: Size = Size.BIG, loud: bool = True):\n"
    "    '''Greet somebody.\n\n    Args:\n        name: who is greeted\n    '''\n"
    "    print(repr((name, day, times, size, loud)))\n    return times * 2\n"
)


def form_of(page: Page) -> Locator:
    """Return the form above the runs."""
    return page.get_by_role("form", name="Arguments")


def command_of(page: Page) -> Locator:
    """Return what the form stands for."""
    return page.locator(".run-form summary code")


def test_x_23_a_form_made_from_argparse_runs_the_script(ada: Person) -> None:
    ada.make("script", PARSER)
    ada.save()
    form = form_of(ada.page)
    expect(form).to_contain_text("Greets people.", timeout=10_000)
    expect(form).to_contain_text("who is greeted")

    ada.page.keyboard.press("Control+Enter")
    expect(form.get_by_label("name")).to_be_focused(timeout=10_000)
    expect(form.get_by_text("This is needed.")).to_have_count(2)
    expect(ada.page.locator(".console-runs .run")).to_have_count(0)

    ada.page.keyboard.type("Ada L")
    form.get_by_label("--times").fill("x")
    expect(form.get_by_text("Type a whole number.")).to_be_visible()
    form.get_by_label("--times").fill("3")
    form.get_by_label("--colour").select_option("green")
    form.get_by_label("--tags").fill("a\nb c")
    form.get_by_label("--loud").check()
    command = "python main.py --times 3 --colour green --tags a 'b c' --loud -- 'Ada L'"
    expect(command_of(ada.page)).to_have_text(command)
    form.get_by_label("name").press("Enter")

    expect(output_of(ada.page)).to_have_text(
        "[('colour', 'green'), ('loud', True), ('name', 'Ada L'), ('tags', ['a', 'b c']), ('times', 3)]\n",
        timeout=10_000,
    )
    expect(run_of(ada.page).locator(".run-given")).to_have_text(command)


def test_x_23_what_was_typed_is_remembered_and_the_command_is_copied(ada: Person) -> None:
    ada.make("script", PARSER)
    ada.save()
    form_of(ada.page).get_by_label("name").fill("Ada")
    form_of(ada.page).get_by_label("--colour").select_option("red")

    ada.page.reload()

    expect(form_of(ada.page).get_by_label("name")).to_have_value("Ada", timeout=10_000)
    expect(form_of(ada.page).get_by_label("--colour")).to_have_value("red")
    assert copied(ada.page, "Copy the command") == "python main.py --colour red Ada"
    ada.page.get_by_role("button", name="Clear", exact=True).click()
    expect(form_of(ada.page).get_by_label("name")).to_have_value("")
    expect(command_of(ada.page)).to_have_text("python main.py")


def test_x_23_a_form_made_from_a_function_calls_it_with_typed_values(ada: Person) -> None:
    ada.make("script", SIGNATURE)
    ada.save()
    form = form_of(ada.page)
    expect(form.get_by_label("loud")).to_be_checked(timeout=10_000)
    expect(form).to_contain_text("Greet somebody.")
    form.get_by_label("name").fill("O'Neil")
    form.get_by_label("day").fill("2026-11-21")
    form.get_by_label("size").select_option("SMALL")
    form.get_by_label("loud").uncheck()
    call = "main(name='O\\'Neil', day='2026-11-21', size='SMALL', loud=False)"
    expect(command_of(ada.page)).to_have_text(call)

    ada.page.get_by_role("button", name="Run with these").click()

    expect(output_of(ada.page)).to_contain_text(
        '("O\'Neil", datetime.date(2026, 11, 21), 2, <Size.SMALL: 1>, False)', timeout=10_000
    )
    expect(output_of(ada.page)).to_have_text(re.compile(r"4\s*$"))
    expect(run_of(ada.page)).to_contain_text("main(name='O\\'Neil', day='2026-11-21'")


def test_x_23_the_form_follows_the_code(ada: Person) -> None:
    ada.make("script", "def main(first: str): print(first)\n")
    ada.save()
    expect(form_of(ada.page).get_by_label("first")).to_be_visible(timeout=10_000)
    form_of(ada.page).get_by_label("first").fill("x")

    ada.write("def main(second: int): print(second + 1)\n")
    ada.page.keyboard.press("Control+Enter")

    expect(form_of(ada.page).get_by_label("second")).to_be_focused(timeout=10_000)
    expect(form_of(ada.page).get_by_label("first")).to_have_count(0)
    ada.page.keyboard.type("41")
    ada.page.keyboard.press("Enter")
    expect(output_of(ada.page)).to_have_text("42\n", timeout=10_000)


def test_w_09_any_script_takes_a_command_line(ada: Person) -> None:
    ada.make("script", "import sys\nprint(sys.argv[1:])\n")
    ada.page.locator(".run-form summary").click()
    ada.page.get_by_label("Arguments", exact=True).last.fill("a 'b c")
    ada.page.keyboard.press("Enter")
    expect(form_of(ada.page).get_by_text("A quote is not closed.")).to_be_visible(timeout=10_000)

    ada.page.keyboard.type("' 3")
    ada.page.keyboard.press("Enter")

    expect(output_of(ada.page)).to_have_text("['a', 'b c', '3']\n", timeout=10_000)
    expect(run_of(ada.page).locator(".run-given")).to_have_text("python main.py a 'b c' 3")


def test_the_form_is_accessible_and_fits_a_phone(ada: Person) -> None:
    ada.make("script", PARSER)
    ada.save()
    expect(form_of(ada.page)).to_be_visible(timeout=10_000)
    ada.page.keyboard.press("Control+Enter")
    expect(form_of(ada.page).get_by_text("This is needed.").first).to_be_visible(timeout=10_000)
    assert ada.axe() == []

    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.page.emulate_media(color_scheme="dark")
    expect(form_of(ada.page).get_by_label("name")).to_be_in_viewport()
    assert ada.page.evaluate("document.documentElement.scrollWidth") == 390
    assert ada.axe() == []
