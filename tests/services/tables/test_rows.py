"""Rows, queries, order and pages, as the service gives them; the whole library is in ``runner/test_tables.py``."""

import datetime
import itertools
from typing import Any

import pytest
from tests.services.tables.conftest import Caller, Refused, order_by, q, ref

from widget_site.store.data import catalog
from widget_site.store.data.data_store import DataStore
from widget_wire.values import Media

UTC = datetime.UTC


async def add(caller: Caller, table: Any, *rows: dict[str, Any]) -> list[Any]:
    made, _ = await caller.call("v2.table.add_rows", table, list(rows))
    return [capability for _, capability in made]


async def names(caller: Caller, table: Any, *args: Any, **kwargs: Any) -> list[Any]:
    return [row["name"] for row in await caller.search(table, *args, **kwargs)]


async def refusal(call: Any) -> str:
    with pytest.raises(Refused) as caught:
        await call
    return str(caught.value)


async def test_t_03_t_04_numbers_come_back_as_what_they_were_and_cells_may_be_empty(server: Caller) -> None:
    people = await server.table("people")
    numbers = [3, 3.0, -0.5, 1e300, 5e-324, 2**63 - 1, -(2**63), 0, 1e22, None]
    await add(server, people, *({"name": f"{at:02}", "age": one} for at, one in enumerate(numbers)))

    rows = await server.search(people, order_by("name"))

    assert [row["age"] for row in rows] == numbers
    assert [type(row["age"]) for row in rows] == [type(one) for one in numbers]
    assert [row["seen"] for row in rows] == [None] * len(numbers)


WRONG_CELLS: list[tuple[dict[str, Any], str]] = [
    ({"age": float("nan")}, "Cannot store NaN in a data table"),
    ({"age": float("inf")}, "Cannot store Infinity value in a data table"),
    ({"age": "a"}, "Column 'age' is a number - cannot set it to a string"),
    ({"age": 2**63}, "at most 64 bits"),
    ({"name": 1}, "Column 'name' is a string - cannot set it to a number"),
    ({"name": "a\0b"}, "NUL"),
    ({"name": "\ud800"}, "surrogate"),
    ({"data": {"a": datetime.date(2026, 1, 1)}}, "is not a valid Simple Object"),
    ({"tags": "red"}, "Column 'tags' is a list of rows - cannot set it to a string"),
    ({"tags": ["red"]}, "All elements of a table-row list must be rows from the same table"),
    ({"none": 1}, "does not exist and automatic column creation is disabled"),
]


async def test_t_04_t_06_t_07_t_08_t_10_what_a_column_does_not_hold_is_said(server: Caller) -> None:
    people = await server.table("people")

    for values, words in WRONG_CELLS:
        assert words in await refusal(server.call("v2.table.add_row", people, values))

    assert await server.search(people) == []


async def test_t_05_moments_are_kept_in_utc(server: Caller) -> None:
    people = await server.table("people")
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, datetime.timezone(datetime.timedelta(hours=-7)))
    early = datetime.datetime(1, 1, 1, tzinfo=UTC)
    await add(server, people, {"name": "a", "seen": moment}, {"name": "b", "seen": early})

    rows = await server.search(people, order_by("seen"))

    assert [row["seen"] for row in rows] == [early, moment]
    assert rows[1]["seen"].utcoffset() == datetime.timedelta(0)
    assert await names(server, people, seen=moment) == ["a"]


