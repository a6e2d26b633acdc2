"""``anvil.google.sheets``: cells and rows by version 4 of the Sheets API.

A worksheet is a capability: spreadsheet and account, then ``[title, id]`` of the sheet, a row, a column. It says where;
whether the caller may is asked anew with each call.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from widget_site.services.google.api import GoogleApi, checked_id
from widget_site.services.native import Native, NativeCall, NativeError
from widget_wire.values import Capability

_START = ("_", "google-sheet")
#: Rows of a page.
PAGE_ROWS = 500
#: Cells that are shown although they are empty.
_MAX_EMPTY = 10_000
_COLUMN = re.compile(r"[A-Z]{1,3}")
_ROW_OF_RANGE = re.compile(r"!\$?[A-Z]+\$?(\d+)")


@dataclass(frozen=True)
class _Place:
    """What a capability is for, and the token that opens it."""

    token: str
    spreadsheet: str
    title: str
    sheet_id: int
    #: Row, and column, where it is for one.
    rest: tuple[Any, ...]
    row_count: int = 0

    @property
    def path(self) -> str:
        """The address of the spreadsheet."""
        return f"/v4/spreadsheets/{quote(self.spreadsheet)}"

    def values(self, cells: str = "") -> str:
        """Return the address of cells; of all without."""
        sheet = "'" + self.title.replace("'", "''") + "'"
        return f"{self.path}/values/" + quote(f"{sheet}!{cells}" if cells else sheet, safe="")

    @property
    def row(self) -> int:
        """The row that it is for."""
        return _row(self.rest[0] if self.rest else None)


class Sheets:
    """The functions."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    def natives(self) -> Mapping[str, Native]:
        """Return the functions by name."""
        names = "get_sheet list_initial_rows list_more_rows list_cells add_row update_cell delete_row"
        return {f"sheets.v4.{name}": getattr(self, name) for name in names.split()}

    async def get_sheet(self, call: NativeCall) -> dict[str, Any]:
        """Give a spreadsheet and what its worksheets are called."""
        sheet, creds = call.take(str, str)
        token = await self._api.reach(call, creds, sheet)
        query = {"fields": "spreadsheetId,properties.title,sheets.properties"}
        found = (await self._api.ask(token, "GET", "sheets", f"/v4/spreadsheets/{quote(sheet)}", params=query)).json()
        worksheets = [one["properties"] for one in found.get("sheets") or ()]
        return {
            "obj": {"id": sheet, "title": (found.get("properties") or {}).get("title")},
            "other": {"capability": Capability((*_START, sheet, creds)), "worksheets": worksheets},
        }

    async def list_initial_rows(self, call: NativeCall) -> list[Any]:
        """Give the fields, the first rows that match, the row to go on at, and whether these were all."""
        capability, query = call.take(Capability, dict)
        place = await self._place(call, capability, size=0)
        last = min(1 + PAGE_ROWS, place.row_count)
        grid = await self._grid(place, f"1:{last}")
        fields = [str(one) for one in grid[0]] if grid else []
        by_old = {_old(one): one for one in fields}
        asked = {by_old.get(name, name): value for name, value in query.items()}
        unknown = [name for name in asked if name not in fields]
        if unknown:
            raise NativeError("KeyError", unknown[0])
        rows = _rows(grid[1:], 2, [asked.get(one) for one in fields])
        return [fields, rows, last + 1, last >= place.row_count]

    async def list_more_rows(self, call: NativeCall) -> list[Any]:
        """Give the next rows that match, the row to go on at, and whether these were the last."""
        capability, wanted, start = call.take(Capability, list, int)
        place = await self._place(call, capability, size=0)
        first = _row(start)
        last = min(first + PAGE_ROWS - 1, place.row_count)
        grid = await self._grid(place, f"{first}:{last}") if first <= last else []
        return [_rows(grid, first, wanted), last + 1, last >= place.row_count]

    async def list_cells(self, call: NativeCall) -> list[dict[str, Any]]:
        """Give cells of a part of the sheet, or all that have something in them."""
        capability, cells, bounds = call.take(Capability, str, list)
        place = await self._place(call, capability, size=0)
        if cells and not re.fullmatch(r"[A-Z]{1,3}\d{1,8}:[A-Z]{1,3}\d{1,8}", cells):
            raise NativeError("ValueError", f"{cells[:50]!r} is no part of a worksheet")
        shown, typed = await asyncio.gather(
            self._grid(place, cells), self._grid(place, cells, valueRenderOption="FORMULA")
        )
        given = [one if isinstance(one, int) else None for one in (*bounds, *[None] * 4)]
        top, left = given[0] or 1, given[1] or 1
        height, width = (given[2] or 0) - top + 1, (given[3] or 0) - left + 1
        # Each row by its own length: a sheet of a few long rows and many short ones is small.
        widths = [len(one) for one in shown]
        if 0 < height <= _MAX_EMPTY and 0 < width <= _MAX_EMPTY // height:
            widths = [width] * height
        made = []
        for row, columns in enumerate(widths):
            for column in range(columns):
                value = _at(shown, row, column)
                if value is None and not cells:
                    continue
                about = {"row": top + row, "col": left + column}
                made.append({**about, "value": value or "", "input_value": _at(typed, row, column) or ""})
        return made

    async def add_row(self, call: NativeCall) -> int:
        """Add a row after the last; give its number."""
        capability, data = call.take(Capability, list)
        place = await self._place(call, capability, size=0, writes=True)
        query = {"valueInputOption": "USER_ENTERED", "insertDataOption": "INSERT_ROWS"}
        body = {"values": [[str(one) for one in data]]}
        path = f"{place.values('A1')}:append"
        reply = (await self._api.ask(place.token, "POST", "sheets", path, params=query, json=body)).json()
        found = _ROW_OF_RANGE.search(str((reply.get("updates") or {}).get("updatedRange") or ""))
        return int(found[1]) if found else place.row_count + 1

    async def update_cell(self, call: NativeCall) -> str:
        """Type into a cell; give what it shows then."""
        capability, value = call.take(Capability, str)
        place = await self._place(call, capability, size=2, writes=True)
        column = place.rest[1]
        if not isinstance(column, str) or not _COLUMN.fullmatch(column):
            raise NativeError("ValueError", "A column is called A, B, …")
        query = {"valueInputOption": "USER_ENTERED", "includeValuesInResponse": "true"}
        path, body = place.values(f"{column}{place.row}"), {"values": [[value]]}
        reply = (await self._api.ask(place.token, "PUT", "sheets", path, params=query, json=body)).json()
        return _at((reply.get("updatedData") or {}).get("values") or [], 0, 0) or ""

    async def delete_row(self, call: NativeCall) -> None:
        """Delete a row; those below move up."""
        [capability] = call.take(Capability)
        place = await self._place(call, capability, size=1, writes=True)
        rows = {"sheetId": place.sheet_id, "dimension": "ROWS", "startIndex": place.row - 1, "endIndex": place.row}
        body = {"requests": [{"deleteDimension": {"range": rows}}]}
        await self._api.ask(place.token, "POST", "sheets", f"{place.path}:batchUpdate", json=body)

    # --- parts

    async def _place(self, call: NativeCall, capability: Capability, *, size: int, writes: bool = False) -> _Place:
        """Return what a capability is for; its sheet as it is called now."""
        scope = capability.scope
        if scope[:2] != _START or len(scope) != 5 + size or not isinstance(scope[4], list) or len(scope[4]) != 2:
            raise NativeError("anvil.server.InvalidObjectError", "This is no part of a worksheet")
        sheet, creds, (_, sheet_id), *rest = scope[2:]
        token = await self._api.reach(call, creds, checked_id(sheet), writes=writes)
        query = {"fields": "sheets.properties"}
        found = (await self._api.ask(token, "GET", "sheets", f"/v4/spreadsheets/{quote(sheet)}", params=query)).json()
        for one in found.get("sheets") or ():
            about = one["properties"]
            if about["sheetId"] == sheet_id:
                count = int((about.get("gridProperties") or {}).get("rowCount") or 0)
                return _Place(token, sheet, str(about["title"]), int(sheet_id), tuple(rest), count)
        raise NativeError("KeyError", "This worksheet is not there any more")

    async def _grid(self, place: _Place, cells: str, **query: str) -> list[list[Any]]:
        found = await self._api.ask(place.token, "GET", "sheets", place.values(cells), params=query)
        return list(found.json().get("values") or ())


def _rows(grid: list[list[Any]], first: int, wanted: list[Any]) -> list[dict[str, Any]]:
    """Return the rows that have something in them and match."""
    made = []
    for number, row in enumerate(grid, first):
        data = [str(one) for one in row]
        matches = all(
            value is None or (data[index] if index < len(data) else "") == str(value)
            for index, value in enumerate(wanted)
        )
        if matches and any(data):
            made.append({"row": number, "data": data})
    return made


def _at(grid: list[list[Any]], row: int, column: int) -> str | None:
    if row >= len(grid) or column >= len(grid[row]) or grid[row][column] in (None, ""):
        return None
    return str(grid[row][column])


def _row(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10_000_000:
        raise NativeError("ValueError", "A row is a number from 1")
    return value


def _old(field: str) -> str:
    """Return what a field was called before version 4 of the API."""
    return re.sub(r"[^A-Za-z0-9\-]", "", field).lower()
