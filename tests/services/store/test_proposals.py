"""X-30: changes of a fork are offered to the owner of its original, pinned, and merged or closed."""

import asyncio

import pytest
from sqlalchemy import delete
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError, SignInError
from widget_site.store import deleted, lineage, outbox, proposals, revisions, tables, trees, widgets
from widget_site.store.lineage import Choices
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_site.store.widgets import WidgetChanges

LINES = "one\ntwo\nthree\nfour\nfive\n"
NONE = Choices({}, {})
SITE = "http://localhost:8000"


async def forked(store: Store, visibility: str = "public") -> tuple[Account, Widget, Account, Widget]:
    """Olive's widget and Otto's changed fork of it."""
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, files={"main.py": LINES})
    fork = await widgets.fork(store, made.slug, otto)
    await revisions.append(store, fork.slug, otto.id, {"main.py": LINES.replace("five", "FIVE")})
    return olive, made, otto, await widgets.change(store, fork.slug, otto.id, WidgetChanges(visibility=visibility))


async def proposed(store: Store, fork: Widget, author: Account) -> proposals.Proposal:
    return await proposals.propose(store, fork.slug, author.id, "Louder", "It is *better*.", SITE)


async def main_py(store: Store, slug: str, viewer: str | None) -> object:
    return (await trees.files_of(store, (await widgets.by_slug(store, slug, viewer)).code))["main.py"]


async def test_x_30_a_proposal_is_merged_as_a_revision_by_its_author(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES.replace("one", "ONE")})

    merged = await proposals.merge(store, held.id, olive.id, 1, NONE, SITE)

    assert (merged.number, merged.author, merged.message) == (3, "otto", "Merged: Louder")
    assert await main_py(store, made.slug, None) == LINES.replace("one", "ONE").replace("five", "FIVE")
    settled = await proposals.get(store, held.id, otto.id)
    assert (settled.state, settled.merged_revision) == ("merged", 3)
    told = {
        who.username: [one.subject for one in (await outbox.of_account(store, who.id)).items] for who in (olive, otto)
    }
    assert told == {"olive": ["A proposal for A test: Louder"], "otto": ["Your proposal was merged: Louder"]}


async def test_x_30_after_a_merge_both_go_on_from_what_they_have_in_common(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    await proposals.merge(store, held.id, olive.id, 1, NONE, SITE)
    await revisions.append(store, fork.slug, otto.id, {"main.py": LINES.replace("five", "FIVE!")})

    again = await proposed(store, fork, otto)
    await proposals.merge(store, again.id, olive.id, 1, NONE, SITE)

    assert await main_py(store, made.slug, None) == LINES.replace("five", "FIVE!")
    found = await lineage.of_fork(store, fork.slug, otto.id)
    assert found.base == found.mine == found.theirs


async def test_x_30_what_is_proposed_cannot_change_under_who_looks_at_it(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    await revisions.append(store, fork.slug, otto.id, {"main.py": "something else entirely\n"})
    assert (await proposals.sides(store, await proposals.get(store, held.id, olive.id)))[1]["main.py"] == LINES.replace(
        "five", "FIVE"
    )

    renewed = await proposals.renew(store, held.id, otto.id, SITE)
    with pytest.raises(ConflictError) as refused:
        await proposals.merge(store, held.id, olive.id, 1, NONE, SITE)

    assert refused.value.details == {"round": 2}
    assert [(number, revision) for number, revision, _ in await proposals.rounds(store, renewed)] == [(1, 2), (2, 3)]
    assert set(await proposals.rounds_of(store, [held.id, "none"])) == {held.id, "none"}
    assert await main_py(store, made.slug, None) == LINES
    with pytest.raises(FormError):
        await proposals.renew(store, held.id, otto.id, SITE)


async def test_x_30_changes_that_meet_are_merged_only_with_a_choice(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES.replace("five", "5")})

    found = await proposals.review(store, held, olive.id)
    with pytest.raises(ConflictError):
        await proposals.merge(store, held.id, olive.id, 1, NONE, SITE)
    assert [one.path for one in found.merge.conflicts] == ["main.py"]
    assert (await proposals.get(store, held.id, olive.id)).state == "open"

    await proposals.merge(store, held.id, olive.id, 1, Choices({"main.py": "theirs"}, {}), SITE)
    assert await main_py(store, made.slug, None) == LINES.replace("five", "FIVE")


async def test_x_30_a_closed_proposal_tells_its_author_why_and_stays_closed(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)

    closed = await proposals.close(store, held.id, olive.id, "Not now.", SITE)

    assert (closed.state, closed.reason) == ("closed", "Not now.")
    newest = (await outbox.of_account(store, otto.id)).items[0]
    assert newest.subject == "Your proposal was closed: Louder"
    assert "Not now." in newest.text
    for late in (
        proposals.merge(store, held.id, olive.id, 1, NONE, SITE),
        proposals.close(store, held.id, olive.id, "", SITE),
        proposals.withdraw(store, held.id, otto.id),
        proposals.renew(store, held.id, otto.id, SITE),
    ):
        with pytest.raises((ConflictError, FormError)):
            await late
    assert (await widgets.by_slug(store, made.slug, None)).revision == 1


async def test_x_30_of_a_merge_and_a_withdrawal_at_once_exactly_one_happens(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)

    answers = await asyncio.gather(
        proposals.merge(store, held.id, olive.id, 1, NONE, SITE),
        proposals.withdraw(store, held.id, otto.id),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, ConflictError) for answer in answers) == 1
    state = (await proposals.get(store, held.id, otto.id)).state
    revision = (await widgets.by_slug(store, made.slug, None)).revision
    assert (state, revision) in (("merged", 2), ("withdrawn", 1))


