"""What is due is claimed once, whatever workers and clocks do; a fixed clock, SQLite and Postgres."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert, update
from tests.services.store.people import account, widget

from widget_model.ids import new_id
from widget_model.limits import WIDGET_CONCURRENCY
from widget_model.schedules import Schedule, parse
from widget_site.errors import ForbiddenError, FormError
from widget_site.store import moderation, runs, schedules, tables, ticks, widgets
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Account, ScheduleTick, StoredSchedule, Widget
from widget_wire.runs import RunRecord

#: A minute's beginning.
T0 = 1_800_000_000.0
MINUTELY = {"every": "minute"}


async def scheduled(store: Store, owner: Account, spec: dict[str, Any], now: float = T0) -> Widget:
    made = await widget(store, owner, kind="scheduled")
    await schedules.save(store, made.slug, owner.id, None, now)
    await schedules.save(store, made.slug, owner.id, parse(spec), now)
    return made


async def unscheduled(store: Store, owner: Account) -> Widget:
    made = await widget(store, owner, kind="scheduled")
    await schedules.save(store, made.slug, owner.id, None, T0)
    return made


async def add_tasks(store: Store, made: Widget, *due_at: float) -> None:
    """Give a widget schedules beside its own, due at these times."""
    row = {"widget_id": made.id, "spec": {"every": "day"}, "retry_attempt": 0}
    rows = [{**row, "id": new_id(), "name": f"at {at}", "next_at": at, "due_at": at} for at in due_at]
    async with store.database.writing() as db:
        await db.execute(insert(tables.schedule), rows)


async def stored(store: Store, made: Widget) -> StoredSchedule:
    found = await schedules.of_widget(store, made.id)
    assert found is not None
    return found


async def hand_over(store: Store, now: float) -> list[ticks.DueRun]:
    taken = await ticks.take(store, now, 1000, 15)
    await ticks.handed_over(store, taken, {})
    return taken


async def end(store: Store, due: ticks.DueRun, now: float, outcome: str = "ok") -> None:
    error = "" if outcome == "ok" else "ImportError: No module named 'nothing'"
    record = RunRecord(due.run_id, due.widget_id, "schedule", due.revision, outcome, now - 1, now, error)
    await runs.finish(store, [FinishedRun(record, ())])
    await ticks.settle(store, now)


async def run_due(store: Store, now: float, outcome: str = "ok") -> None:
    """Claim what is due, and let all of it end so."""
    await ticks.claim(store, now)
    for due in await hand_over(store, now):
        await end(store, due, now, outcome)


async def newest(store: Store, made: Widget, count: int = 1) -> list[ScheduleTick]:
    return await schedules.ticks(store, made.id, count)


async def test_w_12_each_time_makes_one_run(store: Store) -> None:
    olive = await account(store)
    made = await scheduled(store, olive, MINUTELY)

    assert await ticks.claim(store, T0 + 59) == 0
    await run_due(store, T0 + 60)
    await run_due(store, T0 + 60.5)
    await run_due(store, T0 + 120)

    kept = (await runs.listed(store, made.slug, olive.id)).items
    assert [(run.trigger, run.tick_at, run.reason) for run in kept] == [
        ("schedule", T0 + 120, "due"),
        ("schedule", T0 + 60, "due"),
    ]
    assert (await stored(store, made)).next_at == T0 + 180


async def test_w_13_a_time_whose_last_run_is_not_over_is_skipped_and_recorded(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await ticks.claim(store, T0 + 60)
    (running,) = await hand_over(store, T0 + 60)

    await ticks.claim(store, T0 + 120)
    await end(store, running, T0 + 150)
    await run_due(store, T0 + 180)

    found = [(tick.tick_at, tick.state) for tick in await newest(store, made, 5)]
    assert found == [(T0 + 180, "done"), (T0 + 120, "skipped"), (T0 + 60, "done")]


async def test_w_14_downtime_makes_one_catch_up_run_and_the_next_time_counts_from_now(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)

    await run_due(store, T0 + 250)
    await run_due(store, T0 + 251)

    (only,) = await newest(store, made, 5)
    assert (only.tick_at, only.reason, only.missed) == (T0 + 60, "catch_up", 4)
    assert (await stored(store, made)).next_at == T0 + 300


async def test_w_14_what_is_taken_down_runs_nothing_and_makes_up_for_it_by_one_run_when_it_is_put_back(
    store: Store,
) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await moderation.take_down(store, made.slug, "")

    while_hidden = await ticks.claim(store, T0 + 250)
    await moderation.put_back(store, made.slug)
    await run_due(store, T0 + 310)

    (only,) = await newest(store, made, 5)
    assert (while_hidden, only.tick_at, only.missed) == (0, T0 + 60, 5)


async def test_test_69_a_clock_put_back_runs_no_time_again(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await run_due(store, T0 + 60)
    await run_due(store, T0 + 120)

    # Put back two minutes; the schedule is saved anew, so its next time is one that has been run.
    await schedules.save(store, made.slug, made.owner_id, parse({"every": "hour"}), T0)
    await schedules.save(store, made.slug, made.owner_id, parse(MINUTELY), T0)
    await run_due(store, T0 + 60)
    await run_due(store, T0 + 120)
    await run_due(store, T0 + 180)

    assert [tick.tick_at for tick in await newest(store, made, 9)] == [T0 + 180, T0 + 120, T0 + 60]


async def test_two_workers_never_claim_one_time_twice(store: Store) -> None:
    olive = await account(store)
    made = [await scheduled(store, olive, MINUTELY) for _ in range(20)]

    claimed = await asyncio.gather(*(ticks.claim(store, T0 + 60, 7) for _ in range(8)))
    # On Postgres a round of takers may all want the same ones; then one of them gets those.
    rounds = [await asyncio.gather(*(ticks.take(store, T0 + 60, 5, 15) for _ in range(4))) for _ in range(5)]

    assert sum(claimed) == 20
    taken = [due for batches in rounds for batch in batches for due in batch]
    assert len(taken) == len({due.run_id for due in taken}) == 20
    assert {due.widget_id for due in taken} == {one.id for one in made}


async def test_what_a_killed_worker_had_taken_is_taken_again_after_its_lease(store: Store) -> None:
    await scheduled(store, await account(store), MINUTELY)
    await ticks.claim(store, T0 + 60)
    lost = await ticks.take(store, T0 + 60, 10, 15)

    assert await ticks.take(store, T0 + 74, 10, 15) == []
    assert await ticks.take(store, T0 + 75, 10, 15) == lost


async def test_a_run_that_waits_for_its_turn_is_not_taken_for_lost(store: Store) -> None:
    await scheduled(store, await account(store), MINUTELY)
    await ticks.claim(store, T0 + 60)
    assert await runs.unfinished(store, T0 + 1000) == []

    await hand_over(store, T0 + 60)

    assert len(await runs.unfinished(store, T0 + 1000)) == 1


async def test_waiting_accounts_take_turns(store: Store) -> None:
    olive, bob = await account(store), await account(store, "bob")
    for _ in range(6):
        await scheduled(store, olive, MINUTELY)
    late = await scheduled(store, bob, {"every": "minute"}, T0 + 60)
    await ticks.claim(store, T0 + 120)

    taken = await ticks.take(store, T0 + 120, 2, 15)

    assert late.id in {due.widget_id for due in taken}


async def test_accounts_take_turns_also_where_there_is_room_for_one_run_at_a_time(store: Store) -> None:
    owners = [await account(store, name) for name in ("olive", "bob", "carol")]
    for owner in owners:
        made = await unscheduled(store, owner)
        await add_tasks(store, made, T0, T0 + 1, T0 + 2)
    await ticks.claim(store, T0 + 2)

    served, last = [], ""
    while taken := await ticks.take(store, T0 + 2, 1, 15, last):
        (due,) = taken
        served.append(last := due.owner_id)

    assert served == sorted(owner.id for owner in owners) * 3


async def test_runs_of_one_widget_that_are_due_in_a_minute_go_together_and_after_those_of_the_minute_before(
    store: Store,
) -> None:
    olive = await account(store)
    first, second = [await unscheduled(store, olive) for _ in range(2)]
    await add_tasks(store, second, T0 - 30)
    for made in (first, second):
        await add_tasks(store, made, *(T0 + number for number in range(4)))
    await ticks.claim(store, T0 + 10)

    taken = [due.widget_id for _ in range(3) for due in await ticks.take(store, T0 + 10, 3, 15)]

    assert taken == [second.id, *[first.id] * 4, *[second.id] * 4]


async def test_a_widget_never_has_more_runs_with_the_runners_than_it_may_run_at_once(store: Store) -> None:
    olive = await account(store)
    many, few = [await unscheduled(store, olive) for _ in range(2)]
    await add_tasks(store, many, *(T0 + number for number in range(WIDGET_CONCURRENCY + 3)))
    await add_tasks(store, few, T0 + 30, T0 + 31)
    await ticks.claim(store, T0 + 40)

    first = await ticks.take(store, T0 + 40, 1000, 15)
    assert await ticks.take(store, T0 + 40, 1000, 15) == []
    await ticks.handed_over(store, first, {})
    assert await ticks.take(store, T0 + 60, 1000, 15) == []
    await end(store, first[0], T0 + 60)
    (following,) = await ticks.take(store, T0 + 60, 1000, 15)

    assert [due.widget_id for due in first] == [*[many.id] * WIDGET_CONCURRENCY, few.id, few.id]
    assert following.widget_id == many.id


async def test_x_25_a_failed_run_is_tried_again_with_growing_pauses(store: Store) -> None:
    made = await scheduled(store, await account(store), {"every": "hour", "at": ":00", "retries": 2})
    slot = (await stored(store, made)).next_at
    assert slot is not None
    await run_due(store, slot, "error")
    assert (await stored(store, made)).retry_at == slot + 60

    await run_due(store, slot + 60, "timeout")
    assert (await stored(store, made)).retry_at == slot + 60 + 120
    assert (await stored(store, made)).failing_since is None

    await run_due(store, slot + 180, "error")

    found = [(tick.tick_at, tick.reason, tick.attempt) for tick in await newest(store, made, 9)]
    assert found == [(slot, "retry", 2), (slot, "retry", 1), (slot, "due", 0)]
    after = await stored(store, made)
    assert (after.retry_at, after.failing_since, after.next_at) == (None, slot + 180, slot + 3600)


async def test_no_retry_comes_after_the_next_time_or_for_a_run_that_its_owner_stopped(store: Store) -> None:
    olive = await account(store)
    often = await scheduled(store, olive, {**MINUTELY, "retries": 5})
    stopped = await scheduled(store, olive, {"every": "hour", "at": ":00", "retries": 5})
    slot = (await stored(store, stopped)).next_at
    assert slot is not None
    await run_due(store, T0 + 60, "error")
    failed = await stored(store, often)
    await run_due(store, slot, "stopped")

    assert (failed.retry_at, failed.failing_since) == (None, T0 + 60)
    assert (await stored(store, stopped)).retry_at is None
    assert (await stored(store, stopped)).failing_since is None


async def test_b_26_a_run_that_can_not_begin_is_an_error_of_its_time_until_one_is_well(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await run_due(store, T0 + 60, "error")

    (tick,) = await newest(store, made)
    assert (tick.outcome, tick.error) == ("error", "ImportError: No module named 'nothing'")
    assert (await stored(store, made)).failing_since == T0 + 60

    await run_due(store, T0 + 120)
    assert (await stored(store, made)).failing_since is None


async def test_b_25_a_paused_schedule_runs_nothing_and_goes_on_from_now(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await schedules.resume(store, made.slug, made.owner_id, paused=True, now=T0)

    await run_due(store, T0 + 600)
    assert await newest(store, made) == []

    await schedules.resume(store, made.slug, made.owner_id, paused=False, now=T0 + 601)
    assert (await stored(store, made)).next_at == T0 + 660


async def test_b_23_unchanged_times_keep_their_next_run_and_changed_ones_count_anew(store: Store) -> None:
    made = await scheduled(store, await account(store), {"every": "day", "at": "09:00"})
    kept = (await stored(store, made)).next_at

    await schedules.save(store, made.slug, made.owner_id, parse({"every": "day", "at": "9:00", "retries": 1}), T0 + 9e5)
    assert (await stored(store, made)).next_at == kept

    await schedules.save(store, made.slug, made.owner_id, parse(MINUTELY), T0 + 5)
    assert (await stored(store, made)).next_at == T0 + 60


async def test_b_25_a_schedule_that_is_removed_takes_its_times_with_it(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await run_due(store, T0 + 60)

    await schedules.save(store, made.slug, made.owner_id, None, T0 + 61)

    assert await schedules.of_widget(store, made.id) is None
    assert await ticks.claim(store, T0 + 600) == 0


async def test_security_61_a_fork_has_the_schedule_off(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    copy = await widgets.fork(store, made.slug, await account(store, "bob"))

    found = await stored(store, copy)

    assert (found.schedule.paused, found.next_at) == (True, None)
    assert await ticks.claim(store, T0 + 10**6) == 1


async def test_a_new_scheduled_widget_has_a_daily_schedule(store: Store) -> None:
    made = await widget(store, await account(store), kind="scheduled")

    assert (await stored(store, made)).schedule.as_dict()["every"] == "day"


async def test_only_the_owner_sets_it_and_only_for_a_scheduled_widget(store: Store) -> None:
    olive, charlie = await account(store), await account(store, "charlie")
    made, script = await scheduled(store, olive, MINUTELY), await widget(store, olive)

    with pytest.raises(ForbiddenError):
        await schedules.save(store, made.slug, charlie.id, None, T0)
    with pytest.raises(FormError):
        await schedules.save(store, script.slug, olive.id, parse(MINUTELY), T0)
    with pytest.raises(FormError):
        await widget(store, olive, schedule=Schedule(None, cron="* * * * *"))


async def test_a_schedule_that_can_not_be_read_any_more_holds_up_no_other(store: Store) -> None:
    olive = await account(store)
    broken, fine = await scheduled(store, olive, MINUTELY), await scheduled(store, olive, MINUTELY)
    async with store.database.writing() as db:
        row = tables.schedule.c.widget_id == broken.id
        await db.execute(update(tables.schedule).where(row).values(spec={"cron": "* * * * *", "timezone": "Old/Town"}))

    await run_due(store, T0 + 60)

    assert [tick.tick_at for tick in await newest(store, fine)] == [T0 + 60]
    assert await ticks.next_due_at(store) == T0 + 120


async def test_old_ticks_are_forgotten(store: Store) -> None:
    made = await scheduled(store, await account(store), MINUTELY)
    await run_due(store, T0 + 60)
    await run_due(store, T0 + 120)

    assert await ticks.forget_old(store, T0 + 100) == 1
    assert [tick.tick_at for tick in await newest(store, made, 5)] == [T0 + 120]
