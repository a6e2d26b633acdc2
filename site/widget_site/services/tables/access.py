"""What the caller of a function may do with a table and which columns it sees; asked anew at every call.

Clients may use a table by its name as far as its owner said (none, search, full). Beyond that, server code can hand
them views, which say themselves what they allow, and single rows, which they may read. Whatever server code handed out
is worth no more than what server code may do with the table now.
"""

from dataclasses import dataclass
from typing import Any

from widget_site.services.native import NativeCall, NativeError
from widget_site.services.tables.capabilities import PERMS, RowHeld, View
from widget_site.store.data.values import PERMISSIONS, ColumnInfo, DataError, NoSuchColumnError, Schema, TableInfo

_LEVEL_OF_PERM = {"r": "search", "rw": "full", "rwc": "full"}


@dataclass(frozen=True)
class Access:
    """The tables of the widget that calls, as its caller may use them."""

    schema: Schema
    #: Whether the permissions of clients hold, and whether columns that are hidden from clients are.
    as_client: bool
    hides: bool

    @classmethod
    def of(cls, call: NativeCall, schema: Schema, overrides: Any = None) -> "Access":
        """Return the access of a call; ``overrides`` is how server code acts for a client."""
        given = overrides if isinstance(overrides, dict) else {}
        as_client = not call.is_trusted or bool(given.get("use_client_config"))
        return cls(schema, as_client, not call.is_trusted or bool(given.get("filter_client_hidden")))

    def table(self, view: View) -> TableInfo:
        """Return the table of a view; DataError when it is gone."""
        return self.schema.table(view.id)

    def columns(self, view: View) -> list[ColumnInfo]:
        """Return the columns that the caller sees in a view, by name."""
        seen = (
            column
            for column in self.table(view).columns
            if (view.cols is None or column.name in view.cols) and not (self.hides and column.client_hidden)
        )
        return sorted(seen, key=lambda column: column.name)

    def column(self, view: View, name: Any) -> ColumnInfo:
        """Return a column that the caller sees; NoSuchColumnError."""
        for column in self.columns(view):
            if column.name == name:
                return column
        raise NoSuchColumnError(f"No such column '{str(name)[:100]}' in table '{self.table(view).name}'")

    def require_search(self, view: View) -> TableInfo:
        """Return the table when the caller may look for rows in the view."""
        return self._require(view, "search", "read from")

    def require_write(self, view: View) -> TableInfo:
        """Return the table when the caller may write to the view."""
        return self._require(view, "full", "write to")

    def require_row(self, row: RowHeld) -> TableInfo:
        """Return the table when the caller may read this row."""
        if not row.is_given:
            return self.require_search(row.view)
        table = self.table(row.view)
        if table.server == "none":
            raise _denied("read from", table, "any")
        return table

    def perms(self, view: View) -> tuple[str, ...]:
        """Return what views that the caller makes of this one may be allowed, of PERMS."""
        level = self._level(view)
        if level != "full":
            return PERMS[: PERMISSIONS.index(level)]
        widest = view.perm or ("rw" if self.as_client else "rwc")
        return PERMS[: PERMS.index(widest) + 1]

    def may_use(self, table: TableInfo) -> bool:
        """Tell whether the caller may use a table by its name."""
        return self._level(View(table.id)) != "none"

    def _require(self, view: View, level: str, doing: str) -> TableInfo:
        if PERMISSIONS.index(self._level(view)) < PERMISSIONS.index(level):
            raise _denied(doing, self.table(view), "client" if self.as_client else "server")
        return self.table(view)

    def _level(self, view: View) -> str:
        table = self.table(view)
        if view.perm is None:
            return table.client if self.as_client else table.server
        return min(_LEVEL_OF_PERM[view.perm], table.server, key=PERMISSIONS.index)


def _denied(doing: str, table: TableInfo, side: str) -> NativeError:
    return NativeError("anvil.server.PermissionDenied", f"Cannot {doing} table '{table.name}' from {side} code.")


def row_id_of(view: View, given: Any) -> int | None:
    """Return the row id of what ``get_id`` gave, ``"[table,row]"``, or of a row id; None when it can't be one here."""
    parts = str(given).strip()[:50].removeprefix("[").removesuffix("]").split(",")
    if not 1 <= len(parts) <= 2 or not all(part.strip().isascii() and part.strip().isdigit() for part in parts):
        return None
    *table, row = map(int, parts)
    return row if table in ([], [view.id]) and 0 < row < 2**63 else None


def gone() -> NativeError:
    """Return what reading or writing a deleted row raises."""
    return NativeError("anvil.tables.RowDeleted", "This row has been deleted")


def refused(error: DataError, kind: str) -> NativeError:
    """Return an error of the store as user code gets it."""
    return NativeError(f"anvil.tables.{kind}", str(error))