async def test_x_30_a_fork_has_one_open_proposal_and_another_after_that(store: Store) -> None:
    _olive, _made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    with pytest.raises(ConflictError):
        await proposed(store, fork, otto)

    await proposals.withdraw(store, held.id, otto.id)

    assert (await proposed(store, fork, otto)).state == "open"


async def test_x_30_a_widget_takes_only_so_many_open_proposals(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _olive, _made, otto, fork = await forked(store)
    monkeypatch.setattr(proposals, "OPEN_MAX", 0)

    with pytest.raises(ConflictError):
        await proposed(store, fork, otto)


async def test_x_30_nothing_is_proposed_that_the_original_has(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    await revisions.append(store, made.slug, olive.id, {"main.py": LINES.replace("five", "FIVE")})

    with pytest.raises(FormError):
        await proposed(store, fork, otto)


async def test_x_30_strangers_neither_see_nor_settle_a_proposal(store: Store) -> None:
    olive, _made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    stranger = await account(store, "nina")

    for viewer in (stranger.id, None):
        for refused in (
            proposals.get(store, held.id, viewer),
            proposals.merge(store, held.id, viewer, 1, NONE, SITE),
            proposals.close(store, held.id, viewer, "", SITE),
            proposals.withdraw(store, held.id, viewer),
            proposals.renew(store, held.id, viewer, SITE),
        ):
            with pytest.raises(NotFoundError):
                await refused
    for refused in (
        proposals.merge(store, held.id, otto.id, 1, NONE, SITE),
        proposals.close(store, held.id, otto.id, "", SITE),
        proposals.withdraw(store, held.id, olive.id),
        proposals.renew(store, held.id, olive.id, SITE),
    ):
        with pytest.raises(ForbiddenError):
            await refused
    for viewer, refusal in ((stranger.id, ForbiddenError), (None, SignInError)):
        with pytest.raises(refusal):
            await proposals.propose(store, fork.slug, viewer, "x", "", SITE)
    assert (await proposals.listed(store, stranger)).items == ()
    assert (await proposals.listed(store, stranger, sent=True)).items == ()
    assert await proposals.waiting(store, olive.id) == 1


async def test_x_30_a_private_fork_shows_its_proposed_files_and_nothing_else(store: Store) -> None:
    olive, _made, otto, fork = await forked(store, "private")
    await proposed(store, fork, otto)

    (seen,) = (await proposals.listed(store, olive)).items

    assert (seen.fork, seen.author) == (None, "otto")
    assert (await proposals.sides(store, seen))[1] == {"main.py": LINES.replace("five", "FIVE")}
    with pytest.raises(NotFoundError):
        await widgets.by_slug(store, fork.slug, olive.id)


async def test_x_30_an_original_that_became_private_is_not_named_to_the_author(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    await widgets.change(store, made.slug, olive.id, WidgetChanges(visibility="private"))

    seen = await proposals.get(store, held.id, otto.id)

    assert (seen.slug, seen.widget_title) == (None, None)
    assert (await proposals.get(store, held.id, olive.id)).slug == made.slug
    await proposals.withdraw(store, held.id, otto.id)


async def test_x_30_a_proposal_outlives_its_fork_and_its_author(store: Store) -> None:
    olive, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)
    await deleted.purge(store, fork.id)
    async with store.database.writing() as db:
        await db.execute(delete(tables.account).where(tables.account.c.id == otto.id))
    assert await trees.forget_unused(store) == 0

    seen = await proposals.get(store, held.id, olive.id)
    merged = await proposals.merge(store, held.id, olive.id, 1, NONE, SITE)

    assert (seen.author, seen.fork) == (None, None)
    assert (merged.number, merged.author) == (2, None)
    assert await main_py(store, made.slug, None) == LINES.replace("five", "FIVE")


async def test_x_30_a_proposal_goes_with_its_original(store: Store) -> None:
    _, made, otto, fork = await forked(store)
    held = await proposed(store, fork, otto)

    await deleted.purge(store, made.id)

    with pytest.raises(NotFoundError):
        await proposals.get(store, held.id, otto.id)
    assert (await widgets.by_slug(store, fork.slug, otto.id)).forked_from is None
