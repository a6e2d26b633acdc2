"""Tables of one widget that others of its owner use (T-16): same rows, a name and permissions of each one's own.

A table lives in the home of one widget. Another one *mounts* it: it has a row of ``data_table`` with an id, a name and
permissions of its own, and one of ``data_mount`` that says where the table is. In the home a row of ``data_share`` must
say so, too: without it a mount is nothing, so one write there ends its use. Of a mounted table those links are seen
whose target is mounted as well.

On SQLite the home is another file. It is attached to the connection when a widget's tables are read, inside the
transaction, and detached after it (``detach``). Each file is one moment, and is written whole or not at all;
``confirm`` makes sure at the end that all of them still are of one moment.
"""

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, insert, null, select
from sqlalchemy.exc import OperationalError

from widget_site.store.data import catalog_tables
from widget_site.store.data.values import ColumnInfo, DataBusyError, DataError, TableInfo

#: Other widgets whose tables one may use: SQLite attaches ten files.
MAX_HOMES = 8
_ATTACHED = "widgetry_attached"
_BUSY_MS = 300
#: The version of SQLite's homes that has ``data_index``.
_INDEXES_SINCE = 3


@dataclass(frozen=True)
class _Catalog:
    """The catalog of a home, as this connection sees it."""

    attached: str | None
    tables: Table
    columns: Table
    shares: Table
    #: None in a home that an earlier version of Widgetry wrote last: none of its columns has an index then.
    indexes: Table | None


def tables_of(db: Connection, widget_id: str) -> Mapping[int, TableInfo]:
    """Return the tables that a widget uses, by its own ids for them."""
    found, mounted = _listed(db, _catalog(None), widget_id)
    known = {(home_id, source_id): table_id for table_id, (home_id, source_id) in mounted.items()}
    for home_id in sorted({home_id for home_id, _ in mounted.values()}):
        there = _shared(db, home_id, widget_id)
        ids = {source_id: table_id for (home, source_id), table_id in known.items() if home == home_id}
        for source_id, table_id in ids.items():
            if source_id not in there:
                del found[table_id]
                continue
            source = there[source_id]
            shown = tuple(one for one in (_translated(column, ids) for column in source.columns) if one is not None)
            found[table_id] = replace(
                found[table_id], columns=shown, home_id=home_id, source_id=source_id, attached=source.attached
            )
    return {table_id: _with_targets(table, found) for table_id, table in found.items()} if mounted else found


def own_tables(db: Connection, widget_id: str) -> Mapping[int, TableInfo]:
    """Return the tables that live in a widget's home."""
    found, mounted = _listed(db, _catalog(None), widget_id)
    return {table_id: table for table_id, table in found.items() if table_id not in mounted}


def share(db: Connection, table_id: int, widget_id: str) -> None:
    """Let another widget mount a table that lives here."""
    shares = catalog_tables.shares
    is_there = (shares.c.table_id == table_id) & (shares.c.widget_id == widget_id)
    if db.scalar(select(shares.c.table_id).where(is_there)) is None:
        db.execute(insert(shares).values(table_id=table_id, widget_id=widget_id))


def unshare(db: Connection, table_id: int, widget_id: str) -> bool:
    """End the use of a table by another widget, from now on; False when there was none."""
    shares = catalog_tables.shares
    gone = delete(shares).where(shares.c.table_id == table_id, shares.c.widget_id == widget_id)
    return bool(db.execute(gone).rowcount)


def users_of(db: Connection, widget_id: str) -> Mapping[int, list[str]]:
    """Return the ids of the widgets that may use the tables which live here, by table."""
    shares = catalog_tables.shares
    made: dict[int, list[str]] = {}
    own = own_tables(db, widget_id)
    for row in db.execute(select(shares).where(shares.c.table_id.in_(own)).order_by(shares.c.widget_id)):
        made.setdefault(row.table_id, []).append(row.widget_id)
    return made


def mount(db: Connection, widget_id: str, home_id: str, source_id: int, about: Mapping[str, str]) -> int:
    """Give a widget a table that lives in another one; return its id here. DataError.

    ``about``: name, title and permissions here, looked at already.
    """
    mounts = catalog_tables.mounts
    homes = {home for home, _ in _mounts(db, widget_id).values()} | {home_id}
    if len(homes) > MAX_HOMES:
        raise DataError(f"A widget uses tables of at most {MAX_HOMES} others")
    if (home_id, source_id) in _mounts(db, widget_id).values():
        raise DataError("That widget has this table already")
    made = insert(catalog_tables.tables).values(widget_id=widget_id, **about).returning(catalog_tables.tables.c.id)
    table_id = int(db.execute(made).scalar_one())
    db.execute(insert(mounts).values(id=table_id, home_id=home_id, source_id=source_id))
    return table_id


def lost(db: Connection, widget_id: str) -> set[int]:
    """Return the ids of mounts that are worth nothing any more: their home is gone, or shares the table no longer."""
    return set(_mounts(db, widget_id)) - set(tables_of(db, widget_id))


def detach(db: Connection) -> None:
    """Let go of other homes, after a transaction."""
    attached = db.info.pop(_ATTACHED, None)
    if attached:
        for name in attached.values():
            db.exec_driver_sql(f"DETACH {name}")
        db.exec_driver_sql(f"PRAGMA busy_timeout={db.info['widgetry_busy_ms']}")


