"""input(), sys.stdin and getpass of a script: asked where somebody can answer, helpful where nobody can."""

import pytest
from tests.unit.guest.harness import Children, start


def asked(messages: list[dict[str, object]]) -> list[dict[str, object]]:
    return [message for message in messages if message.get("type") == "ASK"]


def test_input_is_asked_with_its_prompt_and_returns_what_was_typed(children: Children) -> None:
    ended = children.interactive("name = input('Your name? ')\nprint(repr(name))", "Ada ☃\n")

    assert asked(ended.messages) == [{"type": "ASK", "prompt": "Your name? ", "secret": False}]
    assert ended.output("stdout") == "Your name? 'Ada ☃'\n"
    assert ended.answer == {"type": "END", "error": None, "exit_code": 0}


def test_every_line_is_asked_for_when_it_is_wanted(children: Children) -> None:
    source = "total = 0\nwhile True:\n    text = input()\n    if not text: break\n    total += int(text)\nprint(total)"

    ended = children.interactive(source, "2\n", "40\n", "\n")

    assert len(asked(ended.messages)) == 3
    assert ended.output("stdout") == "42\n"


def test_lines_that_were_typed_at_once_answer_the_questions_that_follow(children: Children) -> None:
    ended = children.interactive("print(input('a'), input('b'), input('c'))", "1\n2\n", "3\n")

    assert [message["prompt"] for message in asked(ended.messages)] == ["a", "c"]
    assert ended.output("stdout") == "abc1 2 3\n"


def test_the_end_of_input_is_pythons_own_error(children: Children) -> None:
    ended = children.interactive(
        "try:\n    input('? ')\nexcept EOFError as error:\n    print(error)\ninput()", None, None
    )

    assert ended.output("stdout") == "? EOF when reading a line\n"
    assert ended.error["type"] == "EOFError"
    assert ended.error["trace"] == [["main.py", 5]]


@pytest.mark.parametrize(
    ("source", "typed", "said"),
    [
        ("import sys\nprint(repr(sys.stdin.readline()))", ("x\n",), "'x\\n'\n"),
        ("import sys\nfor line in sys.stdin: print(line.strip().upper())", ("a\n", "b\n", None), "A\nB\n"),
        ("import sys\nprint(sys.stdin.read().split())", ("a b\n", "c\n", None), "['a', 'b', 'c']\n"),
        ("import sys\nprint(sys.stdin.buffer.readline())", ("é\n",), "b'\\xc3\\xa9\\n'\n"),
        ("import fileinput\nfor line in fileinput.input(): print(line, end='')", ("1\n", "2\n", None), "1\n2\n"),
        ("import sys\nprint(repr(sys.stdin.readline()), sys.stdin.readline())", (None, "on\n"), "'' on\n\n"),
    ],
)
def test_stdin_is_read_as_that_of_any_program(
    children: Children, source: str, typed: tuple[str | None, ...], said: str
) -> None:
    ended = children.interactive(source, *typed)

    assert (ended.output("stdout"), ended.output("stderr"), ended.answer["error"]) == (said, "", None)


def test_a_password_is_asked_for_as_one(children: Children) -> None:
    ended = children.interactive("import getpass\nprint(len(getpass.getpass('Key: ')))\ninput()", "secret\n", "x\n")

    assert asked(ended.messages) == [
        {"type": "ASK", "prompt": "Key: ", "secret": True},
        {"type": "ASK", "prompt": "", "secret": False},
    ]
    assert ended.output("stdout") == "Key: 6\n"
    assert ended.output("stderr") == ""


def test_a_thread_may_wait_for_input_while_another_calls_the_site(children: Children) -> None:
    source = (
        "import threading, anvil.server\nsaid = []\n"
        "thread = threading.Thread(target=lambda: said.append(input('? ')))\nthread.start()\n"
        "said.append(anvil.server.call('anvil.private.echo'))\nthread.join()\nprint(sorted(said))"
    )

    assert children.interactive(source, "typed\n").output("stdout") == "? ['called', 'typed']\n"


def test_several_threads_ask_one_after_the_other(children: Children) -> None:
    source = (
        "import threading\nsaid = []\n"
        "threads = [threading.Thread(target=lambda: said.append(input())) for _ in range(5)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()\nprint(sorted(said))"
    )

    assert (
        children.interactive(source, *(f"{letter}\n" for letter in "edcba")).output("stdout")
        == "['a', 'b', 'c', 'd', 'e']\n"
    )


def test_a_stdin_of_its_own_is_read_by_input(children: Children) -> None:
    source = "import io, sys\nsys.stdin = io.StringIO('mine\\n')\nprint(input('? '))\ninput()"

    ended = children.interactive(source)

    assert ended.output("stdout") == "? mine\n"
    assert (ended.error["type"], ended.error["message"]) == ("EOFError", "EOF when reading a line")


def test_what_a_run_starts_has_no_input_and_does_not_wait(children: Children) -> None:
    source = (
        "import os, subprocess, sys\n"
        "print(subprocess.run([sys.executable, '-c', 'print(repr(input()))'], stderr=-1).returncode, flush=True)\n"
        "pid = os.fork()\n"
        "if pid == 0:\n    try: input()\n    except EOFError: os._exit(7)\n"
        "print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), os.read(0, 10))"
    )

    ended = children.interactive(source)

    assert ended.output("stdout") == "1\n7 b''\n"
    assert asked(ended.messages) == []


def test_the_debugger_talks_with_who_runs_the_script(children: Children) -> None:
    ended = children.interactive("secret = 41\nbreakpoint()\nprint(secret)", "secret += 1\n", "continue\n")

    assert ended.output("stdout").endswith("(Pdb) (Pdb) 42\n")


def test_input_without_anybody_there_says_what_to_do(children: Children) -> None:
    ended = children.serve([start("scheduled", {"main.py": "name = input('Your name? ')"})])

    assert ended.output("stdout") == "Your name? "
    assert ended.error["type"] == "EOFError"
    assert "Run it in the editor" in ended.error["message"]
    assert asked(ended.messages) == []


def test_a_route_can_not_ask(children: Children) -> None:
    source = "import anvil.server\n@anvil.server.route('/')\ndef f():\n    return input('? ')\n"

    ended = children.route(source)

    assert "EOFError" in ended.error["traceback"]
    assert asked(ended.messages) == []


def test_a_script_that_leaves_with_a_text_says_it(children: Children) -> None:
    ended = children.script("import sys\nsys.exit('bye')")

    assert ended.answer == {"type": "END", "error": None, "exit_code": 1, "said": "bye"}
    assert ended.output("stderr") == "bye\n"
