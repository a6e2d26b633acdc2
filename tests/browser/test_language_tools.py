"""Checks, formatting and the language server in the editor (D-12, D-13), by mouse and by keyboard."""

import contextlib

from playwright.sync_api import Locator, WebSocketRoute, expect
from tests.browser.person import Person, code_of, output_of

#: Redis, a sandbox, two tools: on a machine that does other things too.
READY_MS = 30_000


def marks_of(person: Person) -> Locator:
    return person.page.locator(".cm-lint-marker")


def options_of(person: Person) -> Locator:
    return person.page.locator(".cm-tooltip-autocomplete li")


def add_file(person: Person, name: str, text: str) -> None:
    person.page.get_by_role("button", name="File", exact=True).click()
    person.page.get_by_label("Name of the new file").fill(name)
    person.page.get_by_role("button", name="Add", exact=True).click()
    expect(code_of(person.page)).to_be_focused()
    person.page.keyboard.insert_text(text)


def at_the_end(person: Person, typed: str = "") -> None:
    person.page.keyboard.press("Control+End")
    if typed:
        person.page.keyboard.type(typed)


def is_offered(person: Person, typed: str, option: str) -> None:
    """Type at the end until this is offered: the server reads a module anew a moment after it has changed."""
    for _ in range(8):
        at_the_end(person, typed)
        with contextlib.suppress(AssertionError):
            expect(options_of(person).filter(has_text=option)).to_be_visible(timeout=READY_MS / 6)
            return
        person.page.keyboard.press("Escape")
        for _ in typed:
            person.page.keyboard.press("Backspace")
    raise AssertionError(f"{option} was not offered for {typed}")


def test_d_13_a_mistake_is_marked_while_it_is_typed_and_mended_by_a_click(ada: Person) -> None:
    ada.make("script", "import os\n\nprint('hello')\n")

    marker = ada.page.locator(".cm-lint-marker-warning")
    expect(marker).to_be_visible(timeout=READY_MS)
    marker.hover()
    tip = ada.page.locator(".cm-tooltip-lint")
    expect(tip).to_contain_text("`os` imported but unused")
    assert ada.axe() == []
    tip.get_by_role("button", name="Remove unused import").click()

    expect(code_of(ada.page)).not_to_contain_text("import os")
    expect(marks_of(ada)).to_have_count(0)
    at_the_end(ada, "print(undefined_name)")
    expect(ada.page.locator(".cm-lint-marker-error")).to_be_visible(timeout=READY_MS)


def test_d_13_a_syntax_error_and_the_line_of_a_failed_run_are_both_marked(ada: Person) -> None:
    ada.make("script", "value = 0\nprint(1 / value)\n")
    ada.page.keyboard.press("Control+Enter")
    expect(output_of(ada.page)).to_contain_text("ZeroDivisionError", timeout=READY_MS)
    expect(ada.page.locator(".cm-lint-marker-error")).to_have_count(1)

    at_the_end(ada, "def f(:")

    expect(ada.page.locator(".cm-lint-marker-error")).to_have_count(2, timeout=READY_MS)


def test_d_13_the_code_is_formatted_by_a_command_and_undone_at_once(ada: Person) -> None:
    ada.make("script", "x = {  'a':1 }\nprint( x )\n")

    ada.page.keyboard.press("Shift+Alt+F")

    expect(code_of(ada.page)).to_contain_text('x = {"a": 1}', timeout=READY_MS)
    expect(code_of(ada.page)).to_contain_text("print(x)")
    code_of(ada.page).click()
    ada.page.keyboard.press("Control+z")
    expect(code_of(ada.page)).to_contain_text("{  'a':1 }")
    at_the_end(ada, "def f(:")
    ada.page.keyboard.press("F1")
    ada.page.keyboard.type("format")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_text("not valid Python yet")).to_be_visible(timeout=READY_MS)


def test_d_12_the_language_server_completes_shows_signatures_and_documentation(ada: Person) -> None:
    ada.make("script", "import tools\n")
    add_file(ada, "tools.py", 'def answer(of: str) -> int:\n    """What it is."""\n    return 42\n')
    ada.page.locator(".file", has_text="main.py").click()
    code_of(ada.page).click()
    is_offered(ada, "tools.a", "answer")
    ada.page.wait_for_timeout(100)
    ada.page.keyboard.press("Enter")
    ada.page.keyboard.type("(")
    expect(ada.page.locator(".cm-lsp-signature-tooltip")).to_contain_text("of: str", timeout=READY_MS)
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator(".save-state")).to_have_attribute("data-state", "draft")
    ada.page.locator(".cm-line", has_text="tools.answer").get_by_text("answer").hover()
    expect(ada.page.locator(".cm-lsp-hover-tooltip")).to_contain_text("What it is.", timeout=READY_MS)


def test_a_definition_is_gone_to_and_a_name_changed_in_every_module(ada: Person) -> None:
    ada.make("script", "import tools\nprint(tools.answer())\n")
    add_file(ada, "tools.py", "def answer():\n    return 42\n")
    ada.page.locator(".file", has_text="main.py").click()
    code_of(ada.page).click()
    is_offered(ada, "tools.a", "answer")
    ada.page.keyboard.press("Escape")
    for _ in "tools.a":
        ada.page.keyboard.press("Backspace")
    ada.page.locator(".cm-line", has_text="tools.answer").get_by_text("answer").click()

    ada.page.keyboard.press("F12")
    expect(ada.page.locator(".file-tab.active")).to_contain_text("tools.py", timeout=READY_MS)
    ada.page.locator(".cm-line", has_text="def answer").get_by_text("answer").click()
    ada.page.keyboard.press("F2")
    field = ada.page.locator(".cm-dialog input, .cm-panel input").first
    field.fill("reply")
    field.press("Enter")

    expect(code_of(ada.page)).to_contain_text("def reply", timeout=READY_MS)
    ada.page.locator(".file", has_text="main.py").click()
    expect(code_of(ada.page)).to_contain_text("tools.reply()")


def test_the_editor_does_without_the_tools(ada: Person) -> None:
    ada.expected.append("WebSocket")

    def refuse(socket: WebSocketRoute) -> None:
        socket.close(code=1011)

    ada.page.route_web_socket("**/api/language**", refuse)
    ada.make("script", "import json\nnumber = 7\n")
    at_the_end(ada, "num")
    expect(options_of(ada).first).to_have_text("number")
    ada.page.keyboard.press("Escape")
    at_the_end(ada, "ber\nprint(number)")

    ada.page.keyboard.press("Control+Enter")

    expect(output_of(ada.page)).to_have_text("7\n", timeout=READY_MS)
    expect(marks_of(ada)).to_have_count(0)
