"""Who is told when a schedule begins to fail, and when it works again (X-25)."""

from typing import Any

import pytest
from sqlalchemy import select
from tests.services.store.people import account
from tests.services.store.test_deliveries import hook_of
from tests.services.store.test_ticks import T0, run_due, scheduled

from widget_model.schedules import ScheduleError, parse
from widget_site.store import outbox, tables
from widget_site.store.store import Store

MINUTELY = {"every": "minute"}


async def sent(store: Store) -> list[dict[str, Any]]:
    async with store.database.reading() as db:
        found = await db.scalars(select(tables.delivery.c.payload).order_by(tables.delivery.c.id))
        return [dict(payload) for payload in found if payload["type"].startswith("schedule.")]


async def test_x_25_its_owner_is_told_once_when_it_begins_to_fail_and_once_when_it_works(store: Store) -> None:
    owner = await account(store)
    made = await scheduled(store, owner, {**MINUTELY, "notify": ["mail", "webhook"]})
    await hook_of(store, owner, made, "failed")

    for minute, outcome in enumerate(("ok", "error", "timeout", "ok", "ok", "error"), 1):
        await run_due(store, T0 + 60 * minute, outcome)

    messages = [message.subject for message in (await outbox.of_account(store, owner.id)).items][::-1]
    assert messages == [f"{made.title} fails", f"{made.title} works again", f"{made.title} fails"]
    told = await sent(store)
    assert [one["type"] for one in told] == ["schedule.failing", "schedule.recovered", "schedule.failing"]
    assert told[0]["data"]["widget"]["slug"] == made.slug
    assert told[0]["data"]["run"]["outcome"] == "error"
    assert "ImportError" in told[0]["data"]["run"]["error"]


async def test_x_25_retries_come_first(store: Store) -> None:
    owner = await account(store)
    await scheduled(store, owner, {"every": "hour", "at": ":00", "retries": 1, "notify": ["mail"]})
    due = (T0 // 3600 + 1) * 3600

    await run_due(store, due, "error")
    before = (await outbox.of_account(store, owner.id)).items
    await run_due(store, due + 60, "error")

    [message] = (await outbox.of_account(store, owner.id)).items
    assert before == ()
    assert "failed after 1 retries" in message.text
    assert "ImportError" in message.text


async def test_nobody_is_told_who_did_not_ask(store: Store) -> None:
    owner = await account(store)
    made = await scheduled(store, owner, MINUTELY)
    await hook_of(store, owner, made)

    await run_due(store, T0 + 60, "error")

    assert (await outbox.of_account(store, owner.id)).items == ()
    assert await sent(store) == []


def test_what_a_schedule_tells_is_a_list_of_known_ways() -> None:
    assert parse({**MINUTELY, "notify": ["webhook", "mail", "mail"]}).as_dict()["notify"] == ["mail", "webhook"]
    assert "notify" not in parse({**MINUTELY, "notify": []}).as_dict()
    assert parse({**MINUTELY, "notify": ["mail"]}).for_fork().notify == ()
    for wrong in ("mail", ["pigeon"], [1], {"mail": True}, 3):
        with pytest.raises(ScheduleError):
            parse({**MINUTELY, "notify": wrong})
