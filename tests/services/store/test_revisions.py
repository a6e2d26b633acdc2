"""Revisions and drafts: nothing that somebody saved is ever lost or overwritten unseen."""

import asyncio

import pytest
from tests.services.store.people import CODE, account, widget

from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError, SignInError
from widget_site.store import drafts, revisions, snapshots, trees, widgets
from widget_site.store.store import Store


async def test_a_revision_changes_some_files_and_keeps_the_others(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    saved = await revisions.append(
        store, made.slug, olive.id, {"main.py": "print(2)", "README.md": None, "lib/more.py": "x = 1"}, message="More"
    )

    assert (saved.number, saved.author, saved.message) == (2, "olive", "More")
    assert await trees.files_of(store, saved.code) == {"main.py": "print(2)", "lib/more.py": "x = 1"}
    snapshot = await snapshots.snapshot(store, made.slug)
    assert snapshot is not None
    assert await snapshots.files(store, snapshot.widget_id, snapshot.revision) == await trees.files_of(
        store, snapshot.code
    )


async def test_saving_the_same_files_makes_no_revision(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive, files={"main.py": "x", "data": {"base64": "AAA="}})

    saved = await revisions.append(store, made.slug, olive.id, {"main.py": "x", "data": {"base64": "AAA="}})

    assert saved.number == 1
    assert (await widgets.by_slug(store, made.slug, None)).generation == 1


async def test_a_stale_base_is_refused_and_shows_what_is_there(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await revisions.append(store, made.slug, olive.id, {"main.py": "theirs"}, base_revision=1)

    with pytest.raises(ConflictError) as refused:
        await revisions.append(store, made.slug, olive.id, {"main.py": "mine"}, base_revision=1)

    assert refused.value.details == {"revision": 2, "files": {**CODE, "main.py": "theirs"}}
    assert [one.number for one in (await revisions.listed(store, made.slug, None)).items] == [2, 1]


async def test_of_many_saves_on_one_base_exactly_one_wins(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    answers = await asyncio.gather(
        *(
            revisions.append(store, made.slug, olive.id, {"main.py": f"print({number})"}, base_revision=1)
            for number in range(6)
        ),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["ConflictError"] * 5 + ["Revision"]
    assert (await widgets.by_slug(store, made.slug, None)).revision == 2


async def test_saves_of_different_files_without_a_base_all_arrive(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    await asyncio.gather(
        *(revisions.append(store, made.slug, olive.id, {f"part{number}.py": "x"}) for number in range(4))
    )

    latest = await widgets.by_slug(store, made.slug, None)
    assert latest.revision == 5
    assert set(await trees.files_of(store, latest.code)) == {*CODE, *(f"part{number}.py" for number in range(4))}


async def test_restoring_makes_a_new_revision_and_forgets_no_other(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await revisions.append(store, made.slug, olive.id, {"main.py": "broken"})

    restored = await revisions.restore(store, made.slug, olive.id, 1)

    assert (restored.number, restored.message) == (3, "Restored revision 1")
    assert restored.code == made.code
    assert [one.number for one in (await revisions.listed(store, made.slug, None)).items] == [3, 2, 1]


@pytest.mark.parametrize("number", [0, 2, -1, 2**40])
async def test_a_revision_that_does_not_exist_is_not_found(store: Store, number: int) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    with pytest.raises(NotFoundError):
        await revisions.get(store, made.slug, olive.id, number)
    with pytest.raises(NotFoundError):
        await revisions.restore(store, made.slug, olive.id, number)


async def test_only_the_owner_saves_and_sees_drafts(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    await drafts.put(store, made.slug, olive.id, {"main.py": "half"}, base_revision=1)

    for viewer, refusal in ((otto.id, ForbiddenError), (None, SignInError)):
        with pytest.raises(refusal):
            await revisions.append(store, made.slug, viewer, {"main.py": "stolen"})
        with pytest.raises(refusal):
            await drafts.get(store, made.slug, viewer)
        with pytest.raises(refusal):
            await drafts.put(store, made.slug, viewer, {}, base_revision=1)
        with pytest.raises(refusal):
            await drafts.remove(store, made.slug, viewer)


async def test_two_tabs_notice_each_others_drafts(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    first = await drafts.put(store, made.slug, olive.id, {"main.py": "tab one"}, base_revision=1, version=0)

    with pytest.raises(ConflictError) as refused:
        await drafts.put(store, made.slug, olive.id, {"main.py": "tab two"}, base_revision=1, version=0)
    second = await drafts.put(store, made.slug, olive.id, {"main.py": "both"}, base_revision=1, version=first.version)

    assert refused.value.details == {"version": 1, "files": {"main.py": "tab one"}}
    held = await drafts.get(store, made.slug, olive.id)
    assert held == second
    assert held.files == {"main.py": "both"}


async def test_a_draft_changes_nothing_that_is_served(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    await drafts.put(store, made.slug, olive.id, {"main.py": "half \0 \u2603"}, base_revision=1)

    assert await widgets.by_slug(store, made.slug, None) == made
    held = await drafts.get(store, made.slug, olive.id)
    assert held is not None
    assert held.files == {"main.py": "half \0 \u2603"}


async def test_saving_may_forget_the_draft_in_the_same_step(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await drafts.put(store, made.slug, olive.id, {"main.py": "done"}, base_revision=1)

    await revisions.append(store, made.slug, olive.id, {"main.py": "done"}, drop_draft=True)

    assert await drafts.get(store, made.slug, olive.id) is None


async def test_a_draft_of_a_revision_that_does_not_exist_is_refused(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    with pytest.raises(FormError):
        await drafts.put(store, made.slug, olive.id, {}, base_revision=7)
