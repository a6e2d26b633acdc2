"""run and logs: output as it comes, endings as a shell knows them, Ctrl-C that reaches the script."""

import select
import signal

from tests.services.cli.conftest import Terminal

FOREVER = "import time\nprint('first', flush=True)\nwhile True:\n    time.sleep(0.05)\n"


def test_output_goes_where_the_script_sent_it_and_arguments_arrive(terminal: Terminal) -> None:
    terminal.make("import sys\nprint(sys.argv[1:])\nprint('aside', file=sys.stderr)\n")

    ran = terminal("run", "--", "one", "--two", "three words")

    assert ran.status == 0
    assert ran.out == "['one', '--two', 'three words']\n"
    assert "aside\n" in ran.err


def test_the_exit_status_is_the_scripts(terminal: Terminal) -> None:
    terminal.make("import sys\nsys.exit(3)\n")
    three = terminal("run")
    terminal.file("main.py").write_text("1 / 0\n")
    failed = terminal("run", "--push")
    terminal.file("main.py").write_text("print('fine')\n")
    unsaved = terminal("run")

    assert three.status == 3
    assert failed.status == 1
    assert "ZeroDivisionError" in failed.err
    assert unsaved.status == 1
    assert "Not pushed: main.py" in unsaved.err


def test_a_run_as_json_holds_its_events(terminal: Terminal) -> None:
    terminal.make("print('x')\n")

    ran = terminal("run", "--json")

    assert ran.json["outcome"] == "ok"
    assert [event["text"] for event in ran.json["events"] if event["kind"] == "stdout"] == ["x\n"]


def test_output_comes_while_it_runs_and_ctrl_c_stops_the_script(terminal: Terminal) -> None:
    slug = terminal.make(FOREVER)
    process = terminal.start("run")
    assert process.stdout is not None

    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    status = process.wait(30)

    run = terminal.person.call("GET", f"/widgets/{slug}/runs").json["items"][0]
    assert (first, status, run["outcome"]) == ("first\n", 130, "stopped")


def test_what_is_typed_answers_what_the_script_asks(terminal: Terminal) -> None:
    terminal.make("name = input('Who? ')\nprint('Hello', name)\nprint('and', input())\nprint(input('More?'))\n")

    ran = terminal("run", given="Ada\nBob\n")

    assert ran.out == "Who? Hello Ada\nand Bob\nMore?"
    assert ran.status == 1
    assert "EOFError" in ran.err


def test_logs_show_the_last_runs_and_follow_new_ones(terminal: Terminal) -> None:
    slug = terminal.make("print('from a run')\n")
    terminal.person.run(slug)

    last = terminal("logs")
    process = terminal.start("logs", "-f", "-n", "0")
    assert process.stdout is not None
    # It looks what there is before it begins to follow; a run from before that would be one of the last.
    while (running := terminal.person.run(slug))[0]["outcome"] == "ok" and not _readable(process.stdout.fileno()):
        continue
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)

    assert running[0]["outcome"] == "ok"
    assert last.out.startswith("── ")
    assert last.out.endswith("from a run\n")
    assert "owner: " in lines[0]
    assert lines[1] == "from a run\n"
    assert process.wait(30) == 130


def test_requests_of_an_api_are_in_its_logs(terminal: Terminal) -> None:
    code = "import anvil.server\n@anvil.server.route('/hi')\ndef hi():\n    print('asked')\n    return 'yes'\n"
    slug = terminal.make(code, kind="api")
    terminal.person.call("PATCH", f"/widgets/{slug}", {"visibility": "unlisted"})
    terminal.person.stack.widget(slug, "/hi")
    said = ""
    while "asked" not in said:
        said = terminal("logs").out

    assert "GET /hi 200: ok" in said


def test_what_is_no_script_says_how_it_is_called(terminal: Terminal) -> None:
    terminal.make("", kind="api")

    ran = terminal("run")

    assert ran.status == 1
    assert "not run but called" in ran.err


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])
