"""What tables give as files: the content of media cells, and CSV (T-46). Both are made when they are fetched."""

import io
import json
from typing import Any

from widget_site.services.native import NativeCall
from widget_site.services.tables.access import Access
from widget_site.services.tables.backend import Backend
from widget_site.services.tables.capabilities import SearchHeld, View, search_of, view_of
from widget_site.services.tables.reading import order_by, wanted_by
from widget_site.store.data import csv_text, rows
from widget_site.store.data.values import DataError
from widget_wire.values import Capability, LazyMedia, Media

CSV_MANAGER = "table-csv"
MAX_CSV_BYTES = 48 * 1024 * 1024


class Files:
    """The functions, by their names in ``anvil.private``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def table_to_csv(self, call: NativeCall) -> LazyMedia:
        """Give a view as CSV."""
        [capability] = call.take(Capability)
        view = view_of(capability)
        await self._backend.read(call, lambda _, access: access.require_search(view))
        return _csv_media(call, SearchHeld(view, {"search": ["all"]}, None))

    async def search_to_csv(self, call: NativeCall) -> LazyMedia:
        """Give what a search finds as CSV."""
        [capability] = call.take(Capability)
        held = search_of(capability)
        await self._backend.read(call, lambda _, access: access.require_search(held.view))
        return _csv_media(call, held)

    async def cell(self, call: NativeCall, media: LazyMedia) -> Media:
        """Give the content of a media cell, as long as the cell has it."""
        table_id, row_id, column_id, digest = json.loads(media.id)

        def work(db: Any, access: Access) -> Any:
            table = access.table(View(table_id))
            column = next((one for one in table.columns if one.id == column_id), None)
            if column is None or table.server == "none":
                return None, None
            return table.home_id, rows.by_ids(db, table, [row_id], [column]).get(row_id, {}).get(column_id)

        home_id, cell = await self._backend.read(call, work)
        kept = {} if cell is None else json.loads(cell)
        if kept.get("digest") != digest:
            raise DataError("This media is not in the table any more")
        return Media(kept["type"], await self._backend.content(home_id or call.widget_id, digest), kept["name"])

    async def csv(self, call: NativeCall, media: LazyMedia) -> Media:
        """Give the CSV that was asked for, as the table is now."""
        content, search, is_for_excel = json.loads(media.id)
        held = search_of(Capability(("_", "t", content, search)))
        made = await self._backend.read(call, lambda db, access: _csv_text(db, access, held, is_for_excel))
        return Media("text/csv", made.encode(), media.name)


def _csv_media(call: NativeCall, held: SearchHeld) -> LazyMedia:
    is_for_excel = bool(call.kwargs.get("escape_for_excel"))
    what = json.dumps([held.view.content, held.search, is_for_excel], separators=(",", ":"))
    return LazyMedia(CSV_MANAGER, what, "text/csv", "table.csv")


def _csv_text(db: Any, access: Access, held: SearchHeld, is_for_excel: bool) -> str:
    table = access.require_search(held.view)
    seen = {column.id for column in access.columns(held.view)}
    columns = [column for column in table.columns if column.id in seen]
    file = io.StringIO(newline="")
    file.write(csv_text.header(columns))
    for row_id, stored in rows.everything(db, table, wanted_by(access, held), order_by(access, held)):
        file.write(csv_text.line_of(columns, row_id, stored, for_excel=is_for_excel))
        if file.tell() > MAX_CSV_BYTES:
            raise DataError(f"This table has more than {MAX_CSV_BYTES // 1024**2} MB as CSV: search for a part of it")
    return file.getvalue()