async def test_t_10_columns_are_made_by_using_them_where_the_owner_allows_it(server: Caller, data: DataStore) -> None:
    await data.homes.write("w1", lambda db: catalog.set_auto_create(db, "w1", True))
    people = await server.table("people")
    [tag] = await add(server, await server.table("tags"), {"label": "red"})
    new = {
        "new text": "x",
        "new number": 1.5,
        "on": True,
        "day": datetime.date(2026, 1, 1),
        "things": [1],
        "to": ref(tag),
    }

    await server.call("v2.table.add_row", people, new)

    columns = {one["name"]: one["type"] for one in await server.call("v2.table.list_columns", people)}
    kinds = {"new text": "string", "new number": "number", "on": "bool", "day": "date", "things": "simpleObject"}
    assert kinds.items() <= columns.items()
    assert columns["to"] == "link_single"
    assert (await server.search(people))[0]["new number"] == 1.5
    assert "no type" in await refusal(server.call("v2.table.add_row", people, {"what": None}))


async def test_t_32_t_33_pages_hold_every_row_once_in_order(server: Caller) -> None:
    people = await server.table("people")
    words = ["", "a", "B", "ä", "z" * 700, "z" * 699 + "a", None, None]
    ages = [1, 2.5, None, 1]
    rows = [{"name": name, "age": age} for name, age in itertools.product(words, ages)]
    await add(server, people, *rows)

    for keys in ([], ["name"], ["-name"], ["age", "-name"], ["-age", "name"]):
        wanted = list(range(len(rows)))
        for key in reversed(keys):
            wanted = sorted_by(wanted, [row[key.lstrip("-")] for row in rows], downwards=key.startswith("-"))
        asked = [order_by(key.lstrip("-"), not key.startswith("-")) for key in keys]
        for size in (3, 100):
            ids, base, following, _ = await server.call(
                "v2.table.search", people, [*asked, q("page_size", rows=size)], {}
            )
            while following is not None:
                more, following, _ = await server.call("v2.search.next_page", following)
                ids += more
            assert [int(one) for one in ids] == [at + 1 for at in wanted], (keys, size)
            assert await server.call("v2.search.get_length", base) == len(rows)


def sorted_by(order: list[int], values: list[Any], *, downwards: bool) -> list[int]:
    """Sort places by their values, equals left in their order; empty ones last, or first downwards."""
    empty = [at for at in order if values[at] is None]
    filled = sorted((at for at in order if values[at] is not None), key=lambda at: values[at])
    if not downwards:
        return filled + empty
    falling = sorted({values[at] for at in filled}, reverse=True)
    return empty + [at for value in falling for at in filled if values[at] == value]


async def test_t_34_t_37_t_39_t_40_conditions_find_the_same_on_both_databases(server: Caller) -> None:
    people, tags = await server.table("people"), await server.table("tags")
    red, blue = await add(server, tags, {"label": "red"}, {"label": "blue"})
    await add(
        server,
        people,
        {"name": "Ann_1", "age": 1, "data": {"k": [1, {"z": True}], "n": None}, "tags": [ref(red), ref(blue)]},
        {"name": "ann%2", "age": 2, "data": [1, 2, "x"], "tags": [ref(blue)], "tag": ref(red)},
        {"name": "ÄNN*3", "age": 2.5, "data": 7, "tags": []},
        {"name": None},
    )

    async def found(*args: Any, **kwargs: Any) -> list[int]:
        return [
            index + 1
            for index, row in enumerate(everyone)
            if row["name"] in await names(server, people, *args, **kwargs)
        ]

    everyone = await server.search(people)
    assert await found(name=q("like", pattern="A%")) == [1]
    assert await found(name=q("ilike", pattern="a%")) == [1, 2]
    assert await found(name=q("ilike", pattern="änn%")) == [3]
    assert await found(name=q("like", pattern=r"%\%_")) == [2]
    assert await found(name=q("like", pattern=r"%\_1")) == [1]
    assert await found(name=q("like", pattern="%*3")) == [3]
    assert await found(name=None) == [4]
    assert await found(name=q("none_of", args=["Ann_1"], kwargs={})) == [2, 3, 4]
    assert await found(q("none_of", args=[], kwargs={"age": 1})) == [2, 3, 4]
    assert await found(q("any_of", args=[], kwargs={})) == []
    assert await found(q("all_of", args=[], kwargs={})) == [1, 2, 3, 4]
    assert await found(age=q("any_of", args=[1, q("greater_than", value=2)], kwargs={})) == [1, 3]
    assert await found(data={"k": [{"z": True}]}) == [1]
    assert await found(data={"k": [{"z": 1}]}) == []
    assert await found(data=[2, 1]) == [2]
    assert await found(data="x") == [2]
    assert await found(data=7) == [3]
    assert await found(tags=[ref(blue)]) == [1, 2]
    assert await found(tags=[ref(blue), ref(red)]) == [1]
    assert await found(tags=[]) == [1, 2, 3]
    assert await found(tag=ref(red)) == [2]
    assert await found(age=2) == [2]


