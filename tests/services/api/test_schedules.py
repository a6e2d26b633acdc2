"""Schedules over the JSON API: set, read, tried out, paused, removed; who sees whom they tell."""

from typing import Any

import pytest
from tests.services.api.conftest import Caller

DAILY = {"every": "day", "at": "09:30", "timezone": "Europe/Berlin"}
SHOWN = {**DAILY, "n": 1, "paused": False, "retries": 0}


async def scheduled(owner: Caller, **more: Any) -> Any:
    answer = await owner("POST", "/widgets", {"kind": "scheduled", "title": "T", **more})
    assert answer.status == 201, answer.json
    return answer.json


async def test_w_12_a_scheduled_widget_is_made_with_its_schedule_and_a_starter(owner: Caller) -> None:
    made = await scheduled(owner, schedule=DAILY)

    assert made["schedule"] == SHOWN
    assert "print(" in made["files"]["main.py"]
    assert (await scheduled(owner))["schedule"]["every"] == "day"


@pytest.mark.parametrize(
    "spec",
    [
        {"every": "minute", "n": 5},
        {"every": "hour", "at": ":05"},
        {"every": "day", "at": "23:59"},
        {"every": "week", "n": 2, "at": "sunday 08:00"},
        {"every": "month", "at": "31 00:00"},
        {"cron": "*/5 * * * *", "timezone": "Asia/Tokyo"},
    ],
)
async def test_b_20_every_unit_can_be_set_and_says_when_it_is_next(owner: Caller, spec: dict[str, Any]) -> None:
    slug = (await scheduled(owner))["slug"]

    changed = await owner("PATCH", f"/widgets/{slug}", {"schedule": spec})
    stands = (await owner("GET", f"/widgets/{slug}/schedule")).json

    assert changed.status == 200
    assert spec.items() <= changed.json["schedule"].items()
    assert stands["next_run_at"] == stands["next_times"][0]
    assert len(stands["next_times"]) == 5
    assert stands["ticks"] == []


async def test_x_25_the_next_times_are_told_before_anything_is_saved(owner: Caller) -> None:
    made = await scheduled(owner, schedule=DAILY)

    told = await owner("POST", f"/widgets/{made['slug']}/schedule/preview", {"schedule": {"cron": "0 12 * * *"}})

    assert (told.status, told.json["words"], len(told.json["times"])) == (200, "cron 0 12 * * *, UTC", 5)
    assert all(moment % 86400 == 12 * 3600 for moment in told.json["times"])
    assert (await owner("GET", f"/widgets/{made['slug']}")).json["schedule"] == SHOWN


async def test_b_25_pause_and_removal(owner: Caller) -> None:
    slug = (await scheduled(owner, schedule=DAILY))["slug"]

    paused = await owner("PATCH", f"/widgets/{slug}", {"schedule": {**DAILY, "paused": True}})
    stands = (await owner("GET", f"/widgets/{slug}/schedule")).json
    assert (paused.json["schedule"]["paused"], stands["next_run_at"], stands["next_times"]) == (True, None, [])

    removed = await owner("PATCH", f"/widgets/{slug}", {"schedule": None})
    assert removed.json["schedule"] is None
    assert (await owner("PATCH", f"/widgets/{slug}", {"title": "Without one"})).json["schedule"] is None


@pytest.mark.parametrize(
    "spec", [{"every": "year"}, {"cron": "nonsense"}, {"every": "day", "timezone": "Nowhere"}, {"at": "09:00"}, {}]
)
async def test_what_is_no_schedule_is_refused_and_nothing_changes(owner: Caller, spec: dict[str, Any]) -> None:
    slug = (await scheduled(owner, schedule=DAILY))["slug"]

    refused = [
        await owner("PATCH", f"/widgets/{slug}", {"schedule": spec, "title": "New"}),
        await owner("POST", f"/widgets/{slug}/schedule/preview", {"schedule": spec}),
        await owner("POST", "/widgets", {"kind": "scheduled", "title": "T", "schedule": spec}),
    ]

    assert [(answer.status, answer.json["error"]["code"]) for answer in refused] == [(400, "bad_field")] * 3
    kept = (await owner("GET", f"/widgets/{slug}")).json
    assert (kept["schedule"], kept["title"]) == (SHOWN, "T")


async def test_only_scheduled_widgets_have_a_schedule(owner: Caller) -> None:
    script = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json

    assert script["schedule"] is None
    assert (await owner("PATCH", f"/widgets/{script['slug']}", {"schedule": DAILY})).status == 400
    assert (await owner("POST", "/widgets", {"kind": "api", "title": "T", "schedule": DAILY})).status == 400


async def test_a_fork_has_the_schedule_off(owner: Caller, other: Caller) -> None:
    made = await scheduled(owner, schedule=DAILY)

    copy = (await other("POST", f"/widgets/{made['slug']}/fork")).json

    assert copy["schedule"] == {**SHOWN, "paused": True}


async def test_the_owner_can_run_it_now(owner: Caller) -> None:
    made = await scheduled(owner, schedule=DAILY)

    run = await owner("POST", f"/widgets/{made['slug']}/runs", {})

    assert (run.status, run.json["trigger"], run.json["tick"]) == (202, "owner", None)
