"""A column that gets another type: what becomes of its values, before it is done and while it is. T-81.

The column is made anew and takes the name and place of the old one. A value that the new type can't hold is lost, so it
is counted and shown first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, text, update

from widget_site.store.data import catalog, indexes, rows
from widget_site.store.data.sql_types import column_name, sql_table, table_name
from widget_site.store.data.texts import converted, to_text
from widget_site.store.data.values import ColumnInfo, DataError, NoSuchColumnError, TableInfo

_AT_ONCE = 1000
EXAMPLES = 20


@dataclass
class Retyped:
    """What becomes of the values of a column."""

    kept: int = 0
    lost: int = 0
    #: Of those that are lost, the first: row id and the value as text.
    examples: list[tuple[int, str]] = field(default_factory=list)


def retype(
    db: Connection,
    widget_id: str,
    table_id: int,
    name: str,
    kind: str,
    target_id: int | None,
    *,
    may_lose: int | None = None,
) -> Retyped:
    """Give a column another type; DataError when it can't be one, or when more values are lost than ``may_lose``."""
    table = catalog.read(db, widget_id).table(table_id)
    old = table.column(name)
    place = [column.name for column in table.columns]
    new = catalog.add_column(
        db,
        widget_id,
        table_id,
        _free_name(table),
        kind,
        target_id=target_id,
        client_hidden=old.client_hidden,
        index=indexes.fitting(kind, old.indexes),
    )
    made = _convert(db, catalog.read(db, widget_id).table(table_id), old, new)
    if may_lose is not None and made.lost > may_lose:
        raise DataError(f"{made.lost:,} values of column '{name}' can't be kept as {kind}: look at them first")
    catalog.drop_column(db, widget_id, table_id, name)
    catalog.change_column(db, widget_id, table_id, new.name, new_name=name)
    catalog.order_columns(db, widget_id, table_id, place)
    return made


def preview(db: Connection, table: TableInfo, name: str, kind: str, target_id: int | None) -> Retyped:
    """Return what would become of the values; nothing is changed."""
    made = Retyped()
    old = table.column(name)
    new = ColumnInfo(old.id, name, kind, target_id)
    for _ in _values(db, table, old, new, made):
        pass
    return made


def _convert(db: Connection, table: TableInfo, old: ColumnInfo, new: ColumnInfo) -> Retyped:
    made = Retyped()
    target = sql_table(table)
    change = update(target).where(target.c.id == bindparam("row")).values({column_name(new): bindparam("value")})
    for values in _values(db, table, old, new, made):
        if values:
            db.execute(change, [{"row": row_id, "value": value} for row_id, value in values])
    _weigh(db, table, old, new)
    return made


def _values(
    db: Connection, table: TableInfo, old: ColumnInfo, new: ColumnInfo, made: Retyped
) -> Iterator[Sequence[tuple[int, Any]]]:
    """Yield what is kept, some rows at a time, and count it in ``made``."""
    cursor: list[Any] | None = None
    while True:
        page = rows.page(db, table, [["none", ["null", old.name]]], [], cursor, _AT_ONCE, [old])
        kept = []
        for row_id, row in page.rows:
            value = _value(old, new, row[old.id])
            if value is not None:
                kept.append((row_id, value))
            else:
                made.lost += 1
                if len(made.examples) < EXAMPLES:
                    made.examples.append((row_id, to_text(old, row[old.id])[:100]))
        made.kept += len(kept)
        yield kept
        cursor = page.cursor
        if cursor is None:
            return


def _value(old: ColumnInfo, new: ColumnInfo, stored: Any) -> Any:
    if old.is_link and new.is_link and old.target_id != new.target_id:
        return None  # ids of one table mean nothing in another one
    if old.type == new.type:
        return stored
    return converted(old, stored, new.type)


def _weigh(db: Connection, table: TableInfo, old: ColumnInfo, new: ColumnInfo) -> None:
    """Count what rows weigh anew: texts by their bytes, media with their content, anything else eight."""
    name = table_name(table)
    for sign, column in (("-", old), ("+", new)):
        weight = _weight(db, column)
        db.execute(
            text(
                f"UPDATE {name} SET size_bytes = size_bytes {sign} {weight} WHERE {column_name(column)} IS NOT NULL"  # noqa: S608  # ids
            )
        )


def _weight(db: Connection, column: ColumnInfo) -> str:
    cell = column_name(column)
    if column.type not in ("string", "date", "simpleObject", "media", "link_multiple"):
        return "8"
    is_sqlite = db.dialect.name == "sqlite"
    size = f"length(CAST({cell} AS BLOB))" if is_sqlite else f"octet_length({cell})"
    if column.type != "media":
        return size
    content = f"json_extract({cell}, '$.length')" if is_sqlite else f"({cell}::json->>'length')::bigint"
    return f"({size} + {content})"


def _free_name(table: TableInfo) -> str:
    """Return a name that no column has; it lasts for this transaction."""
    for number in range(1000):
        try:
            table.column(f"retyped {number}")
        except NoSuchColumnError:
            return f"retyped {number}"
    raise DataError("A table has at most 1000 columns")
