"""Background tasks in the JSON API and on their page (B-19); what tasks do is in tests/services/public."""

import time
from typing import Any

from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PageVisitor

from widget_model.ids import new_id
from widget_model.outcomes import Outcome, Trigger
from widget_site.parts import SiteParts
from widget_site.store import accounts, runs, widgets
from widget_site.store.runs import FinishedRun
from widget_site.store.values import Widget
from widget_wire import keys
from widget_wire.runs import RunRecord

FILES: Any = {"main.py": "import anvil.server\n"}


async def begin(site: SiteParts, widget: Widget, name: str) -> str:
    run_id = new_id()
    await runs.add(site.store, run_id, widget_id=widget.id, trigger="background", revision=1, task=name)
    return run_id


async def end(site: SiteParts, widget: Widget, run_id: str, outcome: Outcome, error: str = "", **told: Any) -> None:
    now = time.time()
    record = RunRecord(run_id, widget.id, Trigger.BACKGROUND, 1, outcome, now - 2, now, error, task=told)
    await runs.finish(site.store, [FinishedRun(record, ())])


async def made(site: SiteParts, name: str, kind: str = "api") -> Widget:
    return await widgets.create(site.store, await accounts.by_username(site.store, name), kind, "T", FILES)


async def test_b_19_tasks_are_listed_read_and_killed_by_their_owner(
    owner: Caller, other: Caller, site: SiteParts
) -> None:
    widget = await made(site, "olive")
    at = f"/widgets/{widget.slug}/tasks"
    first, second = await begin(site, widget, "report"), await begin(site, widget, "clean up")
    await site.dispatch.link.client.set(keys.TASK_STATE + second, b'{"response": {"done": 1}, "objects": []}')
    answer, state = {"response": [1, "x"], "objects": []}, {"response": {"done": 2}, "objects": []}
    await end(site, widget, first, Outcome.OK, answer=answer, state=state)

    listed = (await owner("GET", at)).json["items"]
    done, running = [(await owner("GET", f"{at}/{one}")).json for one in (first, second)]
    killed = await owner("POST", f"{at}/{second}/kill")

    assert [(one["name"], one["status"], one["termination"]) for one in listed] == [
        ("clean up", "queued", None),
        ("report", "finished", "completed"),
    ]
    assert (done["state"], done["returned"]) == ({"done": 2}, [1, "x"])
    assert (running["state"], running["returned"]) == ({"done": 1}, None)
    assert killed.status == 202
    assert await site.dispatch.link.client.exists(keys.STOP + second)
    assert (await other("POST", f"{at}/{second}/kill")).status == 403
    theirs = await made(site, "otto")
    assert (await other("GET", f"/widgets/{theirs.slug}/tasks/{second}")).status == 404


async def test_b_19_an_owner_launches_a_task_by_its_name(owner: Caller, site: SiteParts) -> None:
    widget = await made(site, "olive")
    at = f"/widgets/{widget.slug}/tasks"

    launched = await owner("POST", at, {"name": "report"})
    refused = await owner("POST", at, {"name": ""})

    assert (launched.status, launched.json["name"], launched.json["status"]) == (202, "report", "queued")
    assert (await owner("GET", f"{at}/{launched.json['id']}")).json["state"] is None
    assert refused.status == 400


async def test_b_19_the_page_shows_how_tasks_are_and_kills_them(boss: PageVisitor, site: SiteParts) -> None:
    widget = await made(site, "boss")
    page = f"/w/{widget.slug}/tasks"
    empty = await boss.get(page)
    failed, running = await begin(site, widget, "fails <b>"), await begin(site, widget, "goes on")
    error = {"error": {"type": "ValueError", "message": "broken", "trace": []}, "objects": []}
    await end(site, widget, failed, Outcome.ERROR, "ValueError: broken", answer=error, state=None)

    shown = await boss.get(page)
    in_full = await boss.get(f"{page}/{failed}")
    killed = await boss.send(f"{page}/{running}/kill", page)

    assert "None was launched yet" in empty.text
    assert "<b>" not in shown.text
    assert "fails &lt;b&gt;" in shown.text
    assert f'action="{page}/{running}/kill"' in shown.text
    assert f'action="{page}/{failed}/kill"' not in shown.text
    assert "took 2" in shown.text
    assert "ValueError: broken" in in_full.text
    assert killed.location == f"{page}?done=task-killed"
    assert await site.dispatch.link.client.exists(keys.STOP + running)
