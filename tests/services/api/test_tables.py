"""Data Tables over the JSON API: made, filled, changed and read by their owner (T-02, T-13, T-80 to T-85)."""

from typing import Any

import pytest
from tests.services.api.conftest import Caller

EVERY_TYPE: dict[str, Any] = {
    "text": ("string", "a\nb ä", "a\nb ä"),
    "number": ("number", 2.5, 2.5),
    "whole": ("number", 2**62, 2**62),
    "yes": ("bool", True, True),
    "day": ("date", "2026-01-31", "2026-01-31"),
    "at": ("datetime", "2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00+00:00"),
    "any/thing": ("simpleObject", {"a": [1, None, "x"]}, {"a": [1, None, "x"]}),
}


@pytest.fixture
async def tables(owner: Caller) -> str:
    """The address of the tables of a widget, which has one, "notes", without columns."""
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    address = f"/widgets/{slug}/tables"
    assert (await owner("GET", address)).json == {"items": [], "auto_create": False}
    made = await owner("POST", address, {"name": "notes"})
    assert (made.status, made.json["client"], made.json["server"]) == (201, "none", "full")
    return address


async def test_t_02_t_80_t_81_t_82_cells_of_every_type_are_written_and_read(owner: Caller, tables: str) -> None:
    rows = f"{tables}/notes/rows"
    for name, (kind, _, _) in EVERY_TYPE.items():
        assert (await owner("POST", f"{tables}/notes/columns", {"name": name, "type": kind})).status == 201
    for name, kind in (("one", "link_single"), ("many", "link_multiple"), ("file", "media")):
        target = {} if kind == "media" else {"table": "notes"}
        made = await owner("POST", f"{tables}/notes/columns", {"name": name, "type": kind, **target})
        assert made.json["table"] == target.get("table")

    values = {name: given for name, (_, given, _) in EVERY_TYPE.items()}
    first = await owner("POST", rows, {"values": values})
    second = await owner("POST", rows, {"values": {"one": 1, "many": [1, 2]}})

    empty = {name: None for name in (*EVERY_TYPE, "one", "many", "file")}
    assert first.json["values"] == empty | {name: read for name, (_, _, read) in EVERY_TYPE.items()}
    changed = await owner("PATCH", f"{rows}/2", {"values": {"text": "second", "many": None}})
    assert changed.json["values"] == empty | {"one": 1, "text": "second"}
    assert changed.json["labels"] == {"one": ["a\nb ä"]}
    assert (second.json["values"]["many"], second.json["labels"]["many"]) == ([1, 2], ["a\nb ä", ""])
    assert (await owner("GET", f"{rows}/2")).json == changed.json
    assert (await owner("GET", rows)).json == {"items": [first.json, changed.json], "next": None, "total": 2}
    assert (await owner("DELETE", f"{rows}/1")).status == 204
    assert (await owner("DELETE", f"{rows}/1")).status == 404
    assert (await owner("PATCH", f"{rows}/1", {"values": {}})).status == 404


async def test_t_84_rows_are_listed_page_by_page_in_the_order_of_a_column(owner: Caller, tables: str) -> None:
    await owner("POST", f"{tables}/notes/columns", {"name": "age", "type": "number"})
    for age in (3, None, 1, 2):
        await owner("POST", f"{tables}/notes/rows", {"values": {"age": age}})

    found, after = [], ""
    while True:
        answer = (await owner("GET", f"{tables}/notes/rows?sort=-age&limit=1{after}")).json
        found += [row["values"]["age"] for row in answer["items"]]
        if answer["next"] is None:
            break
        after = f"&page={answer['next']}"

    assert found == [None, 3, 2, 1]
    for wrong in ("sort=none", "page=x", "page=W10", "page=WzEsMl0", "limit=0"):
        assert (await owner("GET", f"{tables}/notes/rows?{wrong}")).status == 400, wrong


async def test_t_13_t_80_t_85_names_titles_and_permissions_change(owner: Caller, tables: str) -> None:
    await owner("POST", f"{tables}/notes/columns", {"name": "word", "type": "string"})
    await owner("POST", f"{tables}/notes/rows", {"values": {"word": "kept"}})

    table = await owner("PATCH", f"{tables}/notes", {"name": "words", "title": "All words", "client": "search"})
    column = await owner("PATCH", f"{tables}/words/columns/word", {"name": "a/b", "client_hidden": True})

    assert (table.json["name"], table.json["title"], table.json["client"]) == ("words", "All words", "search")
    assert column.json == {"name": "a/b", "type": "string", "table": None, "client_hidden": True, "indexes": []}
    assert (await owner("GET", f"{tables}/words/rows")).json["items"][0]["values"] == {"a/b": "kept"}
    assert (await owner("PATCH", tables, {"auto_create": True})).json["auto_create"] is True
    assert (await owner("DELETE", f"{tables}/words/columns/a/b")).status == 204
    assert (await owner("DELETE", f"{tables}/words")).status == 204
    assert (await owner("DELETE", f"{tables}/words")).status == 404


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("", {"name": "notes"}, "has a table 'notes' already"),
    ("", {"name": "no spaces"}, "can't be a table's name in Python"),
    ("/notes/columns", {"name": "x", "type": "link_single"}, "has a table that it leads to"),
    ("/notes/columns", {"name": "x", "type": "string", "table": "notes"}, "has a table that it leads to"),
    ("/notes/columns", {"name": "", "type": "string"}, "can't be a column's name"),
    ("/notes/rows", {"values": {"none": 1}}, "No such column 'none'"),
    ("/notes/rows", {"values": {"at": "today"}}, "give it like 2026-01-31T12:00:00Z"),
    ("/notes/rows", {"values": {"at": "2026-01-31T12:00:00"}}, "say its offset"),
    ("/notes/rows", {"values": {"at": 5}}, "give it like"),
    ("/notes/rows", {"values": {"one": "1"}}, "give a row's id"),
    ("/notes/rows", {"values": {"one": 2**63}}, "give a row's id"),
    ("/notes/rows", {"values": {"word": 1}}, "cannot set it to a number"),
    ("/notes/rows", {"values": {"word": "a\0b"}}, "NUL"),
]


async def test_t_07_what_can_not_be_is_said(owner: Caller, tables: str) -> None:
    for name, kind in (("at", "datetime"), ("word", "string")):
        await owner("POST", f"{tables}/notes/columns", {"name": name, "type": kind})
    await owner("POST", f"{tables}/notes/columns", {"name": "one", "type": "link_single", "table": "notes"})

    for path, body, words in WRONG:
        answer = await owner("POST", f"{tables}{path}", body)

        assert (answer.status, answer.json["error"]["code"]) == (400, "bad_request"), body
        assert words in answer.json["error"]["message"]
