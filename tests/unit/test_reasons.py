"""X-03: why a run did not go well, in words that say what to do next."""

import pytest

from widget_model.outcomes import Outcome
from widget_model.reasons import Reason, reason_of


def why(outcome: str, *, trigger: str = "owner", error: str = "", exit_code: int | None = None) -> Reason | None:
    return reason_of(outcome, trigger=trigger, error=error, exit_code=exit_code, rss_kb=491_520, seconds=300.0)


@pytest.mark.parametrize(
    ("outcome", "more", "what", "advice"),
    [
        (Outcome.TIMEOUT, {}, "stopped after 5 min", "in parts"),
        (Outcome.TIMEOUT, {"trigger": "route"}, "as long as it may take", "scheduled task or a script"),
        (Outcome.MEMORY, {}, "no memory left. It used 480 MB", "read files in pieces"),
        (Outcome.OUTPUT_LIMIT, {}, "printed ten times more than is kept", "Print less"),
        (Outcome.CRASHED, {"exit_code": -11}, "signal 11 (SIGSEGV): native code", "last lines of stderr"),
        (Outcome.CRASHED, {"exit_code": -40}, "signal 40", "last lines of stderr"),
        (Outcome.CRASHED, {"exit_code": 3}, "exit code 3", "os._exit()"),
        (Outcome.CRASHED, {"exit_code": 0}, "without an answer", "os._exit()"),
        (Outcome.CRASHED, {}, "broke off the connection", ""),
        (Outcome.INTERNAL_ERROR, {}, "not the code's fault", "Run it again"),
        (Outcome.ERROR, {"error": "ModuleNotFoundError: No module named 'bs4'"}, "a module", "under Packages"),
        (Outcome.ERROR, {"error": "Server code exited unexpectedly: x (exit code 4)", "exit_code": 4}, "code 4", ""),
    ],
)
def test_x_03_each_way_to_fail_says_what_happened_and_what_to_do(
    outcome: Outcome, more: dict[str, object], what: str, advice: str
) -> None:
    found = why(outcome, **more)  # type: ignore[arg-type]

    assert found is not None
    assert what in found.what
    assert advice in found.advice
    assert bool(advice) == bool(found.advice)


@pytest.mark.parametrize(
    ("outcome", "more"),
    [
        (Outcome.OK, {}),
        (Outcome.STOPPED, {}),
        (Outcome.ERROR, {"error": "ZeroDivisionError: division by zero", "exit_code": 1}),
        (Outcome.ERROR, {"trigger": "install", "error": "No such version."}),
    ],
)
def test_what_says_itself_why_is_not_explained(outcome: Outcome, more: dict[str, object]) -> None:
    assert why(outcome, **more) is None  # type: ignore[arg-type]
