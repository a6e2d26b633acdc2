"""Transactions across calls: conflicts, ends, and what others see meanwhile (T-60 to T-64)."""

import dataclasses
from typing import Any

import pytest
from tests.services.tables.conftest import KEYS, Caller, Refused, always

from widget_site.dispatch.redis_link import RedisLink
from widget_site.services.pins import Pins
from widget_site.services.registry import Service
from widget_site.services.signing import signer_of
from widget_site.services.tables import Transactions, table_services
from widget_site.store.data.data_store import DataStore
from widget_wire.runs import ServiceCall

CONFLICT = "anvil.tables.TransactionConflict"


class NoUsage:
    """An account without quotas."""

    async def require(self, *_: Any) -> None:
        """Allow it."""


def other(caller: Caller) -> Caller:
    return dataclasses.replace(caller, run_id=f"{caller.run_id}-other")


async def ages(caller: Caller, table: Any) -> list[Any]:
    return sorted(row["age"] for row in await caller.search(table))


async def add(caller: Caller, table: Any, age: int) -> Any:
    return (await caller.call("v2.table.add_row", table, {"age": age}))[1]


async def outcome(call: Any) -> str:
    try:
        await call
    except Refused as error:
        return error.kind
    return "ok"


async def test_t_61_what_a_transaction_does_is_seen_by_others_when_it_is_closed(server: Caller) -> None:
    people, second = await server.table("people"), other(server)
    await server.call("open_transaction")
    await add(server, people, 1)

    assert (await ages(server, people), await ages(second, people)) == ([1], [])
    await server.call("close_transaction", False)
    assert await ages(second, people) == [1]

    await server.call("open_transaction", isolation="relaxed")
    await add(server, people, 2)
    await server.call("close_transaction", True)
    assert await ages(second, people) == [1]


async def test_t_60_of_two_transactions_that_count_up_the_second_is_a_conflict(server: Caller) -> None:
    people, second = await server.table("people"), other(server)
    row = await add(server, people, 1)

    async def count_up(caller: Caller) -> str:
        [read] = await caller.search(people)
        written = await outcome(caller.call("v2.row.update", row, {"age": read["age"] + 1}, None))
        return written if written != "ok" else await outcome(caller.call("close_transaction", False))

    for caller in (server, second):
        await caller.call("open_transaction")
        await caller.search(people)
    assert await count_up(server) == "ok"
    assert await count_up(second) == CONFLICT
    # Whatever it does then, nothing of it is kept; and closing it is no error when it is given up.
    assert await outcome(second.call("v2.table.add_row", people, {"age": 9})) == CONFLICT
    assert await outcome(second.call("close_transaction", True)) == "ok"

    await second.call("open_transaction")
    assert await count_up(second) == "ok"
    assert await ages(server, people) == [3]


async def test_t_60_transactions_that_read_what_the_other_writes_are_a_conflict(server: Caller) -> None:
    people, second = await server.table("people"), other(server)
    callers = (server, second)
    for caller in callers:
        await caller.call("open_transaction")
        assert await ages(caller, people) == []

    async def end(caller: Caller, age: int) -> str:
        written = await outcome(caller.call("v2.table.add_row", people, {"age": age}))
        return written if written != "ok" else await outcome(caller.call("close_transaction", False))

    # Each adds a row because there was none: only one of them can have been right.
    assert [await end(server, 1), await end(second, 2)] == ["ok", CONFLICT]
    assert await ages(other(second), people) == [1]


async def test_t_61_an_error_in_a_transaction_undoes_that_call_alone(server: Caller) -> None:
    people = await server.table("people")
    await server.call("open_transaction")
    await add(server, people, 1)
    assert (
        await outcome(server.call("v2.table.add_rows", people, [{"age": 2}, {"age": "x"}])) == "anvil.tables.TableError"
    )
    view, _ = await server.call("v2.table.get_view", people, "rw", None, [], {"age": 7})
    [row] = [await add(server, people, 7)]
    assert await outcome(server.call("v2.row.update", row, {"age": 3}, None)) == "ok"
    assert len(await server.search(view)) == 0
    await server.call("close_transaction", False)

    assert await ages(other(server), people) == [1, 3]


async def test_t_63_there_is_one_transaction_for_a_call_stack(server: Caller) -> None:
    await server.call("open_transaction")
    assert await outcome(server.call("open_transaction")) == "anvil.tables.TableError"
    await server.call("close_transaction", True)
    assert await outcome(server.call("close_transaction", False)) == "anvil.tables.TableError"


async def test_t_63_a_function_that_is_called_in_a_transaction_has_a_part_in_it(server: Caller) -> None:
    people, inner = await server.table("people"), server.called()
    row = await add(server, people, 1)
    await server.call("open_transaction")
    await server.call("v2.row.update", row, {"age": 2}, None)

    # Neither waits for the other, how deep soever the call is.
    assert await ages(inner, people) == [2]
    await inner.call("v2.row.update", row, {"age": 3}, None)
    await add(inner.called(), people, 4)
    assert (await ages(server, people), await ages(other(server), people)) == ([3, 4], [1])
    # It is the caller's to end, and there is one.
    assert await outcome(inner.call("open_transaction")) == "anvil.tables.TableError"
    assert await outcome(inner.call("close_transaction", True)) == "anvil.tables.TableError"
    await server.call("close_transaction", True)
    assert await ages(inner, people) == [1]

    await inner.call("open_transaction")
    await add(inner, people, 5)
    assert await ages(server, people) == [1]
    await inner.call("close_transaction", False)
    assert await ages(server, people) == [1, 5]


