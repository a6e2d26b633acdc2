"""Keys of uplinks: only their hashes are kept, and one that was revoked, or whose widget may not run, opens nothing."""

import pytest
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError
from widget_site.store import deleted, uplink_keys
from widget_site.store.store import Store

HASH = "a" * 64


async def test_a_key_opens_its_widget_until_it_is_revoked(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    key = await uplink_keys.add(store, made.slug, olive.id, "server", HASH)

    found = await uplink_keys.holder(store, HASH)
    assert found is not None
    assert (found.key_id, found.kind, found.widget_id, found.slug) == (key.id, "server", made.id, made.slug)
    assert await uplink_keys.holder(store, "b" * 64) is None
    assert await uplink_keys.still_good(store, {key.id, "another"}) == {key.id}
    assert await uplink_keys.listed(store, made.slug, olive.id) == (key,)
    await uplink_keys.revoke(store, made.slug, olive.id, key.id)
    assert await uplink_keys.holder(store, HASH) is None
    assert await uplink_keys.still_good(store, {key.id}) == frozenset()
    with pytest.raises(NotFoundError):
        await uplink_keys.revoke(store, made.slug, olive.id, key.id)


async def test_the_bin_shuts_out_and_restoring_lets_in(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    key = await uplink_keys.add(store, made.slug, olive.id, "client", HASH)

    await deleted.discard(store, made.slug, olive.id)
    assert await uplink_keys.holder(store, HASH) is None
    assert await uplink_keys.still_good(store, {key.id}) == frozenset()

    await deleted.restore(store, made.slug, olive.id)
    assert await uplink_keys.holder(store, HASH) is not None


async def test_only_the_owner_has_to_do_with_keys(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    made = await widget(store, olive)
    key = await uplink_keys.add(store, made.slug, olive.id, "server", HASH)

    with pytest.raises(ForbiddenError):
        await uplink_keys.listed(store, made.slug, otto.id)
    with pytest.raises(ForbiddenError):
        await uplink_keys.add(store, made.slug, otto.id, "server", "b" * 64)
    with pytest.raises(ForbiddenError):
        await uplink_keys.revoke(store, made.slug, otto.id, key.id)
    assert await uplink_keys.holder(store, HASH) is not None


async def test_kinds_and_numbers_are_bounded(store: Store) -> None:
    olive = await account(store)
    made = await widget(store, olive)
    with pytest.raises(FormError):
        await uplink_keys.add(store, made.slug, olive.id, "root", HASH)
    for number in range(uplink_keys.MAX_KEYS):
        await uplink_keys.add(store, made.slug, olive.id, "server", f"{number:064}")

    with pytest.raises(ConflictError):
        await uplink_keys.add(store, made.slug, olive.id, "server", HASH)
