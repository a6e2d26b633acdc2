"""Table data: rows as the library takes them (spec/anvil-protocol.md 3.3), with what they link to, two levels deep.

Everything is read in the transaction of the call. A link to a row that is gone reads as None, and is left out of lists.
"""

from collections.abc import Sequence
from typing import Any

from widget_site.services.tables import cells
from widget_site.services.tables.access import Access
from widget_site.services.tables.capabilities import View
from widget_site.store.data import rows
from widget_site.store.data.values import ColumnInfo, NoSuchColumnError, Stored, linked_ids

_LEVELS = 2
#: Columns to load, each with what to load of the rows it links to.
Wanted = dict[str, Any]


class TableData:
    """Collects rows of one answer."""

    def __init__(self, db: Any, access: Access) -> None:
        self._db = db
        self._access = access
        #: What goes to the library.
        self.content: dict[str, Any] = {}

    def wanted(self, view: View, fetch: Any, level: int = 0) -> Wanted:
        """Return what to load; ``fetch``: None for everything, names, or a spec. NoSuchColumnError."""
        names = [column.name for column in self._access.columns(view)]
        if isinstance(fetch, list):
            fetch = dict.fromkeys(fetch, True)
        if not isinstance(fetch, dict):
            return dict.fromkeys(names, None if level < _LEVELS else False)
        for name in fetch:
            if name not in names:
                raise NoSuchColumnError(f"No such column '{str(name)[:100]}' in '{self._access.table(view).name}'")
        return {name: sub for name, sub in fetch.items() if sub}

    def columns(self, view: View, wanted: Wanted) -> list[ColumnInfo]:
        """Return the columns that must be read for it."""
        return [column for column in self._access.columns(view) if column.name in wanted]

    def put(self, view: View, read: Sequence[tuple[int, Stored]], wanted: Wanted, level: int = 0) -> None:
        """Add rows that were read with at least ``columns(view, wanted)``."""
        spec = self.spec(view, wanted)
        entry = self.content.setdefault(view.key, {"spec": spec, "rows": {}})
        if not any(entry["spec"]["cache"]):
            entry["spec"] = spec
        is_whole = entry["spec"]["cache"] == spec["cache"]
        there, linked = self._linked(view, read, wanted, level)
        shown = list(enumerate(self._access.columns(view)))
        for row_id, stored in read:
            if isinstance(entry["rows"].get(str(row_id)), list):
                continue
            made = {
                str(index): self._value(view, row_id, column, stored.get(column.id), there)
                for index, column in shown
                if column.name in wanted
            }
            capability = view.row(row_id)
            entry["rows"][str(row_id)] = [*made.values(), capability] if is_whole else {**made, "c": capability}
        for target, found, sub, is_followed in linked:
            if is_followed:
                self.put(target, found, sub, level + 1)
            entry = self.content.setdefault(target.key, {"spec": self.spec(target, {}), "rows": {}})
            for row_id, _ in found:
                entry["rows"].setdefault(str(row_id), {"c": target.row(row_id)})

    def spec(self, view: View, wanted: Wanted) -> dict[str, Any]:
        """Return the spec of a view of which ``wanted`` is loaded."""
        columns = self._access.columns(view)
        return {
            "cols": [self._column(view, column) for column in columns],
            "cache": [int(column.name in wanted) for column in columns],
        }

    def _column(self, view: View, column: ColumnInfo) -> dict[str, Any]:
        made: dict[str, Any] = {"name": column.name, "type": column.type}
        if column.target_id is not None:
            made |= {"table_id": str(column.target_id), "view_key": view.linked(column.target_id).key}
        return {**made, "client_hidden": True} if column.client_hidden else made

    def _linked(
        self, view: View, read: Sequence[tuple[int, Stored]], wanted: Wanted, level: int
    ) -> tuple[dict[int, set[int]], list[tuple[View, list[tuple[int, Stored]], Wanted, bool]]]:
        """Return which linked rows are there, by column; and those rows, with what to load of them."""
        there: dict[int, set[int]] = {}
        linked = []
        for column in self.columns(view, wanted):
            if column.target_id is None:
                continue
            ids = sorted({one for _, stored in read for one in linked_ids(column, stored.get(column.id))})
            target, sub = view.linked(column.target_id), wanted[column.name]
            is_followed = sub is not False
            loaded = self.wanted(target, sub, level + 1) if is_followed else {}
            info = self._access.table(target)
            found = rows.by_ids(self._db, info, ids, self.columns(target, loaded)) if ids else {}
            there[column.id] = set(found)
            linked.append((target, list(found.items()), loaded, is_followed))
        return there, linked

    def _value(self, view: View, row_id: int, column: ColumnInfo, stored: Any, there: dict[int, set[int]]) -> Any:
        value = cells.to_value(view.id, row_id, column, stored)
        if column.type == "link_single":
            return value if value in there[column.id] else None
        if column.type == "link_multiple" and value is not None:
            return [one for one in value if one in there[column.id]]
        return value
