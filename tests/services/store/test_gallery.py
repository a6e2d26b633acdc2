"""The gallery in both databases: tags, stars, orders, and that only what is public is in it."""

import asyncio

import pytest
from tests.services.store.people import account, widget

from widget_site.errors import BadRequestError, ForbiddenError, FormError, NotFoundError
from widget_site.store import closing, deleted, gallery, moderation, stars, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_site.store.widgets import WidgetChanges


async def tagged(store: Store, owner: Account, *tags: str, **more: str) -> Widget:
    made = await widget(store, owner, **more)
    return await widgets.change(store, made.slug, owner.id, WidgetChanges(tags=tags))


async def slugs(store: Store, **how: str) -> list[str]:
    return [one.slug for one in (await gallery.found(store, **how)).items]  # type: ignore[arg-type]


async def test_tags_are_kept_as_their_owner_put_them_and_what_is_no_tag_changes_nothing(store: Store) -> None:
    olive = await account(store)
    made = await tagged(store, olive, "Weather", "日本")

    with pytest.raises(FormError) as refused:
        await widgets.change(store, made.slug, olive.id, WidgetChanges(tags=["two words"]))

    assert refused.value.field == "tags"
    assert (await widgets.by_slug(store, made.slug, None)).tags == made.tags == ("weather", "日本")


async def test_a_tag_finds_the_widgets_that_have_it_now(store: Store) -> None:
    olive = await account(store)
    first, second = await tagged(store, olive, "weather", "daily"), await tagged(store, olive, "weather")
    await widgets.change(store, first.slug, olive.id, WidgetChanges(tags=["daily"]))
    await widgets.change(store, second.slug, olive.id, WidgetChanges(title="Renamed"))

    assert await slugs(store, tag="weather") == [second.slug]
    assert await slugs(store, tag="DAILY") == [first.slug]
    assert await slugs(store, tag="weath") == []
    assert await slugs(store, search="daily") == [first.slug]
    assert await slugs(store, tag="nobody's\0") == []


async def test_only_public_widgets_are_in_the_gallery_also_for_their_owner(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    public = await tagged(store, olive, "weather")
    for visibility in ("unlisted", "private"):
        await tagged(store, olive, "weather", visibility=visibility)
    hidden, disabled = await tagged(store, olive, "weather"), await tagged(store, otto, "weather")
    await moderation.take_down(store, hidden.slug, "")
    await moderation.disable(store, otto.id)

    for order in (gallery.NEWEST, gallery.FORKED, gallery.STARRED):
        assert await slugs(store, order=order) == await slugs(store, order=order, tag="weather") == [public.slug]
    assert await gallery.counts_of(store, olive.id) == gallery.Counts(1, 0, 0)
    assert disabled.owner_id == otto.id


async def test_widgets_are_in_the_order_of_their_stars_and_forks_page_by_page(store: Store) -> None:
    olive, otto, nora = [await account(store, name) for name in ("olive", "otto", "nora")]
    liked, forked, plain = [await tagged(store, olive, "weather") for _ in range(3)]
    await tagged(store, olive, "weather", kind="api")
    for one in (otto, nora):
        await stars.give(store, liked.slug, one.id)
        # What is forked is public, and has no tag of its own until its owner sets one.
        await widgets.fork(store, forked.slug, one)
    await stars.give(store, plain.slug, otto.id)

    for order, wanted in (
        (gallery.STARRED, [liked.slug, plain.slug, forked.slug]),
        (gallery.FORKED, [forked.slug, plain.slug, liked.slug]),
        (gallery.NEWEST, [plain.slug, forked.slug, liked.slug]),
    ):
        found, after = [], None
        while True:
            page = await gallery.found(store, tag="weather", kind="script", order=order, after=after, limit=1)
            found += [one.slug for one in page.items]
            after = page.next
            if after is None:
                break
        assert found == wanted
        assert [slug for slug in await slugs(store, kind="script", order=order) if slug in wanted] == wanted
    assert await gallery.counts_of(store, olive.id) == gallery.Counts(4, 3, 2)


async def test_a_cursor_of_another_order_is_refused(store: Store) -> None:
    olive = await account(store)
    for _ in range(2):
        await widget(store, olive)
    newest = (await gallery.found(store, limit=1)).next
    starred = (await gallery.found(store, order=gallery.STARRED, limit=1)).next

    for order, cursor in ((gallery.STARRED, newest), (gallery.NEWEST, starred), (gallery.FORKED, "x")):
        with pytest.raises(BadRequestError):
            await gallery.found(store, order=order, after=cursor)


async def test_a_star_counts_once_however_often_and_from_wherever_it_is_given(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await tagged(store, olive, "weather")

    await asyncio.gather(*(stars.give(store, made.slug, otto.id) for _ in range(6)))
    given = (await widgets.by_slug(store, made.slug, None)).star_count
    is_given = await stars.is_given(store, made.id, otto.id)
    left = await asyncio.gather(*(stars.take_back(store, made.slug, otto.id) for _ in range(6)))

    assert (given, is_given) == (1, True)
    assert set(left) == {0}
    assert (await widgets.by_slug(store, made.slug, None)).star_count == 0
    assert not await stars.is_given(store, made.id, otto.id)
    assert not await stars.is_given(store, made.id, None)


async def test_what_is_starred_is_listed_while_it_may_be_seen(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    first, second, third = [await widget(store, olive, title=title) for title in "abc"]
    for one in (first, second, third):
        await stars.give(store, one.slug, otto.id)
    await widgets.change(store, second.slug, olive.id, WidgetChanges(visibility="private"))

    page = await stars.given_by(store, otto.id, limit=1)
    rest = await stars.given_by(store, otto.id, limit=1, after=page.next)

    assert [one.title for one in page.items + rest.items] == ["c", "a"]
    assert rest.next is None
    assert (await stars.given_by(store, olive.id)).items == ()


async def test_a_star_needs_a_widget_that_may_be_seen_and_is_in_use(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    private, hidden = await widget(store, olive, visibility="private"), await widget(store, olive)
    await moderation.take_down(store, hidden.slug, "")

    for slug in (private.slug, hidden.slug, "some-missing-widget"):
        with pytest.raises(NotFoundError):
            await stars.give(store, slug, otto.id)
    with pytest.raises(ForbiddenError):
        await stars.give(store, hidden.slug, olive.id)


async def test_stars_end_with_the_account_that_gave_them_and_with_their_widget(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    kept, gone = await tagged(store, olive, "weather"), await widget(store, olive)
    for one in (kept, gone):
        await stars.give(store, one.slug, otto.id)
    await deleted.purge(store, gone.id)
    listed = (await stars.given_by(store, otto.id)).items
    await closing.close(store, otto.id)
    await closing.remove(store, otto.id)

    assert [one.slug for one in listed] == [kept.slug]
    [found] = (await gallery.found(store, tag="weather", order=gallery.STARRED)).items
    assert found.star_count == 0
