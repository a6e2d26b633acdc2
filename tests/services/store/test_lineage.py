"""X-30: forks and their parents: lineage both ways, what each side changed, pulling without losing anything."""

import pytest
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, ForbiddenError, NotFoundError, SignInError
from widget_site.store import deleted, lineage, revisions, trees, widgets
from widget_site.store.lineage import Choices
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_site.store.widgets import WidgetChanges

LINES = "one\ntwo\nthree\nfour\nfive\n"
NO_CHOICES = Choices({}, {})


async def forked(store: Store) -> tuple[Account, Widget, Account, Widget]:
    """Olive's widget and Otto's fork of it."""
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, files={"main.py": LINES})
    return olive, made, otto, await widgets.fork(store, made.slug, otto)


async def files(store: Store, slug: str, viewer: str | None) -> dict[str, object]:
    return dict(await trees.files_of(store, (await widgets.by_slug(store, slug, viewer)).code))


async def test_x_30_a_fork_names_the_revision_it_began_as_and_the_parent_lists_it(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES})

    fork = await widgets.fork(store, made.slug, await account(store, "otto"))

    assert (fork.forked_from, fork.forked_revision) == (made.slug, 2)
    assert [one.slug for one in (await widgets.forks_of(store, made.id, None)).items] == [fork.slug]


async def test_x_30_forks_that_a_viewer_may_not_see_are_not_listed(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    await widgets.change(store, fork.slug, otto.id, WidgetChanges(visibility="private"))

    seen = [[one.slug for one in (await widgets.forks_of(store, made.id, who)).items] for who in (None, olive.id)]

    assert seen == [[], []]
    assert [one.slug for one in (await widgets.forks_of(store, made.id, otto.id)).items] == [fork.slug]


@pytest.mark.parametrize("end", ["private", "deleted"])
async def test_x_30_a_parent_that_is_gone_or_private_is_neither_named_nor_compared(store: Store, end: str) -> None:
    olive, made, otto, fork = await forked(store)
    if end == "private":
        await widgets.change(store, made.slug, olive.id, WidgetChanges(visibility="private"))
    else:
        await deleted.purge(store, made.id)

    seen = await widgets.by_slug(store, fork.slug, otto.id)

    assert (seen.forked_from, seen.forked_revision) == (None, 1)
    with pytest.raises(NotFoundError) as refused:
        await lineage.of_fork(store, fork.slug, otto.id)
    assert made.slug not in str(refused.value)
    with pytest.raises(NotFoundError):
        await lineage.pull(store, fork.slug, otto.id, NO_CHOICES)


async def test_x_30_pulling_brings_both_sides_together_and_can_be_done_again(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES.replace("one", "ONE"), "new.py": "x\n"})
    await revisions.append(store, fork.slug, otto.id, {"main.py": LINES.replace("five", "FIVE")})

    pulled = await lineage.pull(store, fork.slug, otto.id, NO_CHOICES, parent_revision=2)

    both = LINES.replace("one", "ONE").replace("five", "FIVE")
    assert (pulled.number, pulled.message) == (3, "Pulled revision 2 of the original")
    assert await files(store, fork.slug, None) == {"main.py": both, "new.py": "x\n"}
    assert (await lineage.pull(store, fork.slug, otto.id, NO_CHOICES)).number == 3
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES.replace("one", "Uno")})
    await lineage.pull(store, fork.slug, otto.id, NO_CHOICES)
    assert (await files(store, fork.slug, None))["main.py"] == both.replace("ONE", "Uno")
    assert (await files(store, made.slug, None))["main.py"] == LINES.replace("one", "Uno")


async def test_x_30_changes_that_meet_are_pulled_only_with_a_choice(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES.replace("two", "theirs"), "a.py": "theirs\n"})
    await revisions.append(store, fork.slug, otto.id, {"main.py": LINES.replace("two", "mine"), "a.py": "mine\n"})

    with pytest.raises(ConflictError) as refused:
        await lineage.pull(store, fork.slug, otto.id, Choices({"a.py": "theirs"}, {}))

    assert refused.value.details == {"conflicts": ["main.py"]}
    assert (await widgets.by_slug(store, fork.slug, None)).revision == 2
    await lineage.pull(store, fork.slug, otto.id, Choices({"a.py": "theirs"}, {"main.py": "both\n"}))
    assert await files(store, fork.slug, None) == {"main.py": "both\n", "a.py": "theirs\n"}


async def test_x_30_a_choice_for_an_older_revision_of_the_parent_is_refused(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    for text in ("a\n", "b\n"):
        await revisions.append(store, made.slug, olive.id, {"main.py": text})

    with pytest.raises(ConflictError):
        await lineage.pull(store, fork.slug, otto.id, NO_CHOICES, parent_revision=2)


async def test_x_30_only_the_owner_of_a_fork_pulls_into_it(store: Store) -> None:
    olive, _made, _otto, fork = await forked(store)

    for viewer, refusal in ((olive.id, ForbiddenError), (None, SignInError)):
        with pytest.raises(refusal):
            await lineage.pull(store, fork.slug, viewer, NO_CHOICES)
