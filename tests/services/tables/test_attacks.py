"""Attacks on tables (security.md 12, 56, 57): handles that are forged, widened, another widget's, or out of date."""

from typing import Any

import pytest
from tests.services.tables.conftest import Caller, Refused, order_by, q, ref

from widget_site.services.registry import Service
from widget_site.store.data import catalog
from widget_site.store.data.data_store import DataStore
from widget_wire.values import Capability, Portable

DENIED = "anvil.server.PermissionDenied"
INVALID = "anvil.server.InvalidObjectError"
NO_COLUMN = "anvil.tables.NoSuchColumnError"
TABLE = "anvil.tables.TableError"


async def kind(call: Any) -> str:
    try:
        await call
    except Refused as error:
        return error.kind
    return "ok"


async def permit(data: DataStore, **changes: str) -> None:
    """Change what may be done with ``people``."""

    def work(db: Any) -> None:
        people = next(one for one in catalog.read(db, "w1").tables.values() if one.name == "people")
        catalog.change_table(db, "w1", people.id, **changes)

    await data.homes.write("w1", work)


@pytest.fixture
async def people(server: Caller) -> Any:
    """The capability of ``people``, which has Ann (1) and Bob (2)."""
    table = await server.table("people")
    await server.call("v2.table.add_rows", table, [{"name": "Ann", "age": 1, "secret": "s"}, {"name": "Bob", "age": 2}])
    return table


def held(capability: Capability, *more: Any, **view: Any) -> Capability:
    """Return what somebody made of a capability."""
    return Capability((*capability.scope[:2], {**capability.scope[2], **view}, *capability.scope[3:], *more))


async def forged(caller: Caller, function: str, capability: Capability, wanted: Capability, *args: Any) -> str:
    """Send the signature of one capability with the scope of another one."""
    message = caller.sent(capability, *args)
    item = next(one for one in message["objects"] if one["type"] == ["Capability"])
    item["scope"] = list(wanted.scope)
    return await kind(caller.raw(f"tables.{function}", message))


async def test_t_72_attack_57_a_scope_that_was_changed_is_refused(server: Caller, people: Any) -> None:
    row = (await server.search(people, name="Ann"))[0]["cap"]
    view, _ = await server.call("v2.table.get_view", people, "r", None, [q("only_cols", cols=["name"])], {"age": 1})

    assert await forged(server, "v2.row.fetch", row, held(row, id=2), None) == INVALID
    assert await forged(server, "v2.row.fetch", row, Capability((*row.scope[:3], {"r": 2})), None) == INVALID
    for wider in ({"perm": "rw"}, {"cols": ["secret"]}, {"restrict": ["all"]}, {"id": 2}):
        assert await forged(server, "v2.table.search", view, held(view, **wider), [], {}) == INVALID
    unsigned = server.sent(people, [], {})
    unsigned["objects"][0]["mac"] = None
    assert await kind(server.raw("tables.v2.table.search", unsigned)) == INVALID


async def test_attack_57_a_handle_of_one_widget_opens_nothing_in_another_one(
    server: Caller, services: dict[str, Service], people: Any
) -> None:
    stranger = Caller(services, widget_id="w2")
    message = server.sent(people, [], {})

    assert await kind(stranger.raw("tables.v2.table.search", message)) == INVALID
    # Nor with a good signature: its widget has no such table on Postgres, and its own on SQLite.
    row = (await server.search(people, name="Ann"))[0]["cap"]
    assert await kind(stranger.call("v2.row.fetch", row, None)) in ("anvil.tables.RowDeleted", TABLE)


async def test_t_65_clients_do_with_a_table_what_its_owner_said(client: Caller, data: DataStore, people: Any) -> None:
    async def tried() -> list[str]:
        return [
            await kind(client.call("v2.table.search", people, [], {})),
            await kind(client.call("v2.table.list_columns", people)),
            await kind(client.call("v2.table.to_csv", people)),
            await kind(client.call("v2.table.add_row", people, {"name": "new"})),
            await kind(client.call("v2.table.delete_all_rows", people)),
        ]

    assert await client.table("people") is None
    assert await tried() == [DENIED] * 5
    await permit(data, client="search")
    assert await client.table("people") is not None
    assert await tried() == ["ok", "ok", "ok", DENIED, DENIED]
    await permit(data, client="full")
    assert await tried() == ["ok"] * 5


