"""The bin: what is deleted answers nobody and runs nothing, comes back as it was, and goes for good in time."""

import time

import pytest
from tests.services.store.people import CODE, account, widget
from tests.services.store.test_deliveries import hook_of, run_ends, waiting
from tests.services.store.test_ticks import MINUTELY, T0, scheduled, stored

from widget_model.ids import new_id
from widget_site.errors import ConflictError, ForbiddenError, NotFoundError, SignInError
from widget_site.store import (
    closing,
    deleted,
    deliveries,
    moderation,
    proposals,
    quotas,
    revisions,
    run_search,
    runs,
    snapshots,
    ticks,
    trees,
    webhooks,
    widgets,
)
from widget_site.store.store import Store
from widget_site.store.widgets import WidgetChanges


async def test_what_is_deleted_exists_for_nobody_until_its_owner_restores_it(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, title="Sums")
    run_id = await run_ends(store, made)

    await deleted.discard(store, made.slug, olive.id)

    for viewer in (None, olive.id, otto.id):
        with pytest.raises(NotFoundError):
            await widgets.by_slug(store, made.slug, viewer)
        with pytest.raises(NotFoundError):
            await runs.get(store, run_id, viewer)
        assert (await widgets.listed(store, viewer)).items == ()
        assert (await widgets.listed(store, viewer, owner="olive", search="sums")).items == ()
    assert (await widgets.recent_of(store, olive.id)).items == ()
    assert (await runs.recent_of(store, olive.id)).items == ()
    assert (await run_search.of_account(store, olive.id)).items == ()
    assert await snapshots.snapshot(store, made.slug) is None
    with pytest.raises(NotFoundError):
        await runs.add(store, new_id(), widget_id=made.id, trigger="owner", revision=1)

    back = await deleted.restore(store, made.slug, olive.id)

    assert (back.slug, back.code, back.deleted_at) == (made.slug, made.code, None)
    assert back.generation > made.generation
    assert await trees.files_of(store, back.code) == CODE
    assert [run.id for run in (await runs.listed(store, made.slug, olive.id)).items] == [run_id]
    assert await snapshots.snapshot(store, made.slug) is not None
    assert (await deleted.listed(store, olive.id)).items == ()