WRONG_CONDITIONS: list[tuple[dict[str, Any], str]] = [
    ({"none": 1}, "No such column 'none'"),
    ({"pic": Media("text/plain", b"x")}, "Media columns can only be searched for None"),
    ({"data": q("greater_than", value=1)}, "Cannot use inequality operators to query column 'data'"),
    ({"age": q("less_than", value="x")}, "Cannot query number column 'age' with a value of type string"),
    ({"age": q("like", pattern="x")}, "like needs a text column"),
    ({"age": q("any_of", args=[], kwargs={"name": "x"})}, "Cannot specify keyword arguments"),
    ({"name": q("full_text_match", query="a & ) b", raw=True)}, "no raw full text query"),
]


async def test_t_35_t_39_t_41_what_can_not_be_searched_for_is_said(server: Caller) -> None:
    people = await server.table("people")

    for condition, words in WRONG_CONDITIONS:
        assert words in await refusal(server.call("v2.table.search", people, [], condition))


async def test_t_22_t_33_get_and_order_say_what_is_wrong(server: Caller) -> None:
    people = await server.table("people")
    await add(server, people, {"name": "a"}, {"name": "a"})

    assert "More than one row matched" in await refusal(server.call("v2.table.get_row", people, [], {"name": "a"}))
    assert "Cannot specify ordering" in await refusal(server.call("v2.table.get_row", people, [order_by("name")], {}))
    assert 'Cannot sort by nonexistent column "x"' in await refusal(server.search(people, order_by("x")))
    assert "Page size must be a positive number." in await refusal(server.search(people, q("page_size", rows=0)))
    assert await server.call("v2.table.get_row", people, [], {"name": "b"}) is None


async def test_t_38_words_are_found_in_every_form(server: Caller) -> None:
    people = await server.table("people")
    await add(
        server, people, {"name": "Dogs were walking the streets"}, {"name": "A walk with one cat"}, {"name": None}
    )

    async def found(query: str, raw: bool = False) -> list[str]:
        rows = await server.search(people, order_by("age"), name=q("full_text_match", query=query, raw=raw))
        return [row["name"].split()[0] for row in rows]

    assert await found("walk") == ["Dogs", "A"]
    assert await found("the walks of a dog") == ["Dogs"]
    assert await found("dog cat") == []
    assert await found("the") == []
    assert await found("dog | cat", raw=True) == ["Dogs", "A"]
    assert await found("walk & !cat", raw=True) == ["Dogs"]
    assert await found("str:*", raw=True) == ["Dogs"]
    assert await found("(cat | bird) & walks", raw=True) == ["A"]
    assert await found("one <-> cat", raw=True) == ["A"]
    assert await found("cat <-> one", raw=True) == []


