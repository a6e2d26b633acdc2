"""Tables that widgets of one owner share (T-16), on both databases: one set of rows, names and permissions of each."""

import asyncio
from typing import Any

import pytest
from tests.services.tables.conftest import Caller, Refused, ref, row_in

from widget_site.services.registry import Service
from widget_site.store.data import catalog, mounting, rows
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.values import DataError
from widget_wire.values import Capability, Media

TABLE = "anvil.tables.TableError"


async def outcome(call: Any) -> str:
    try:
        await call
    except Refused as error:
        return error.kind
    return "ok"


async def share(data: DataStore, name: str, called: str, server: str = "full") -> int:
    """Let w2 use a table of w1; return its id in w2."""

    def allow(db: Any) -> Any:
        info = next(one for one in catalog.read(db, "w1").tables.values() if one.name == name)
        mounting.share(db, info.id, "w2")
        return info

    info = await data.homes.write("w1", allow)
    return await data.homes.write(
        "w2", lambda db: catalog.mount_table(db, "w2", "w1", info, called, client="none", server=server)
    )


async def unshare(data: DataStore, name: str) -> None:
    def end(db: Any) -> None:
        info = next(one for one in catalog.read(db, "w1").tables.values() if one.name == name)
        assert mounting.unshare(db, info.id, "w2")

    await data.homes.write("w1", end)


@pytest.fixture
def other(services: dict[str, Service]) -> Caller:
    """Server code of w2."""
    return Caller(services, widget_id="w2")


async def names(caller: Caller, table: Any) -> list[str]:
    return sorted(row["name"] for row in await caller.search(table))


async def test_t_16_both_widgets_read_and_write_the_same_rows(server: Caller, other: Caller, data: DataStore) -> None:
    await share(data, "people", "guests")
    here, there = await server.table("people"), await other.table("guests")

    await server.call("v2.table.add_row", here, {"name": "Ann", "age": 1})
    _, row, _ = await other.call("v2.table.add_row", there, {"name": "Bob", "secret": "s"})
    assert (await names(server, here), await names(other, there)) == (["Ann", "Bob"], ["Ann", "Bob"])
    await other.call("v2.row.update", row, {"age": 2.5}, None)
    assert [one["age"] for one in await server.search(here, name="Bob")] == [2.5]
    # Its own table of the name that the shared one has at home is another one.
    assert await other.search(await other.table("people")) == []
    await other.call("v2.row.delete", row, None)
    assert await names(server, here) == ["Ann"]
    ids = await other.call("v2.table.add_rows", there, [{"name": str(number)} for number in range(150)])
    assert len(ids[0]) == 150
    page, _, following, _ = await other.call("v2.table.search", there, [], {})
    assert (len(page), following is not None) == (100, True)


async def test_t_16_links_are_seen_where_both_tables_are_shared(server: Caller, other: Caller, data: DataStore) -> None:
    await share(data, "people", "guests")
    columns = [one["name"] for one in await other.call("v2.table.list_columns", await other.table("guests"))]
    assert columns == ["name", "age", "seen", "pic", "data", "secret"]

    await share(data, "tags", "labels")
    guests, labels = await other.table("guests"), await other.table("labels")
    _, tag, _ = await other.call("v2.table.add_row", labels, {"label": "red"})
    added, _, _ = await other.call("v2.table.add_row", guests, {"name": "Ann", "tag": ref(tag), "tags": [ref(tag)]})
    _, tables = await server.call("v2.table.get_row", await server.table("people"), [], {"name": "Ann"})
    assert row_in(tables, added)["tags"] == [1]
    # A column of its own may lead to a table that is shared with it.
    shared = next(one for one in (await schema(data, "w2")).values() if one.name == "labels")
    own = next(one for one in (await schema(data, "w2")).values() if one.name == "people")
    await data.homes.write(
        "w2", lambda db: catalog.add_column(db, "w2", own.id, "label", "link_single", target_id=shared.id)
    )
    mine = await other.table("people")
    await other.call("v2.table.add_row", mine, {"name": "Bob", "label": ref(tag)})
    assert [row["label"] for row in await other.search(mine, label=ref(tag))] == [1]


