"""The main function of a script, called with the values of its form (X-23)."""

from typing import Any

from tests.unit.guest.harness import Children, Ended, start


def call(children: Children, source: str, *arguments: list[Any]) -> Ended:
    wanted = {"function": "main", "arguments": list(arguments)}
    return children.serve([start("script", {"main.py": source}, call=wanted)])


def shown(ended: Ended) -> list[str]:
    """Return what was shown besides text."""
    return [message["data"]["text/plain"] for message in ended.messages if message.get("type") == "DISPLAY"]


def test_x_23_main_is_called_with_typed_values_once_the_file_has_run(children: Children) -> None:
    source = (
        "import enum\nclass Colour(enum.Enum):\n    RED = 1\n"
        "def main(name, day, at, colour, tags, n=1): print(repr((name, day, at, colour, tags, n)))\nprint('first')\n"
    )

    ended = call(
        children,
        source,
        ["name", "plain", "Ada"],
        ["day", "date", "2026-11-21"],
        ["at", "datetime", "2026-11-21T15:30"],
        ["colour", "enum:Colour", "RED"],
        ["tags", "date", ["2026-01-01"]],
    )

    assert ended.output("stdout") == (
        "first\n('Ada', datetime.date(2026, 11, 21), datetime.datetime(2026, 11, 21, 15, 30), <Colour.RED: 1>, "
        "[datetime.date(2026, 1, 1)], 1)\n"
    )
    assert ended.answer == {"type": "END", "error": None, "exit_code": 0}


def test_x_23_what_it_returns_is_shown_and_async_functions_run(children: Children) -> None:
    assert shown(call(children, "def main(x): return (x,)", ["x", "plain", 1])) == ["(1,)"]
    source = "import asyncio\nasync def main(x):\n    await asyncio.sleep(0)\n    return x + 1"
    assert shown(call(children, source, ["x", "plain", 1])) == ["2"]
    assert shown(call(children, "def main(x): pass", ["x", "plain", 1])) == []


def test_w_10_what_a_script_returns_is_its_return_value(children: Children) -> None:
    ended = children.script("import anvil.script\nanvil.script.return_value = {'n': [42, None]}")

    assert ended.answer == {"type": "END", "error": None, "exit_code": 0, "returned": {"n": [42, None]}}
    assert call(children, "def main(x): return x", ["x", "plain", 1]).answer["returned"] == 1
    assert "returned" not in children.script("import anvil.script").answer
    gone = children.script("import anvil.script\ndel anvil.script.return_value").answer
    assert gone == {"type": "END", "error": None, "exit_code": 0}


def test_w_10_what_can_not_be_returned_is_said(children: Children) -> None:
    angry = "type('Angry', (dict,), {'items': lambda self: 1 / 0})(a=1)"
    for value in ("object()", "float('nan')", "'x' * 70_000", angry):
        ended = children.script(f"import anvil.script\nanvil.script.return_value = {value}")

        assert ended.answer == {"type": "END", "error": None, "exit_code": 0}
        assert "return_value is not returned" in ended.output("stderr")


def test_w_09_a_script_finds_its_arguments_as_they_were_given(children: Children) -> None:
    source = "import anvil.script, sys\nprint(anvil.script.args, sys.argv)"

    ended = children.serve([start("script", {"main.py": source}, argv=["a", 2, 1.5])])

    assert ended.output("stdout") == "('a', 2, 1.5) ['main.py', 'a', '2', '1.5']\n"


def test_x_23_its_traceback_starts_at_its_own_lines(children: Children) -> None:
    ended = call(children, "def main(x):\n    return 1 / x", ["x", "plain", 0])

    assert (ended.error["type"], ended.error["trace"]) == ("ZeroDivisionError", [["main.py", 2]])
    assert "widget_guest" not in ended.error["traceback"]


def test_a_function_that_is_gone_is_said_to_be(children: Children) -> None:
    ended = call(children, "print(1)", ["x", "plain", 0])

    assert ended.error["type"] == "NameError"
    assert "no function main()" in ended.error["message"]


def test_it_may_leave_from_there(children: Children) -> None:
    ended = call(children, "import sys\ndef main(x): sys.exit(f'bye {x}')", ["x", "plain", 3])

    assert ended.answer == {"type": "END", "error": None, "exit_code": 1, "said": "bye 3"}


def test_w_09_numbers_are_texts_in_argv(children: Children) -> None:
    ended = children.serve([start("script", {"main.py": "import sys\nprint(sys.argv)"}, argv=["a", 2, 1.5])])

    assert ended.output("stdout") == "['main.py', 'a', '2', '1.5']\n"
