"""CSV into and out of tables, for their owner over the JSON API; who may is asked here."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from widget_site.errors import BadRequestError
from widget_site.store.data import catalog, csv_import, csv_text, rows
from widget_site.store.data.csv_import import CellError, CellsWrongError, Looked, Progress
from widget_site.store.data.csv_text import CsvFile
from widget_site.store.data.editing import Editing, told
from widget_site.store.data.values import ColumnInfo, DataError, TableInfo

T = TypeVar("T")
_AT_ONCE = 1000


@dataclass(frozen=True)
class Imported:
    """What came in, or would."""

    table: str
    #: Columns of the file with the column and type each has; "" for one that is left out.
    columns: list[tuple[str, str, str]]
    rows: int
    errors: list[CellError] = field(default_factory=list)
    wrong: int = 0


class CsvEditing(Editing):
    """CSV of one widget's tables, for its owner."""

    async def new_table(
        self, path: Path, name: str, types: Sequence[str] | None, *, is_preview: bool, progress: Progress
    ) -> Imported:
        """Make a table of a file, whose types are guessed where they are not given."""
        file = await _opened(path)
        kinds = list(types) if types else await _looking(lambda: csv_import.guessed(file, progress))
        if len(kinds) != len(file.names):
            raise BadRequestError(f"The file has {len(file.names)} columns: name a type for each, or for none.")
        if not {*kinds} <= {"string", *csv_import.GUESSED}:
            raise BadRequestError(f"A column of CSV is one of string, {', '.join(csv_import.GUESSED)}.")
        columns = [
            ColumnInfo(place, one, kind) for place, (one, kind) in enumerate(zip(file.names, kinds, strict=True))
        ]
        looked = await self._looked(file, columns, is_preview=is_preview, progress=progress)
        said = [(one.name, one.name, one.type) for one in columns]
        if is_preview:
            return Imported(name, said, looked.rows, looked.errors, looked.wrong)

        def work(db: Connection) -> int:
            table = catalog.add_table(db, self.widget_id, name)
            made = [catalog.add_column(db, self.widget_id, table.id, one.name, one.type) for one in columns]
            schema = catalog.read(db, self.widget_id)
            return csv_import.write(db, schema.table(table.id), schema.table, file, made, progress)

        return Imported(name, said, await self.write(work))

    async def add_to(
        self, path: Path, table: str, names: Sequence[str | None] | None, *, is_preview: bool, progress: Progress
    ) -> Imported:
        """Add the rows of a file to a table; ``names`` has a column of it, or None, for each of the file."""
        file = await _opened(path)
        info = await self.read(lambda db: self.table(db, table))
        columns = _mapped(info, file.names, names)
        looked = await self._looked(file, columns, is_preview=is_preview, progress=progress)
        said = [
            (one, "" if column is None else column.name, "" if column is None else column.type)
            for one, column in zip(file.names, columns, strict=True)
        ]
        if is_preview:
            return Imported(table, said, looked.rows, looked.errors, looked.wrong)

        def work(db: Connection) -> int:
            schema, now = catalog.read(db, self.widget_id), self.table(db, table)
            if now.columns != info.columns:
                raise DataError(f"The columns of table '{table}' were changed in the meantime: try again")
            return csv_import.write(db, now, schema.table, file, columns, progress)

        return Imported(table, said, await self.write(work))

    async def lines(self, table: str, *, for_excel: bool) -> AsyncIterator[bytes]:
        """Return a table as CSV, page by page."""
        info = await self.read(lambda db: self.table(db, table))
        return self._lines(info, for_excel=for_excel)

    async def _lines(self, info: TableInfo, *, for_excel: bool) -> AsyncIterator[bytes]:
        yield csv_text.header(info.columns).encode()
        cursor: list[object] | None = None
        while True:

            def read(db: Connection, cursor: list[object] | None = cursor) -> rows.RowPage:
                return rows.page(db, info, [], [], cursor, _AT_ONCE, info.columns)

            page = await self.read(read)
            texts = (csv_text.line_of(info.columns, *row, for_excel=for_excel) for row in page.rows)
            yield "".join(texts).encode()
            cursor = page.cursor
            if cursor is None:
                return

    async def _looked(
        self, file: CsvFile, columns: Sequence[ColumnInfo | None], *, is_preview: bool, progress: Progress
    ) -> Looked:
        looked = await _looking(lambda: csv_import.look(file, columns, progress))
        if not is_preview:
            with told():
                if looked.wrong:
                    raise CellsWrongError(looked)
            await self.require_room(looked.rows, looked.size_bytes)
        return looked


async def _opened(path: Path) -> CsvFile:
    return await _looking(lambda: CsvFile(path))


async def _looking(work: Callable[[], T]) -> T:
    with told():
        return await asyncio.to_thread(work)


def _mapped(info: TableInfo, names: Sequence[str], wanted: Sequence[str | None] | None) -> list[ColumnInfo | None]:
    """Return the column of the table for each of the file: as wanted, or the one of the same name."""
    if wanted is not None and len(wanted) != len(names):
        raise BadRequestError(f"The file has {len(names)} columns: name one of the table, or null, for each of them.")
    known = {column.name: column for column in info.columns}
    if wanted is None:
        # The id that an export begins with is no value.
        wanted = [None if name == "ID" and name not in known else name for name in names]
    chosen = [name for name in wanted if name is not None]
    for name in chosen:
        if name not in known:
            raise BadRequestError(
                f"Table '{info.name}' has no column {name[:100]!r}. Say with `columns` where each of the file goes."
            )
        if chosen.count(name) > 1:
            raise BadRequestError(f"Two columns of the file go into {name[:100]!r}.")
    if not chosen:
        raise BadRequestError("No column of the file goes anywhere.")
    return [None if name is None else known[name] for name in wanted]
