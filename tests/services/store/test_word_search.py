"""The index of words in both databases: it says the same as the texts themselves, whatever becomes of widgets.

The words that are looked for are invented: names of widgets are made of real ones, animals among them.
"""

import pytest
from sqlalchemy import text
from tests.services.store.people import account, widget

from widget_site.store import closing, deleted, gallery, moderation, widgets, word_search
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_site.store.widgets import WidgetChanges


async def found(store: Store, search: str) -> list[str] | None:
    return await word_search.few_with(store, search)


async def pages(store: Store, search: str, **how: str) -> list[str]:
    """Return everything that a search finds, read one by one."""
    slugs, after = [], None
    while True:
        page = await gallery.found(store, search=search, after=after, limit=1, **how)
        slugs += [one.slug for one in page.items]
        if (after := page.next) is None:
            return slugs


async def described(store: Store, owner: Account, description: str, **more: str) -> Widget:
    return await widget(store, owner, description=description, **more)


async def test_d_26_it_knows_what_a_widget_is_called_now_and_no_more_what_it_was(store: Store) -> None:
    olive = await account(store)
    made = await described(store, olive, "Counts hodgehegs")
    other = await described(store, olive, "Counts budgars")

    changes = WidgetChanges(title="Ettors", description="of the river", slug="quiet-ettors-swum", tags=["wuldlife"])
    await widgets.change(store, made.slug, olive.id, changes)

    assert await found(store, "hodgeheg") == []
    for word in ("ettors", "ETTORS swum", "the river", "wuldlife", "iet-ett"):
        assert await found(store, word) == [made.id]
    assert await found(store, "budgar") == [other.id]


async def test_widgets_that_are_gone_leave_nothing_in_it(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    purged, closed = await described(store, olive, "Counts hodgehegs"), await described(store, otto, "Counts hodgehegs")
    assert set(await found(store, "hodgehegs") or []) == {purged.id, closed.id}

    await deleted.purge(store, purged.id)
    await closing.close(store, otto.id)
    await closing.remove(store, otto.id)
    kept = await described(store, olive, "Counts budgars")

    assert await found(store, "hodgehegs") == []
    assert await found(store, "budgars") == [kept.id]
    if store.database.is_sqlite:
        async with store.database.writing() as db:
            # FTS5 compares its index with the table, and fails the statement where they differ.
            await db.execute(text("INSERT INTO widget_text_index (widget_text_index) VALUES ('integrity-check')"))


async def test_d_26_what_it_knows_of_others_is_shown_to_nobody(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    private = await described(store, olive, "Counts hodgehegs", visibility="private")
    hidden, binned = [await described(store, olive, "Counts hodgehegs") for _ in range(2)]
    await moderation.take_down(store, hidden.slug, "")
    await deleted.discard(store, binned.slug, olive.id)

    for search in ("hodgehegs", "ho"):
        assert await pages(store, search) == []
        assert (await widgets.listed(store, otto.id, search=search)).items == ()
        own = {one.slug for one in (await widgets.listed(store, olive.id, search=search)).items}
        assert private.slug in own
        assert binned.slug not in own


@pytest.mark.parametrize("search", ["counts", "ounts hodge", "of", "counts ~"])
async def test_few_and_many_are_found_in_the_same_orders_and_pages(
    store: Store, search: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = await account(store)
    for animal in ("hodgehegs", "budgars", "ettors", "hodgehegs"):
        for kind in ("script", "api"):
            made = await described(store, olive, f"Counts {animal} of here", kind=kind)
            await widgets.change(store, made.slug, olive.id, WidgetChanges(tags=["animals", animal]))
    ways: list[dict[str, str]] = [{"order": order} for order in (gallery.NEWEST, gallery.STARRED, gallery.FORKED)]
    ways += [{"kind": "api"}, {"tag": "hodgehegs"}, {"tag": "animals", "kind": "api", "order": gallery.STARRED}]

    as_few = [await pages(store, search, **how) for how in ways]
    monkeypatch.setattr(word_search, "MOST", -1)
    as_many = [await pages(store, search, **how) for how in ways]

    assert as_few == as_many
    assert bool(as_few[0]) == (search != "counts ~")


async def test_only_words_of_three_letters_are_asked_of_it_and_no_more_than_a_few_widgets_looked_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    olive = await account(store)
    made = [await described(store, olive, "Counts hodgehegs") for _ in range(3)]
    monkeypatch.setattr(word_search, "MOST", 2)

    assert await found(store, "hodgehegs") is None
    assert await found(store, "ho dg eh") is None
    assert await found(store, f"hodgehegs {made[1].slug}") == [made[1].id]
    assert len((await gallery.found(store, search="hodgehegs")).items) == 3
