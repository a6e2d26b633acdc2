"""Schedules over the JSON API: set, read, tried out, paused, removed; who sees whom they tell."""

from typing import Any

import pytest
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PageVisitor

from widget_model.files import Files
from widget_site.parts import SiteParts
from widget_site.store import accounts, widgets

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


TASKS = """
import anvil.server
import more

@anvil.server.background_task
def report():
    pass

@anvil.server.background_task("clean up")
def clean():
    pass
"""


MORE = "from anvil.server import background_task\n\n@background_task()\ndef third():\n    pass\n"
FILES: Files = {"main.py": TASKS, "more.py": MORE}


async def with_tasks(owner: Caller, kind: str = "api") -> str:
    made = await owner("POST", "/widgets", {"kind": kind, "title": "T", "files": FILES})
    assert made.status == 201, made.json
    return str(made.json["slug"])


async def test_b_20_a_background_task_of_an_api_has_schedules_of_its_own(owner: Caller, other: Caller) -> None:
    slug = await with_tasks(owner)
    at = f"/widgets/{slug}/schedules"

    made = await owner("PUT", f"{at}/report", {"schedule": DAILY})
    await owner("PUT", f"{at}/report%23evening", {"schedule": {**DAILY, "at": "21:00"}})
    await owner("PUT", f"{at}/clean%20up", {"schedule": {"every": "hour", "paused": True}})
    listed = (await owner("GET", at)).json["items"]

    assert (made.status, made.json["task"], made.json["schedule"]) == (200, "report", SHOWN)
    assert [one["task"] for one in listed] == ["clean up", "report", "report#evening"]
    assert [bool(one["next_times"]) for one in listed] == [False, True, True]
    assert (await other("GET", at)).status == 403
    assert (await other("PUT", f"{at}/report", {"schedule": DAILY})).status == 403
    assert (await owner("DELETE", f"{at}/report")).status == 204
    assert [one["task"] for one in (await owner("GET", at)).json["items"]] == ["clean up", "report#evening"]


async def test_schedules_of_tasks_are_checked_and_bounded(owner: Caller) -> None:
    at = f"/widgets/{await with_tasks(owner)}/schedules"

    answers = [
        await owner("PUT", f"{at}/{name}", {"schedule": DAILY}) for name in ("x" * 101, "%20x", "%23x", "script:")
    ]
    wrong = await owner("PUT", f"{at}/report", {"schedule": {"every": "year"}})
    many = [(await owner("PUT", f"{at}/report%23{number}", {"schedule": DAILY})).status for number in range(21)]

    assert [answer.status for answer in answers] == [400] * 4
    assert wrong.status == 400
    assert many == [200] * 20 + [409]


async def test_a_fork_and_an_import_have_the_schedules_of_tasks_off(owner: Caller, other: Caller) -> None:
    slug = await with_tasks(owner, "scheduled")
    await owner("PUT", f"/widgets/{slug}/schedules/report", {"schedule": DAILY})

    copy = (await other("POST", f"/widgets/{slug}/fork")).json["slug"]
    listed = (await other("GET", f"/widgets/{copy}/schedules")).json["items"]

    assert [(one["task"], one["schedule"]["paused"]) for one in listed] == [("", True), ("report", True)]


async def test_the_page_of_schedules_sets_pauses_and_removes_those_of_tasks(boss: PageVisitor, site: SiteParts) -> None:
    account = await accounts.by_username(site.store, "boss")
    slug = (await widgets.create(site.store, account, "api", "T", FILES)).slug
    page = f"/w/{slug}/schedule"
    form = {"every": "day", "time": "09:30", "timezone": "UTC", "retries": "0", "n": "1"}

    new = await boss.get(page)
    saved = await boss.send(page, **form, task="report")
    nameless = await boss.send(page, **form)
    shown = await boss.get(f"{page}?task=report")
    await boss.send(f"{page}/pause", page, task="report", paused="yes")
    paused = await boss.get(f"{page}?task=report")
    removed = await boss.send(f"{page}/remove", page, task="report")

    for name in ("report", "clean up", "third"):
        assert f'<option value="{name}">' in new.text
    assert saved.location == f"{page}?task=report&done=saved"
    assert "Name the background task" in nameless.text
    assert "It runs every day" in shown.text
    assert "Paused." in paused.text
    assert removed.location == f"{page}?done=schedule-removed"
    assert (await boss.get(f"{page}?task=report")).status == 404
