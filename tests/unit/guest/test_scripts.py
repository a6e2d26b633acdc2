"""Scripts: top to bottom, once, as a Python program of one's own (W-02, W-03, W-09, W-30, W-32 to W-34)."""

import pytest
from tests.unit.guest.harness import Children, start


def test_it_runs_as_main_with_its_arguments(children: Children) -> None:
    ended = children.script("import sys\nprint(__name__, sys.argv, __file__.endswith('/work/main.py'))", "a", "b c")

    assert ended.output("stdout") == "__main__ ['main.py', 'a', 'b c'] True\n"
    assert ended.answer == {"type": "END", "error": None, "exit_code": 0}
    assert ended.status == 0


def test_it_says_when_user_code_begins_before_its_first_line(children: Children) -> None:
    ended = children.script("import os, time\nprint(time.monotonic(), flush=True)\nos._exit(7)")

    assert ended.messages == []
    assert ended.began_at is not None
    assert ended.began_at < float(ended.output("stdout"))
    assert ended.status == 7


def test_user_code_has_no_hand_on_what_says_when_it_began(children: Children) -> None:
    ended = children.script("import os\ntry:\n    os.fstat(4)\nexcept OSError as error:\n    print(error.errno)")

    assert ended.output("stdout") == "9\n"


def test_an_uncaught_exception_names_the_line_and_starts_at_user_code(children: Children) -> None:
    ended = children.script("def f():\n    return 1 / 0\n\nf()\n")

    assert ended.error["type"] == "ZeroDivisionError"
    assert ended.error["message"] == "division by zero"
    assert ended.error["trace"] == [["main.py", 2], ["main.py", 4]]
    assert ended.error["traceback"] == (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 4, in <module>\n    f()\n'
        '  File "main.py", line 2, in f\n    return 1 / 0\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert ended.answer["exit_code"] == 1
    assert ended.output("stderr") == ""


def test_other_files_of_the_widget_are_named_as_in_the_editor(children: Children) -> None:
    files = {
        "main.py": "from lib import helper\nhelper.fail()",
        "lib/helper.py": "def fail():\n    raise KeyError('x')",
    }

    ended = children.serve([start("script", files)])

    assert ended.error["trace"] == [["lib/helper.py", 2], ["main.py", 2]]
    assert '  File "lib/helper.py", line 2, in fail\n    raise KeyError' in ended.error["traceback"]


def test_causes_are_shown_as_python_shows_them(children: Children) -> None:
    ended = children.script("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('no') from e")

    assert "The above exception was the direct cause of the following exception" in ended.error["traceback"]
    assert "widget_guest" not in ended.error["traceback"]


def test_a_syntax_error_points_at_its_line(children: Children) -> None:
    ended = children.script("x = 1\ny = (\n")

    assert ended.error["type"] == "SyntaxError"
    assert ended.error["trace"] == [["main.py", 2]]
    assert 'File "main.py", line 2' in ended.error["traceback"]
    assert "Traceback" not in ended.error["traceback"]


def test_an_exception_whose_text_fails_still_ends_the_run_well(children: Children) -> None:
    ended = children.script("class E(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise E()")

    assert ended.error["type"] == "E"
    assert ended.answer["exit_code"] == 1


@pytest.mark.parametrize(
    ("leaving", "code", "stderr"),
    [
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit(-1)", 255, ""),
        ("raise SystemExit(None)", 0, ""),
    ],
)
def test_leaving_has_the_exit_code_that_python_has(children: Children, leaving: str, code: int, stderr: str) -> None:
    ended = children.script(f"import sys\n{leaving}")

    assert ended.answer == {"type": "END", "error": None, "exit_code": code}
    assert ended.output("stderr") == stderr
    assert ended.status == code


def test_stdout_and_stderr_keep_their_order(children: Children) -> None:
    ended = children.script(
        "import sys\nfor i in range(50):\n    print('o', i)\n    print('e', i, file=sys.stderr)\nprint('end', end='')"
    )

    expected = [text for i in range(50) for text in (f"o {i}\n", f"e {i}\n")]
    assert [text for _, text in ended.printed] == [*expected, "end"]


def test_half_a_line_comes_out_before_the_other_stream_is_used(children: Children) -> None:
    ended = children.script("import sys\nprint('a', end='')\nprint('b', file=sys.stderr)\nprint('c')")

    assert ended.printed == [("stdout", "a"), ("stderr", "b\n"), ("stdout", "c\n")]


def test_a_single_huge_write_is_shortened_and_the_run_goes_on(children: Children) -> None:
    ended = children.script("print('x' * 5_000_000)\nprint('on')")

    assert ended.output("stdout").splitlines() == [
        f"[OVERSIZED OUTPUT TRUNCATED (5000000 chars)]: {'x' * 256}[...]",
        "",
        "on",
    ]


def test_what_is_no_text_in_utf8_is_printed_escaped(children: Children) -> None:
    ended = children.script("print('\\udc80 é')")

    assert ended.output("stdout") == "\\udc80 é\n"


def test_bytes_can_be_written_to_the_buffer(children: Children) -> None:
    ended = children.script(
        "import sys\nsys.stdout.buffer.write(b'raw ')\nsys.stdout.flush()\nprint(sys.stdout.fileno())"
    )

    assert ended.output("stdout") == "raw 1\n"


def test_input_ends_with_a_message_that_says_what_to_do(children: Children) -> None:
    ended = children.script("name = input('Your name? ')")

    assert ended.output("stdout") == "Your name? "
    assert ended.error["type"] == "EOFError"
    assert "sys.argv" in ended.error["message"]
    assert ended.error["trace"] == [["main.py", 1]]
    assert "widget_guest" not in ended.error["traceback"]
    assert 'File "main.py", line 1, in <module>' in ended.error["traceback"]


def test_no_frame_of_the_platform_is_shown_of_what_caused_an_exception(children: Children) -> None:
    ended = children.script(
        "def ask():\n    try:\n        return input()\n    except EOFError as error:\n"
        "        raise ValueError('no answer') from error\n\nask()"
    )

    assert "widget_guest" not in ended.error["traceback"]
    assert ended.error["traceback"].count('File "main.py", line') == 3
    assert "direct cause" in ended.error["traceback"]


def test_a_run_says_once_that_it_waits_for_what_it_printed(children: Children) -> None:
    both = "import sys\nfor _ in range(5):\n    print('a' * 10000)\n    print('b', file=sys.stderr)\n"

    def said(code: str) -> list[object]:
        return [message["type"] for message in children.script(code).messages]

    assert said(both) == ["PRINTED", "END"]
    assert said("for _ in range(3): print('a' * 10000)") == ["END"]
    assert said("for _ in range(30): print('a' * 10000)") == ["PRINTED", "END"]


def test_stdin_is_empty(children: Children) -> None:
    assert children.script("import sys\nprint(repr(sys.stdin.read()))").output("stdout") == "''\n"


def test_threads_and_exit_handlers_finish_before_the_end(children: Children) -> None:
    ended = children.script(
        "import atexit, threading, time\n"
        "atexit.register(print, 'handler')\n"
        "threading.Thread(target=lambda: (time.sleep(0.2), print('thread'))).start()\n"
        "print('main')\n"
    )

    assert ended.output("stdout") == "main\nthread\nhandler\n"
    assert ended.answer["type"] == "END"


def test_a_failing_exit_handler_is_told_and_is_no_failure(children: Children) -> None:
    ended = children.script("import atexit\natexit.register(lambda: 1 / 0)")

    assert "ZeroDivisionError" in ended.output("stderr")
    assert ended.answer["error"] is None


def test_its_own_excepthook_is_called(children: Children) -> None:
    ended = children.script(
        "import sys\nsys.excepthook = lambda kind, error, tb: print('seen', error)\nraise ValueError(5)"
    )

    assert ended.output("stdout") == "seen 5\n"
    assert ended.error["type"] == "ValueError"


def test_files_that_are_no_text_come_whole(children: Children) -> None:
    files = {"main.py": "print(open('data/x.bin', 'rb').read())", "data/x.bin": {"base64": "AP8Q"}}

    assert children.serve([start("script", files)]).output("stdout") == "b'\\x00\\xff\\x10'\n"


def test_multiprocessing_works_from_a_script(children: Children) -> None:
    ended = children.script(
        "import multiprocessing\n\ndef double(n):\n    return 2 * n\n\n"
        "if __name__ == '__main__':\n"
        "    for method in ('fork', 'spawn'):\n"
        "        with multiprocessing.get_context(method).Pool(2) as pool:\n"
        "            print(method, pool.map(double, [1, 2]))\n"
    )

    assert ended.output("stdout") == "fork [2, 4]\nspawn [2, 4]\n"


def test_the_time_zone_is_utc(children: Children) -> None:
    assert children.script("import time\nprint(time.tzname)").output("stdout") == "('UTC', 'UTC')\n"


def test_a_fork_that_runs_on_to_the_end_is_quiet(children: Children) -> None:
    ended = children.script("import os\nif os.fork():\n    os.wait()\nprint('both')")

    assert ended.output("stdout") == "both\nboth\n"
    assert ended.output("stderr") == ""
    assert [message["type"] for message in ended.messages] == ["END"]


def test_request_tells_that_there_is_none(children: Children) -> None:
    ended = children.script("import anvil.server\nanvil.server.request.method")

    assert ended.error["message"] == "anvil.server.request is only available in http_endpoint calls."


def test_the_rehearsal_leaves_no_trace(children: Children) -> None:
    ended = children.script(
        "import sys, anvil.server\nfrom anvil import _server\n"
        "print(dict(_server.registrations), anvil.server.context.client, anvil.server.session)\n"
        "print([name for name in sys.modules if 'rehears' in name], anvil.app.id)"
    )

    assert ended.output("stdout") == "{} None <Session:None>\n[] None\n"