async def test_attack_57_what_was_allowed_once_is_asked_anew(
    server: Caller, client: Caller, data: DataStore, people: Any
) -> None:
    await permit(data, client="full")
    _, base, _, _ = await client.call("v2.table.search", people, [], {})
    view, _ = await server.call("v2.table.get_view", people, "rw", None, [], {})
    row = (await server.search(people, name="Ann"))[0]["cap"]

    await permit(data, client="none")
    assert await kind(client.call("v2.search.next_page", base)) == DENIED
    assert await kind(client.call("v2.search.delete_all", base)) == DENIED
    # A view and a row that server code handed out are its own word, as long as it has one itself.
    assert await kind(client.call("v2.table.search", view, [], {})) == "ok"
    assert await kind(client.call("v2.row.fetch", row, None)) == "ok"
    await permit(data, server="search")
    assert await kind(client.call("v2.table.add_row", view, {"name": "x"})) == DENIED
    await permit(data, server="none")
    assert await kind(client.call("v2.table.search", view, [], {})) == DENIED
    assert await kind(client.call("v2.row.fetch", row, None)) == DENIED
    assert await kind(server.call("v2.table.search", people, [], {})) == DENIED


async def test_t_66_attack_56_a_row_that_a_client_has_is_read_and_not_written(
    server: Caller, client: Caller, people: Any
) -> None:
    row = (await server.search(people, name="Ann"))[0]["cap"]

    data = await client.call("v2.row.fetch", row, None)
    assert "Ann" in str(data)
    assert await kind(client.call("v2.row.update", row, {"age": 9}, None)) == DENIED
    assert await kind(client.call("v2.row.delete", row, None)) == DENIED
    assert await kind(client.call("v2.row.batch_delete_2", [[row, None]])) == DENIED


async def test_attack_56_a_table_that_a_client_has_is_not_narrowed_to_its_rows(client: Caller, people: Any) -> None:
    # What a client may add to a capability that it was given, and its signature still holds.
    assert await kind(client.call("v2.row.fetch", held(people, {"r": 1}), None)) == DENIED
    assert await kind(client.call("v2.search.next_page", held(people, {"search": ["all"]}))) == DENIED


async def test_t_15_attack_57_a_hidden_column_is_not_seen_by_any_way(
    server: Caller, client: Caller, data: DataStore, people: Any
) -> None:
    await permit(data, client="full")
    row = (await client.search(people, name="Ann"))[0]

    assert "secret" not in row
    assert "secret" not in [one["name"] for one in await client.call("v2.table.list_columns", people)]
    for call in (
        client.call("v2.table.search", people, [], {"secret": "s"}),
        client.call("v2.row.fetch", row["cap"], ["secret"]),
        client.call("v2.row.update", row["cap"], {"secret": "x"}, None),
        client.call("v2.table.add_row", people, {"secret": "x"}),
        client.call("v2.search.next_page", held(people, {"search": ["is", "secret", "s"]})),
        client.call("v2.search.get_length", held(people, {"search": ["any", ["is", "secret", "s"]]})),
        server.call("v2.row.update", row["cap"], {"secret": "x"}, {"filter_client_hidden": True}),
    ):
        assert await kind(call) == NO_COLUMN
    assert await kind(client.search(people, order_by("secret"))) == TABLE
    sorted_by_it = held(people, {"search": ["all"], "order": [["secret", True]]})
    assert await kind(client.call("v2.search.next_page", sorted_by_it)) == TABLE
    media = await client.call("v2.table.to_csv", people)
    text = (await client.raw("fetch_lazy_media", {"args": [media], "kwargs": {}})).content.decode()
    assert text.splitlines()[:2] == ["ID,name,age,seen,pic,data,tags,tag", "1,Ann,1,,,,,"]


