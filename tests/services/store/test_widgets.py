"""Widgets in both databases: who sees which, in what order, and what forking and deleting leave behind."""

import asyncio

import pytest
from tests.services.store.people import CODE, account, widget

from widget_site.errors import (
    ConflictError,
    ForbiddenError,
    FormError,
    NotFoundError,
    SignInError,
)
from widget_site.store import deleted, drafts, revisions, runs, snapshots, trees, widgets
from widget_site.store.store import Store
from widget_site.store.widgets import WidgetChanges


async def test_a_widget_keeps_what_it_was_made_of(store: Store) -> None:
    olive = await account(store)
    files = {**CODE, "data.bin": {"base64": "AP8A"}, "ünicode is not in names.txt".replace("ü", "u"): "naïve ☃\r\n\0"}

    made = await widget(store, olive, files=files, title="  Sums ", description="Adds *numbers*.")

    assert await trees.files_of(store, made.code) == files
    found = await widgets.by_slug(store, made.slug, None)
    assert found == made
    assert (found.title, found.owner, found.revision, found.forked_from) == ("Sums", "olive", 1, None)


async def test_a_kind_that_does_not_exist_is_refused_by_name(store: Store) -> None:
    olive = await account(store)

    with pytest.raises(FormError, match="no kind 'app'"):
        await widget(store, olive, kind="app")


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\0b", "a\nb", "\ud800", "abc\u202edef"])
async def test_a_title_is_one_line_of_ordinary_characters(store: Store, title: str) -> None:
    olive = await account(store)

    with pytest.raises(FormError) as refused:
        await widget(store, olive, title=title)

    assert refused.value.field == "title"


@pytest.mark.parametrize("path", ["../main.py", "/etc/passwd", "a//b", "a\0b", "", "a/../b", ".hidden", "x" * 300])
async def test_a_file_name_that_could_lead_elsewhere_is_refused(store: Store, path: str) -> None:
    olive = await account(store)

    with pytest.raises(FormError):
        await widget(store, olive, files={path: "x"})


@pytest.mark.parametrize(
    ("visibility", "by_name", "in_lists"),
    [("public", True, True), ("unlisted", True, False), ("private", False, False)],
)
async def test_others_see_what_the_visibility_says(
    store: Store, visibility: str, by_name: bool, in_lists: bool
) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, visibility=visibility)

    for viewer in (None, otto.id):
        listed = await widgets.listed(store, viewer)
        assert [one.slug for one in listed.items] == ([made.slug] if in_lists else [])
        if by_name:
            assert (await widgets.by_slug(store, made.slug, viewer)).id == made.id
        else:
            with pytest.raises(NotFoundError):
                await widgets.by_slug(store, made.slug, viewer)
    assert [one.slug for one in (await widgets.listed(store, olive.id)).items] == [made.slug]
    assert (await widgets.by_slug(store, made.slug, olive.id)).id == made.id


async def test_lists_are_read_page_by_page_newest_first_without_gaps(store: Store) -> None:
    olive = await account(store)
    made = [(await widget(store, olive, title=f"Number {number}")).slug for number in range(7)]

    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = await widgets.listed(store, None, after=cursor, limit=2)
        seen += [one.slug for one in page.items]
        cursor = page.next

    assert seen == made[::-1]
    assert cursor is None


async def test_the_owners_list_is_by_last_change(store: Store) -> None:
    olive = await account(store)
    first, second, third = [await widget(store, olive) for _ in range(3)]
    await revisions.append(store, first.slug, olive.id, {"main.py": "print(2)"})

    page = await widgets.recent_of(store, olive.id, limit=2)
    rest = await widgets.recent_of(store, olive.id, limit=2, after=page.next)

    assert [one.slug for one in page.items + rest.items] == [first.slug, third.slug, second.slug]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("SUMS", True),
        ("sums numbers", True),
        ("umber", True),
        ("su mb", True),
        ("sums ~", False),
        ("sums letters", False),
        ("bersnum", False),
        ("numbbers", False),
        ('"1,5"', True),
        ("grÖßE größe 日本語版", True),
        ("日本", True),
        ("日本語x", False),
        ('sums" OR "letters', False),
        ("num* NOT text:sums", False),
        ("%", False),
        ("s_ms", False),
        ("\0", True),
        ("s\0ums", True),
        ("x" * 500, False),
    ],
)
async def test_d_26_search_finds_every_word_and_takes_no_wildcards(store: Store, search: str, found: bool) -> None:
    olive = await account(store)
    await widget(store, olive, title="Sums", description='Adds numbers such as "1,5"; Größe, 日本語版')

    page = await widgets.listed(store, None, search=search)

    assert len(page.items) == (1 if found else 0)


