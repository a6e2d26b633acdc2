"""Reports in both databases: who may make them, how many are kept, and what a decision does."""

import asyncio

import pytest
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError
from widget_site.store import accounts, closing, deleted, moderation, outbox, reports, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account


async def boss_of(store: Store) -> Account:
    return await accounts.create(store, "boss", "boss@example.com", "no password", is_admin=True)


async def test_what_was_decided_long_ago_is_forgotten_and_what_waits_is_kept(store: Store) -> None:
    olive, otto, boss = await account(store), await account(store, "otto"), await boss_of(store)
    for _ in range(2):
        await reports.add(store, (await widget(store, olive)).slug, otto.id, "spam", "")
    newest, oldest = (await reports.listed(store)).items
    await reports.dismiss(store, oldest.id, boss.id)
    [decided] = (await reports.listed(store, is_open=False)).items
    assert decided.decided_at is not None

    assert await reports.forget_decided(store, decided.decided_at) == 0
    assert await reports.forget_decided(store, decided.decided_at + 1) == 1

    assert (await reports.listed(store, is_open=False)).items == ()
    assert [one.id for one in (await reports.listed(store)).items] == [newest.id]


async def test_a_report_waits_until_it_is_decided_and_stays_with_who_decided(store: Store) -> None:
    olive, otto, boss = await account(store), await account(store, "otto"), await boss_of(store)
    made = await widget(store, olive)
    await reports.add(store, made.slug, otto.id, "spam", " It\r\nadvertises. ")

    [waiting] = (await reports.listed(store)).items
    await reports.dismiss(store, waiting.id, boss.id)

    assert (waiting.reason, waiting.text, waiting.reporter, waiting.owner) == (
        "spam",
        "It\nadvertises.",
        "otto",
        "olive",
    )
    assert (await reports.listed(store)).items == ()
    [decided] = (await reports.listed(store, is_open=False)).items
    assert (decided.state, decided.decider) == (reports.DISMISSED, "boss")
    assert (await widgets.by_slug(store, made.slug, None)).hidden is None
    for decide in (reports.dismiss(store, waiting.id, boss.id), reports.take_down(store, waiting.id, boss.id, "")):
        with pytest.raises(ConflictError):
            await decide
    with pytest.raises(NotFoundError):
        await reports.dismiss(store, "no-such-report\0", boss.id)


async def test_taking_down_decides_every_report_of_the_widget_and_tells_the_owner_once_without_the_reporter(
    store: Store,
) -> None:
    olive, otto, boss = await account(store), await account(store, "otto"), await boss_of(store)
    made, other = await widget(store, olive), await widget(store, olive)
    for reporter, slug in ((otto.id, made.slug), (None, made.slug), (None, other.slug)):
        await reports.add(store, slug, reporter, "harmful", "the words of who reported it")
    first = next(one for one in (await reports.listed(store)).items if one.slug == made.slug)

    assert await reports.take_down(store, first.id, boss.id, "It attacks others.") == made.slug

    with pytest.raises(NotFoundError):
        await widgets.by_slug(store, made.slug, None)
    assert [one.slug for one in (await reports.listed(store)).items] == [other.slug]
    assert {one.state for one in (await reports.listed(store, is_open=False)).items} == {reports.TAKEN_DOWN}
    [told] = (await outbox.of_account(store, olive.id)).items
    assert "It attacks others." in told.text
    assert "otto" not in told.text
    assert "the words of who" not in told.text


async def test_who_reports_again_changes_their_words_also_at_once(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)

    await asyncio.gather(*(reports.add(store, made.slug, otto.id, "spam", f"try {n}") for n in range(5)))
    await reports.add(store, made.slug, otto.id, "other", "the last")

    [found] = (await reports.listed(store)).items
    assert (found.reason, found.text) == ("other", "the last")


async def test_who_reports_again_after_a_decision_is_heard_again_and_what_was_decided_stays(store: Store) -> None:
    olive, otto, boss = await account(store), await account(store, "otto"), await boss_of(store)
    made = await widget(store, olive)
    await reports.add(store, made.slug, otto.id, "spam", "the first")
    [first] = (await reports.listed(store)).items
    await reports.dismiss(store, first.id, boss.id)

    await reports.add(store, made.slug, otto.id, "harmful", "the second")

    assert [one.text for one in (await reports.listed(store)).items] == ["the second"]
    assert [one.text for one in (await reports.listed(store, is_open=False)).items] == ["the first"]


async def test_no_more_reports_of_a_widget_are_kept_than_anybody_reads(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_OPEN", 3)
    olive = await account(store)
    made, other = await widget(store, olive), await widget(store, olive)

    for _ in range(5):
        await reports.add(store, made.slug, None, "spam", "")
    await reports.add(store, other.slug, None, "spam", "")

    assert await reports.count_open(store) == 4


async def test_administrators_are_told_when_the_first_report_waits(store: Store) -> None:
    olive, otto, boss = await account(store), await account(store, "otto"), await boss_of(store)
    made = await widget(store, olive)
    for reporter in (otto.id, None):
        await reports.add(store, made.slug, reporter, "spam", "")

    assert [one.subject for one in (await outbox.of_account(store, boss.id)).items] == ["A widget was reported"]
    assert (await outbox.of_account(store, olive.id)).items == ()


async def test_a_report_outlives_its_widget_and_who_wrote_it(store: Store) -> None:
    olive, otto, boss = await account(store), await account(store, "otto"), await boss_of(store)
    made = await widget(store, olive, title="A bad one")
    await reports.add(store, made.slug, otto.id, "spam", "")
    await deleted.purge(store, made.id)
    await closing.close(store, otto.id)
    await closing.remove(store, otto.id)

    [found] = (await reports.listed(store)).items

    assert (found.title, found.present_slug, found.owner, found.reporter) == ("A bad one", None, None, None)
    with pytest.raises(NotFoundError, match="deleted"):
        await reports.take_down(store, found.id, boss.id, "")
    await reports.dismiss(store, found.id, boss.id)
    assert await reports.count_open(store) == 0


async def test_only_what_may_be_seen_and_is_not_ones_own_is_reported(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    private, public = await widget(store, olive, visibility="private"), await widget(store, olive)
    hidden = await widget(store, olive)
    await moderation.take_down(store, hidden.slug, "")

    for slug in (private.slug, hidden.slug, "some-missing-widget"):
        with pytest.raises(NotFoundError):
            await reports.add(store, slug, otto.id, "spam", "")
    with pytest.raises(ForbiddenError):
        await reports.add(store, public.slug, olive.id, "spam", "")
    for reason, text, field in (("", "", "reason"), ("other", " \n", "text"), ("spam", "x" * 2001, "text")):
        with pytest.raises(FormError) as refused:
            await reports.add(store, public.slug, otto.id, reason, text)
        assert refused.value.field == field
    assert await reports.count_open(store) == 0
