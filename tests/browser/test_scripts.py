"""A script in the browser: written, saved, run with live output, stopped, mended."""

import re

from playwright.sync_api import Route, expect
from tests.browser.person import Person, code_of, output_of, run_of


def test_a_new_script_runs_and_its_output_shows_as_it_comes(ada: Person) -> None:
    ada.make("script", "import time\nprint('first', flush=True)\ntime.sleep(3)\nprint('last')\n")

    ada.page.get_by_role("button", name="Run").click()

    expect(output_of(ada.page)).to_have_text("first\n", timeout=10_000)
    expect(run_of(ada.page)).to_have_attribute("data-phase", "running")
    expect(output_of(ada.page)).to_have_text("first\nlast\n", timeout=10_000)
    expect(run_of(ada.page)).to_contain_text("finished in 3.")


def test_stop_ends_a_run_and_says_so(ada: Person) -> None:
    ada.make("script", "import time\nprint('going')\nwhile True:\n    time.sleep(0.1)\n")
    ada.page.get_by_role("button", name="Run").click()
    expect(output_of(ada.page)).to_contain_text("going", timeout=10_000)

    ada.page.get_by_role("button", name="Stop").click()

    expect(run_of(ada.page)).to_contain_text("stopped by you", timeout=10_000)
    expect(ada.page.get_by_role("button", name="Run")).to_be_visible()


def test_a_traceback_leads_to_its_line(ada: Person) -> None:
    ada.make("script", "def half(n):\n    return n / 0\n\n\nprint('before')\nhalf(3)\n")

    ada.page.keyboard.press("Control+Enter")

    expect(run_of(ada.page)).to_contain_text("ZeroDivisionError", timeout=10_000)
    expect(ada.page.locator(".cm-lint-marker-error")).to_be_visible()
    ada.page.get_by_role("button", name=re.compile("main.py.*line 2")).click()
    expect(ada.page.locator(".cm-activeLine")).to_have_text("    return n / 0")


def test_no_key_is_lost_before_the_last_part_of_the_page_is_there(ada: Person) -> None:
    held: list[Route] = []
    ada.page.route("**/later-*.js", lambda route: held.append(route))
    ada.make("script", "print('ran')\n")

    ada.page.keyboard.press("Control+Enter")
    expect(output_of(ada.page)).to_have_text("ran\n", timeout=10_000)
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type("clear the console")
    ada.page.keyboard.press("Enter")
    expect(output_of(ada.page)).to_have_count(0)
    assert len(held) == 1
    held[0].continue_()
    expect(ada.page.get_by_text("Packages")).to_be_visible()


def test_stdout_and_stderr_keep_their_order_and_terminal_colours(ada: Person) -> None:
    code = (
        "import sys\nfor n in range(3):\n    print('out', n)\n    print('err', n, file=sys.stderr)\n"
        "print('\\x1b[32mgreen\\x1b[0m')\n"
    )
    ada.make("script", code)

    ada.page.keyboard.press("Control+Enter")

    expect(output_of(ada.page)).to_have_text("out 0\nerr 0\nout 1\nerr 1\nout 2\nerr 2\ngreen\n", timeout=10_000)
    expect(output_of(ada.page).locator(".ansi-green")).to_have_text("green")


def test_the_output_of_a_run_is_open_however_quickly_it_ended(ada: Person) -> None:
    ada.make("script", "print(1)\n")
    for number in range(6):
        ada.write(f"print('run', {number})\n")
        ada.page.keyboard.press("Control+Enter")
        expect(output_of(ada.page)).to_have_text(f"run {number}\n", timeout=10_000)
        expect(run_of(ada.page)).to_have_attribute("data-phase", "finished", timeout=10_000)

    expect(ada.page.locator(".console-runs .output")).to_have_count(6)


def test_a_hundred_thousand_lines_leave_the_page_alive(ada: Person) -> None:
    ada.make("script", "for n in range(100_000):\n    print(n)\n")

    ada.page.keyboard.press("Control+Enter")

    expect(run_of(ada.page)).to_have_attribute("data-phase", "finished", timeout=60_000)
    assert output_of(ada.page).evaluate("box => box.childNodes.length") <= 4001
    ada.page.get_by_role("button", name="Clear the console").click()
    expect(ada.page.get_by_text("No runs yet")).to_be_visible()


def test_the_run_is_found_again_after_a_reload(ada: Person) -> None:
    ada.make("script", "print('still here')\n")
    ada.page.keyboard.press("Control+Enter")
    expect(run_of(ada.page)).to_have_attribute("data-phase", "finished", timeout=10_000)

    ada.page.reload()

    run_of(ada.page).locator("summary").click()
    expect(output_of(ada.page)).to_have_text("still here\n", timeout=10_000)


def test_the_active_file_is_in_view_among_many_and_main_py_keeps_its_name(ada: Person) -> None:
    ada.make("script")
    for number in range(5):
        ada.page.get_by_role("button", name="File", exact=True).click()
        ada.page.get_by_label("Name of the new file").fill(f"package/a_module_with_a_long_name_{number}.py")
        ada.page.get_by_role("button", name="Add").click()
        expect(ada.page.get_by_label("Name of the new file")).to_have_count(0)

    expect(ada.page.locator(".file-tab.active")).to_contain_text("name_4.py")
    expect(ada.page.locator(".file-tab.active")).to_be_in_viewport(ratio=0.8)
    expect(ada.page.locator(".file[aria-current]")).to_have_attribute("title", "package/a_module_with_a_long_name_4.py")
    ada.page.keyboard.press("Control+k")
    expect(ada.page.get_by_role("option", name="Rename package")).to_be_visible()
    ada.page.keyboard.press("Escape")

    ada.page.locator(".file", has_text="main.py").click()
    expect(ada.page.locator(".file-tab.active")).to_be_in_viewport(ratio=0.8)
    ada.page.keyboard.press("Control+k")
    expect(ada.page.get_by_role("option", name="New file")).to_be_visible()
    expect(ada.page.get_by_role("option", name="Rename main.py")).to_have_count(0)


def test_more_files_are_modules(ada: Person) -> None:
    ada.make("script", "import tools\nprint(tools.answer())\n")

    ada.page.get_by_role("button", name="File", exact=True).click()
    ada.page.get_by_label("Name of the new file").fill("main.py")
    ada.page.get_by_role("button", name="Add").click()
    expect(ada.page.get_by_text("There is a main.py already.")).to_be_visible()
    ada.page.get_by_label("Name of the new file").fill("tools.py")
    ada.page.get_by_role("button", name="Add").click()
    expect(code_of(ada.page)).to_be_focused()
    ada.page.keyboard.insert_text("def answer():\n    return 42\n")
    ada.page.keyboard.press("Control+Enter")

    expect(output_of(ada.page)).to_have_text("42\n", timeout=10_000)
