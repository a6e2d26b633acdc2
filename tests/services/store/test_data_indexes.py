"""Indexes on columns of Data Tables: what is found with one is what is found without, on both databases (T-14)."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, select, text

from widget_site.settings import SiteSettings
from widget_site.store.data import catalog, indexes, mounting, narrowing, queries, retyping, rows
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.sql_types import sql_table
from widget_site.store.data.values import DataError, TableInfo
from widget_site.store.database import Database

W = "w1"
BOTH = ("trigram", "full_text")
TEXTS = [
    *("Dogs were walking the streets", "A walk with one CAT", "cats", "", None, "ab", "a%b_c", 'say "abc" OR abc*'),
    *(
        "ÄRGER über Ärger",
        "ΟΔΟΣ οδος",
        "İstanbul istanbul",
        "\u212aelvin kelvin",
        "straße STRASSE",
        "日本語の本",
        "x" * 5000,
    ),
    *("ann@example.com wrote to bob", "cats/dogs and/or version 3.14", "foo_bar foo-bar", "<b>bold</b> &amp; the rest"),
    *("running runs ran", "12abcs abcs12", "caf\u00e9s in Paris", "line\nbreaks\tand tabs", "the of and", "a\\b[c]*?"),
]
PATTERNS = [
    *("%walk%", "%WALK%", "dogs%", "%cat", "%cat%one%", "cats", "%", "", "%a%", "%ab%", "%abc%", "a\\%b%", "%_ger%"),
    *("%ärger%", "%ÄRGER%", "%οδοσ%", "%ΟΔΟΣ%", "%istanbul%", "%kelvin%", "%strasse%", "%日本語%", "%本", "%xxxx%"),
    *('%"abc"%', "%OR abc%", "%\\\\b[c]%", "%breaks_and%", "%example.com%", "%nothing like it%", "_%", "%*?"),
]
QUERIES = [
    *(("walk", False), ("cat", False), ("the", False), ("", False), ("!!!", False), ("dogs street", False)),
    *(("example", False), ("bob ann", False), ("dogs", False), ("foo", False), ("bold", False), ("rest amp", False)),
    *(("12abcs", False), ("12abc", False), ("café", False), ("ärger", False), ("run", False), ("日本語の本", False)),
    *(("walk & !cat", True), ("!walk", True), ("str:*", True), ("ca:* | run", True), ("the | cat", True)),
    *(("the & walk", True), ("one <-> cat", True), ("cat <-> one", True), ("!(cat | walk) & paris", True)),
    *(("caf:*", True), ("(walk | the) & (dog | !dog)", True), ("3 & 14", True), ("foo_bar", True), ("'say abc'", True)),
]


@pytest.fixture
async def data(database_url: str, tmp_path: Path) -> AsyncIterator[DataStore]:
    opened = DataStore.open(SiteSettings(data=tmp_path, database_url=SecretStr(database_url)), Database(database_url))
    yield opened
    await opened.close()


def make(db: Connection) -> TableInfo:
    """Make a table with the same text in two columns, of which one has indexes."""
    made = catalog.add_table(db, W, "texts").id
    catalog.add_column(db, W, made, "plain", "string")
    catalog.add_column(db, W, made, "quick", "string", index=BOTH)
    return table_of(db)


def table_of(db: Connection) -> TableInfo:
    return next(one for one in catalog.read(db, W).tables.values() if one.name == "texts")


def fill(db: Connection, info: TableInfo, texts: list[str | None]) -> list[int]:
    return rows.add(db, info, [dict.fromkeys((column.id for column in info.columns), one) for one in texts])


def found(db: Connection, info: TableInfo, query: list[Any]) -> list[int]:
    return [row_id for row_id, _ in rows.page(db, info, [query], [], None, 1000, []).rows]


def compared(db: Connection, info: TableInfo) -> dict[Any, list[int]]:
    """Return what every search finds, which is the same with and without an index."""
    asked: list[list[Any]] = [[kind, "", one] for kind, one in itertools.product(("like", "ilike"), PATTERNS)]
    asked += [["text", "", words, raw] for words, raw in QUERIES]
    made = {}
    for kind, _, *rest in asked:
        without, with_index = (found(db, info, [kind, name, *rest]) for name in ("plain", "quick"))
        assert with_index == without, (kind, rest)
        opposite = [["none", [kind, name, *rest]] for name in ("plain", "quick")]
        assert found(db, info, opposite[1]) == found(db, info, opposite[0]), ("not", kind, rest)
        made[kind, rest[0]] = without
    return made


async def test_t_14_t_37_t_38_what_is_found_is_the_same_with_an_index(
    data: DataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(db: Connection) -> dict[Any, list[int]]:
        info = make(db)
        ids = fill(db, info, TEXTS)
        first = compared(db, info)
        # Texts trade places, some go, others come.
        for row_id, one in zip(ids, reversed(TEXTS), strict=True):
            rows.change(db, info, row_id, dict.fromkeys((column.id for column in info.columns), one))
        rows.remove_ids(db, info, ids[::3])
        fill(db, info, TEXTS[:5])
        compared(db, info)
        # Where there would be many rows they are walked.
        monkeypatch.setattr(narrowing, "MOST", 1)
        compared(db, info)
        # An index of rows that are there already.
        catalog.change_column(db, W, info.id, "plain", index=BOTH)
        catalog.change_column(db, W, info.id, "quick", index=())
        monkeypatch.setattr(narrowing, "MOST", 1000)
        compared(db, table_of(db))
        return {key: [ids.index(one) for one in rows_found] for key, rows_found in first.items()}

    first = await data.homes.write(W, work)

    # And it is the same on both databases.
    assert first["ilike", "%WALK%"] == [0, 1]
    assert first["like", "%WALK%"] == []
    assert first["ilike", "%ärger%"] == [8]
    assert first["text", "example"] == [15]
    assert first["text", "dogs"] == [0, 16]
    assert first["text", "foo"] == [17]
    assert first["text", "12abcs"] == [20]
    assert first["text", "3 & 14"] == [16]
    assert first["text", "ca:* | run"] == [1, 2, 16, 19, 21]
    assert first["text", "the"] == first["text", ""] == first["text", "!!!"] == []


async def test_t_14_searches_go_by_the_index(data: DataStore) -> None:
    def plan(db: Connection, info: TableInfo, query: list[Any]) -> str:
        table = sql_table(info)
        asked = select(table.c.id).where(queries.condition(db, info, table, query))
        sql = asked.compile(db, compile_kwargs={"literal_binds": True}).string
        how = "EXPLAIN QUERY PLAN" if db.dialect.name == "sqlite" else "EXPLAIN"
        return str(db.exec_driver_sql(f"{how} {sql}").fetchall())

    def work(db: Connection) -> list[str]:
        info = make(db)
        fill(db, info, TEXTS)
        if db.dialect.name != "sqlite":
            db.execute(text("SET LOCAL enable_seqscan = off"))
        asked: list[list[Any]] = [["like", "", "%streets%"], ["ilike", "", "%STREETS%"], ["text", "", "street", False]]
        return [plan(db, info, [kind, name, *rest]) for name in ("plain", "quick") for kind, _, *rest in asked]

    plans = await data.homes.write(W, work)

    def goes_by(said: str) -> bool:
        return "USING INTEGER PRIMARY KEY" in said or "data_trigram_i" in said or "data_full_text_i" in said

    assert [goes_by(one) for one in plans] == [False] * 3 + [True] * 3


async def test_t_14_indexes_come_and_go_with_what_they_are_of(data: DataStore) -> None:
    def left(db: Connection) -> list[str]:
        names = "SELECT name FROM sqlite_master" if db.dialect.name == "sqlite" else "SELECT relname FROM pg_class"
        kept = [name for name in db.scalars(text(names)) if name.startswith(("data_trigram", "data_full_text"))]
        return [*kept, *db.scalars(text("SELECT kind FROM data_index"))]

    def work(db: Connection) -> None:
        info = make(db)
        fill(db, info, ["a walk", "12"])
        wrong: list[tuple[str, tuple[str, ...]]] = [("number", ("trigram",)), ("string", ("btree",))]
        wrong += [("simpleObject", ("trigram",)), ("link_multiple", ("full_text",))]
        for kind, index in wrong:
            target = info.id if kind.startswith("link") else None
            with pytest.raises(DataError, match="index"):
                catalog.add_column(db, W, info.id, f"x {kind} {index}", kind, target_id=target, index=index)
        catalog.add_column(db, W, info.id, "data", "simpleObject", index=["full_text"])
        retyping.retype(db, W, info.id, "quick", "simpleObject", None)
        assert [one.indexes for one in table_of(db).columns] == [(), ("full_text",), ("full_text",)]
        retyping.retype(db, W, info.id, "quick", "number", None)
        catalog.change_column(db, W, info.id, "plain", index=BOTH)
        assert found(db, table_of(db), ["like", "plain", "%walk%"]) == [1]
        catalog.drop_column(db, W, info.id, "plain")
        assert [one.indexes for one in table_of(db).columns] == [(), ("full_text",)]
        catalog.drop_table(db, W, info.id)
        assert left(db) == []

    with pytest.raises(NoErrorError):
        await data.homes.write(W, _undone(work))
    await data.homes.write(W, make)
    await data.copy_schema(W, "w2")
    fork = await data.homes.read("w2", lambda db: catalog.read(db, "w2"))
    [copied] = fork.tables.values()
    assert [one.indexes for one in copied.columns] == [(), tuple(sorted(BOTH))]


class NoErrorError(Exception):
    """Everything went well; it is undone."""


def _undone(work: Any) -> Any:
    def undone(db: Connection) -> None:
        work(db)
        raise NoErrorError

    return undone


async def test_t_14_t_16_a_widget_that_shares_a_table_finds_by_its_index(data: DataStore) -> None:
    def share(db: Connection) -> TableInfo:
        info = make(db)
        fill(db, info, ["one", "other"])
        mounting.share(db, info.id, "w2")
        return info

    source = await data.homes.write(W, share)

    def mount(db: Connection) -> None:
        catalog.mount_table(db, "w2", W, source, "theirs", client="none", server="full")

    await data.homes.write("w2", mount)

    def use(db: Connection) -> list[int]:
        [info] = catalog.read(db, "w2").tables.values()
        assert info.columns[1].indexes == ("full_text", "trigram")
        fill(db, info, ["another"])
        return found(db, info, ["like", "quick", "%other%"])

    assert len(await data.homes.write("w2", use)) == 2
    assert len(await data.homes.read(W, lambda db: found(db, table_of(db), ["text", "quick", "another", False]))) == 1


async def test_t_14_tables_of_an_earlier_version_get_indexes(
    data: DataStore, database_url: str, tmp_path: Path
) -> None:
    def age(db: Connection) -> None:
        info = make(db)
        mounting.share(db, info.id, "w2")
        catalog.change_column(db, W, info.id, "quick", index=())
        db.execute(text("DROP TABLE data_index"))
        if db.dialect.name == "sqlite":
            db.execute(text("PRAGMA user_version = 2"))

    await data.homes.write(W, age)
    is_sqlite = data.homes.__class__.__name__ == "SqliteHomes"
    if is_sqlite:
        # Another widget may come first, and finds no index.
        source = TableInfo(1, "texts", "texts", "none", "full")
        await data.homes.write(
            "w2", lambda db: catalog.mount_table(db, "w2", W, source, "theirs", client="none", server="full")
        )
        mounted = await data.homes.read("w2", lambda db: catalog.read(db, "w2"))
        assert [len(one.columns) for one in mounted.tables.values()] == [2]
    await data.close()

    again = DataStore.open(SiteSettings(data=tmp_path, database_url=SecretStr(database_url)), Database(database_url))

    def put(db: Connection) -> list[int]:
        info = table_of(db)
        assert info.columns[1].indexes == ()
        indexes.put(db, info, info.columns[1], BOTH)
        fill(db, table_of(db), ["a walk"])
        return found(db, table_of(db), ["text", "quick", "walks", False])

    assert await again.homes.write(W, put) == [1]
    await again.close()
