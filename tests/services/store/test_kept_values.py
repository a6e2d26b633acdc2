"""Values that widgets keep, on both databases (X-04): counted right, bounded, gone with their widget."""

import asyncio

import pytest

from widget_site.errors import ConflictError
from widget_site.store import accounts, deleted, kept_values, quotas, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget


async def make(store: Store) -> tuple[Account, Widget]:
    owner = await accounts.create(store, "olive", "olive@example.com", "no password")
    return owner, await widgets.create(store, owner, "api", "W", {"main.py": ""})


async def test_x_04_of_many_that_add_at_once_each_counts(store: Store) -> None:
    _, widget = await make(store)

    counted = await asyncio.gather(*(kept_values.add(store, widget.id, "n", 2) for _ in range(10)))

    assert sorted(counted) == list(range(2, 22, 2))
    assert await kept_values.get(store, widget.id, "n") == "20"


async def test_x_04_a_widget_keeps_so_many_and_an_old_name_takes_a_new_value(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_values, "MAX_VALUES", 2)
    owner, widget = await make(store)
    for name in ("b", "A"):
        await kept_values.put(store, widget.id, name, "1")

    await kept_values.put(store, widget.id, "b", '"two"')
    with pytest.raises(ConflictError):
        await kept_values.put(store, widget.id, "c", "1")
    with pytest.raises(ConflictError):
        await kept_values.add(store, widget.id, "c", 1)

    assert await kept_values.names(store, widget.id) == ["A", "b"]
    assert await kept_values.get(store, widget.id, "c") is None
    async with store.database.reading() as db:
        before = await quotas.stored_bytes(db, owner.id)
    await kept_values.remove(store, widget.id, "b")
    async with store.database.reading() as db:
        assert before - await quotas.stored_bytes(db, owner.id) == len("b") + len('"two"')


async def test_x_04_forks_have_none_and_values_go_with_their_widget(store: Store) -> None:
    owner, widget = await make(store)
    await kept_values.put(store, widget.id, "n", "1")
    fork = await widgets.fork(store, widget.slug, owner)

    assert await kept_values.names(store, fork.id) == []
    await deleted.purge(store, widget.id)
    assert await kept_values.names(store, widget.id) == []


async def test_x_04_a_number_that_grows_too_large_is_refused_and_stays(store: Store) -> None:
    _, widget = await make(store)
    await kept_values.add(store, widget.id, "n", 2**63 - 1)

    with pytest.raises(TypeError):
        await kept_values.add(store, widget.id, "n", 2**62)

    assert await kept_values.get(store, widget.id, "n") == str(2**63 - 1)
