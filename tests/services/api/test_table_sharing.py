"""Tables that widgets of one owner share, over the JSON API (T-16)."""

from typing import Any

import pytest
from tests.services.api.conftest import Caller


async def widget(owner: Caller) -> str:
    return str((await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"])


@pytest.fixture
async def home(owner: Caller) -> str:
    """A widget with the table "notes" of one row."""
    slug = await widget(owner)
    await owner("POST", f"/widgets/{slug}/tables", {"name": "notes"})
    await owner("POST", f"/widgets/{slug}/tables/notes/columns", {"name": "word", "type": "string"})
    await owner("POST", f"/widgets/{slug}/tables/notes/rows", {"values": {"word": "one"}})
    return slug


async def words(owner: Caller, slug: str, table: str) -> list[Any]:
    rows = (await owner("GET", f"/widgets/{slug}/tables/{table}/rows")).json["items"]
    return [row["values"]["word"] for row in rows]


async def test_t_16_a_table_is_given_to_another_widget_and_taken_away_again(owner: Caller, home: str) -> None:
    other = await widget(owner)
    shares = f"/widgets/{home}/tables/notes/shares"
    given = {"widget": other, "name": "words", "server": "search"}

    made = await owner("POST", shares, given)
    assert (made.status, made.json) == (201, {**given, "client": "none"})
    assert (await owner("GET", shares)).json["items"] == [made.json]
    [table] = (await owner("GET", f"/widgets/{other}/tables")).json["items"]
    assert (table["name"], table["home"], [one["name"] for one in table["columns"]]) == ("words", home, ["word"])
    assert (await owner("POST", f"/widgets/{other}/tables/words/rows", {"values": {"word": "two"}})).status == 201
    assert await words(owner, home, "notes") == ["one", "two"]
    changed = await owner("PATCH", f"/widgets/{other}/tables/words", {"server": "full", "name": "again"})
    assert (changed.json["server"], changed.json["home"]) == ("full", home)
    assert (await owner("GET", shares)).json["items"][0]["name"] == "again"

    assert (await owner("DELETE", f"{shares}/{other}")).status == 204
    assert (await owner("DELETE", f"{shares}/{other}")).status == 404
    assert (await owner("GET", f"/widgets/{other}/tables")).json["items"] == []
    assert await words(owner, home, "notes") == ["one", "two"]


async def test_t_16_what_can_not_be_shared_is_said(owner: Caller, other: Caller, home: str) -> None:
    mine, theirs = await widget(owner), await widget(other)
    shares = f"/widgets/{home}/tables/notes/shares"

    for body, status in (
        ({"widget": theirs}, 404),
        ({"widget": "some-missing-widget"}, 404),
        ({"widget": home}, 400),
        ({"widget": mine, "name": "no name"}, 400),
        ({"widget": mine, "server": "everything"}, 400),
    ):
        answer = await owner("POST", shares, body)
        assert (answer.status in (status, 403), answer.status >= 400) == (True, True), (body, answer.json)
    # What was refused left nothing behind.
    assert (await owner("GET", shares)).json["items"] == []
    assert (await owner("DELETE", f"{shares}/{mine}")).status == 404
    assert (await owner("POST", shares, {"widget": mine})).status == 201
    assert "already" in (await owner("POST", shares, {"widget": mine, "name": "b"})).json["error"]["message"]
    assert len((await owner("GET", shares)).json["items"]) == 1
    onwards = await owner("POST", f"/widgets/{mine}/tables/notes/shares", {"widget": home})
    assert "share it there" in onwards.json["error"]["message"]
    column = await owner("POST", f"/widgets/{mine}/tables/notes/columns", {"name": "x", "type": "bool"})
    assert "change its columns there" in column.json["error"]["message"]


async def test_t_16_what_others_use_is_not_deleted_under_them(owner: Caller, home: str) -> None:
    other = await widget(owner)
    await owner("POST", f"/widgets/{home}/tables/notes/shares", {"widget": other})

    for address in (f"/widgets/{home}/tables/notes", f"/widgets/{home}"):
        refused = await owner("DELETE", address)
        assert (refused.status, other in refused.json["error"]["message"]) == (409, True)
    # Who has it from there deletes its use of it alone.
    assert (await owner("DELETE", f"/widgets/{other}/tables/notes")).status == 204
    assert await words(owner, home, "notes") == ["one"]
    assert (await owner("GET", f"/widgets/{home}/tables/notes/shares")).json["items"] == []
    await owner("POST", f"/widgets/{home}/tables/notes/shares", {"widget": other})
    assert (await owner("DELETE", f"/widgets/{other}")).status == 204
    assert (await owner("DELETE", f"/widgets/{home}")).status == 204