async def schema(data: DataStore, widget_id: str) -> Any:
    return await data.homes.read(widget_id, lambda db: catalog.read(db, widget_id).tables)


async def test_t_16_attack_57_who_lost_a_table_reads_and_writes_nothing_of_it(
    server: Caller, other: Caller, data: DataStore
) -> None:
    await share(data, "people", "guests")
    people, guests = await server.table("people"), await other.table("guests")
    await server.call("v2.table.add_row", people, {"name": "Ann"})
    _, search, _, _ = await other.call("v2.table.search", guests, [], {})
    row = (await other.search(guests))[0]["cap"]
    view, _ = await other.call("v2.table.get_view", guests, "rw", None, [], {})
    assert await outcome(other.call("v2.row.fetch", row, None)) == "ok"

    await unshare(data, "people")

    assert "guests" not in await other.call("v2.get_app_tables")
    for call in (
        other.call("v2.table.search", guests, [], {}),
        other.call("v2.search.next_page", search),
        other.call("v2.search.delete_all", search),
        other.call("v2.row.fetch", row, None),
        other.call("v2.row.update", row, {"name": "x"}, None),
        other.call("v2.row.delete", row, None),
        other.call("v2.table.add_row", view, {"name": "x"}),
        other.call("v2.table.to_csv", view),
    ):
        assert await outcome(call) == TABLE
    assert await names(server, people) == ["Ann"]
    # Its name is free, and another table of it is no way to this one.
    await data.homes.write("w2", lambda db: catalog.add_table(db, "w2", "guests"))
    assert await outcome(other.call("v2.table.search", guests, [], {})) == TABLE


async def test_t_16_attack_57_a_widget_that_was_given_nothing_can_not_name_a_table_of_another_one(
    server: Caller, other: Caller, data: DataStore
) -> None:
    people = next(one for one in (await schema(data, "w1")).values() if one.name == "people")

    # A mount that its home knows nothing of, as a mistake or a restored backup might leave one.
    made = await data.homes.write(
        "w2",
        lambda db: mounting.mount(
            db, "w2", "w1", people.id, {"name": "stolen", "title": "x", "client": "full", "server": "full"}
        ),
    )
    assert "stolen" not in await other.call("v2.get_app_tables")
    forged = Capability(("_", "t", {"id": made}))
    assert await outcome(other.call("v2.table.search", forged, [], {})) == TABLE


async def test_t_16_t_65_each_widget_has_permissions_of_its_own(server: Caller, other: Caller, data: DataStore) -> None:
    await share(data, "people", "guests", server="search")
    guests = await other.table("guests")

    assert await outcome(other.call("v2.table.search", guests, [], {})) == "ok"
    assert await outcome(other.call("v2.table.add_row", guests, {"name": "x"})) == "anvil.server.PermissionDenied"
    assert await outcome(server.call("v2.table.add_row", await server.table("people"), {"name": "x"})) == "ok"
    # Columns are changed where the table lives.
    guests_id = next(one.id for one in (await schema(data, "w2")).values() if one.name == "guests")
    for work in (
        lambda db: catalog.add_column(db, "w2", guests_id, "new", "string"),
        lambda db: catalog.drop_column(db, "w2", guests_id, "name"),
        lambda db: catalog.change_column(db, "w2", guests_id, "name", new_name="x"),
    ):
        with pytest.raises(DataError, match="lives in another widget"):
            await data.homes.write("w2", work)


