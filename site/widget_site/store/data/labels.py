"""Labels: what stands for a row where another one links to it, the first column that says something as text."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from widget_site.store.data import queries, rows
from widget_site.store.data.queries import Query
from widget_site.store.data.texts import to_text
from widget_site.store.data.values import ColumnInfo, Schema, Stored, TableInfo, linked_ids

MAX_CHARS = 100
#: Of the first type that a table has a column of; simple objects, media and links say little.
_TELLING = ("string", "number", "date", "datetime", "bool")


def label_column(info: TableInfo) -> ColumnInfo | None:
    """Return the column that labels are of; None where the row's id must do."""
    for kind in _TELLING:
        for column in info.columns:
            if column.type == kind:
                return column
    return None


def linked(
    db: Connection, schema: Schema, info: TableInfo, read: Sequence[tuple[int, Stored]]
) -> Mapping[int, Mapping[int, str]]:
    """Return the labels of rows that these rows link to, by table and row; rows that are gone have none."""
    ids: dict[int, set[int]] = {}
    for column in info.columns:
        if column.target_id is not None:
            ids.setdefault(column.target_id, set()).update(
                one for _, stored in read for one in linked_ids(column, stored.get(column.id))
            )
    return {
        table_id: _labels(db, schema.tables[table_id], sorted(wanted))
        for table_id, wanted in ids.items()
        if table_id in schema.tables
    }


def choices(db: Connection, info: TableInfo, words: str, limit: int) -> tuple[list[tuple[int, str]], int]:
    """Return rows whose label has all words, by label, and how many there are; digits find a row by its id, too."""
    column = label_column(info)
    wanted: list[Query] = []
    if words and column is not None and column.type == "string":
        wanted = [queries.has_text(column, word) for word in words.split()[:8]]
    order = [] if column is None else [(column.name, True)]
    page = rows.page(db, info, wanted, order, None, limit, [] if column is None else [column])
    found = [(row_id, _label(column, row)) for row_id, row in page.rows]
    if words.isascii() and words.isdigit() and len(words) < 19:
        named = _labels(db, info, [int(words)])
        found = [*named.items(), *(one for one in found if one[0] not in named)][:limit]
    return found, rows.count(db, info, wanted)


def _labels(db: Connection, info: TableInfo, ids: Sequence[int]) -> dict[int, str]:
    column = label_column(info)
    found = rows.by_ids(db, info, ids, [] if column is None else [column])
    return {row_id: _label(column, row) for row_id, row in found.items()}


def _label(column: ColumnInfo | None, row: Stored) -> str:
    return "" if column is None else to_text(column, row.get(column.id))[:MAX_CHARS]
