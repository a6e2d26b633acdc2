"""Data Files (M-16): files of a widget that its code reads and writes with ``anvil.files``; who may is asked here.

They are rows of a Data Table of the name that the library asks for, so they share its quota, its backups, its
permissions and its fate when the widget is forked (the table without rows).
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from widget_model.files import FileError, check_path
from widget_site.errors import BadRequestError, ConflictError, NotFoundError
from widget_site.store.blobs import BlobError, blob_digest
from widget_site.store.data import catalog, rows
from widget_site.store.data.editing import Editing
from widget_site.store.data.values import DataError, Stored, TableInfo

TABLE = "files"
#: As the library has them.
COLUMNS = {"path": "string", "file": "media", "file_version": "string"}
MAX_FILES = 1000


@dataclass(frozen=True)
class DataFile:
    """One file; ``size_bytes`` is 0 for one that code never gave content."""

    path: str
    size_bytes: int
    content_type: str


class DataFiles(Editing):
    """The files of one widget, for its owner."""

    async def listed(self) -> list[DataFile]:
        """Return the files by path, the first MAX_FILES of them."""
        if not await self.data.homes.having([self.widget_id]):
            return []
        return await self.read(self._listed)

    async def get(self, path: str) -> tuple[DataFile, bytes]:
        """Return a file with its content; NotFoundError."""

        def work(db: Connection) -> tuple[DataFile, str]:
            info = self._table(db)
            found = [] if info is None else _found(db, info, path)
            if info is None or not found:
                raise _no_file(path)
            cell = found[0][1].get(info.column("file").id)
            return _shown(info, found[0][1]), "" if cell is None else json.loads(cell)["digest"]

        if not await self.data.homes.having([self.widget_id]):
            raise _no_file(path)
        file, digest = await self.read(work)
        try:
            return file, (await self.data.media(self.widget_id).get([digest]))[digest] if digest else b""
        except BlobError as error:
            raise NotFoundError("The content of this file is missing.") from error

    async def put(self, path: str, content: bytes, content_type: str) -> bool:
        """Keep a file; whether it is a new one. BadRequestError for what can't be a path, ConflictError for too many.

        Code that runs sees it within five seconds.
        """
        try:
            check_path(path)
        except FileError as error:
            raise BadRequestError(str(error)) from error
        await self.require_room(1, len(content) + rows.ROW_BYTES)
        # Before anything names it.
        await self.data.media(self.widget_id).put([content])
        name = path.rpartition("/")[2]
        kept = {"digest": blob_digest(content), "length": len(content), "type": content_type, "name": name}

        def work(db: Connection) -> bool:
            info = self._table(db) or self._make(db)
            values = {"path": path, "file": json.dumps(kept), "file_version": str(uuid.uuid4())}
            stored = {info.column(column).id: value for column, value in values.items()}
            found = _found(db, info, path)
            if found:
                rows.change(db, info, found[0][0], stored)
            elif rows.count(db, info) >= MAX_FILES:
                raise ConflictError(f"A widget has at most {MAX_FILES:,} data files.")
            else:
                rows.add(db, info, [stored])
            return not found

        return await self.write(work)

    async def remove(self, path: str) -> None:
        """Delete a file; NotFoundError."""

        def work(db: Connection) -> None:
            info = self._table(db)
            found = [] if info is None else _found(db, info, path)
            if info is None or not found:
                raise _no_file(path)
            rows.remove_ids(db, info, [row_id for row_id, _ in found])

        if not await self.data.homes.having([self.widget_id]):
            raise _no_file(path)
        await self.write(work)

    def _listed(self, db: Connection) -> list[DataFile]:
        info = self._table(db)
        if info is None:
            return []
        page = rows.page(db, info, [], [("path", True)], None, MAX_FILES, info.columns)
        return [_shown(info, stored) for _, stored in page.rows]

    def _table(self, db: Connection) -> TableInfo | None:
        """Return the table; None when there is none yet. DataError for one of the widget's own by that name."""
        tables = catalog.read(db, self.widget_id).tables.values()
        info = next((one for one in tables if one.name == TABLE), None)
        if info is not None and not COLUMNS.items() <= {column.name: column.type for column in info.columns}.items():
            raise DataError(
                f"The table '{TABLE}' of this widget is another one: data files need its name, with the columns "
                + ", ".join(f"{name} ({kind})" for name, kind in COLUMNS.items())
            )
        return info

    def _make(self, db: Connection) -> TableInfo:
        made = catalog.add_table(db, self.widget_id, TABLE, "Data files")
        for name, kind in COLUMNS.items():
            catalog.add_column(db, self.widget_id, made.id, name, kind)
        return self.table(db, TABLE)


def _found(db: Connection, info: TableInfo, path: str) -> list[tuple[int, Stored]]:
    return rows.page(db, info, [["is", "path", path]], [], None, 10, info.columns).rows


def _shown(info: TableInfo, stored: Stored) -> DataFile:
    cell = stored.get(info.column("file").id)
    kept: dict[str, Any] = {} if cell is None else json.loads(cell)
    return DataFile(stored.get(info.column("path").id) or "", kept.get("length", 0), kept.get("type") or "")


def _no_file(path: str) -> NotFoundError:
    return NotFoundError(f"This widget has no data file {path[:100]!r}.")
