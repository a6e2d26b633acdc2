"""Quotas: what runs used is counted once, what an admin gave goes before the site's own, what is over is refused."""

import time
from datetime import UTC, datetime

import pytest
from tests.services.store.people import CODE, account, widget

from widget_model.ids import new_id
from widget_model.quotas import Quotas
from widget_site.errors import FormError, NotFoundError, OverQuotaError
from widget_site.store import deleted, quotas, revisions, runs, snapshots, tallies, widgets
from widget_site.store.quotas import GivenQuotas
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Widget
from widget_wire.runs import RunRecord


def ended(
    made: Widget, *, took_s: float = 60.0, trigger: str = "route", outcome: str = "ok", now: float | None = None
) -> FinishedRun:
    now = now or time.time()
    return FinishedRun(RunRecord(new_id(), made.id, trigger, 1, outcome, now - took_s, now, cpu_s=1.5), ())


async def used(store: Store, account_id: str) -> dict[str, float]:
    return {one.name: one.used for one in await quotas.of_account(store, account_id)}


async def test_runs_and_their_minutes_are_counted_once_for_their_owner(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made, others = await widget(store, olive, kind="api"), await widget(store, otto)
    batch = [ended(made) for _ in range(3)]

    await runs.finish(store, batch)
    await runs.finish(store, [*batch, ended(made, took_s=30)])
    await runs.finish(store, [ended(others), ended(made, trigger="install"), ended(made, outcome="internal_error")])

    mine = await used(store, olive.id)
    assert mine["runs_per_day"] == 4
    assert mine["minutes_per_day"] == pytest.approx(3.5, abs=0.01)
    assert (await used(store, otto.id))["runs_per_day"] == 1


async def test_a_month_counts_from_its_first_day_to_now(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    march, april = (datetime(2026, month, 1, 12, tzinfo=UTC).timestamp() for month in (3, 4))
    for now in (march - 86_400, march, march + 5 * 86_400, april):
        await runs.finish(store, [ended(made, now=now)])

    found = {one.name: one.used for one in await quotas.of_account(store, olive.id, march + 9 * 86_400)}

    assert found["runs_per_day"] == 0
    assert found["minutes_per_month"] == pytest.approx(2.0)


async def test_a_deleted_widget_gives_no_runs_back(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await runs.finish(store, [ended(made)])

    await deleted.purge(store, made.id)

    assert (await used(store, olive.id))["runs_per_day"] == 1


async def test_a_used_up_quota_refuses_runs_by_name_and_says_the_way_out(store: Store) -> None:
    store.quotas = Quotas(runs_per_day=2)
    olive = await account(store)
    made = await widget(store, olive)
    before = await snapshots.snapshot(store, made.slug)
    await runs.finish(store, [ended(made), ended(made)])

    with pytest.raises(OverQuotaError) as refused:
        await runs.add(store, new_id(), widget_id=made.id, trigger="owner", revision=1)

    assert before is not None
    assert before.used_up is None
    seen = await snapshots.snapshot(store, made.slug)
    assert seen is not None
    assert seen.used_up is not None
    assert seen.used_up.name == "runs_per_day"
    assert "2 runs of today" in str(refused.value)
    assert "ask whoever runs this site for more" in str(refused.value)
    assert 0 < refused.value.retry_after_s <= 86400


async def test_a_save_is_never_lost_to_a_quota_of_runs(store: Store) -> None:
    store.quotas = Quotas(runs_per_day=1, minutes_per_day=1, minutes_per_month=1)
    olive = await account(store)
    made = await widget(store, olive)
    await runs.finish(store, [ended(made, took_s=600) for _ in range(3)])

    saved = await revisions.append(store, made.slug, olive.id, {"main.py": "print('kept')\n"})

    assert saved.number == 2


async def test_what_an_admin_gives_goes_before_the_sites_own(store: Store) -> None:
    store.quotas = Quotas(runs_per_day=1, minutes_per_month=5)
    olive = await account(store)
    made = await widget(store, olive)
    await runs.finish(store, [ended(made), ended(made)])

    await quotas.give(store, olive.id, GivenQuotas(runs_per_day=3))
    allowed = await snapshots.snapshot(store, made.slug)
    await quotas.give(store, olive.id, GivenQuotas(runs_per_day=0, minutes_per_month=2))
    over = await snapshots.snapshot(store, made.slug)

    assert allowed is not None
    assert allowed.used_up is None
    assert over is not None
    assert over.used_up is not None
    assert over.used_up.name == "minutes_per_month"
    assert await quotas.given(store, olive.id) == GivenQuotas(runs_per_day=0, minutes_per_month=2)


@pytest.mark.parametrize("number", [-1, 2**31, 10**30])
async def test_a_quota_is_a_number_that_can_be_one(store: Store, number: int) -> None:
    olive = await account(store)

    with pytest.raises(FormError):
        await quotas.give(store, olive.id, GivenQuotas(storage_mb=number))
    with pytest.raises(NotFoundError):
        await quotas.give(store, "nobody", GivenQuotas())


async def test_used_up_storage_refuses_what_adds_to_it(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive, files={**CODE, "data.txt": "x" * 1_200_000})
    await widgets.fork(store, made.slug, olive)
    stored = (await used(store, olive.id))["storage_mb"]
    store.quotas = Quotas(storage_mb=1)

    for attempt in (
        widget(store, olive),
        widgets.fork(store, made.slug, olive),
        revisions.append(store, made.slug, olive.id, {"more.txt": "more"}),
    ):
        with pytest.raises(OverQuotaError) as refused:
            await attempt
        assert "1 MB of storage" in str(refused.value)

    # The same files of two widgets are stored once.
    assert stored == pytest.approx(1.2, abs=0.01)
    same = await revisions.append(store, made.slug, olive.id, {"main.py": CODE["main.py"]})
    assert same.number == 1


async def test_the_hours_of_a_widget_tell_how_its_runs_ended_and_how_long_they_took(store: Store) -> None:
    olive = await account(store)
    made, other = await widget(store, olive), await widget(store, olive)
    now = 1_800_000_000.0
    await runs.finish(store, [ended(made, took_s=0.1, now=now) for _ in range(18)])
    slow = [ended(made, took_s=20, outcome="timeout", now=now), ended(made, took_s=20, now=now), ended(other, now=now)]
    await runs.finish(store, slow)

    of_widget = await tallies.spans(store, widget_id=made.id, until=now, hours=24, of=1)
    of_account = await tallies.spans(store, owner_id=olive.id, until=now, hours=720, of=24)

    assert (len(of_widget), len(of_account)) == (24, 30)
    assert of_widget[-1].outcomes == {"ok": 19, "timeout": 1}
    assert of_widget[-1].p50_s == pytest.approx(0.1, rel=0.1)
    assert of_widget[-1].p95_s == pytest.approx(20, rel=0.1)
    assert [span.runs for span in of_widget[:-1]] == [0] * 23
    assert of_account[-1].runs == 21
    assert of_account[-1].start % 86400 == 0
    assert await tallies.forget_old(store, now + 3600) > 0
    assert (await tallies.spans(store, widget_id=made.id, until=now, hours=1, of=1))[0].outcomes == {}
