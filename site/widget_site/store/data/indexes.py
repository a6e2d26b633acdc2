"""Indexes that owners put on columns (T-14): ``trigram`` for like and ilike, ``full_text`` for full_text_match.

They stand beside the B-tree that every column with an order has. An index only says which rows may match, what is
asked decides: results are the same with it and without. Postgres has GIN indexes of its own (``pg_trgm``;
``to_tsvector``). On SQLite each is an FTS5 table of folded text in trigrams, or of stems, which triggers of the
column's table keep up to date; ``narrowing`` asks it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, text
from sqlalchemy.exc import DBAPIError

from widget_site.store.data import full_text
from widget_site.store.data.catalog_tables import indexes
from widget_site.store.data.sql_types import column_name, table_name
from widget_site.store.data.values import INDEXED_TYPES, ColumnInfo, DataError, TableInfo

_NO_TRIGRAMS = (
    "This site's Postgres has no trigram indexes: whoever runs it gives them to it with CREATE EXTENSION pg_trgm"
)
#: Of SQLite: the function that makes of a cell what FTS5 splits (``sqlite_functions``), and how that splits it.
_FTS5 = {"trigram": ("data_folded", "trigram case_sensitive 1"), "full_text": ("data_stems", "ascii")}


def index_name(column: ColumnInfo, kind: str) -> str:
    """Return what a column's index is called in the database."""
    return f"data_{kind}_i{int(column.id)}"


def fitting(kind: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return those of these indexes that a column of this type can have."""
    return tuple(one for one in INDEXED_TYPES if one in wanted and kind in INDEXED_TYPES[one])


def check(name: str, kind: str, wanted: Sequence[str]) -> None:
    """Raise DataError for an index that a column of this type can't have."""
    for one in wanted:
        if one not in INDEXED_TYPES:
            raise DataError(f"An index can't be a {str(one)[:30]!r}; the kinds are {', '.join(INDEXED_TYPES)}")
        if kind not in INDEXED_TYPES[one]:
            raise DataError(f"Column '{name}' is a {kind}: it can't have a {one} index")


def put(db: Connection, info: TableInfo, column: ColumnInfo, wanted: Sequence[str]) -> None:
    """Give a column just these indexes; DataError for one that it can't have."""
    check(column.name, column.type, wanted)
    for kind in column.indexes:
        if kind not in wanted:
            drop(db, column, [kind])
    for kind in dict.fromkeys(wanted):
        if kind not in column.indexes:
            make = _make_fts5 if db.dialect.name == "sqlite" else _make_gin
            make(db, info, column, kind)
            db.execute(insert(indexes).values(column_id=column.id, kind=kind))


def drop(db: Connection, column: ColumnInfo, kinds: Sequence[str]) -> None:
    """Take indexes from a column, before it goes itself, too."""
    for kind in kinds:
        name = index_name(column, kind)
        if db.dialect.name == "sqlite":
            for event in ("add", "change", "remove"):
                db.execute(text(f"DROP TRIGGER IF EXISTS {name}_{event}"))
            db.execute(text(f"DROP TABLE IF EXISTS {name}"))
        else:
            db.execute(text(f"DROP INDEX IF EXISTS {name}"))
        db.execute(delete(indexes).where(indexes.c.column_id == column.id, indexes.c.kind == kind))


def _make_fts5(db: Connection, info: TableInfo, column: ColumnInfo, kind: str) -> None:
    name, table, cell = index_name(column, kind), table_name(info), column_name(column)
    function, tokenizer = _FTS5[kind]
    # Names and numbers of ours alone are in these.
    add = f"INSERT INTO {name} (rowid, words) SELECT new.id, {function}(new.{cell}) WHERE new.{cell} IS NOT NULL"
    remove = f"DELETE FROM {name} WHERE rowid = old.id"  # noqa: S608
    for statement in (
        f"CREATE VIRTUAL TABLE {name} USING fts5(words, detail=none, columnsize=0, tokenize='{tokenizer}')",
        f"INSERT INTO {name} (rowid, words) SELECT id, {function}({cell}) FROM {table} WHERE {cell} IS NOT NULL",  # noqa: S608
        f"CREATE TRIGGER {name}_add AFTER INSERT ON {table} BEGIN {add}; END",
        f"CREATE TRIGGER {name}_change AFTER UPDATE OF {cell} ON {table} BEGIN {remove}; {add}; END",
        f"CREATE TRIGGER {name}_remove AFTER DELETE ON {table} BEGIN {remove}; END",
    ):
        db.execute(text(statement))


def _make_gin(db: Connection, info: TableInfo, column: ColumnInfo, kind: str) -> None:
    cell = column_name(column)
    if kind == "trigram":
        _require_trigrams(db)
        key = f'{cell} COLLATE "default" gin_trgm_ops'
    else:
        key = full_text.vector_sql(cell)
    db.exec_driver_sql(f"CREATE INDEX {index_name(column, kind)} ON {table_name(info)} USING gin ({key})")


def _require_trigrams(db: Connection) -> None:
    there = text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
    if db.scalar(there):
        return
    try:
        with db.begin_nested():
            db.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError as error:
        # Or somebody else was making it just now.
        if not db.scalar(there):
            raise DataError(_NO_TRIGRAMS) from error
