"""Rows of Data Tables as a table editor reads and changes them (T-81 to T-84): nothing is lost in two tabs."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.services.api.conftest import Caller

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0"


@pytest.fixture
async def people(owner: Caller) -> str:
    """The address of a table with a column of every kind that matters and three rows: Ann (1), Bob (2), nobody (3)."""
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    tables = f"/widgets/{slug}/tables"
    await owner("POST", tables, {"name": "people"})
    columns = {"name": "string", "age": "number", "born": "date", "seen": "datetime", "ok": "bool", "pic": "media"}
    for name, kind in (*columns.items(), ("data", "simpleObject")):
        await owner("POST", f"{tables}/people/columns", {"name": name, "type": kind})
    for name, kind in (("boss", "link_single"), ("friends", "link_multiple")):
        await owner("POST", f"{tables}/people/columns", {"name": name, "type": kind, "table": "people"})
    ann = {"name": "Ann 100%", "age": 30, "born": "1996-01-01", "seen": "2026-01-01T00:00:00Z", "ok": True}
    bob = {"name": "Bob_x", "age": 2.5, "boss": 1, "friends": [1, 3], "data": {"a": 1}}
    added = await owner("POST", f"{tables}/people/changes", {"add": [ann, bob, {}]})
    assert [row["id"] for row in added.json["added"]] == [1, 2, 3]
    return f"{tables}/people"


async def test_t_82_a_cell_that_somebody_else_changed_is_not_written_over(owner: Caller, people: str) -> None:
    row = (await owner("GET", f"{people}/rows/1")).json
    first = {"values": {"name": "first"}, "revision": row["revision"]}
    assert (await owner("PATCH", f"{people}/rows/1", first)).json["values"]["name"] == "first"

    # Another tab read the same: another cell of the row is its own to change, this one is not.
    other_cell = await owner("PATCH", f"{people}/rows/1", {"values": {"age": 31}, "revision": row["revision"]})
    same_cell = await owner("PATCH", f"{people}/rows/1", {"values": {"name": "x"}, "revision": row["revision"]})
    assert (other_cell.status, same_cell.status) == (200, 409)
    assert (same_cell.json["error"]["row"], same_cell.json["error"]["columns"]) == (1, ["name"])
    again = (await owner("GET", f"{people}/rows/1")).json
    assert (again["values"]["name"], again["values"]["age"]) == ("first", 31)
    now = {"values": {"name": None}, "revision": again["revision"]}
    emptied = (await owner("PATCH", f"{people}/rows/1", now)).json
    assert emptied["values"]["name"] is None
    # A cell that was filled since it was read as empty, too.
    assert (await owner("PATCH", f"{people}/rows/1", {"values": {"name": "y"}})).status == 200
    late = {"values": {"name": "z"}, "revision": emptied["revision"]}
    assert (await owner("PATCH", f"{people}/rows/1", late)).status == 409


async def test_t_82_t_83_t_84_many_changes_are_done_whole_or_not_at_all(owner: Caller, people: str) -> None:
    stale = (await owner("GET", f"{people}/rows/1")).json["revision"]
    await owner("PATCH", f"{people}/rows/1", {"values": {"age": 99}})
    all_of_it = {"add": [{"name": "new"}], "change": [{"id": 1, "values": {"age": 1}, "revision": stale}]}
    for status, body in (
        (409, all_of_it | {"delete": [3]}),
        (404, {"add": [{"name": "new"}], "delete": [77]}),
        (404, {"add": [{"name": "new"}], "change": [{"id": 77, "values": {"age": 1}}]}),
        (400, {"delete": [3], "add": [{"age": "x"}]}),
        (400, {"delete": [0]}),
    ):
        assert (await owner("POST", f"{people}/changes", body)).status == status, body
    assert (await owner("GET", f"{people}/rows")).json["total"] == 3

    body = {"add": [{"name": "new"}], "change": [{"id": 2, "values": {"age": 7}}], "delete": [3]}
    made = (await owner("POST", f"{people}/changes", body)).json
    assert ([row["id"] for row in made["added"]], made["changed"][0]["values"]["age"]) == ([4], 7)
    # The row that is gone is no friend of Bob's any more, and says so.
    assert made["changed"][0]["labels"]["friends"] == ["Ann 100%", None]


FOUND: list[tuple[dict[str, Any], list[int]]] = [
    ({"column": "name", "is": "contains", "value": "ANN"}, [1]),
    ({"column": "name", "is": "contains", "value": "0%"}, [1]),
    ({"column": "name", "is": "contains", "value": "_"}, [2]),
    ({"column": "name", "is": "starts", "value": "bo"}, [2]),
    ({"column": "name", "is": "=", "value": "Ann 100%"}, [1]),
    ({"column": "name", "is": "!=", "value": "Ann 100%"}, [2, 3]),
    ({"column": "name", "is": "empty"}, [3]),
    ({"column": "pic", "is": "empty"}, [1, 2, 3]),
    ({"column": "name", "is": "not empty"}, [1, 2]),
    ({"column": "age", "is": ">=", "value": 2.5}, [1, 2]),
    ({"column": "age", "is": "<", "value": 30}, [2]),
    ({"column": "born", "is": "<=", "value": "1996-01-01"}, [1]),
    ({"column": "seen", "is": ">", "value": "2025-12-31T23:59:59+01:00"}, [1]),
    ({"column": "ok", "is": "=", "value": True}, [1]),
    ({"column": "boss", "is": "=", "value": 1}, [2]),
    ({"column": "friends", "is": "contains", "value": 3}, [2]),
    ({"column": "data", "is": "contains", "value": {"a": 1}}, [2]),
]


async def test_t_84_rows_are_found_by_columns_and_words(owner: Caller, people: str) -> None:
    async def ids(**query: str) -> Any:
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        answer = await owner("GET", f"{people}/rows?{asked}")
        if answer.status != 200:
            return answer.status
        assert answer.json["total"] == len(answer.json["items"])
        return [row["id"] for row in answer.json["items"]]

    for condition, found in FOUND:
        assert await ids(filter=json.dumps([condition])) == found, condition
    both = [{"column": "age", "is": ">", "value": 1}, {"column": "ok", "is": "empty"}]
    assert await ids(filter=json.dumps(both)) == [2]
    assert await ids(search="100% ann") == [1]
    assert await ids(search="ann bob") == []
    for wrong in (
        "x",
        "{}",
        "[1]",
        '[{"column": "age"}]',
        '[{"column": "age", "is": "~", "value": 1}]',
        '[{"column": "age", "is": ">", "value": "a"}]',
        '[{"column": "pic", "is": "=", "value": 1}]',
        '[{"column": "none", "is": "empty"}]',
        '[{"column": "ok", "is": "<", "value": true}]',
    ):
        assert await ids(filter=wrong) == 400, wrong


async def test_t_82_rows_for_a_link_are_chosen_by_what_stands_for_them(owner: Caller, people: str) -> None:
    every = (await owner("GET", f"{people}/choices")).json
    assert every == {
        "items": [{"id": 1, "label": "Ann 100%"}, {"id": 2, "label": "Bob_x"}, {"id": 3, "label": ""}],
        "total": 3,
    }
    assert (await owner("GET", f"{people}/choices?search=bob&limit=5")).json["items"] == [{"id": 2, "label": "Bob_x"}]
    assert (await owner("GET", f"{people}/choices?search=3")).json["items"] == [{"id": 3, "label": ""}]


async def test_t_09_t_82_a_file_is_put_into_a_cell_and_downloaded(owner: Caller, people: str) -> None:
    cell = f"{people}/rows/1/media/pic"
    assert (await owner("GET", cell)).status == 404
    before = (await owner("GET", f"{people}/rows/1")).json["revision"]
    large = PNG + b"x" * 7_000_000

    put = await owner("PUT", f"{cell}?name=a%20b.png", large, headers={"Content-Type": "image/png"})
    assert put.json["values"]["pic"] == {"name": "a b.png", "type": "image/png", "length": len(large)}
    got = await owner("GET", cell)
    assert (got.data, got.headers["Content-Type"]) == (large, "image/png")
    assert got.headers["Content-Security-Policy"].startswith("default-src 'none'")
    # What would run in a browser is a download without a type.
    await owner("PUT", f"{cell}?name=a.html", b"<script>1</script>", headers={"Content-Type": "text/html"})
    page = await owner("GET", cell)
    assert (page.data, page.headers["Content-Type"]) == (b"<script>1</script>", "application/octet-stream")
    assert page.headers["Content-Disposition"].startswith("attachment")
    assert (await owner("PUT", cell, b"x", headers={"If-Match": f'"{before}"'})).status == 409
    assert (await owner("PUT", f"{people}/rows/1/media/name", b"x")).status == 400
    assert (await owner("PUT", f"{people}/rows/9/media/pic", b"x")).status == 404
    assert (await owner("PATCH", f"{people}/rows/1", {"values": {"pic": None}})).json["values"]["pic"] is None
    assert (await owner("GET", cell)).status == 404


async def test_t_81_a_column_gets_another_type_and_what_is_lost_is_said_before(owner: Caller, people: str) -> None:
    await owner("POST", f"{people}/changes", {"change": [{"id": 3, "values": {"name": "12"}}]})
    wanted = {"column": "name", "type": "number"}

    seen = (await owner("POST", f"{people}/retype", wanted | {"preview": True})).json
    assert (seen["kept"], seen["lost"], seen["column"]["type"]) == (1, 2, "string")
    assert seen["examples"] == [{"row": 1, "value": "Ann 100%"}, {"row": 2, "value": "Bob_x"}]
    assert (await owner("POST", f"{people}/retype", wanted | {"may_lose": 1})).status == 400
    assert [row["values"]["name"] for row in (await owner("GET", f"{people}/rows")).json["items"]][2] == "12"

    done = (await owner("POST", f"{people}/retype", wanted | {"may_lose": 2})).json
    assert (done["kept"], done["lost"], done["column"]["type"]) == (1, 2, "number")
    rows = (await owner("GET", f"{people}/rows?sort=-name")).json["items"]
    assert [row["values"]["name"] for row in rows] == [None, None, 12]
    tables = (await owner("GET", people.removesuffix("/people"))).json["items"]
    assert [column["name"] for column in tables[0]["columns"]][:3] == ["name", "age", "born"]


RETYPED: list[tuple[str, str, Any, Any]] = [
    ("number", "string", 2.5, "2.5"),
    ("string", "bool", "Yes", True),
    ("string", "date", "2026-01-31", "2026-01-31"),
    ("string", "datetime", "2026-01-31 12:00", "2026-01-31T12:00:00+00:00"),
    ("date", "datetime", "2026-01-31", "2026-01-31T00:00:00+00:00"),
    ("datetime", "date", "2026-01-31T23:00:00Z", "2026-01-31"),
    ("string", "simpleObject", "[1]", [1]),
    ("string", "simpleObject", "some text", "some text"),
    ("simpleObject", "string", "some text", "some text"),
    ("bool", "number", True, 1),
    ("number", "bool", 7, None),
    ("link_single", "link_multiple", 1, [1]),
    ("link_multiple", "link_single", [1], 1),
    ("link_multiple", "link_single", [1, 2], None),
    ("link_single", "string", 2, "2"),
    ("string", "link_single", "2", 2),
]


async def test_t_81_values_go_along_from_type_to_type(owner: Caller, people: str) -> None:
    for before, after, value, kept in RETYPED:
        target = {"table": "people"} if before.startswith("link") else {}
        await owner("POST", f"{people}/columns", {"name": "x", "type": before, **target})
        assert (await owner("PATCH", f"{people}/rows/1", {"values": {"x": value}})).status == 200

        target = {"table": "people"} if after.startswith("link") else {}
        made = await owner("POST", f"{people}/retype", {"column": "x", "type": after, **target})
        row = (await owner("GET", f"{people}/rows/1")).json

        assert (made.json["lost"], row["values"]["x"]) == (int(kept is None), kept), (before, after, value)
        assert (await owner("DELETE", f"{people}/columns/x")).status == 204


async def test_t_81_columns_stand_in_the_order_that_is_said(owner: Caller, people: str) -> None:
    names = ["age", "name", "friends", "boss", "data", "pic", "ok", "seen", "born"]

    assert [
        one["name"] for one in (await owner("PUT", f"{people}/columns", {"columns": names})).json["columns"]
    ] == names
    assert list((await owner("GET", f"{people}/rows/1")).json["values"]) == names
    for wrong in (names[1:], [*names, "age"], [*names[1:], "none"]):
        assert (await owner("PUT", f"{people}/columns", {"columns": wrong})).status == 400


async def test_t_84_rows_are_read_from_any_place_on_in_every_order(owner: Caller, people: str) -> None:
    ages = [5, None, 3, None, 4, 1]
    await owner("POST", f"{people}/changes", {"delete": [1, 2, 3], "add": [{"age": age} for age in ages]})

    for query in ("", "&sort=age", "&sort=-age"):
        all_of_them = [row["id"] for row in (await owner("GET", f"{people}/rows?limit=100{query}")).json["items"]]
        for offset in range(8):
            read = (await owner("GET", f"{people}/rows?limit=3&offset={offset}{query}")).json
            assert [row["id"] for row in read["items"]] == all_of_them[offset : offset + 3], (query, offset)
            assert (read["total"], read["next"] is None) == (6, offset + 3 >= 6)
    filtered = json.dumps([{"column": "age", "is": "not empty"}])
    read = (await owner("GET", f"{people}/rows?limit=2&offset=1&sort=age&filter={quote(filtered)}")).json
    assert [row["values"]["age"] for row in read["items"]] == [3, 4]
    assert (await owner("GET", f"{people}/rows?offset=-1")).status == 400