async def test_t_09_media_are_read_as_long_as_their_cell_has_them(server: Caller) -> None:
    people = await server.table("people")
    [row] = await add(server, people, {"name": "a", "pic": Media("image/png", b"PNG" * 100, "p.png")})
    [read] = await server.search(people)
    media = read["pic"]

    fetched = await server.raw("fetch_lazy_media", {"args": [media], "kwargs": {}})
    assert (media.name, media.content_type, media.length) == ("p.png", "image/png", 300)
    assert (fetched.content, fetched.content_type, fetched.name) == (b"PNG" * 100, "image/png", "p.png")

    await add(server, people, {"name": "b", "pic": media})
    await server.call("v2.row.update", row, {"pic": None}, None)
    assert "not in the table any more" in await refusal(server.raw("fetch_lazy_media", {"args": [media], "kwargs": {}}))
    [copied] = await server.search(people, name="b")
    again = await server.raw("fetch_lazy_media", {"args": [copied["pic"]], "kwargs": {}})
    assert again.content == b"PNG" * 100


async def test_t_46_csv_is_quoted_and_escaped_for_spreadsheets(server: Caller) -> None:
    people = await server.table("people")
    await add(server, people, {"name": '=1+"1"', "age": -1}, {"name": "a,b\nc", "data": {"k": "ä"}})

    plain = await server.call("v2.table.to_csv", people)
    escaped = await server.call("v2.table.to_csv", people, escape_for_excel=True)
    texts = [
        (await server.raw("fetch_lazy_media", {"args": [one], "kwargs": {}})).content.decode()
        for one in (plain, escaped)
    ]

    head = "ID,name,age,seen,pic,data,secret,tags,tag\r\n"
    assert texts[0] == head + '1,"=1+""1""",-1,,,,,,\r\n2,"a,b\nc",,,,"{""k"":""ä""}",,,\r\n'
    assert texts[1].splitlines()[1] == '1,"\'=1+""1""",\'-1,,,,,,'


async def test_t_44_all_rows_or_those_of_a_search_are_deleted(server: Caller) -> None:
    people = await server.table("people")
    await add(server, people, *({"age": age} for age in range(10)))
    _, some, _, _ = await server.call("v2.table.search", people, [], {"age": q("less_than", value=4)})
    view, _ = await server.call("v2.table.get_view", people, "rw", None, [], {"age": 5})

    await server.call("v2.search.delete_all", some)

    assert len(await server.search(people)) == 6
    assert "on a view" in await refusal(server.call("v2.table.delete_all_rows", view))
    await server.call("v2.table.delete_all_rows", people)
    assert await server.search(people) == []


async def test_t_26_a_deleted_row_is_gone_and_its_id_never_comes_back(server: Caller) -> None:
    people = await server.table("people")
    [row] = await add(server, people, {"name": "a"})
    await server.call("v2.row.delete", row, None)

    for call in (
        server.call("v2.row.fetch", row, None),
        server.call("v2.row.update", row, {"age": 1}, None),
        server.call("v2.row.delete", row, None),
    ):
        assert "RowDeleted: This row has been deleted" in await refusal(call)
    [(new_id, _)], _ = await server.call("v2.table.add_rows", people, [{"name": "b"}])
    assert new_id == "2"


async def test_t_21_t_74_a_thousand_rows_in_one_call_and_the_quota_of_an_account(server: Caller) -> None:
    people = await server.table("people")

    await add(server, people, *({"name": f"n{at}", "age": at} for at in range(1000)))

    assert len(await server.search(people, q("page_size", rows=1000))) == 1000
    said = await refusal(server.call("v2.table.add_rows", people, [{"age": 1}] * 1001))
    assert said.startswith("anvil.tables.QuotaExceededError: Datatables row count quota exceeded")
    said = await refusal(server.call("v2.table.add_row", people, {"pic": Media(None, b"x" * 1_000_000)}))
    assert said.startswith("anvil.tables.QuotaExceededError: Datatable database size limit exceeded")


async def test_a_batch_is_kept_whole_or_not_at_all(server: Caller) -> None:
    people = await server.table("people")
    first, second = await add(server, people, {"age": 1}, {"age": 2})
    await server.call("v2.row.delete", second, None)

    await refusal(server.call("v2.row.batch_update", [[first, {"age": 9}, None], [second, {"age": 9}, None]]))

    assert [row["age"] for row in await server.search(people)] == [1]
