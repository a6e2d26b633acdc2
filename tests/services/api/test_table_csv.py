"""CSV into and out of Data Tables over the JSON API (T-86): typed, whole or not at all, with errors that say where."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.services.api.conftest import Caller

CSV = {"Content-Type": "text/csv"}
FILE = """\ufeffname,age,born,seen,ok,data,plz,note
Ann,30,1996-01-31,2026-01-31T12:00:00Z,true,"{""a"": 1}",01234,"a
b, ""c"" ä"
Bob,2.5,,2026-01-31 12:00+02:00,FALSE,[1],55555,

,,,,,,,=1+1
"""


@pytest.fixture
async def tables(owner: Caller) -> str:
    slug = (await owner("POST", "/widgets", {"kind": "script", "title": "T"})).json["slug"]
    return f"/widgets/{slug}/tables"


async def new(owner: Caller, tables: str, text: str | bytes, query: str = "name=people") -> Any:
    body = text if isinstance(text, bytes) else text.encode()
    return await owner("POST", f"{tables}-from-csv?{query}", body, headers=CSV)


async def test_t_86_a_table_is_made_of_a_file_with_types_that_are_guessed(owner: Caller, tables: str) -> None:
    seen = (await new(owner, tables, FILE, "name=people&preview=true")).json
    assert [one["type"] for one in seen["columns"]] == [
        "string",
        "number",
        "date",
        "datetime",
        "bool",
        "simpleObject",
        "string",
        "string",
    ]
    assert (seen["rows"], seen["wrong"]) == (3, 0)
    assert (await owner("GET", tables)).json["items"] == []

    assert (await new(owner, tables, FILE)).status == 201
    rows = (await owner("GET", f"{tables}/people/rows")).json["items"]
    assert [row["values"] for row in rows] == [
        {
            "name": "Ann",
            "age": 30,
            "born": "1996-01-31",
            "seen": "2026-01-31T12:00:00+00:00",
            "ok": True,
            "data": {"a": 1},
            "plz": "01234",
            "note": 'a\nb, "c" ä',
        },
        dict.fromkeys(rows[0]["values"])
        | {
            "name": "Bob",
            "age": 2.5,
            "seen": "2026-01-31T10:00:00+00:00",
            "ok": False,
            "data": [1],
            "plz": "55555",
        },
        dict.fromkeys(rows[0]["values"]) | {"note": "=1+1"},
    ]


async def test_t_46_t_86_what_is_written_comes_back(owner: Caller, tables: str) -> None:
    await new(owner, tables, FILE)

    written = await owner("GET", f"{tables}/people/csv")
    assert written.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = written.data.decode().split("\r\n")
    assert lines[0] == "ID,name,age,born,seen,ok,data,plz,note"
    assert lines[2] == "2,Bob,2.5,,2026-01-31 10:00:00+00:00,False,[1],55555,"
    # A formula is text here; who opens the file in a spreadsheet asks for '.
    assert lines[3] == "3,,,,,,,,=1+1"
    assert (
        (await owner("GET", f"{tables}/people/csv?escape_for_excel=true"))
        .data.decode()
        .split("\r\n")[3]
        .endswith("'=1+1")
    )

    again = await owner("POST", f"{tables}/people/csv", written.data, headers=CSV)
    assert (again.json["rows"], again.json["columns"][0]["column"]) == (3, "")
    rows = (await owner("GET", f"{tables}/people/rows")).json["items"]
    assert [row["values"] for row in rows[3:]] == [row["values"] for row in rows[:3]]


async def test_t_86_columns_of_a_file_go_where_they_are_sent(owner: Caller, tables: str) -> None:
    await new(owner, tables, "name;age\nAnn;1\n")
    columns = quote(json.dumps(["age", None, "name"]))
    made = await owner("POST", f"{tables}/people/csv?columns={columns}", b"a\tb\tc\n7\tx\tBob\n", headers=CSV)

    assert [one["column"] for one in made.json["columns"]] == ["age", "", "name"]
    rows = (await owner("GET", f"{tables}/people/rows")).json["items"]
    assert rows[1]["values"] == {"age": 7, "name": "Bob"}
    for wrong in ('["age"]', '["age", "age", null]', '["none", null, null]', "[null, null, null]", "x", "[1, 2, 3]"):
        address = f"{tables}/people/csv?columns={quote(wrong)}"
        assert (await owner("POST", address, b"a,b,c\n1,2,3\n", headers=CSV)).status == 400, wrong
    unknown = await owner("POST", f"{tables}/people/csv", b"name,colour\nx,y\n", headers=CSV)
    assert "has no column 'colour'" in unknown.json["error"]["message"]


async def test_t_86_with_one_wrong_cell_nothing_comes_in_and_its_place_is_said(owner: Caller, tables: str) -> None:
    await new(owner, tables, "name,age\nAnn,1\n")
    await owner("POST", f"{tables}/people/columns", {"name": "boss", "type": "link_single", "table": "people"})
    rows = "".join(f"x,{number}\n" for number in range(1500))
    wrong = (rows + "y,many\nz,1\nz,\n\n,few\n").encode()

    answer = await owner("POST", f"{tables}/people/csv", b"name,age\n" + wrong, headers=CSV)
    error = answer.json["error"]
    assert answer.status == 400
    assert error["message"].startswith("Line 1502, column 'age': 'many' is not a number, such as 12")
    assert [(one["line"], one["column"], one["value"]) for one in error["errors"]] == [
        (1502, "age", "many"),
        (1506, "age", "few"),
    ]
    preview = await owner("POST", f"{tables}/people/csv?preview=true", b"name,age\n" + wrong, headers=CSV)
    assert (preview.json["wrong"], preview.json["rows"]) == (2, 1504)
    # A link that leads nowhere is found when rows before it are written already.
    linked = b"name,boss\n" + b"x,1\n" * 1200 + b"y,7777\n"
    answer = await owner("POST", f"{tables}/people/csv", linked, headers=CSV)
    assert "Line 1202, column 'boss': '7777'" in answer.json["error"]["message"]
    assert (await owner("GET", f"{tables}/people/rows")).json["total"] == 1


WRONG: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b"a,,b\n", "Column 2 of the file has no name"),
    (b"a,b,a\n", "names the column 'a' twice"),
    (b"a,b\n1,2,3\n", "Line 2 has 3 cells"),
    (b'a,b\n1,"2\n', "is no CSV"),
    (b"a,b\n1,\xff\n", "not UTF-8"),
    (b"a\n\x00\n", "NUL"),
    (b",".join(b"c%d" % number for number in range(201)) + b"\n", "201 columns"),
    (b"$a\n1\n", "can't begin with $"),
]


async def test_t_86_a_file_that_is_no_table_is_said_to_be_none(owner: Caller, tables: str) -> None:
    for file, words in WRONG:
        answer = await new(owner, tables, file)
        assert (answer.status, words in answer.json["error"]["message"]) == (400, True), (file[:30], answer.json)
    assert (await new(owner, tables, "a,b\n1,2\n", "name=x&types=%5B%22string%22%5D")).status == 400
    assert (await new(owner, tables, "a\n1\n", "name=x&types=%5B%22media%22%5D")).status == 400
    assert (await new(owner, tables, "a\n1\n", "name=no%20name")).status == 400
    assert (await owner("GET", tables)).json["items"] == []
    typed = await new(owner, tables, "a,b\n1,\n", "name=x&types=" + quote('["string", "date"]'))
    assert [one["type"] for one in typed.json["columns"]] == ["string", "date"]


async def test_t_86_a_long_import_says_how_far_it_is(owner: Caller, tables: str) -> None:
    lines = {**CSV, "Accept": "application/x-ndjson"}
    body = "word,number\n" + "".join(f"wörd {number},{number}\n" for number in range(2500))

    answer = await owner("POST", f"{tables}-from-csv?name=words", body.encode(), headers=lines)
    told = [json.loads(line) for line in answer.data.splitlines()]
    assert {"checked": 2000} in told
    assert {"written": 2500} in told
    assert (told[-1]["rows"], told[-1]["table"]) == (2500, "words")
    assert (await owner("GET", f"{tables}/words/rows?limit=1")).json["total"] == 2500
    failed = await owner("POST", f"{tables}/words/csv", b"number\nx\n", headers=lines)
    assert json.loads(failed.data.splitlines()[-1])["error"]["errors"][0]["line"] == 2


async def test_t_86_t_74_what_a_quota_has_no_room_for_stays_out(owner: Caller, tables: str, site: Any) -> None:
    await new(owner, tables, "word\nx\n")
    site.store.data.usage._most_rows = 5
    site.store.data.usage._accounts.clear()

    answer = await owner("POST", f"{tables}/people/csv", b"word\n" + b"x\n" * 5, headers=CSV)

    assert (answer.status, answer.json["error"]["code"]) == (429, "over_quota")
    assert (await owner("GET", f"{tables}/people/rows")).json["total"] == 1


async def test_t_86_a_file_that_is_too_large_is_refused(owner: Caller, tables: str, app: Any) -> None:
    app.request_class.most = 1000

    assert (await new(owner, tables, "word\n" + "x" * 2000)).status == 413