async def test_lists_are_narrowed_by_kind_and_owner(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    script = await widget(store, olive)
    api = await widget(store, otto, kind="api")

    assert [one.slug for one in (await widgets.listed(store, None, kind="api")).items] == [api.slug]
    assert [one.slug for one in (await widgets.listed(store, None, owner="OLIVE")).items] == [script.slug]


async def test_only_the_owner_changes_a_widget(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)

    with pytest.raises(ForbiddenError):
        await widgets.change(store, made.slug, otto.id, WidgetChanges(title="Mine"))
    with pytest.raises(SignInError):
        await widgets.change(store, made.slug, None, WidgetChanges(title="Mine"))

    assert await widgets.by_slug(store, made.slug, None) == made


async def test_every_change_of_what_is_served_raises_the_generation(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    changed = await widgets.change(store, made.slug, olive.id, WidgetChanges(title="New", visibility="private"))
    same = await widgets.change(store, made.slug, olive.id, WidgetChanges(title="New"))
    await revisions.append(store, made.slug, olive.id, {"main.py": "print(2)"})
    snapshot = await snapshots.snapshot(store, made.slug)

    assert (made.generation, changed.generation, same.generation) == (1, 2, 2)
    assert snapshot is not None
    assert (snapshot.generation, snapshot.revision, snapshot.visibility) == (3, 2, "private")


async def test_a_fork_is_a_copy_of_the_code_alone(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, title="Sums")
    await revisions.append(store, made.slug, olive.id, {"main.py": "print(2)"})
    await drafts.put(store, made.slug, olive.id, {"main.py": "secret"}, base_revision=2)
    await runs.add(store, "0" * 26, widget_id=made.id, trigger="owner", revision=2)

    fork = await widgets.fork(store, made.slug, otto)

    assert (fork.owner, fork.title, fork.revision, fork.forked_from) == ("otto", "Sums", 1, made.slug)
    assert await trees.files_of(store, fork.code) == {**CODE, "main.py": "print(2)"}
    assert await drafts.get(store, fork.slug, otto.id) is None
    assert (await runs.listed(store, fork.slug, otto.id)).items == ()
    assert [one.number for one in (await revisions.listed(store, fork.slug, otto.id)).items] == [1]
    assert (await widgets.by_slug(store, made.slug, None)).fork_count == 1
    assert [one.slug for one in await widgets.most_forked(store)] == [made.slug]


async def test_a_fork_does_not_name_a_widget_that_became_private(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    fork = await widgets.fork(store, made.slug, otto)

    await widgets.change(store, made.slug, olive.id, WidgetChanges(visibility="private"))

    assert (await widgets.by_slug(store, fork.slug, otto.id)).forked_from is None
    assert (await widgets.by_slug(store, fork.slug, olive.id)).forked_from == made.slug


async def test_a_fork_of_what_is_not_public_is_not_public(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive, visibility="unlisted")

    assert (await widgets.fork(store, made.slug, otto)).visibility == "private"


async def test_a_deleted_widget_is_gone_with_all_its_own_and_its_fork_stays(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    fork = await widgets.fork(store, made.slug, otto)
    await runs.add(store, "0" * 26, widget_id=made.id, trigger="owner", revision=1)

    await deleted.purge(store, made.id)

    assert await snapshots.snapshot(store, made.slug) is None
    with pytest.raises(NotFoundError):
        await runs.get(store, "0" * 26, olive.id)
    kept = await widgets.by_slug(store, fork.slug, None)
    assert kept.forked_from is None
    assert await trees.files_of(store, kept.code) == CODE


async def test_a_name_that_was_given_up_is_nobody_elses(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    renamed, gone = await widget(store, olive), await widget(store, olive)
    mine = await widget(store, otto)
    await widgets.change(store, renamed.slug, olive.id, WidgetChanges(slug="brand-new-name"))
    await deleted.purge(store, gone.id)

    for slug in (renamed.slug, gone.slug, "brand-new-name"):
        with pytest.raises(ConflictError):
            await widgets.change(store, mine.slug, otto.id, WidgetChanges(slug=slug))
    back = await widgets.change(store, "brand-new-name", olive.id, WidgetChanges(slug=renamed.slug))
    assert back.slug == renamed.slug


async def test_one_of_two_who_want_the_same_name_gets_it(store: Store) -> None:
    olive = await account(store)
    made = [await widget(store, olive) for _ in range(2)]

    answers = await asyncio.gather(
        *(widgets.change(store, one.slug, olive.id, WidgetChanges(slug="wanted-name")) for one in made),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["ConflictError", "Widget"]


async def test_a_made_up_cursor_is_a_bad_request(store: Store) -> None:
    from widget_site.errors import BadRequestError

    for cursor in ("x", "W10", "WzFd", "😀", "WyJcdTAwMDAiXQ", "bnVsbA", "WzFlOTk5XQ"):
        with pytest.raises(BadRequestError):
            await widgets.listed(store, None, after=cursor)
