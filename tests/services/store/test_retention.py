"""How long runs are kept: the site's bounds, the owner's own within them, and a purge that keeps to both."""

import time

import pytest
from tests.services.store.people import account, widget
from tests.services.store.test_run_search import made_at

from widget_model.ids import new_id
from widget_site.errors import ForbiddenError, FormError
from widget_site.store import install_log, packages, retention, run_output, run_search, runs, widgets
from widget_site.store.retention import Retention
from widget_site.store.runs import FinishedRun
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_wire.installs import InstallResult
from widget_wire.runs import RunEvent, RunRecord

SITE = Retention(days=30, runs=1000)
DAY_S = 86_400.0


async def keep(store: Store, made: Widget, days_ago: float, number: int = 0) -> str:
    at = time.time() - days_ago * DAY_S
    run_id = made_at(at, number)
    record = RunRecord(run_id, made.id, "route", 1, "ok", at, at)
    await runs.finish(store, [FinishedRun(record, (RunEvent(1, at, "stdout", "said"),))])
    return run_id


async def left(store: Store, made: Widget, owner: Account) -> list[str]:
    return [run.id for run in (await run_search.of_widget(store, made.slug, owner.id, limit=100)).items]


async def test_the_site_forgets_what_is_older_than_it_keeps(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    old, young = await keep(store, made, 31), await keep(store, made, 29)
    waiting = new_id()
    await runs.add(store, waiting, widget_id=made.id, trigger="owner", revision=1, created_at=1.0)

    gone = await retention.purge(store, SITE, time.time(), for_s=10)

    assert gone == 1
    assert await left(store, made, olive) == [waiting, young]
    assert await runs.events(store, old) == []


async def test_an_owner_keeps_less_days_or_less_runs_of_one_widget(store: Store) -> None:
    olive = await account(store)
    short, few, other = [await widget(store, olive) for _ in range(3)]
    kept = {one.id: [await keep(store, one, days, 1) for days in (5, 2, 1)] for one in (short, few, other)}
    await retention.choose(store, short.slug, olive.id, Retention(days=3), SITE)
    await retention.choose(store, few.slug, olive.id, Retention(runs=1), SITE)

    gone = await retention.purge(store, SITE, time.time(), for_s=10)

    assert gone == 3
    assert await left(store, short, olive) == kept[short.id][:0:-1]
    assert await left(store, few, olive) == kept[few.id][2:]
    assert len(await left(store, other, olive)) == 3
    assert await retention.of_widget(store, short.slug, olive.id) == Retention(days=3)


async def test_b_18_a_widget_keeps_the_newest_of_as_many_as_the_site_keeps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 4)
    olive = await account(store)
    made = await widget(store, olive)
    kept = [await keep(store, made, 0.01, number) for number in range(20)]

    gone = await retention.purge(store, Retention(days=30, runs=5), time.time(), for_s=10)

    assert gone == 15
    assert await left(store, made, olive) == kept[:14:-1]


async def test_a_run_that_is_not_over_is_kept_however_many_came_after_it(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    waiting = made_at(time.time() - DAY_S, 1)
    await runs.add(store, waiting, widget_id=made.id, trigger="owner", revision=1, created_at=time.time() - DAY_S)
    kept = [await keep(store, made, 0.01, number) for number in range(3)]
    await retention.choose(store, made.slug, olive.id, Retention(days=0.5, runs=1), SITE)

    gone = await retention.purge(store, SITE, time.time(), for_s=20)

    assert gone == 2
    assert await left(store, made, olive) == [kept[-1], waiting]


async def test_a_purge_that_has_no_time_left_goes_on_at_the_next(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await keep(store, made, 40)

    nothing = await retention.purge(store, SITE, time.time(), for_s=0)

    assert nothing == 0
    assert await retention.purge(store, SITE, time.time(), for_s=10) == 1


@pytest.mark.parametrize("wanted", [Retention(days=31), Retention(days=0), Retention(runs=1001), Retention(runs=0)])
async def test_nobody_keeps_more_than_the_site_or_nothing(store: Store, wanted: Retention) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    with pytest.raises(FormError):
        await retention.choose(store, made.slug, olive.id, wanted, SITE)


async def test_only_the_owner_chooses_and_a_fork_starts_with_the_sites_own(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    await retention.choose(store, made.slug, olive.id, Retention(days=1), SITE)

    with pytest.raises(ForbiddenError):
        await retention.choose(store, made.slug, otto.id, Retention(days=1), SITE)
    with pytest.raises(ForbiddenError):
        await retention.of_widget(store, made.slug, otto.id)
    forked = await widgets.fork(store, made.slug, otto)
    assert await retention.of_widget(store, forked.slug, otto.id) == Retention()


@pytest.mark.parametrize("status", ["ready", "failed"])
async def test_an_install_is_told_in_the_list_of_runs_once(store: Store, status: str) -> None:
    olive = await account(store)
    made = await widget(store, olive, files={"main.py": "", "requirements.txt": "six\n"})
    assert made.package_set_id is not None
    message = "" if status == "ready" else "There is no such version."
    result = InstallResult(made.package_set_id, status, message=message, log="Resolved 1 package\n", seconds=2.0)
    await packages.finish(store, result)

    first = await install_log.record(store, result.id)
    again = await install_log.record(store, result.id)

    (run,) = (await run_search.of_widget(store, made.slug, olive.id)).items
    assert first == again == [(made.id, run.id)]
    assert (run.trigger, run.outcome, run.error) == ("install", "ok" if status == "ready" else "error", message)
    assert run.started_at is not None
    assert run.finished_at == pytest.approx(run.started_at + 2.0)
    said = (await run_output.after(store, run.id, 0)).events
    assert said[0].text == "Resolved 1 package\n"
    assert [event.text for event in said if event.kind == "error"] == ([message] if message else [])
