"""Environments that nobody uses are forgotten after their time, and no others; SQLite and Postgres (issue 3.1)."""

import time

from tests.services.store.people import CODE, account, widget

from widget_model.files import FileContent
from widget_site.store import packages, revisions, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget
from widget_wire.installs import InstallResult

LATER = 10.0


def asking(*lines: str) -> dict[str, FileContent]:
    return {**CODE, "requirements.txt": "".join(f"{line}\n" for line in lines)}


async def installed(store: Store, owner: Account, line: str, environment: str) -> Widget:
    made = await widget(store, owner, files=asking(line))
    found = await widgets.by_slug(store, made.slug, owner.id)
    assert found.package_set_id is not None
    await packages.finish(store, InstallResult(found.package_set_id, "ready", environment=environment))
    return await widgets.by_slug(store, made.slug, owner.id)


async def ask(store: Store, owner: Account, made: Widget, *lines: str) -> None:
    text = asking(*lines)["requirements.txt"] if lines else None
    await revisions.append(store, made.slug, owner.id, {"requirements.txt": text})


async def forgotten(store: Store) -> list[str]:
    """Return what is forgotten when everything unused has been so for long enough."""
    await packages.forget_unused(store, 0.0)
    return await packages.forget_unused(store, time.time() + LATER)


async def test_what_a_widget_uses_is_never_forgotten_also_while_its_next_packages_are_installed_or_have_failed(
    store: Store,
) -> None:
    owner = await account(store)
    made = await installed(store, owner, "humanize", "a" * 64)

    in_use = await forgotten(store)
    await ask(store, owner, made, "humanize", "requests")
    while_installing = await forgotten(store)
    now = await widgets.by_slug(store, made.slug, owner.id)
    assert now.package_set_id is not None
    await packages.finish(store, InstallResult(now.package_set_id, "failed", "no", "conflict"))

    assert (in_use, while_installing, await forgotten(store)) == ([], [], [])
    assert (await widgets.by_slug(store, made.slug, owner.id)).environment == "a" * 64


async def test_what_nobody_uses_goes_after_its_time_and_not_before(store: Store) -> None:
    owner = await account(store)
    made = await installed(store, owner, "humanize", "a" * 64)
    await ask(store, owner, made)
    began = time.time()

    first = await packages.forget_unused(store, began - LATER)
    too_early = await packages.forget_unused(store, began - LATER)
    in_time = await packages.forget_unused(store, time.time() + LATER)

    assert (first, too_early, in_time) == ([], [], ["a" * 64])
    assert await packages.get(store, made.package_set_id) is None


async def test_an_environment_that_another_account_uses_stays_when_one_leaves_it(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    hers = await installed(store, olive, "humanize", "a" * 64)
    his = await installed(store, otto, "humanize", "a" * 64)

    await ask(store, olive, hers)

    assert await forgotten(store) == []
    assert (await widgets.by_slug(store, his.slug, otto.id)).environment == "a" * 64
    # Who asks for the same again begins to use it anew.
    await ask(store, otto, his)
    await packages.forget_unused(store, 0.0)
    await ask(store, olive, hers, "humanize")
    assert await forgotten(store) == []
    await ask(store, olive, hers)
    assert await forgotten(store) == ["a" * 64]