def is_attached(db: Connection) -> bool:
    """Tell whether other homes are attached to a connection, on SQLite."""
    return bool(db.info.get(_ATTACHED))


def confirm(db: Connection) -> None:
    """Before a commit in which other homes have a part: raise SQLite's error when one was written to since."""
    attached = db.info.get(_ATTACHED)
    for name in ("main", *attached.values()) if attached else ():
        db.exec_driver_sql(f"UPDATE {name}.data_home SET auto_create = auto_create WHERE 0")  # noqa: S608  # ours


def _listed(
    db: Connection, catalog: _Catalog, widget_id: str
) -> tuple[dict[int, TableInfo], Mapping[int, tuple[str, int]]]:
    tables, columns = catalog.tables, catalog.columns
    mine = tables.c.widget_id == widget_id
    found: dict[int, list[ColumnInfo]] = {}
    query = select(columns, *_kinds(catalog)).join(tables, tables.c.id == columns.c.table_id).where(mine)
    if catalog.indexes is not None:
        query = query.outerjoin(catalog.indexes, catalog.indexes.c.column_id == columns.c.id)
    walk = db.execute(query.order_by(columns.c.position, columns.c.id))
    for _, group in itertools.groupby(walk, lambda row: row.id):
        row, *more = group
        kinds = tuple(sorted(one.kind for one in (row, *more) if one.kind is not None))
        info = ColumnInfo(row.id, row.name, row.type, row.target_id, bool(row.client_hidden), kinds)
        found.setdefault(row.table_id, []).append(info)
    made = {}
    for row in db.execute(select(tables).where(mine).order_by(tables.c.id)):
        about = (row.id, row.name, row.title, row.client, row.server)
        made[row.id] = TableInfo(*about, tuple(found.get(row.id, ())), attached=catalog.attached)
    return made, _mounts(db, widget_id) if catalog.attached is None else {}


def _kinds(catalog: _Catalog) -> list[Any]:
    return [null().label("kind") if catalog.indexes is None else catalog.indexes.c.kind]


def _mounts(db: Connection, widget_id: str) -> Mapping[int, tuple[str, int]]:
    tables, mounts = catalog_tables.tables, catalog_tables.mounts
    query = select(mounts).join(tables, tables.c.id == mounts.c.id).where(tables.c.widget_id == widget_id)
    return {row.id: (row.home_id, row.source_id) for row in db.execute(query)}


def _shared(db: Connection, home_id: str, widget_id: str) -> Mapping[int, TableInfo]:
    """Return the tables of a home that a widget may use, by their ids there."""
    catalog = _catalog_of(db, home_id)
    if catalog is None:
        return {}
    allowed = set(db.scalars(select(catalog.shares.c.table_id).where(catalog.shares.c.widget_id == widget_id)))
    found, _ = _listed(db, catalog, home_id)
    return {table_id: table for table_id, table in found.items() if table_id in allowed}


def _translated(column: ColumnInfo, ids: Mapping[int, int]) -> ColumnInfo | None:
    if column.target_id is None:
        return column
    return replace(column, target_id=ids[column.target_id]) if column.target_id in ids else None


def _with_targets(table: TableInfo, found: Mapping[int, TableInfo]) -> TableInfo:
    seen = tuple(one for one in table.columns if one.target_id is None or one.target_id in found)
    return table if len(seen) == len(table.columns) else replace(table, columns=seen)


def _catalog_of(db: Connection, home_id: str) -> _Catalog | None:
    if db.dialect.name != "sqlite":
        return _catalog(None)
    attached: dict[str, str] = db.info.setdefault(_ATTACHED, {})
    if home_id not in attached:
        main = next(Path(row[2]) for row in db.exec_driver_sql("PRAGMA database_list") if row[1] == "main")
        path = main.parent.parent / home_id / main.name
        if not path.exists():
            return None
        if not attached:
            [(db.info["widgetry_busy_ms"],)] = db.exec_driver_sql("PRAGMA busy_timeout").fetchall()
            # Who waits for another home waits outside of the thread.
            db.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_MS}")
        name = f"home{len(attached)}"
        try:
            db.exec_driver_sql(f"ATTACH ? AS {name}", (str(path),))
        except OperationalError as error:
            raise DataBusyError("The widget that a shared table lives in can't be read now") from error
        attached[home_id] = name
    [(version,)] = db.exec_driver_sql(f"PRAGMA {attached[home_id]}.user_version").fetchall()
    return _catalog(attached[home_id], has_indexes=version >= _INDEXES_SINCE)


@functools.lru_cache(2 * MAX_HOMES + 2)
def _catalog(attached: str | None, *, has_indexes: bool = True) -> _Catalog:
    every: Any = (catalog_tables.tables, catalog_tables.columns, catalog_tables.shares, catalog_tables.indexes)
    if attached is not None:
        metadata = MetaData()
        every = tuple(one.to_metadata(metadata, schema=attached) for one in every)
    tables, columns, shares, indexes = every
    return _Catalog(attached, tables, columns, shares, indexes if has_indexes else None)
