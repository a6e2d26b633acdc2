"""Rows of a table: reading pages of them, writing them. Plain functions of a Connection.

Ordering is by value, texts by code point; empty cells come last, or first when it is descending; the row id decides
between equals. A page goes on after the values of the last row (keyset), so that the hundredth page costs what the
first does.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, or_, select, text, update
from sqlalchemy.sql.expression import TableClause

from widget_site.store.data import queries
from widget_site.store.data.queries import Query
from widget_site.store.data.sql_types import INDEXED_CHARS, column_name, sql_table, table_name
from widget_site.store.data.values import ORDERED, ColumnInfo, DataError, NoSuchColumnError, Stored, TableInfo

#: Column name and whether it ascends.
Order = Sequence[tuple[str, bool]]
#: Ids in one statement: SQLite takes 32,766 variables.
_AT_ONCE = 5000
#: Bytes that a row counts beside its values.
ROW_BYTES = 32


@dataclass(frozen=True)
class RowPage:
    """Some rows of a search."""

    #: Row id and values, in order.
    rows: list[tuple[int, Stored]]
    #: Where the next page begins (plain JSON); None when there is none.
    cursor: list[Any] | None


def page(
    db: Connection,
    info: TableInfo,
    wanted: Sequence[Query],
    order: Order,
    cursor: list[Any] | None,
    limit: int,
    columns: Sequence[ColumnInfo],
    *,
    skip: int = 0,
) -> RowPage:
    """Return the next ``limit`` rows for which every query of ``wanted`` is true, after ``skip`` that are not read."""
    table = sql_table(info)
    keys = [(_ordered(info, name), ascending) for name, ascending in order]
    read = list({column.id: column for column in (*columns, *(column for column, _ in keys))}.values())
    selected = select(table.c.id, *(table.c[column_name(column)] for column in read)).where(
        *(queries.condition(db, info, table, query) for query in wanted)
    )
    found: list[Any] = []
    for where, by in _phases(db, table, keys, _cursor(keys, cursor)):
        walk = selected.where(*where)
        made = list(db.execute(walk.order_by(*by).limit(limit + 1 - len(found)).offset(skip)))
        if skip:
            # What this walk lacks is skipped in the next one.
            walked = skip if made else db.scalar(select(func.count()).select_from(walk.subquery())) or 0
            skip -= walked
        found += made
        if len(found) > limit:
            break
    rows = [(row[0], {column.id: value for column, value in zip(read, row[1:], strict=True)}) for row in found]
    if len(rows) <= limit:
        return RowPage(rows, None)
    last_id, last = rows[limit - 1]
    return RowPage(rows[:limit], [*(queries.written(column, last[column.id]) for column, _ in keys), last_id])


def by_ids(
    db: Connection, info: TableInfo, ids: Sequence[int], columns: Sequence[ColumnInfo], wanted: Sequence[Query] = ()
) -> dict[int, Stored]:
    """Return those of these rows that are there and match ``wanted``."""
    table = sql_table(info)
    selected = select(table.c.id, *(table.c[column_name(column)] for column in columns)).where(
        *(queries.condition(db, info, table, query) for query in wanted)
    )
    found: dict[int, Stored] = {}
    for start in range(0, len(ids), _AT_ONCE):
        for row in db.execute(selected.where(table.c.id.in_(ids[start : start + _AT_ONCE]))):
            found[row[0]] = {column.id: value for column, value in zip(columns, row[1:], strict=True)}
    return found


def everything(db: Connection, info: TableInfo, wanted: Sequence[Query], order: Order) -> Iterator[tuple[int, Stored]]:
    """Yield all rows that match, page by page."""
    cursor: list[Any] | None = None
    while True:
        made = page(db, info, wanted, order, cursor, 1000, info.columns)
        yield from made.rows
        cursor = made.cursor
        if cursor is None:
            return


def count(db: Connection, info: TableInfo, wanted: Sequence[Query] = ()) -> int:
    """Count the rows that match."""
    table = sql_table(info)
    where = (queries.condition(db, info, table, query) for query in wanted)
    return db.scalar(select(func.count()).select_from(table).where(*where)) or 0


def size(db: Connection, info: TableInfo) -> tuple[int, int]:
    """Return how many rows a table has, and their bytes, those of media once for each cell."""
    table = sql_table(info)
    row = db.execute(select(func.count(), func.coalesce(func.sum(table.c.size_bytes), 0)).select_from(table)).one()
    return int(row[0]), int(row[1])


def add(db: Connection, info: TableInfo, rows: Sequence[Stored]) -> list[int]:
    """Add rows; return their ids in order."""
    if not rows:
        return []
    ids = _new_ids(db, info, len(rows))
    table = sql_table(info)
    made = [
        {"id": row_id, "size_bytes": bytes_of(info, row)}
        | {column_name(column): row.get(column.id) for column in info.columns}
        for row_id, row in zip(ids, rows, strict=True)
    ]
    db.execute(insert(table), made)
    return ids


def change(db: Connection, info: TableInfo, row_id: int, values: Stored) -> bool:
    """Set some cells of a row; False when the row is gone."""
    table = sql_table(info)
    before = by_ids(db, info, [row_id], info.columns).get(row_id)
    if before is None:
        return False
    changed = {column_name(column): values[column.id] for column in info.columns if column.id in values}
    changed["size_bytes"] = bytes_of(info, {**before, **values})
    return bool(db.execute(update(table).where(table.c.id == row_id).values(changed)).rowcount)


def remove(db: Connection, info: TableInfo, wanted: Sequence[Query]) -> int:
    """Delete the rows that match; return how many."""
    table = sql_table(info)
    where = [queries.condition(db, info, table, query) for query in wanted]
    return db.execute(delete(table).where(*where)).rowcount


def remove_ids(db: Connection, info: TableInfo, ids: Sequence[int]) -> None:
    """Delete rows; those that are gone don't matter."""
    table = sql_table(info)
    for start in range(0, len(ids), _AT_ONCE):
        db.execute(delete(table).where(table.c.id.in_(ids[start : start + _AT_ONCE])))


