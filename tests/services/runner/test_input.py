"""input() of a live run: asked in its events, answered through Redis, in time and within bounds."""

import asyncio
from typing import Any

import pytest
from tests.services.fake_runner import eventually_true
from tests.services.runner.site_double import Finished, SiteDouble

from widget_runner import inputs
from widget_wire import keys
from widget_wire.inputs import ANSWER, InputAnswer

pytestmark = pytest.mark.usefixtures("runner")


async def answer(site: SiteDouble, run_id: str, number: int, text: str | None) -> bool:
    names = (keys.ASKING + run_id, keys.INPUT + run_id)
    values: Any = (str(number), InputAnswer(number, text).to_bytes(), "60", keys.INPUT_CHANNEL, run_id)
    asked: Any = site.client.eval(ANSWER, 2, *names, *values)
    return bool(await asked)


async def begin(site: SiteDouble, source: str, **more: Any) -> str:
    run = await site.script(source, interactive=True, **more)
    await site.submit(run)
    return run.id


async def asked(site: SiteDouble, run_id: str, number: int) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    async def is_asked() -> bool:
        events = await site.events(run_id)
        found.extend(event for event in events if event["kind"] == "ask" and event["data"]["number"] == number)
        return bool(found)

    await eventually_true(is_asked)
    return found[0]


async def gone(site: SiteDouble, key: str) -> bool:
    return not await site.client.exists(key)


def said(finished: Finished) -> list[tuple[str, str]]:
    return [(event["kind"], event["text"]) for event in finished.events if event["kind"] != "status"]


async def test_a_run_asks_is_answered_and_its_events_tell_both_in_order(site: SiteDouble) -> None:
    run_id = await begin(site, "name = input('Your name? ')\nprint('Hello', name)")

    question = await asked(site, run_id, 1)
    assert question["data"] == {"number": 1, "prompt": "Your name? ", "secret": False}
    assert await answer(site, run_id, 1, "Ada")

    finished = await site.finished(run_id)
    assert said(finished) == [("stdout", "Your name? "), ("ask", ""), ("input", "Ada\n"), ("stdout", "Hello Ada\n")]
    assert finished.record.outcome == "ok"


async def test_the_first_answer_wins_and_later_ones_are_told_so(site: SiteDouble) -> None:
    run_id = await begin(site, "print(input(), input())")
    await asked(site, run_id, 1)

    both = await asyncio.gather(answer(site, run_id, 1, "first"), answer(site, run_id, 1, "second"))
    await asked(site, run_id, 2)
    assert sorted(both) == [False, True]
    assert not await answer(site, run_id, 1, "again")
    assert not await answer(site, run_id, 3, "ahead")
    assert await answer(site, run_id, 2, "end")

    winner = "first" if both[0] else "second"
    assert (await site.finished(run_id)).text() == f"{winner} end\n"


async def test_nothing_is_left_of_a_question_that_its_run_does_not_wait_for(site: SiteDouble) -> None:
    run_id = await begin(site, "input('? ')")
    await asked(site, run_id, 1)

    await site.stop(run_id)
    assert (await site.finished(run_id)).record.outcome == "stopped"

    await eventually_true(lambda: gone(site, keys.ASKING + run_id))
    assert not await answer(site, run_id, 1, "late")
    assert not await site.client.exists(keys.INPUT + run_id)


async def test_waiting_counts_against_the_time_limit(site: SiteDouble) -> None:
    run_id = await begin(site, "input('? ')", timeout_s=0.5)

    finished = await site.finished(run_id)

    assert (finished.record.outcome, finished.record.error) == ("timeout", "Server code took too long")
    assert [event["data"]["number"] for event in finished.events if event["kind"] == "ask"] == [1]


async def test_a_password_is_in_no_event(site: SiteDouble) -> None:
    run_id = await begin(site, "import getpass\nprint(len(getpass.getpass()))")
    assert (await asked(site, run_id, 1))["data"]["secret"] is True

    await answer(site, run_id, 1, "hunter2hunter2")

    finished = await site.finished(run_id)
    assert finished.text("input") == "\n"
    assert finished.text() == "Password: 14\n"
    assert "hunter2" not in str(finished.events)


async def test_the_end_of_input_is_shown_and_ends_a_loop(site: SiteDouble) -> None:
    run_id = await begin(site, "import sys\nfor line in sys.stdin: print(line.upper(), end='')\nprint('done')")
    await asked(site, run_id, 1)
    await answer(site, run_id, 1, "a\nb")
    await asked(site, run_id, 2)
    await answer(site, run_id, 2, None)

    finished = await site.finished(run_id)
    assert finished.text() == "A\nB\ndone\n"
    assert finished.text("input") == "a\nb\n(end of input)\n"