async def test_t_43_t_67_t_68_t_71_a_view_is_as_wide_as_it_was_made(
    server: Caller, client: Caller, people: Any
) -> None:
    read, _ = await server.call("v2.table.get_view", people, "r", None, [q("only_cols", cols=["name"])], {"age": 1})

    assert [{**row, "cap": None} for row in await client.search(read)] == [{"name": "Ann", "cap": None}]
    assert await kind(client.call("v2.table.search", read, [], {"age": 2})) == NO_COLUMN
    assert await kind(client.call("v2.search.next_page", held(read, {"search": [">", "age", "0"]}))) == NO_COLUMN
    assert await client.call("v2.table.get_row_by_id", read, "2") is None
    assert await client.call("v2.table.has_row", read, "2") is False
    assert await kind(client.call("v2.row.fetch", held(read, {"r": 2}), None)) == "anvil.tables.RowDeleted"
    assert await kind(client.call("v2.table.add_row", read, {"name": "x"})) == DENIED
    for perm in ("rw", "rwc"):
        assert await kind(client.call("v2.table.get_view", read, perm, None, [], {})) == DENIED
        assert await kind(server.call("v2.table.get_view", read, perm, None, [], {})) == DENIED
    assert await kind(client.call("v2.table.get_view", people, "r", None, [], {})) == DENIED
    assert (
        await kind(client.call("v2.table.get_view", read, "r", None, [q("only_cols", cols=["age"])], {})) == NO_COLUMN
    )


async def test_t_69_only_server_code_makes_views_that_reach_linked_rows(
    server: Caller, client: Caller, data: DataStore, people: Any
) -> None:
    tag = (await server.call("v2.table.add_row", await server.table("tags"), {"label": "red"}))[1]
    row = (await server.search(people, name="Ann"))[0]["cap"]
    await server.call("v2.row.update", row, {"tag": ref(tag)}, None)

    async def linked(perm: str) -> Any:
        view, _ = await server.call("v2.table.get_view", people, perm, None, [], {})
        _, _, _, found = await client.call("v2.table.search", view, [], {"name": "Ann"})
        [rows] = [one["rows"] for key, one in found.items() if '"id":2' in key or '"label"' in str(one["spec"])]
        return next(iter(rows.values()))[-1]

    assert await kind(client.call("v2.row.update", await linked("rw"), {"label": "x"}, None)) == DENIED
    assert await kind(client.call("v2.row.update", await linked("rwc"), {"label": "x"}, None)) == "ok"
    await permit(data, client="full")
    assert await kind(client.call("v2.table.get_view", people, "rwc", None, [], {})) == DENIED


async def test_t_70_what_a_view_fixes_is_filled_in_and_rows_stay_in_it(
    server: Caller, client: Caller, people: Any
) -> None:
    mine, _ = await server.call(
        "v2.table.get_view", people, "rw", None, [], {"name": "Ann", "age": q("less_than", value=9)}
    )

    row = (await client.call("v2.table.add_row", mine, {"age": 3}))[1]
    assert sorted(one["age"] for one in await client.search(mine)) == [1, 3]
    assert await kind(client.call("v2.table.add_row", mine, {"name": "Bob"})) == NO_COLUMN
    assert await kind(client.call("v2.row.update", row, {"name": "Bob"}, None)) == NO_COLUMN
    for call in (
        client.call("v2.table.add_row", mine, {"age": 9}),
        client.call("v2.row.update", row, {"age": 10}, None),
    ):
        with pytest.raises(Refused, match="Data does not match view constraints"):
            await call
    assert sorted(one["age"] for one in await server.search(people, name="Ann")) == [1, 3]


WRITTEN_BY_HAND: list[Any] = [
    *(None, 1, "x", [], ["all", None], ["is"], ["is", "age"], ["is", "age", []], ["sql", "1=1"], ["null", []]),
    *(["is", "age", "1; DROP TABLE x"], ["is", "age", "9" * 19], ["is", "age", "nan"], ["is", "tag", 2**70]),
    *(["is", "name", 1], ["is", "name", "a\0b"], ["is", "name", "\ud800"], ["is", {"a": 1}, 1], ["<", "data", "1"]),
    *(["contains", "data", "no json"], ["contains", "age", "1"], ["like", "age", "1"], ["like", "name", "\0"]),
    *(["text", "name", "a & (", True], ["text", "name", "\0", False], ["any", *[["null", "age"]] * 2000]),
]


