"""Runs: written before they are handed over, finished once, seen by the owner alone."""

import asyncio
import time

import pytest
from tests.services.store.people import account, widget

from widget_model.ids import new_id
from widget_site.errors import ForbiddenError, NotFoundError, SignInError
from widget_site.store import deleted, retention, runs
from widget_site.store.retention import Retention
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Widget
from widget_wire.runs import RunEvent, RunRecord


def finished(run_id: str, made: Widget, *texts: str, outcome: str = "ok", trigger: str = "owner") -> FinishedRun:
    now = time.time()
    record = RunRecord(
        id=run_id,
        widget_id=made.id,
        trigger=trigger,
        revision=1,
        outcome=outcome,
        started_at=now - 1,
        finished_at=now,
        error="" if outcome == "ok" else "it went wrong \0 \ud800",
        cpu_s=0.5,
        rss_kb=9000,
        exit_code=0,
        request={"method": "GET", "path": "/\ufffd", "status": 200} if trigger == "route" else None,
    )
    said = [RunEvent(number, now, "stdout", text) for number, text in enumerate(texts, 1)]
    return FinishedRun(record, tuple(said))


async def queued(store: Store, made: Widget) -> str:
    run_id = new_id()
    await runs.add(store, run_id, widget_id=made.id, trigger="owner", revision=made.revision, args=["a", "b"])
    return run_id


async def test_a_run_is_kept_from_queued_to_finished(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    run_id = await queued(store, made)
    before = await runs.get(store, run_id, olive.id)

    kept = await runs.finish(store, [finished(run_id, made, "one\n", "NUL \0, half \ud800 and snow \u2603")])

    after = await runs.get(store, run_id, olive.id)
    assert kept == 1
    assert (before.status, before.outcome, before.args, before.slug) == ("queued", None, ("a", "b"), made.slug)
    assert (after.status, after.outcome, after.rss_kb, after.args) == ("finished", "ok", 9000, ("a", "b"))
    said = await runs.events(store, run_id)
    assert [event.text for event in said] == ["one\n", "NUL \0, half \ud800 and snow \u2603"]
    assert [event.seq for event in await runs.events(store, run_id, after=1)] == [2]


async def test_a_run_that_has_an_outcome_keeps_it(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    run_id = await queued(store, made)
    await runs.finish(store, [finished(run_id, made, "first", outcome="error")])

    again = await runs.finish(store, [finished(run_id, made, "first", "second")])

    assert again == 0
    assert (await runs.get(store, run_id, olive.id)).outcome == "error"
    assert len(await runs.events(store, run_id)) == 1
    assert await runs.is_finished(store, run_id)


async def test_records_of_routes_arrive_in_batches_and_twice_does_no_harm(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive, kind="api")
    batch = [finished(new_id(), made, "said", trigger="route") for _ in range(40)]

    first = await runs.finish(store, batch)
    second = await runs.finish(store, batch)

    assert (first, second) == (40, 0)
    page = await runs.listed(store, made.slug, olive.id, limit=100)
    assert len(page.items) == 40
    assert page.items[0].request == {"method": "GET", "path": "/\ufffd", "status": 200}


async def test_records_of_a_deleted_widget_are_dropped(store: Store) -> None:
    olive = await account(store)
    made, other = await widget(store, olive), await widget(store, olive)
    await deleted.purge(store, made.id)

    kept = await runs.finish(store, [finished(new_id(), made), finished(new_id(), other)])

    assert kept == 1
    with pytest.raises(NotFoundError):
        await runs.add(store, new_id(), widget_id=made.id, trigger="owner", revision=1)


async def test_only_the_owner_sees_runs(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    public, private = await widget(store, olive), await widget(store, olive, visibility="private")
    seen, hidden = await queued(store, public), await queued(store, private)

    for viewer, refusal in ((otto.id, ForbiddenError), (None, SignInError)):
        with pytest.raises(refusal):
            await runs.get(store, seen, viewer)
        with pytest.raises(refusal):
            await runs.listed(store, public.slug, viewer)
        with pytest.raises(NotFoundError):
            await runs.get(store, hidden, viewer)
        with pytest.raises(NotFoundError):
            await runs.listed(store, private.slug, viewer)


@pytest.mark.parametrize("run_id", ["", "x", "\0" * 26, "../../etc/passwd", "é" * 26, "0" * 26])
async def test_a_run_that_does_not_exist_is_not_found(store: Store, run_id: str) -> None:
    olive = await account(store)

    with pytest.raises(NotFoundError):
        await runs.get(store, run_id, olive.id)


async def test_unfinished_runs_are_found_and_counted(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made, others = await widget(store, olive), await widget(store, otto)
    first, second = await queued(store, made), await queued(store, made)
    await queued(store, others)
    await runs.finish(store, [finished(second, made)])
    was_queued = await runs.started(store, first, time.time())
    again = await runs.started(store, second, time.time())

    found = await runs.unfinished(store, time.time() + 1)

    assert (was_queued, again) == (True, False)
    assert found[0].id == first
    assert await runs.count_unfinished_of(store, olive.id) == 1
    assert await runs.count_unfinished(store, made.id) == 1
    assert await runs.unfinished(store, time.time() - 60) == []


async def test_recent_runs_are_those_of_all_own_widgets(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    first, second, others = await widget(store, olive), await widget(store, olive), await widget(store, otto)
    mine = [await queued(store, first), await queued(store, second)]
    await queued(store, others)

    page = await runs.recent_of(store, olive.id)

    assert [run.id for run in page.items] == sorted(mine, reverse=True)


async def test_old_runs_are_forgotten_with_what_they_said(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    run_id, waiting = await queued(store, made), await queued(store, made)
    await runs.finish(store, [finished(run_id, made, "said")])

    gone = await retention.purge(store, Retention(days=1, runs=100), time.time() + 86_401, for_s=10)

    assert gone == 1
    assert await runs.events(store, run_id) == []
    assert (await runs.get(store, waiting, olive.id)).status == "queued"


async def test_many_writers_at_once_all_succeed(store: Store) -> None:
    olive = await account(store)
    made = [await widget(store, olive) for _ in range(4)]

    ids = await asyncio.gather(*(queued(store, made[number % 4]) for number in range(40)))

    assert await runs.count_unfinished_of(store, olive.id) == len(set(ids)) == 40