async def test_the_bin_is_its_owners_alone(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made, kept = await widget(store, olive), await widget(store, olive)
    for viewer, error in ((None, SignInError), (otto.id, ForbiddenError)):
        with pytest.raises(error):
            await deleted.discard(store, made.slug, viewer)
    await deleted.discard(store, made.slug, olive.id)

    assert (await deleted.listed(store, otto.id)).items == ()
    for change in (deleted.restore, deleted.forget):
        with pytest.raises(NotFoundError):
            await change(store, made.slug, otto.id)
        with pytest.raises(SignInError):
            await change(store, made.slug, None)
        with pytest.raises(NotFoundError):
            await change(store, kept.slug, olive.id)
    with pytest.raises(ConflictError):
        await widgets.change(store, (await widget(store, otto)).slug, otto.id, WidgetChanges(slug=made.slug))
    with pytest.raises(NotFoundError):
        await deleted.discard(store, made.slug, olive.id)


async def test_the_bin_is_read_page_by_page_last_deleted_first(store: Store) -> None:
    olive = await account(store)
    made = [await widget(store, olive) for _ in range(3)]
    for one in made:
        await deleted.discard(store, one.slug, olive.id)

    first = await deleted.listed(store, olive.id, limit=2)
    rest = await deleted.listed(store, olive.id, limit=2, after=first.next)

    assert [one.id for one in first.items + rest.items] == [one.id for one in reversed(made)]
    assert rest.next is None


async def test_a_schedule_stops_with_its_widget_and_makes_up_for_nothing_when_it_is_back(store: Store) -> None:
    olive = await account(store)
    made = await scheduled(store, olive, MINUTELY)
    assert await ticks.claim(store, T0 + 60) == 1

    await deleted.discard(store, made.slug, olive.id)

    assert await ticks.take(store, T0 + 61, 10, 15) == []
    assert await ticks.claim(store, T0 + 3600) == 0
    assert await ticks.next_due_at(store) is None

    before = time.time()
    await deleted.restore(store, made.slug, olive.id)

    again = (await stored(store, made)).next_at
    assert again is not None
    assert before < again <= time.time() + 60
    [stopped] = (await runs.listed(store, made.slug, olive.id)).items
    assert (stopped.outcome, stopped.error) == ("stopped", "Its widget was deleted.")


async def test_a_paused_schedule_is_still_paused_when_its_widget_is_back(store: Store) -> None:
    olive = await account(store)
    made = await scheduled(store, olive, {**MINUTELY, "paused": True})
    await deleted.discard(store, made.slug, olive.id)

    await deleted.restore(store, made.slug, olive.id)

    assert (await stored(store, made)).next_at is None


async def test_webhooks_are_told_nothing_of_what_is_deleted(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    hook = await hook_of(store, olive, made)
    await run_ends(store, made)

    await deleted.discard(store, made.slug, olive.id)
    await run_ends(store, made)

    assert await deliveries.claim(store, 4_000_000_000.0, 10, 30.0) == []
    assert len(await waiting(store)) == 1
    await deleted.restore(store, made.slug, olive.id)
    [given_up] = (await webhooks.sent(store, made.slug, olive.id, hook.id)).items
    assert (given_up.state, given_up.error) == ("failed", "The widget was deleted.")


async def test_forks_and_originals_do_not_name_what_is_deleted(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    fork = await widgets.fork(store, made.slug, otto)
    await revisions.append(store, fork.slug, otto.id, {"new.py": "x"})
    offered = await proposals.propose(store, fork.slug, otto.id, "Better", "", "http://localhost")

    await deleted.discard(store, fork.slug, otto.id)

    assert (await widgets.by_slug(store, made.slug, None)).fork_count == 0
    assert (await widgets.forks_of(store, made.id, olive.id)).items == ()
    assert (await proposals.get(store, offered.id, olive.id)).fork is None
    await deleted.restore(store, fork.slug, otto.id)
    assert (await widgets.by_slug(store, made.slug, None)).fork_count == 1

    await deleted.discard(store, made.slug, olive.id)

    assert (await widgets.by_slug(store, fork.slug, otto.id)).forked_from is None
    assert await proposals.waiting(store, olive.id) == 0
    for viewer in (olive.id, otto.id):
        with pytest.raises(NotFoundError):
            await proposals.get(store, offered.id, viewer)
    await deleted.restore(store, made.slug, olive.id)
    assert (await widgets.by_slug(store, fork.slug, otto.id)).forked_from == made.slug
    assert await proposals.waiting(store, olive.id) == 1


async def test_it_goes_for_good_after_its_time_and_its_name_stays_held(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    origin = await widget(store, olive)
    old, young, kept = [await widgets.fork(store, origin.slug, otto) for _ in range(3)]
    await deleted.discard(store, old.slug, otto.id)
    before = time.time()
    await deleted.discard(store, young.slug, otto.id)

    assert await deleted.purge_old(store, before) == 1

    assert [one.id for one in (await deleted.listed(store, otto.id)).items] == [young.id]
    assert (await widgets.by_slug(store, origin.slug, None)).fork_count == 1
    with pytest.raises(NotFoundError):
        await deleted.restore(store, old.slug, otto.id)
    with pytest.raises(ConflictError):
        await widgets.change(store, kept.slug, otto.id, WidgetChanges(slug=old.slug))
    await deleted.forget(store, young.slug, otto.id)
    assert (await deleted.listed(store, otto.id)).items == ()


async def test_the_bin_counts_to_storage_until_it_is_emptied(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive, files={"main.py": "x" * 1000})

    async def stored_bytes() -> int:
        async with store.database.reading() as db:
            return await quotas.stored_bytes(db, olive.id)

    full = await stored_bytes()
    await deleted.discard(store, made.slug, olive.id)
    assert await stored_bytes() == full >= 1000

    await deleted.forget(store, made.slug, olive.id)

    assert await stored_bytes() == 0


async def test_an_account_that_goes_takes_its_bin_along(store: Store) -> None:
    await account(store, "admin")
    olive = await account(store)
    gone, kept = await widget(store, olive), await widget(store, olive)
    await deleted.discard(store, gone.slug, olive.id)

    await closing.close(store, olive.id)

    assert await closing.remove(store, olive.id) == 2
    for made in (gone, kept):
        assert await snapshots.about(store, made.id) == ("", "")


async def test_what_was_taken_down_in_the_bin_is_taken_down_when_it_is_back(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await deleted.discard(store, made.slug, olive.id)
    [line] = (await moderation.list_widgets(store)).items
    assert line.deleted_at is not None
    await moderation.take_down(store, made.slug, "Because")

    back = await deleted.restore(store, made.slug, olive.id)

    assert back.hidden == "admin"
    assert await snapshots.snapshot(store, made.slug) is None
