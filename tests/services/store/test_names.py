"""Renaming: an old name leads to its widget for good, for those who may see it, and is nobody else's."""

import pytest
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, MovedError, NotFoundError
from widget_site.store import deleted, names, revisions, runs, snapshots, widgets
from widget_site.store.store import Store
from widget_site.store.widgets import WidgetChanges


async def rename(store: Store, slug: str, owner_id: str, new: str) -> None:
    await widgets.change(store, slug, owner_id, WidgetChanges(slug=new))


async def test_an_old_name_leads_to_the_newest_one(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await rename(store, made.slug, olive.id, "second-name")
    await rename(store, "second-name", olive.id, "third-name")

    for old in (made.slug, "second-name"):
        for viewer in (None, olive.id):
            with pytest.raises(MovedError) as moved:
                await widgets.by_slug(store, old, viewer)
            assert moved.value.slug == "third-name"
            with pytest.raises(MovedError):
                await revisions.listed(store, old, viewer)
        served = await snapshots.snapshot(store, old)
        assert served is not None
        assert (served.widget_id, served.slug) == (made.id, "third-name")
    with pytest.raises(MovedError):
        await runs.listed(store, made.slug, olive.id)
    assert set(await names.old_ones(store, await widgets.by_slug(store, "third-name", None))) == {
        made.slug,
        "second-name",
    }


async def test_a_name_can_be_taken_back(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await rename(store, made.slug, olive.id, "second-name")

    await rename(store, "second-name", olive.id, made.slug)

    assert (await widgets.by_slug(store, made.slug, None)).id == made.id
    with pytest.raises(MovedError) as moved:
        await widgets.by_slug(store, "second-name", None)
    assert moved.value.slug == made.slug
    assert await names.old_ones(store, await widgets.by_slug(store, made.slug, None)) == ["second-name"]


async def test_an_old_name_tells_nothing_to_who_may_not_see_the_widget(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, visibility="private")
    await rename(store, made.slug, olive.id, "second-name")

    for viewer in (None, otto.id):
        with pytest.raises(NotFoundError) as unknown:
            await widgets.by_slug(store, made.slug, viewer)
        assert not isinstance(unknown.value, MovedError)
        assert "second-name" not in str(unknown.value)
    with pytest.raises(MovedError):
        await widgets.by_slug(store, made.slug, olive.id)


async def test_old_names_of_what_is_deleted_lead_nowhere_and_stay_held(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made, other = await widget(store, olive), await widget(store, otto)
    await rename(store, made.slug, olive.id, "second-name")
    await deleted.discard(store, "second-name", olive.id)

    with pytest.raises(NotFoundError) as unknown:
        await widgets.by_slug(store, made.slug, olive.id)
    assert not isinstance(unknown.value, MovedError)
    assert await snapshots.snapshot(store, made.slug) is None
    await deleted.forget(store, "second-name", olive.id)
    for name in (made.slug, "second-name"):
        with pytest.raises(ConflictError):
            await rename(store, other.slug, otto.id, name)


async def test_a_widget_has_a_bounded_number_of_old_names(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MAX_OLD", 2)
    olive = await account(store)
    made = await widget(store, olive)
    await rename(store, made.slug, olive.id, "second-name")
    await rename(store, "second-name", olive.id, "third-name")

    with pytest.raises(ConflictError, match="2 other names"):
        await rename(store, "third-name", olive.id, "fourth-name")

    await rename(store, "third-name", olive.id, made.slug)
    with pytest.raises(ConflictError, match="2 other names"):
        await rename(store, made.slug, olive.id, "fourth-name")
    await rename(store, made.slug, olive.id, "second-name")
