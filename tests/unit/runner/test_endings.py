"""How a run ended is told apart, and nothing that a child says about it is believed unseen."""

from typing import Any

import pytest

from widget_model.limits import Limits
from widget_model.outcomes import Outcome
from widget_runner import endings
from widget_runner.channel import ChildExit

LIMITS = Limits(timeout_s=30)


@pytest.mark.parametrize(
    ("child", "outcome", "text"),
    [
        (ChildExit(3), Outcome.CRASHED, "Server code exited unexpectedly: r1 (exit code 3)"),
        (ChildExit(0), Outcome.CRASHED, "Server code exited unexpectedly: r1 (exit code 0)"),
        (ChildExit(-11), Outcome.CRASHED, "Server code execution process was killed with signal 11. (r1)"),
        (
            ChildExit(-9),
            Outcome.MEMORY,
            "Server code execution process was killed. This is usually caused by running out of memory. (r1)",
        ),
        (
            ChildExit(1, oom_killed=True),
            Outcome.MEMORY,
            "Server code execution process was killed. This is usually caused by running out of memory. (r1)",
        ),
    ],
)
def test_an_exit_without_a_result_says_what_it_was(child: ChildExit, outcome: Outcome, text: str) -> None:
    ending = endings.exited(child, "r1", started=True)

    assert (ending.outcome, ending.error, ending.exit_code) == (outcome, text, child.status)
    assert ending.answer is not None
    assert ending.answer.status == 500
    assert not ending.lost


def test_a_child_that_nobody_saw_end_is_ours_to_explain() -> None:
    ending = endings.exited(ChildExit(None, text="its supervisor ended"), "r1", started=True)

    assert (ending.outcome, ending.lost) == (Outcome.INTERNAL_ERROR, True)
    assert "its supervisor ended" in ending.error


def test_a_child_that_left_before_user_code_is_ours_too() -> None:
    assert endings.exited(ChildExit(70), "r1", started=False).lost
    assert endings.exited(ChildExit(-9, oom_killed=True), "r1", started=False).lost


@pytest.mark.parametrize(
    ("message", "answers", "outcome", "error"),
    [
        ({"error": None, "exit_code": 0}, False, Outcome.OK, ""),
        ({}, False, Outcome.OK, ""),
        ({"exit_code": True}, False, Outcome.OK, ""),
        ({"exit_code": 10**30}, False, Outcome.OK, ""),
        ({"exit_code": 4}, False, Outcome.ERROR, "Left with exit code 4"),
        ({"exit_code": 1, "said": "bye\nnow"}, False, Outcome.ERROR, "Left with: bye"),
        ({"exit_code": 1, "said": ["x"]}, False, Outcome.ERROR, "Left with exit code 1"),
        ({"exit_code": 4}, True, Outcome.ERROR, "Server code exited unexpectedly: r1 (exit code 4)"),
        ({"exit_code": 0}, True, Outcome.CRASHED, "Server code exited unexpectedly: r1 (exit code 0)"),
        ({"error": {"type": "ValueError", "message": "no\nway"}}, False, Outcome.ERROR, "ValueError: no"),
        ({"error": {}}, False, Outcome.ERROR, "Exception"),
        ({"error": {"type": 3, "message": ["x"], "trace": 7, "traceback": {}}}, False, Outcome.ERROR, "Exception"),
    ],
)
def test_an_end_is_read_with_care(message: dict[str, Any], answers: bool, outcome: Outcome, error: str) -> None:
    ending = endings.ended(message, "r1", answers=answers)

    assert (ending.outcome, ending.error) == (outcome, error)


def test_a_memory_error_says_memory_and_keeps_its_traceback() -> None:
    ending = endings.ended(
        {"error": {"type": "MemoryError", "message": "", "traceback": "line 1"}}, "r1", answers=False
    )

    assert ending.outcome is Outcome.MEMORY
    assert ending.text.startswith("line 1\n")
    assert "running out of memory. (r1)" in ending.text


def test_what_a_child_says_of_its_error_is_bounded_and_clean() -> None:
    error = {
        "type": "T" * 1000,
        "message": "m\x00" * 100_000,
        "traceback": "t" * 300_000,
        "trace": [["f", 1, 2], [3]] * 500,
    }

    ending = endings.ended({"error": error}, "r1", answers=False)

    assert ending.data is not None
    assert len(ending.error) <= 1000
    assert len(ending.text) <= 100_001
    assert "\x00" not in ending.data["message"]
    assert ending.data["trace"] == [["f", 1]] * 50


def test_no_route_is_no_error_of_the_widget() -> None:
    error = {"type": "anvil.server.NoServerFunctionError", "message": 'No server function matching "route:/x"'}

    ending = endings.responded({"error": error}, {}, "r1", LIMITS)

    assert (ending.outcome, ending.text) == (Outcome.OK, "")
    assert ending.answer is not None
    assert ending.answer.status == 404


def test_limits_are_named_in_words() -> None:
    assert endings.timed_out().error == "Server code took too long"
    assert endings.flooded(LIMITS).outcome is Outcome.OUTPUT_LIMIT
    assert endings.stopped().outcome is Outcome.STOPPED
    large, later = endings.too_large(LIMITS), endings.too_large(LIMITS, for_now=True)
    assert large.answer is not None
    assert later.answer is not None
    assert (large.answer.status, later.answer.status) == (500, 503)
    assert str(LIMITS.response_bytes).encode() in large.answer.body