async def test_attack_57_searches_that_somebody_wrote_by_hand_are_errors_of_theirs(
    client: Caller, data: DataStore, people: Any
) -> None:
    await permit(data, client="full")
    table = await client.table("people")
    deep: list[Any] = ["all"]
    for _ in range(400):
        deep = ["all", deep]

    for search in [*WRITTEN_BY_HAND, deep]:
        said = await kind(client.call("v2.search.next_page", held(table, {"search": search})))
        assert said in (TABLE, NO_COLUMN, "ok" if search is deep else TABLE), search
    options: list[dict[str, Any]] = [{"chunk": 10**9}, {"order": 5}, {"fetch": "x"}, {"fetch": {"none": True}}]
    for more in options:
        said = await kind(client.call("v2.search.next_page", held(table, {"search": ["all"], **more}, [1, 2])))
        assert said in (TABLE, NO_COLUMN), more
    for cursor in (5, [], ["x"], [0], [2**70]):
        assert await kind(client.call("v2.search.next_page", held(table, {"search": ["all"]}, cursor))) == TABLE
    scopes: list[tuple[Any, ...]] = [
        ("_", "x", {"id": 1}),
        ("_", "t"),
        ("_", "t", {"id": True}),
        ("_", "t", {"id": 2**70}),
    ]
    for capability in [table, *map(Capability, scopes)]:
        assert await kind(client.call("v2.row.fetch", capability, None)) == INVALID
    assert await kind(client.call("v2.row.fetch", None, None)) == "TypeError"


async def test_attack_57_what_is_replayed_after_its_end_opens_nothing_new(
    server: Caller, client: Caller, data: DataStore, people: Any
) -> None:
    row = (await server.search(people, name="Bob"))[0]["cap"]
    _, base, _, _ = await server.call("v2.table.search", people, [], {"name": "Bob"})
    view, _ = await server.call("v2.table.get_view", people, "r", None, [], {"age": 2})
    assert "Bob" in str(await client.call("v2.row.fetch", row, None))
    assert len(await client.search(view)) == 1

    # The row goes; the one that comes next is not it.
    await server.call("v2.row.delete", row, None)
    await server.call("v2.table.add_row", people, {"name": "Cid", "age": 3})
    for caller in (server, client):
        assert await kind(caller.call("v2.row.fetch", row, None)) == "anvil.tables.RowDeleted"
    assert await kind(server.call("v2.row.update", row, {"age": 2}, None)) == "anvil.tables.RowDeleted"
    assert await client.search(view) == []

    # So with a table: the next one of its name is another one.
    def again(db: Any) -> None:
        old = next(one for one in catalog.read(db, "w1").tables.values() if one.name == "people")
        catalog.drop_table(db, "w1", old.id)
        made = catalog.add_table(db, "w1", "people", client="full").id
        catalog.add_column(db, "w1", made, "name", "string")

    await data.homes.write("w1", again)
    fresh = await server.table("people")
    await server.call("v2.table.add_row", fresh, {"name": "New"})
    for old in (
        server.call("v2.table.search", people, [], {}),
        server.call("v2.search.next_page", base),
        server.call("v2.search.delete_all", base),
        client.call("v2.table.search", view, [], {}),
        server.call("v2.row.fetch", row, None),
    ):
        assert await kind(old) == TABLE
    assert [one["name"] for one in await server.search(fresh)] == ["New"]


async def test_attack_12_a_value_that_names_a_class_is_no_cell_and_no_query(
    server: Caller, client: Caller, data: DataStore, people: Any
) -> None:
    await permit(data, client="full")
    class_names = ("subprocess.Popen", "anvil.tables.query.none_such")
    for name in class_names:
        crafted = Portable(name, {"args": ["touch /tmp/x"], "shell": True})
        for caller in (server, client):
            for column in ("name", "age", "data", "tags", "tag", "pic"):
                assert await kind(caller.call("v2.table.add_row", people, {column: crafted})) == TABLE
                assert await kind(caller.call("v2.table.search", people, [], {column: crafted})) == TABLE
            assert await kind(caller.call("v2.table.search", people, [crafted], {})) == TABLE
    assert await kind(client.call("v2.table.add_row", people, {"data": {"args": ["touch /tmp/x"]}})) == "ok"
    assert sorted(one["name"] or "" for one in await server.search(people)) == ["", "Ann", "Bob"]


async def test_attack_57_media_of_a_cell_are_not_fetched_by_guessing(server: Caller, people: Any) -> None:
    spec = {"manager": "table-media", "id": '[1,1,4,"' + "0" * 64 + '"]', "key": "x", "mime-type": "a/b", "name": None}

    assert await kind(server.raw("fetch_lazy_media", {"args": [spec], "kwargs": {}})) == INVALID
