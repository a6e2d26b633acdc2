"""X-30: what each revision changed, differences between any two, and restores that lose nothing."""

import pytest
from tests.services.store.people import CODE, account, widget

from widget_site.errors import ConflictError, ForbiddenError, NotFoundError, SignInError
from widget_site.store import comparisons, drafts, revisions, trees, widgets
from widget_site.store.store import Store


async def test_x_30_a_revision_says_who_when_why_and_what_it_changed(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    await revisions.append(
        store, made.slug, olive.id, {"main.py": "print('bye')\n", "more.py": "1\n2\n"}, message="Say bye"
    )

    newest, first = (await revisions.listed(store, made.slug, None)).items
    assert (newest.author, newest.message, newest.created_at >= first.created_at) == ("olive", "Say bye", True)
    assert newest.changes is not None
    assert [(one.path, one.change, one.added, one.removed) for one in newest.changes.files] == [
        ("main.py", "changed", 1, 1),
        ("more.py", "added", 2, 0),
    ]
    assert first.changes is None


async def test_x_30_any_two_revisions_are_compared_in_either_direction(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    for text in ("two\n", "three\n"):
        await revisions.append(store, made.slug, olive.id, {"main.py": text})

    forth = await comparisons.sides(store, made.slug, None, 3, 1)
    back = await comparisons.sides(store, made.slug, None, 1, 3)
    usual = await comparisons.sides(store, made.slug, None)
    first = await comparisons.sides(store, made.slug, None, 1)

    assert (forth.old["main.py"], forth.new["main.py"]) == (CODE["main.py"], "three\n")
    assert (back.old, back.new) == (forth.new, forth.old)
    assert (usual.old_number, usual.new_number, usual.old["main.py"]) == (2, 3, "two\n")
    assert (first.old_number, first.old, first.new) == (0, {}, CODE)


async def test_x_30_the_draft_is_compared_with_what_it_began_from_and_only_for_its_owner(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    with pytest.raises(NotFoundError):
        await comparisons.sides(store, made.slug, olive.id, draft=True)
    await drafts.put(store, made.slug, olive.id, {"main.py": "half"}, base_revision=1)

    both = await comparisons.sides(store, made.slug, olive.id, draft=True)

    assert (both.old_number, both.new_number, both.new) == (1, None, {"main.py": "half"})
    with pytest.raises(ForbiddenError):
        await comparisons.sides(store, made.slug, otto.id, draft=True)
    with pytest.raises(SignInError):
        await comparisons.sides(store, made.slug, None, draft=True)


async def test_x_30_what_nobody_may_see_is_not_compared(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive, visibility="private")

    with pytest.raises(NotFoundError):
        await comparisons.sides(store, made.slug, None)
    with pytest.raises(NotFoundError):
        await comparisons.sides(store, made.slug, olive.id, 7)


async def test_x_30_restoring_makes_a_revision_of_the_draft_first(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await revisions.append(store, made.slug, olive.id, {"main.py": "second"})
    await drafts.put(store, made.slug, olive.id, {"main.py": "half"}, base_revision=2)

    restored = await revisions.restore(store, made.slug, olive.id, 1)

    assert (restored.number, restored.code) == (4, made.code)
    kept = await revisions.get(store, made.slug, olive.id, 3)
    assert kept.message == "Draft before revision 1 was restored"
    assert await trees.files_of(store, kept.code) == {"main.py": "half"}
    assert await drafts.get(store, made.slug, olive.id) is None


async def test_x_30_a_draft_that_may_go_goes_with_the_restore(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await revisions.append(store, made.slug, olive.id, {"main.py": "second"})
    await drafts.put(store, made.slug, olive.id, {"main.py": "half"}, base_revision=2)

    restored = await revisions.restore(store, made.slug, olive.id, 1, keep_draft=False)

    assert restored.number == 3
    assert await drafts.get(store, made.slug, olive.id) is None
    assert (await widgets.by_slug(store, made.slug, None)).code == made.code


async def test_x_30_a_save_does_not_drop_a_draft_that_it_has_not_seen(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    seen = await drafts.put(store, made.slug, olive.id, {"main.py": "one tab"}, base_revision=1, version=0)

    with pytest.raises(ConflictError):
        await revisions.append(store, made.slug, olive.id, {"main.py": "other"}, drop_draft=True, draft_version=0)

    assert await drafts.get(store, made.slug, olive.id) == seen
    saved = await revisions.append(
        store, made.slug, olive.id, {"main.py": "both"}, drop_draft=True, draft_version=seen.version
    )
    assert saved.number == 2
    assert await drafts.get(store, made.slug, olive.id) is None


async def test_x_30_a_draft_of_an_older_revision_does_not_replace_one_of_a_newer(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await drafts.put(store, made.slug, olive.id, {"main.py": "old tab"}, base_revision=1, version=0)
    await revisions.append(store, made.slug, olive.id, {"main.py": "saved"}, drop_draft=True)
    newer = await drafts.put(store, made.slug, olive.id, {"main.py": "new tab"}, base_revision=2, version=0)

    with pytest.raises(ConflictError):
        await drafts.put(store, made.slug, olive.id, {"main.py": "old tab again"}, base_revision=1, version=1)

    assert await drafts.get(store, made.slug, olive.id) == newer
