"""Accounts, sign-ins, tokens and one-time links as rows."""

import asyncio
import time

import pytest
from tests.services.store.people import account

from widget_site.errors import ConflictError, NotFoundError
from widget_site.store import accounts, sessions, tokens
from widget_site.store.store import Store

DAY_S = 86400.0


async def test_names_and_addresses_are_one_persons_whatever_their_case(store: Store) -> None:
    await account(store, "Olive")

    with pytest.raises(ConflictError):
        await accounts.create(store, "oLIVE", "other@example.com", "x")
    with pytest.raises(ConflictError):
        await accounts.create(store, "other", "OLIVE@example.com", "x")

    assert (await accounts.by_username(store, "OLIVE")).username == "Olive"
    assert await accounts.count(store) == 1


async def test_only_one_of_two_becomes_the_first_administrator(store: Store) -> None:
    answers = await asyncio.gather(
        *(
            accounts.create(store, name, f"{name}@example.com", "x", is_admin=True, only_first=True)
            for name in ("ann", "bob")
        ),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["Account", "ConflictError"]


async def test_a_password_is_found_by_name_or_address(store: Store) -> None:
    olive = await account(store)

    assert await accounts.with_password(store, "OLIVE") == (olive, "no password")
    assert await accounts.with_password(store, "olive@EXAMPLE.com") == (olive, "no password")
    assert await accounts.with_password(store, "nobody\0") is None


async def test_a_sign_in_ends_when_it_is_told_to_when_it_is_old_and_when_it_was_idle(store: Store) -> None:
    olive = await account(store)
    for name, lasts_s in (("a", DAY_S), ("b", DAY_S), ("c", -1.0)):
        await sessions.create(store, name * 64, olive, lasts_s)

    await sessions.end(store, "b" * 64)

    held = await sessions.get(store, "a" * 64, DAY_S)
    assert held is not None
    assert held.account == olive
    assert await sessions.get(store, "a" * 64, -1.0) is None
    assert await sessions.get(store, "b" * 64, DAY_S) is None
    assert await sessions.get(store, "c" * 64, DAY_S) is None
    assert await sessions.forget_old(store, DAY_S) == 1


async def test_all_other_sign_ins_of_an_account_can_be_ended(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    for name, who in (("a", olive), ("b", olive), ("c", otto)):
        await sessions.create(store, name * 64, who, DAY_S)

    ended = await sessions.end_all(store, olive.id, keep="a" * 64)

    assert ended == 1
    assert [bool(await sessions.get(store, name * 64, DAY_S)) for name in "abc"] == [True, False, True]


async def test_a_token_names_its_account_until_it_is_revoked(store: Store) -> None:
    olive, otto = await account(store), await account(store, "otto")
    token = await tokens.create(store, olive.id, "laptop", "f" * 64)
    unused = await tokens.listed(store, olive.id)

    found = await tokens.bearer(store, "f" * 64)
    used = await tokens.listed(store, olive.id)
    with pytest.raises(NotFoundError):
        await tokens.revoke(store, otto.id, token.id)
    await tokens.revoke(store, olive.id, token.id)

    assert found is not None
    assert (found.account, found.token) == (olive, token)
    assert unused == (token,)
    assert used[0].last_used_at is not None
    assert await tokens.bearer(store, "f" * 64) is None


async def test_a_link_works_once_and_not_too_late(store: Store) -> None:
    await tokens.add_link(store, "first", "a" * 64, time.time() + 60)
    once = await tokens.use_link(store, "first", "a" * 64)
    twice = await tokens.use_link(store, "first", "a" * 64)
    await tokens.add_link(store, "first", "b" * 64, time.time() - 1)

    assert (once, twice) == (True, False)
    assert not await tokens.is_link(store, "first", "b" * 64)
    assert not await tokens.use_link(store, "first", "b" * 64)


async def test_a_new_link_ends_the_one_before(store: Store) -> None:
    await tokens.add_link(store, "first", "a" * 64, time.time() + 60)
    await tokens.add_link(store, "first", "b" * 64, time.time() + 60)

    assert not await tokens.is_link(store, "first", "a" * 64)
    assert await tokens.is_link(store, "first", "b" * 64)
