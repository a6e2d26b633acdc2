"""Rows of a table as their owner reads and changes them over the JSON API, several at once; who may is asked here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from widget_site.errors import ConflictError, NotFoundError
from widget_site.store.data import catalog, labels, rows
from widget_site.store.data.editing import Editing
from widget_site.store.data.queries import Query
from widget_site.store.data.revisions import RowChangedError, require_unchanged
from widget_site.store.data.values import Schema, Stored, TableInfo

#: Reads values as they came into what is kept.
Reader = Callable[[TableInfo, dict[str, Any]], Stored]


@dataclass(frozen=True)
class Change:
    """New values of a row's cells."""

    id: int
    values: dict[str, Any]
    #: As the row had it when it was read; None changes the cells whatever they hold.
    revision: str | None = None


@dataclass(frozen=True)
class Changes:
    """What is done at once: all of it, or nothing."""

    add: Sequence[dict[str, Any]] = ()
    change: Sequence[Change] = ()
    delete: Sequence[int] = ()


@dataclass
class Read:
    """Rows that were read, and what it takes to show them."""

    schema: Schema
    table: TableInfo
    rows: list[tuple[int, Stored]]
    #: Labels of rows that they link to: by table id, by row id.
    labels: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    cursor: list[Any] | None = None
    total: int = 0


class RowEditing(Editing):
    """The rows of one widget's tables, for its owner."""

    async def page(
        self,
        table: str,
        wanted: Callable[[TableInfo], Sequence[Query]],
        order: Sequence[tuple[str, bool]],
        cursor: list[Any] | None,
        limit: int,
        *,
        skip: int = 0,
    ) -> Read:
        """Return a page of the rows that match, and how many do."""

        def work(db: Connection) -> Read:
            schema = catalog.read(db, self.widget_id)
            info = self.table(db, table)
            asked = wanted(info)
            page = rows.page(db, info, asked, order, cursor, limit, info.columns, skip=skip)
            shown = labels.linked(db, schema, info, page.rows)
            return Read(schema, info, page.rows, shown, page.cursor, rows.count(db, info, asked))

        return await self.read(work)

    async def row(self, table: str, row_id: int) -> Read:
        """Return one row; NotFoundError."""

        def work(db: Connection) -> Read:
            return self._read(db, self.table(db, table), [row_id])

        return await self.read(work)

    async def choices(self, table: str, words: str, limit: int) -> tuple[list[tuple[int, str]], int]:
        """Return rows whose label has the words, with their labels, and how many there are in all."""

        def work(db: Connection) -> tuple[list[tuple[int, str]], int]:
            info = self.table(db, table)
            return labels.choices(db, info, words, limit)

        return await self.read(work)

    async def change(self, table: str, changes: Changes, reader: Reader) -> tuple[Read, Read]:
        """Do changes; return the rows that were added and those that were changed.

        ConflictError when a cell was changed since it was read: nothing is done, and ``details`` name row and columns.
        """
        await self.require_room(
            len(changes.add), sum(map(_size, (*changes.add, *(one.values for one in changes.change))))
        )

        def work(db: Connection) -> tuple[Read, Read]:
            info = self.table(db, table)
            for one in changes.change:
                _change(db, info, one, reader)
            found = rows.by_ids(db, info, list(changes.delete), [])
            if missing := set(changes.delete) - set(found):
                raise NotFoundError(no_row(info, min(missing)))
            rows.remove_ids(db, info, list(changes.delete))
            added = rows.add(db, info, [reader(info, values) for values in changes.add])
            return self._read(db, info, added), self._read(db, info, [one.id for one in changes.change])

        try:
            return await self.write(work)
        except RowChangedError as error:
            details = {"row": error.row_id, "columns": error.columns}
            raise ConflictError(f"{error}.", details=details) from error

    def _read(self, db: Connection, info: TableInfo, ids: Iterable[int]) -> Read:
        wanted = list(dict.fromkeys(ids))
        found = rows.by_ids(db, info, wanted, info.columns)
        if missing := [one for one in wanted if one not in found]:
            raise NotFoundError(no_row(info, missing[0]))
        made = [(one, found[one]) for one in wanted]
        schema = catalog.read(db, self.widget_id)
        return Read(schema, info, made, labels.linked(db, schema, info, made))


def _change(db: Connection, info: TableInfo, one: Change, reader: Reader) -> None:
    before = rows.by_ids(db, info, [one.id], info.columns).get(one.id)
    if before is None:
        raise NotFoundError(no_row(info, one.id))
    values = reader(info, one.values)
    if one.revision is not None:
        require_unchanged(one.id, [column for column in info.columns if column.id in values], before, one.revision)
    rows.change(db, info, one.id, values)


def _size(values: dict[str, Any]) -> int:
    return rows.ROW_BYTES + sum(len(value) if isinstance(value, str) else 8 for value in values.values())


def no_row(info: TableInfo, row_id: int) -> str:
    """Return what is said of a row that is not there."""
    return f"Table {info.name!r} has no row {row_id}."