async def test_a_run_that_nobody_can_answer_ends_with_a_helpful_error(site: SiteDouble) -> None:
    finished = await site.run_script("input('? ')")

    assert finished.record.outcome == "error"
    assert finished.record.error.startswith("EOFError: input() can't be answered in this run")
    assert [event for event in finished.events if event["kind"] == "ask"] == []


async def test_answers_that_came_while_the_runner_did_not_listen_are_found(
    site: SiteDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await begin(site, "print(input())")
    await asked(site, run_id, 1)

    clients = await site.client.client_list(_type="pubsub")
    await site.client.set(keys.INPUT + run_id, InputAnswer(1, "kept").to_bytes())
    for client in clients:
        await site.client.client_kill_filter(_id=client["id"])

    assert (await site.finished(run_id)).text() == "kept\n"


async def test_an_answer_that_is_none_of_ours_is_passed_over(site: SiteDouble) -> None:
    run_id = await begin(site, "print(input())")
    await asked(site, run_id, 1)

    for value in (b"\xff", b"{}", b"[1, 2]", b'["1", "x"]', b"[" * 100_000):
        await site.client.set(keys.INPUT + run_id, value)
        await site.client.publish(keys.INPUT_CHANNEL, run_id)
        await eventually_true(lambda: gone(site, keys.INPUT + run_id))
    for _ in range(2000):
        await site.client.publish(keys.INPUT_CHANNEL, "somebody-elses-run")
    assert await answer(site, run_id, 1, "mine")

    assert (await site.finished(run_id)).text() == "mine\n"


#: What a hostile script sends on its own socket.
_FORGE = (
    "import os, json\n"
    "def send(m):\n    d = json.dumps(m).encode()\n    os.write(3, b'J' + len(d).to_bytes(4, 'big') + d)\n"
)


async def test_a_script_that_floods_with_questions_only_ends_itself(site: SiteDouble) -> None:  # attack
    run_id = await begin(site, _FORGE + "for _ in range(10000): send({'type': 'ASK', 'prompt': 'x' * 100000})\ninput()")

    finished = await site.finished(run_id)

    assert finished.record.outcome == "crashed"
    questions = [event for event in finished.events if event["kind"] == "ask"]
    assert [len(event["data"]["prompt"]) for event in questions] == [500]
    assert (await site.run_script("print('fine')")).text() == "fine\n"


async def test_questions_of_the_wrong_shape_and_of_silent_runs_are_bounded(site: SiteDouble) -> None:  # attack
    odd = await begin(site, _FORGE + "send({'type': 'ASK', 'prompt': ['x'], 'secret': 'yes'})\ninput()")
    assert (await asked(site, odd, 1))["data"] == {"number": 1, "prompt": "", "secret": False}
    assert (await site.finished(odd)).record.outcome == "crashed"

    silent = await site.run_script(_FORGE + "for _ in range(500): send({'type': 'ASK'})\nprint('on')")
    assert (silent.record.outcome, silent.text()) == ("ok", "on\n")
    assert not await site.client.exists(keys.ASKING + silent.record.id)


@pytest.mark.parametrize(
    ("value", "returned"),
    [("42", 42), ("{'a': [None, True, 'é']}", {"a": [None, True, "é"]}), ("'NUL \\0'", "NUL \ufffd"), ("None", None)],
)
async def test_w_10_what_a_script_returns_is_in_its_record(site: SiteDouble, value: str, returned: Any) -> None:
    finished = await site.run_script(f"import anvil.script\nanvil.script.return_value = {value}")

    assert finished.record.returned == returned
    assert finished.events[-1]["data"].get("returned") == returned


async def test_a_forged_return_value_is_bounded(site: SiteDouble) -> None:  # attack
    for value in ("float('nan')", "'x' * 100_000", "__import__('functools').reduce(lambda a, _: [a], range(90), 0)"):
        end = f"{{'type': 'END', 'error': None, 'exit_code': 0, 'returned': {value}}}"
        finished = await site.run_script(f"{_FORGE}send({end})\nimport time\ntime.sleep(9)")

        assert (finished.record.outcome, finished.record.returned) == ("ok", None)


async def test_after_the_most_questions_input_ends(site: SiteDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MAX_QUESTIONS", 1)
    run_id = await begin(site, "import sys\nprint(len(sys.stdin.readlines()))")
    await asked(site, run_id, 1)

    await answer(site, run_id, 1, "only")

    assert (await site.finished(run_id)).text() == "1\n"