async def test_attack_57_a_transaction_is_of_one_call_stack_of_one_widget(
    server: Caller, services: dict[str, Service]
) -> None:
    people, inner = await server.table("people"), server.called()
    stranger = Caller(services, widget_id="w2", run_id=server.run_id, within=(inner.run_id,))
    await server.call("open_transaction")
    await add(inner, people, 1)

    assert await ages(inner, people) == [1]
    assert await ages(stranger, await stranger.table("people")) == []
    assert await outcome(stranger.call("close_transaction", False)) == "anvil.tables.TableError"
    await add(stranger, await stranger.table("people"), 9)
    await server.call("close_transaction", True)
    assert await ages(stranger, await stranger.table("people")) == [9]


async def test_a_function_that_outlives_its_callers_transaction_keeps_nothing(data: DataStore) -> None:
    running = {"is": True}

    async def is_running(_: ServiceCall) -> bool:
        return running["is"]

    async with Transactions(data.homes, is_running, idle_s=1000, life_s=1000) as transactions:
        server = Caller(dict(_services(data, transactions)))
        people, inner = await server.table("people"), server.called()
        row = await add(server, people, 0)
        await server.call("open_transaction")
        await inner.call("v2.row.update", row, {"age": 1}, None)
        running["is"] = False
        # It waits until the transaction is rolled back.
        await other(server).call("v2.row.update", row, {"age": 2}, None)

        assert await outcome(inner.call("v2.table.add_row", people, {"age": 3})) == "anvil.tables.TableError"
        assert await ages(other(server), people) == [2]


async def test_an_uplinks_function_hears_that_its_transaction_is_in_another_process(
    data: DataStore, redis_url: str
) -> None:
    link = RedisLink(redis_url)
    async with (
        Transactions(data.homes, always, Pins(link.client)) as here,
        Transactions(data.homes, always, Pins(link.client)) as there,
    ):
        server = Caller(dict(_services(data, here)))
        people = await server.table("people")
        uplink = dataclasses.replace(server.called(), caller="uplink")
        far = dataclasses.replace(uplink, services=dict(_services(data, there)))
        await server.call("open_transaction")
        await add(uplink, people, 1)

        with pytest.raises(Refused, match="open in another process of the site"):
            await add(far, people, 2)
        await server.call("close_transaction", False)
        await add(far, people, 3)
        assert await ages(server, people) == [1, 3]
    await link.close()


async def test_t_62_clients_have_no_transactions(client: Caller) -> None:
    assert await outcome(client.call("open_transaction")) == "anvil.server.PermissionDenied"


async def test_t_64_an_idle_transaction_expires_and_holds_nothing(data: DataStore) -> None:
    async with Transactions(data.homes, always, idle_s=3.0) as transactions:
        server = Caller(dict(_services(data, transactions)))
        people, second = await server.table("people"), other(server)
        row = await add(server, people, 0)
        await server.call("open_transaction")
        await server.call("v2.row.update", row, {"age": 1}, None)

        # It waits until the first one is gone.
        assert await outcome(second.call("v2.row.update", row, {"age": 2}, None)) == "ok"
        assert await outcome(server.call("v2.table.add_row", people, {"age": 3})) == "anvil.tables.TableError"
        assert await outcome(server.call("close_transaction", False)) == "anvil.tables.TableError"
        assert await ages(second, people) == [2]


async def test_the_transaction_of_a_run_that_is_over_is_rolled_back(data: DataStore) -> None:
    running = {"is": True}

    async def is_running(_: ServiceCall) -> bool:
        return running["is"]

    # Nothing else ends it.
    async with Transactions(data.homes, is_running, idle_s=1000, life_s=1000) as transactions:
        server = Caller(dict(_services(data, transactions)))
        people, second = await server.table("people"), other(server)
        row = await add(server, people, 0)
        await server.call("open_transaction")
        await server.call("v2.row.update", row, {"age": 1}, None)
        running["is"] = False

        # It waits until the first one is gone.
        assert await outcome(second.call("v2.row.update", row, {"age": 2}, None)) == "ok"
        assert await ages(second, people) == [2]


async def test_an_open_transaction_that_writes_keeps_no_other_widget_waiting(
    server: Caller, services: dict[str, Service]
) -> None:
    stranger = Caller(services, widget_id="w2")
    people = await server.table("people")
    await server.call("open_transaction")
    await add(server, people, 1)

    for age in range(20):
        await add(stranger, await stranger.table("people"), age)

    assert len(await stranger.search(await stranger.table("people"))) == 20
    await server.call("close_transaction", False)


async def test_transactions_end_with_the_site(data: DataStore) -> None:
    async with Transactions(data.homes, always) as transactions:
        server = Caller(dict(_services(data, transactions)))
        people = await server.table("people")
        await server.call("open_transaction")
        await add(server, people, 1)

    async with Transactions(data.homes, always) as transactions:
        server = Caller(dict(_services(data, transactions)))
        assert await ages(server, people) == []
        await add(server, people, 2)


def _services(data: DataStore, transactions: Transactions) -> Any:
    offered = table_services(data, transactions, NoUsage(), lambda call: signer_of(KEYS, call))  # type: ignore[arg-type]
    return offered.services
