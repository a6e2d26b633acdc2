"""Data Tables with the life of their widget: forks, the end, backups, exports, and what the site worker removes."""

import asyncio
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.services.store import people

from widget_site.settings import SiteSettings
from widget_site.store import deleted, export, widgets
from widget_site.store.blobs import FolderBlobs
from widget_site.store.data import catalog, rows, sweeping
from widget_site.store.data.data_store import DataStore
from widget_site.store.data.values import DataError, Schema
from widget_site.store.database import Database
from widget_site.store.store import Store


@pytest.fixture
def data(store: Store, database_url: str, tmp_path: Path) -> DataStore:
    store.data = DataStore.open(
        SiteSettings(data=tmp_path, database_url=SecretStr(database_url)), Database(database_url)
    )
    return store.data


async def make(data: DataStore, widget_id: str) -> None:
    """Give a widget two tables, linked, with a row each."""
    [blob] = await data.media(widget_id).put([b"picture"])

    def work(db: Any) -> None:
        tags = catalog.add_table(db, widget_id, "tags", "All tags").id
        notes = catalog.add_table(db, widget_id, "notes", client="search").id
        catalog.add_column(db, widget_id, tags, "label", "string")
        catalog.add_column(db, widget_id, notes, "tag", "link_single", target_id=tags)
        catalog.add_column(db, widget_id, notes, "pic", "media", client_hidden=True)
        catalog.add_column(db, widget_id, notes, "at", "datetime")
        schema = catalog.read(db, widget_id)
        rows.add(db, schema.table(tags), [{schema.table(tags).columns[0].id: "red"}])
        kept = json.dumps({"digest": blob, "length": 7, "type": "image/png", "name": None})
        columns = schema.table(notes).columns
        rows.add(db, schema.table(notes), [{columns[0].id: 1, columns[1].id: kept, columns[2].id: 1_000_000}])

    await data.homes.write(widget_id, work)


async def schema_of(data: DataStore, widget_id: str) -> Schema:
    return await data.homes.read(widget_id, lambda db: catalog.read(db, widget_id))


def shape(schema: Schema) -> Any:
    """Return what a schema says, without ids."""
    names = {table.id: table.name for table in schema.tables.values()}
    return [
        (
            one.name,
            one.title,
            one.client,
            [(c.name, c.type, names.get(c.target_id or 0), c.client_hidden) for c in one.columns],
        )
        for one in schema.tables.values()
    ]


async def test_security_61_a_fork_has_the_tables_and_none_of_the_rows(store: Store, data: DataStore) -> None:
    owner, other = await people.account(store), await people.account(store, "oscar")
    origin = await people.widget(store, owner)
    await make(data, origin.id)

    fork = await widgets.fork(store, origin.slug, other)

    made = await schema_of(data, fork.id)
    assert shape(made) == shape(await schema_of(data, origin.id))
    counts = [await data.homes.read(fork.id, lambda db, one=one: rows.count(db, one)) for one in made.tables.values()]  # type: ignore[misc]
    assert counts == [0, 0]
    assert not (data.folder / fork.id / "media").exists()
    plain = await widgets.fork(store, (await people.widget(store, owner)).slug, other)
    assert await data.homes.having([plain.id]) == []


async def test_tables_go_with_their_widget(store: Store, data: DataStore) -> None:
    owner = await people.account(store)
    gone, kept = await people.widget(store, owner), await people.widget(store, owner)
    for one in (gone, kept):
        await make(data, one.id)

    await deleted.discard(store, gone.slug, owner.id)
    assert await data.homes.having([gone.id]) == [gone.id]
    await deleted.forget(store, gone.slug, owner.id)

    assert await data.homes.having([gone.id, kept.id]) == [kept.id]
    assert not (data.folder / gone.id).exists()
    assert len((await schema_of(data, kept.id)).tables) == 2


async def test_the_site_worker_removes_what_is_nobodys(store: Store, data: DataStore) -> None:
    kept = await people.widget(store, await people.account(store))
    await make(data, kept.id)
    [unused] = await data.media(kept.id).put([b"in no cell"])
    await make(data, "0" * 26)

    assert await sweeping.sweep(store, time.time() - 3600) == 1
    assert await data.homes.having(["0" * 26, kept.id]) == [kept.id]
    assert len(await data.media(kept.id).get([unused])) == 1
    assert await sweeping.sweep(store, time.time() + 60) == 1
    assert [path.name for path in (data.folder / kept.id / "media").glob("*/*")] != [unused]


async def test_an_export_has_tables_rows_and_media(store: Store, data: DataStore, tmp_path: Path) -> None:
    owner = await people.account(store)
    widget = await people.widget(store, owner)
    await make(data, widget.id)

    await export.write(store, owner, tmp_path / "all.zip")

    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        folder = f"widgets/{widget.slug}"
        assert [one["name"] for one in json.loads(archive.read(f"{folder}/tables.json"))] == ["tags", "notes"]
        [line] = archive.read(f"{folder}/tables/notes.jsonl").splitlines()
        note = json.loads(line)
        assert (note["id"], note["tag"], note["at"]) == (1, 1, "1970-01-01T00:00:01+00:00")
        assert archive.read(f"{folder}/tables/media/{note['pic']['digest']}") == b"picture"


