"""Scheduled tasks of anvil.yaml become schedules of ours."""

from typing import Any

import pytest

from widget_model.anvil_schedules import from_anvil, task_of
from widget_model.schedules import ScheduleError


def entry(task: str, **spec: Any) -> dict[str, Any]:
    return {"task_name": task, "job_id": 17, "time_spec": spec}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"every": "minute", "n": 10}, {"every": "minute", "n": 10}),
        ({"every": "hour", "n": 2, "at": {"minute": 5}}, {"every": "hour", "n": 2, "at": ":05"}),
        ({"every": "day", "at": {"hour": 7, "minute": 30}}, {"every": "day", "n": 1, "at": "07:30"}),
        ({"every": "week", "at": {"day": 1, "hour": 8, "minute": 0}}, {"every": "week", "n": 1, "at": "sunday 08:00"}),
        ({"every": "week", "at": {"day": 7}}, {"every": "week", "n": 1, "at": "saturday"}),
        ({"every": "month", "at": {"day": 15, "hour": 0, "minute": 1}}, {"every": "month", "n": 1, "at": "15 00:01"}),
    ],
)
def test_b_20_b_21_every_form_of_a_time_is_read(spec: dict[str, Any], words: dict[str, Any]) -> None:
    made = from_anvil([entry("report", **spec)])

    assert words.items() <= made["report"].as_dict().items()


def test_several_times_of_one_task_are_told_apart() -> None:
    made = from_anvil([entry("report", every="day"), entry("other", every="hour"), entry("report", every="week")])

    assert list(made) == ["report", "other", "report#2"]
    assert [task_of(name) for name in made] == ["report", "other", "report"]


@pytest.mark.parametrize("wrong", [{}, {"task_name": "x"}, entry("x", every="year"), entry("x", every="day", n="?")])
def test_what_cannot_be_read_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ScheduleError, match=r"scheduled task|schedule of 'x'"):
        from_anvil([wrong])