def bytes_of(info: TableInfo, row: Mapping[int, Any]) -> int:
    """Return what a row counts: its texts, eight bytes for any other value, and the content of its media."""
    total = ROW_BYTES
    for column in info.columns:
        value = row.get(column.id)
        if isinstance(value, str):
            total += len(value.encode())
            if column.type == "media":
                total += media_bytes(value)
        elif value is not None:
            total += 8
    return total


def media_bytes(cell: str) -> int:
    """Return the bytes of content that a media cell names."""
    return int(json.loads(cell)["length"])


# --- order ---


def _ordered(info: TableInfo, name: str) -> ColumnInfo:
    try:
        column = info.column(name)
    except NoSuchColumnError:
        raise DataError(f'Cannot sort by nonexistent column "{str(name)[:100]}"') from None
    if column.type not in ORDERED:
        raise DataError(f"Cannot sort by column '{name}': values of type {column.type} have no order")
    return column


_Keys = Sequence[tuple[ColumnInfo, bool]]
_After = tuple[list[Any], int]


def _cursor(keys: _Keys, cursor: list[Any] | None) -> _After | None:
    if cursor is None:
        return None
    is_list = isinstance(cursor, list) and len(cursor) == len(keys) + 1
    if not is_list or not isinstance(cursor[-1], int) or not 0 < cursor[-1] < 2**63:
        raise DataError("This search is not in order")
    return [queries.read_back(column, value) for (column, _), value in zip(keys, cursor, strict=False)], cursor[-1]


def _phases(
    db: Connection, table: TableClause, keys: _Keys, after: _After | None
) -> Iterator[tuple[list[ColumnElement[bool]], list[Any]]]:
    """Yield conditions and order of each walk: rows with a value in the first column apart from those without.

    So each walk follows that column's index, which neither database does for both at once.
    """
    if not keys:
        yield ([table.c.id > after[1]] if after else []), [table.c.id]
        return
    column, ascending = keys[0]
    cell: Any = table.c[column_name(column)]
    for is_empty in (False, True) if ascending else (True, False):
        is_at_cursor = after is not None and (after[0][0] is None) == is_empty
        if after is not None and not is_at_cursor and is_empty != ascending:
            continue  # it is behind us
        used = keys[1:] if is_empty else keys
        where: list[Any] = [cell.is_(None) if is_empty else cell.is_not(None)]
        if after is not None and is_at_cursor:
            values = after[0][1:] if is_empty else after[0]
            where.append(_after(table, used, values, after[1]))
            if not is_empty:
                where.append(_from(db, column, cell, ascending, after[0][0]))
        by = [] if is_empty else _by(db, column, cell, ascending)
        for other, upwards in keys[1:]:
            other_cell: Any = table.c[column_name(other)]
            by.append(other_cell.asc().nulls_last() if upwards else other_cell.desc().nulls_first())
        yield where, [*by, table.c.id]


def _by(db: Connection, column: ColumnInfo, cell: Any, ascending: bool) -> list[Any]:
    cells = [func.left(cell, INDEXED_CHARS), cell] if _is_cut(db, column) else [cell]
    return [one.asc() if ascending else one.desc() for one in cells]


def _from(db: Connection, column: ColumnInfo, cell: Any, ascending: bool, value: Any) -> ColumnElement[bool]:
    """Say it once more, in a form that an index is used for."""
    if _is_cut(db, column):
        cell, value = func.left(cell, INDEXED_CHARS), value[:INDEXED_CHARS]
    return cell >= value if ascending else cell <= value  # type: ignore[no-any-return]


def _is_cut(db: Connection, column: ColumnInfo) -> bool:
    return column.type == "string" and db.dialect.name != "sqlite"


def _after(table: TableClause, keys: _Keys, values: Sequence[Any], row_id: int) -> ColumnElement[bool]:
    equal: list[Any] = []
    either: list[Any] = []
    for (column, ascending), value in zip(keys, values, strict=True):
        cell: Any = table.c[column_name(column)]
        if value is None:
            beyond = literal(1) == 0 if ascending else cell.is_not(None)
        else:
            beyond = or_(cell > value, cell.is_(None)) if ascending else cell < value
        either.append(and_(*equal, beyond))
        equal.append(cell.is_(None) if value is None else cell == value)
    either.append(and_(*equal, table.c.id > row_id))
    return or_(*either)


def _new_ids(db: Connection, info: TableInfo, number: int) -> list[int]:
    if db.dialect.name == "sqlite":
        where = f"{info.attached or 'main'}.sqlite_sequence"
        last = db.scalar(text(f"SELECT seq FROM {where} WHERE name = :name"), {"name": table_name(info)}) or 0  # noqa: S608  # ours
        return list(range(last + 1, last + number + 1))
    asked = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :number)")
    return sorted(db.scalars(asked, {"name": table_name(info), "number": number}))