async def test_t_13_t_80_t_81_tables_and_columns_are_changed_and_their_rows_stay(data: DataStore) -> None:
    await make(data, "w")
    schema = await schema_of(data, "w")
    tags, notes = schema.tables.values()

    def change(db: Any) -> None:
        catalog.change_table(db, "w", tags.id, title="Colours", name="colours", client="full")
        catalog.change_column(db, "w", tags.id, "label", new_name="word", client_hidden=True)
        catalog.drop_column(db, "w", notes.id, "pic")

    await data.homes.write("w", change)

    table, rest = (await schema_of(data, "w")).tables.values()
    assert (table.name, table.title, table.client, table.columns[0].name) == ("colours", "Colours", "full", "word")
    assert [one.name for one in rest.columns] == ["tag", "at"]
    read = await data.homes.read("w", lambda db: rows.by_ids(db, table, [1], table.columns))
    assert read == {1: {table.columns[0].id: "red"}}

    await data.homes.write("w", lambda db: catalog.drop_table(db, "w", table.id))
    [left] = (await schema_of(data, "w")).tables.values()
    assert [one.name for one in left.columns] == ["at"]
    again = await data.homes.write("w", lambda db: catalog.add_table(db, "w", "colours"))
    assert again.id > notes.id


async def test_a_name_that_can_be_no_tables_is_refused(data: DataStore) -> None:
    for name in ("", "a b", "1a", "_a", "a" * 64, "a;b", "a\0", "a "):
        with pytest.raises(DataError, match="can't be a table's name"):
            await data.homes.write("w", lambda db, name=name: catalog.add_table(db, "w", name))  # type: ignore[misc]


async def test_names_are_taken_once_and_links_lead_to_tables_of_the_widget(data: DataStore) -> None:
    await make(data, "w")
    await make(data, "v")
    tags, notes = (await schema_of(data, "w")).tables.values()

    def refused(work: Any, words: str) -> Any:
        async def run() -> None:
            with pytest.raises(DataError, match=words):
                await data.homes.write("w", work)

        return run()

    await refused(lambda db: catalog.add_table(db, "w", "tags"), "has a table 'tags' already")
    await refused(lambda db: catalog.change_table(db, "w", notes.id, name="tags"), "has a table 'tags' already")
    await refused(lambda db: catalog.add_column(db, "w", tags.id, "label", "string"), "has a column 'label' already")
    await refused(lambda db: catalog.add_column(db, "w", tags.id, "x", "text"), "can't be a 'text'")
    await refused(lambda db: catalog.add_column(db, "w", tags.id, "x", "link_single"), "has a table that it leads to")
    await refused(lambda db: catalog.add_column(db, "w", tags.id, "x", "link_single", target_id=99), "deleted")
    await refused(lambda db: catalog.change_table(db, "w", tags.id, client="all"), "none, search, full")


async def test_two_processes_may_be_first_at_once(database_url: str, tmp_path: Path) -> None:
    settings = SiteSettings(data=tmp_path, database_url=SecretStr(database_url))
    both = [DataStore.open(settings, Database(database_url)), DataStore.open(settings, Database(database_url))]

    async def add(data: DataStore, name: str) -> None:
        await data.homes.write("w", lambda db: catalog.add_table(db, "w", name))

    await asyncio.gather(add(both[0], "first"), add(both[1], "second"))

    assert len((await schema_of(both[0], "w")).tables) == 2
    for one in both:
        await one.close()


def test_the_folder_of_blobs_is_each_widgets_own(tmp_path: Path) -> None:
    data = DataStore(None, tmp_path)  # type: ignore[arg-type]  # no rows here
    assert isinstance(data.media("a"), FolderBlobs)
    assert data.media("a").folder != data.media("b").folder


async def test_t_84_a_page_begins_after_any_number_of_rows_in_every_order(data: DataStore) -> None:
    words = ["b", None, "a", None, "ab", ""]

    def fill(db: Any) -> None:
        table = catalog.add_table(db, "w", "words")
        column = catalog.add_column(db, "w", table.id, "word", "string")
        rows.add(db, catalog.read(db, "w").table(table.id), [{column.id: word} for word in words])

    await data.homes.write("w", fill)
    [table] = (await schema_of(data, "w")).tables.values()

    async def read(ascending: bool | None, skip: int, limit: int) -> list[int]:
        order = [] if ascending is None else [("word", ascending)]
        page = await data.homes.read(
            "w", lambda db: rows.page(db, table, [], order, None, limit, table.columns, skip=skip)
        )
        return [row_id for row_id, _ in page.rows]

    for ascending in (None, True, False):
        whole = await read(ascending, 0, 100)
        assert len(whole) == len(words)
        for skip in range(len(words) + 2):
            assert await read(ascending, skip, 2) == whole[skip : skip + 2], (ascending, skip)
