"""Scripts from the queue to their last event (W-02 to W-05, W-16, W-21 to W-23, W-30 to W-34)."""

import asyncio

import pytest
from tests.services.runner.site_double import SiteDouble

pytestmark = pytest.mark.usefixtures("runner")


async def test_w_02_w_21_a_script_runs_top_to_bottom_as_main(site: SiteDouble) -> None:
    run = await site.run_script("import sys\nprint(__name__, sys.version_info[:2], sys.argv)", args=("a", "b"))

    assert run.text() == "__main__ (3, 10) ['main.py', 'a', 'b']\n"
    assert run.record.outcome == "ok"
    assert run.events[-1]["data"]["status"] == "finished"
    assert run.events[-1]["data"]["outcome"] == "ok"


async def test_output_is_seen_while_the_script_runs(site: SiteDouble) -> None:  # W-03
    run = await site.script("import time\nprint(1, flush=True)\ntime.sleep(60)\nprint(2)")
    await site.submit(run)

    await site.wait_for_event(run.id, "stdout", "1\n")
    await site.stop(run.id)

    assert (await site.finished(run.id)).text() == "1\n"


async def test_stdout_and_stderr_keep_their_order(site: SiteDouble) -> None:  # W-03
    run = await site.run_script("import sys\nfor n in range(20):\n print(n)\n print('e', n, file=sys.stderr)\n")

    said = [event["text"] for event in run.events if event["kind"] in ("stdout", "stderr")]
    assert "".join(said) == "".join(f"{n}\ne {n}\n" for n in range(20))
    assert [event["seq"] for event in run.events] == list(range(1, len(run.events) + 1))


async def test_w_04_a_script_is_stopped_at_its_time_limit(site: SiteDouble) -> None:
    run = await site.run_script("print('on')\nwhile 1: pass", timeout_s=0.5)

    assert run.record.outcome == "timeout"
    assert run.record.error == "Server code took too long"
    error = next(event for event in run.events if event["kind"] == "error")
    assert error["data"]["type"] == "anvil.server.TimeoutError"
    assert run.text() == "on\n"