async def test_t_16_t_09_media_lie_with_the_table(server: Caller, other: Caller, data: DataStore) -> None:
    await share(data, "people", "guests")
    guests, own = await other.table("guests"), await other.table("people")
    _, row, _ = await other.call(
        "v2.table.add_row", guests, {"name": "Ann", "pic": Media("text/plain", b"shared", "a")}
    )

    async def pic(caller: Caller, table: Any) -> bytes:
        [found] = await caller.search(table, name="Ann")
        answer = await caller.raw("fetch_lazy_media", {"args": [found["pic"]], "kwargs": {}})
        return bytes(answer.content)

    assert await pic(server, await server.table("people")) == b"shared"
    assert await pic(other, guests) == b"shared"
    # A cell that is put into a table of another home takes its content along.
    [found] = await other.search(guests, name="Ann")
    await other.call("v2.table.add_row", own, {"name": "Ann", "pic": found["pic"]})
    await other.call("v2.row.delete", row, None)
    await data.media("w1").remove_unused("", set(), 1e12)
    assert await pic(other, own) == b"shared"


async def test_t_16_t_60_a_transaction_over_tables_of_two_widgets_is_one(
    server: Caller, other: Caller, data: DataStore
) -> None:
    await share(data, "people", "guests")
    guests, own, here = await other.table("guests"), await other.table("people"), await server.table("people")
    await server.call("v2.table.add_row", here, {"name": "Ann", "age": 1})

    await other.call("open_transaction")
    await other.call("v2.table.add_row", own, {"name": "mine"})
    [ann] = await other.search(guests)
    await other.call("v2.row.update", ann["cap"], {"age": 2}, None)
    assert [row["age"] for row in await server.search(here)] == [1]
    await other.call("close_transaction", True)
    assert [row["age"] for row in await server.search(here)] == [1]
    assert await other.search(own) == []

    # Somebody else writes to the other home what it read there.
    await other.call("open_transaction")
    [ann] = await other.search(guests)
    await other.call("v2.table.add_row", own, {"name": "lost"})
    [row] = await server.search(here)
    await server.call("v2.row.update", row["cap"], {"age": 3}, None)
    written = await outcome(other.call("v2.row.update", ann["cap"], {"age": ann["age"] + 1}, None))
    closed = await outcome(other.call("close_transaction", False)) if written == "ok" else written
    assert closed == "anvil.tables.TransactionConflict"
    if written != "ok":
        await other.call("close_transaction", True)

    await other.call("open_transaction")
    await other.call("v2.table.add_row", own, {"name": "mine"})
    await other.call("v2.table.add_row", guests, {"name": "ours"})
    assert await outcome(other.call("close_transaction", False)) == "ok"
    assert (await names(other, own), await names(server, here)) == (["mine"], ["Ann", "ours"])


async def test_t_16_widgets_that_write_to_one_table_at_once_lose_nothing(
    server: Caller, other: Caller, data: DataStore
) -> None:
    await share(data, "people", "guests")
    here, there = await server.table("people"), await other.table("guests")

    async def write(caller: Caller, table: Any) -> None:
        for number in range(20):
            await caller.call("v2.table.add_row", table, {"name": f"{caller.widget_id}-{number}"})

    await asyncio.gather(write(server, here), write(other, there), write(other, there))

    assert len(await names(server, here)) == 60


async def test_t_16_what_becomes_of_widgets_with_a_shared_table(server: Caller, other: Caller, data: DataStore) -> None:
    await share(data, "people", "guests")
    await share(data, "tags", "labels")
    await other.call("v2.table.add_row", await other.table("guests"), {"name": "Ann"})

    # A fork has the table as its own, without rows.
    await data.copy_schema("w2", "w3")
    fork = await schema(data, "w3")
    guests = next(one for one in fork.values() if one.name == "guests")
    assert (guests.home_id, [one.name for one in guests.columns]) == (
        None,
        ["name", "age", "seen", "pic", "data", "secret", "tags", "tag"],
    )
    assert await data.homes.read("w3", lambda db: rows.count(db, guests)) == 0
    # Its home keeps everything when the widget that used it goes.
    await data.remove("w2")
    assert await names(server, await server.table("people")) == ["Ann"]
    # And where the home goes, it is gone; its name is free again.
    await share(data, "people", "guests")
    await data.remove("w1")
    assert "guests" not in await other.call("v2.get_app_tables")
    await data.homes.write("w2", lambda db: catalog.add_table(db, "w2", "guests"))
