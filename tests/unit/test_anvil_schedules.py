"""Scheduled tasks of anvil.yaml become schedules of ours."""

from typing import Any

import pytest

from widget_model.anvil_schedules import from_anvil, task_of, to_anvil, what_can_be_read
from widget_model.schedules import ScheduleError, parse


def entry(task: str, **spec: Any) -> dict[str, Any]:
    return {"task_name": task, "job_id": 17, "time_spec": spec}


TIMES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"every": "minute", "n": 10}, {"every": "minute", "n": 10}),
    ({"every": "hour", "n": 2, "at": {"minute": 5}}, {"every": "hour", "n": 2, "at": ":05"}),
    ({"every": "day", "at": {"hour": 7, "minute": 30}}, {"every": "day", "n": 1, "at": "07:30"}),
    ({"every": "week", "at": {"day": 1, "hour": 8, "minute": 0}}, {"every": "week", "n": 1, "at": "sunday 08:00"}),
    ({"every": "day", "at": {"minute": 30}}, {"every": "day", "n": 1, "at": "00:30"}),
    ({"every": "week", "at": {"day": 7}}, {"every": "week", "n": 1, "at": "saturday"}),
    ({"every": "month", "at": {"day": 15, "hour": 0, "minute": 1}}, {"every": "month", "n": 1, "at": "15 00:01"}),
]


@pytest.mark.parametrize(("spec", "words"), TIMES)
def test_b_20_b_21_every_form_of_a_time_is_read(spec: dict[str, Any], words: dict[str, Any]) -> None:
    made = from_anvil([entry("report", **spec)])

    assert words.items() <= made["report"].as_dict().items()


def test_several_times_of_one_task_are_told_apart() -> None:
    made = from_anvil([entry("report", every="day"), entry("other", every="hour"), entry("report", every="week")])

    assert list(made) == ["report", "other", "report#2"]
    assert [task_of(name) for name in made] == ["report", "other", "report"]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"task_name": "x"}, entry("x", every="year"), entry("x", every="day", n="?"), entry("x", every="day", at="7")],
)
def test_what_cannot_be_read_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ScheduleError, match=r"scheduled task|schedule of 'x'"):
        from_anvil([wrong])

    made, [problem] = what_can_be_read([entry("report", every="day"), wrong, entry("report", every="hour")])
    assert list(made) == ["report", "report#2"]
    assert "anvil.yaml" in problem or "'x'" in problem


@pytest.mark.parametrize(("spec", "words"), TIMES)
def test_b_20_b_21_schedules_become_entries_that_say_the_same(spec: dict[str, Any], words: dict[str, Any]) -> None:
    schedule = parse(words)

    [made], problems = to_anvil({"report#evening": schedule})

    assert problems == []
    assert made["task_name"] == "report"
    assert from_anvil([made])["report"].same_times(schedule)
    [monday], _ = to_anvil({"report": parse({"every": "week"})})
    assert from_anvil([monday])["report"].as_dict()["at"] == "monday"


def test_entries_that_still_hold_stay_and_what_anvil_can_not_say_is_told() -> None:
    before = [entry("report", every="day"), entry("gone", every="hour"), entry("report", every="week")]
    schedules = from_anvil(before)
    del schedules["gone"]
    schedules["report#2"] = parse({"every": "week", "at": "sunday", "paused": True})
    schedules["new"] = parse({"every": "minute", "n": 5})
    schedules["far"] = parse({"every": "day", "at": "07:00", "timezone": "Asia/Tokyo"})
    schedules["odd"] = parse({"cron": "0 7 * * 1-5"})

    made, problems = to_anvil(schedules, before)

    assert made[:2] == [before[0], before[2]]
    assert [(one["task_name"], one["time_spec"]) for one in made[2:]] == [("new", {"every": "minute", "n": 5})]
    assert ["'far'" in problems[0], "'odd'" in problems[1]] == [True, True]
