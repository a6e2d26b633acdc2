"""Media cells as their owner fills and reads them over the JSON API; who may is asked here."""

import json
from typing import Any

from sqlalchemy import Connection

from widget_site.errors import BadRequestError, NotFoundError
from widget_site.store.blobs import BlobError, blob_digest
from widget_site.store.data import rows
from widget_site.store.data.row_editing import Change, Changes, Read, RowEditing, no_row
from widget_site.store.data.values import ColumnInfo, NoSuchColumnError, TableInfo


class MediaEditing(RowEditing):
    """The media of one widget's tables, for its owner."""

    async def require_media(self, table: str, row_id: int, name: str) -> None:
        """Raise NotFoundError for a row or column that is not there, BadRequestError for a column of another type."""
        await self._cell(table, row_id, name)

    async def put(
        self, table: str, row_id: int, name: str, content: bytes, kind: str, called: str | None, revision: str | None
    ) -> Read:
        """Put content into a cell; ConflictError when it was changed since the revision."""
        await self.require_room(0, len(content))
        # Before anything names it.
        _, home_id = await self._cell(table, row_id, name)
        await self.data.media(home_id).put([content])
        kept = {"digest": blob_digest(content), "length": len(content), "type": kind, "name": called}
        change = Change(row_id, {name: json.dumps(kept)}, revision)
        _, changed = await self.change(
            table, Changes(change=[change]), lambda info, values: {info.column(name).id: values[name]}
        )
        return changed

    async def get(self, table: str, row_id: int, name: str) -> tuple[dict[str, Any], bytes]:
        """Return what a cell says of its file (``name``, ``type``), and the content; NotFoundError when it is empty."""
        cell, home_id = await self._cell(table, row_id, name)
        if cell is None:
            raise NotFoundError("This cell is empty.")
        kept = json.loads(cell)
        try:
            content = await self.data.media(home_id).get([kept["digest"]])
        except BlobError as error:
            raise NotFoundError("The content of this cell is missing.") from error
        return kept, content[kept["digest"]]

    async def _cell(self, table: str, row_id: int, name: str) -> tuple[Any, str]:
        """Return what is kept in a cell, and the widget that its table lives in."""

        def work(db: Connection) -> tuple[Any, str]:
            info = self.table(db, table)
            column = _media_column(info, name)
            found = rows.by_ids(db, info, [row_id], [column])
            if row_id not in found:
                raise NotFoundError(no_row(info, row_id))
            return found[row_id][column.id], info.home_id or self.widget_id

        return await self.read(work)


def _media_column(info: TableInfo, name: str) -> ColumnInfo:
    try:
        column = info.column(name)
    except NoSuchColumnError as error:
        raise NotFoundError(f"{error}.") from error
    if column.type != "media":
        raise BadRequestError(f"Column '{name}' is a {column.type}, and holds no files.")
    return column