async def test_a_script_may_run_longer_than_its_start_may_take(
    site: SiteDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widget_runner.run.START_TIMEOUT_S", 2.0)

    run = await site.run_script("import time\ntime.sleep(2.5)\nprint('done')")

    assert (run.record.outcome, run.text()) == ("ok", "done\n")


async def test_a_script_that_ignores_signals_is_stopped_all_the_same(site: SiteDouble) -> None:
    source = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\nwhile 1: pass"

    assert (await site.run_script(source, timeout_s=0.5)).record.outcome == "timeout"


async def test_w_05_its_owner_stops_a_running_script(site: SiteDouble) -> None:
    run = await site.script("print('up')\nimport time\ntime.sleep(60)")
    await site.submit(run)
    await site.wait_for_event(run.id, "stdout", "up")

    await site.stop(run.id)
    reply = await site.reply()

    assert (reply.id, reply.status, reply.outcome) == (run.id, "done", "stopped")
    assert (await site.finished(run.id)).record.outcome == "stopped"


async def test_a_script_that_was_stopped_before_it_came_does_not_run(site: SiteDouble) -> None:
    run = await site.script("print('ran')")
    await site.stop(run.id)

    await site.submit(run)
    finished = await site.finished(run.id)

    assert finished.record.outcome == "stopped"
    assert finished.text() == ""


async def test_w_30_an_uncaught_exception_is_an_error_with_its_line(site: SiteDouble) -> None:
    run = await site.run_script("x = 1\n\n1/0\n")

    assert run.record.outcome == "error"
    assert run.record.error == "ZeroDivisionError: division by zero"
    error = next(event for event in run.events if event["kind"] == "error")
    assert "line 3" in error["text"]
    assert error["text"].rstrip().endswith("ZeroDivisionError: division by zero")
    assert ["main.py", 3] in error["data"]["trace"]


@pytest.mark.parametrize(
    ("source", "outcome", "code", "error"),
    [
        ("import sys; sys.exit(0)", "ok", 0, ""),
        ("import sys; sys.exit()", "ok", 0, ""),
        ("import sys; sys.exit(3)", "error", 3, "Left with exit code 3"),
        ("import sys; sys.exit('bye')", "error", 1, "Left with: bye"),
        ("import os; os._exit(3)", "crashed", 3, "Server code exited unexpectedly: {id} (exit code 3)"),
        ("import os; os._exit(0)", "crashed", 0, "Server code exited unexpectedly: {id} (exit code 0)"),
        (
            "import ctypes; ctypes.string_at(0)",
            "crashed",
            -11,
            "Server code execution process was killed with signal 11. ({id})",
        ),
    ],
)
async def test_w_32_ways_to_leave_are_told_apart(
    site: SiteDouble, source: str, outcome: str, code: int, error: str
) -> None:
    run = await site.run_script(f"print('before')\n{source}")

    assert (run.record.outcome, run.record.exit_code) == (outcome, code)
    assert run.record.error == error.format(id=run.record.id)
    assert run.text() == "before\n"


async def test_w_31_running_out_of_memory_says_memory(site: SiteDouble) -> None:
    run = await site.run_script("x = []\nwhile 1: x.append(bytearray(50_000_000))")

    assert run.record.outcome == "memory"
    assert "This is usually caused by running out of memory." in run.record.error
    assert run.record.id in run.record.error


async def test_output_is_cut_and_the_script_goes_on(site: SiteDouble) -> None:  # decisions 14
    run = await site.run_script("for _ in range(40): print('x' * 50_000)\nimport sys\nprint('end', file=sys.stderr)")

    assert run.record.outcome == "ok"
    assert run.text().endswith("… truncated\n")
    assert 1_000_000 <= len(run.text()) < 1_000_100


async def test_a_script_that_floods_is_stopped(site: SiteDouble) -> None:
    run = await site.run_script("while 1: print('x' * 10_000)")

    assert run.record.outcome == "output_limit"
    assert "10,000,000 bytes" in run.record.error


async def test_a_flood_straight_to_the_descriptors_is_stopped_too(site: SiteDouble) -> None:
    run = await site.run_script("import os\nwhile 1: os.write(1, b'\\x00\\xff' * 30_000); os.write(2, b'y' * 60_000)")

    assert run.record.outcome == "output_limit"


async def test_w_33_one_enormous_print_is_shortened(site: SiteDouble) -> None:
    run = await site.run_script("print('x' * 20_000_000)\nprint('on')")

    assert run.record.outcome == "ok"
    assert "[OVERSIZED OUTPUT TRUNCATED (20000000 chars)]: xxx" in run.text()
    assert run.text().endswith("on\n")


async def test_w_34_time_is_utc(site: SiteDouble) -> None:
    assert (await site.run_script("import time\nprint(time.tzname)")).text() == "('UTC', 'UTC')\n"


async def test_w_16_w_22_every_run_starts_from_nothing(site: SiteDouble) -> None:
    source = (
        "import os, json, pathlib\nprint(os.path.exists('/tmp/x'), getattr(json, 'mark', None))\n"
        "json.mark = 1\npathlib.Path('/tmp/x').write_text('1')"
    )

    assert [(await site.run_script(source)).text() for _ in range(3)] == ["False None\n"] * 3


async def test_w_23_a_script_sees_itself_only(site: SiteDouble) -> None:
    source = (
        "import os\nprint([name for name in os.listdir('/proc') if name.isdigit()])\n"
        "print(sorted(name for name in os.environ if 'WIDGETRY' in name or 'REDIS' in name))"
    )

    assert (await site.run_script(source)).text() == "['1']\n[]\n"


async def test_two_runs_of_a_widget_at_once_do_not_mix(site: SiteDouble) -> None:
    runs = [await site.script(f"import time\nprint({n})\ntime.sleep(0.2)\nprint({n})") for n in range(4)]
    await site.submit(*runs)

    finished = await asyncio.gather(*(site.finished(run.id) for run in runs))

    assert [run.text() for run in finished] == [f"{n}\n{n}\n" for n in range(4)]


async def test_input_says_what_to_do(site: SiteDouble) -> None:
    run = await site.run_script("name = input('Who? ')")

    assert run.record.outcome == "error"
    assert "input" in run.record.error


async def test_bytes_that_are_no_text_arrive_as_text(site: SiteDouble) -> None:
    run = await site.run_script("import os\nos.write(1, b'a\\x00\\xff\\xc3\\xa9')")

    assert run.text() == "a��é"


@pytest.mark.parametrize(
    "forged",
    [
        "b'X' * 100",
        "b'J\\xff\\xff\\xff\\xff'",
        "b'J' + (9).to_bytes(4, 'big') + b'[1,2,3,4]'",
        "b'B' + (3).to_bytes(4, 'big') + b'abc'",
        "b'J' + (100000).to_bytes(4, 'big') + b'[' * 100000",
        "b'J' + (10001).to_bytes(4, 'big') + b'1' * 10001",
    ],
)
async def test_garbage_on_its_own_socket_spoils_only_its_own_run(site: SiteDouble, forged: str) -> None:
    run = await site.run_script(f"import os\nos.write(3, {forged})\nimport time\ntime.sleep(5)")

    assert run.record.outcome == "crashed"
    assert "broke its connection" in run.record.error
    assert (await site.run_script("print('fine')")).text() == "fine\n"


async def test_a_forged_end_ends_only_its_own_run(site: SiteDouble) -> None:  # security 11
    forged = '{"type":"END","error":null,"exit_code":0}'
    run = await site.run_script(
        f"import os\nm = b'{forged}'\nos.write(3, b'J' + len(m).to_bytes(4, 'big') + m)\nimport time\ntime.sleep(60)"
    )

    assert run.record.outcome == "ok"


async def test_a_child_that_closes_everything_is_ended(site: SiteDouble) -> None:
    run = await site.run_script("import os, time\nos.closerange(0, 100)\ntime.sleep(60)")

    assert run.record.outcome == "crashed"


async def test_what_a_script_leaves_behind_ends_with_it(site: SiteDouble) -> None:
    source = "import os, time\nif os.fork() == 0:\n os.setsid()\n time.sleep(60)\nprint('done')"
    started = asyncio.get_running_loop().time()

    run = await site.run_script(source)

    assert run.record.outcome == "ok"
    assert asyncio.get_running_loop().time() - started < 30


async def test_code_that_is_not_there_is_asked_for(site: SiteDouble) -> None:
    run = await site.script("print(1)")
    await site.client.flushdb()

    assert (await site.call(run)).status == "code_missing"


async def test_code_that_is_not_what_its_digest_says_is_not_run(site: SiteDouble) -> None:
    run = await site.script("print(1)")
    await site.client.set("widgetry:code:" + run.code, b'{"main.py":"print(2)"}')

    assert (await site.call(run)).status == "code_missing"


async def test_a_request_that_nobody_waits_for_any_more_is_busy(site: SiteDouble) -> None:
    assert (await site.call(await site.script("print(1)", start_before_ms=1000))).status == "busy"


FRAME = (
    "import os, json\ndef say(m):\n m = json.dumps(m).encode()\n os.write(3, b'J' + len(m).to_bytes(4, 'big') + m)\n"
)


async def test_a_display_is_an_event_with_its_data(site: SiteDouble) -> None:
    run = await site.run_script(FRAME + "say({'type': 'DISPLAY', 'data': {'text/html': '<b>x\\x00</b>'}})\nprint('y')")

    assert [event["data"] for event in run.events if event["kind"] == "display"] == [
        {"mime": {"text/html": "<b>x\ufffd</b>"}}
    ]
    assert run.text() == "y\n"


async def test_endless_displays_are_a_flood(site: SiteDouble) -> None:
    run = await site.run_script(FRAME + "while 1: say({'type': 'DISPLAY', 'data': {'text/plain': 'x' * 100000}})")

    assert run.record.outcome == "output_limit"


@pytest.mark.parametrize(
    "message",
    [
        "{'type': 'NOTHING'}",
        "{'id': 'x', 'response': 1}",
        "{'type': 'CALL', 'id': 'x', 'liveObjectCall': {}}",
    ],
)
async def test_endless_messages_that_mean_nothing_end_the_run(site: SiteDouble, message: str) -> None:
    source = (
        "import threading, os\nthreading.Thread(target=lambda: [os.read(3, 65536) for _ in iter(int, 1)]).start()\n"
    )

    run = await site.run_script(source + FRAME + f"while 1: say({message})")

    assert run.record.outcome == "crashed"
