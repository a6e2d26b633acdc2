"""What tables and columns are, as plain values; and the errors of keeping them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Types of columns, as Anvil calls them.
TYPES = (
    "string",
    "number",
    "bool",
    "date",
    "datetime",
    "simpleObject",
    "media",
    "link_single",
    "link_multiple",
)
LINKS = ("link_single", "link_multiple")
#: Types whose values have an order; each such column has an index.
ORDERED = ("string", "number", "bool", "date", "datetime")
#: Kinds of indexes that owners put on columns, and the types that can have one.
INDEXED_TYPES = {"trigram": ("string",), "full_text": ("string", "simpleObject")}
#: What one side (code of clients, code on the server) may do with a table by its name.
PERMISSIONS = ("none", "search", "full")

#: A row as it is kept: column id to value. string, date (ISO 8601): str. number: int or float. datetime: microseconds
#: since 1970 UTC. link_single: row id. simpleObject, media, link_multiple: JSON text.
Stored = dict[int, Any]


class DataError(Exception):
    """Something can't be done with a table; the text is for whoever writes the code."""


class NoSuchColumnError(DataError):
    """A column that a query or a row names is not there."""


class DataConflictError(DataError):
    """A transaction met another one that was first; doing it again may work."""


class DataBusyError(DataError):
    """Another transaction of the widget keeps what this call needs for too long."""


class DataQuotaError(DataError):
    """An account has no room for more rows or bytes."""


@dataclass(frozen=True)
class ColumnInfo:
    """A column."""

    id: int
    name: str
    type: str
    #: The table that a link leads to; None for other types.
    target_id: int | None = None
    #: Whether clients never see it.
    client_hidden: bool = False
    #: What its owner put on it, of INDEXED_TYPES.
    indexes: tuple[str, ...] = ()

    @property
    def is_link(self) -> bool:
        """Whether its values are rows of another table."""
        return self.type in LINKS


@dataclass(frozen=True)
class TableInfo:
    """A table and its columns, in the order of the editor."""

    id: int
    #: Its name in Python.
    name: str
    title: str
    #: What clients and server code may do with it, of PERMISSIONS.
    client: str
    server: str
    columns: tuple[ColumnInfo, ...] = ()
    #: The widget that it lives in, when that is another one; then its id there.
    home_id: str | None = None
    source_id: int | None = None
    #: Where that one's tables are to this connection, on SQLite.
    attached: str | None = None

    @property
    def kept_id(self) -> int:
        """Its id where it lives, after which its SQL table is called."""
        return self.id if self.source_id is None else self.source_id

    def column(self, name: str) -> ColumnInfo:
        """Return a column by name; NoSuchColumnError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise NoSuchColumnError(f"No such column '{str(name)[:100]}' in table '{self.name}'")


@dataclass(frozen=True)
class Schema:
    """The tables of a widget by id, and whether code may make columns by using them."""

    tables: Mapping[int, TableInfo]
    auto_create: bool = False

    def table(self, table_id: int) -> TableInfo:
        """Return a table; DataError when it is gone."""
        found = self.tables.get(table_id)
        if found is None:
            raise DataError("This table has been deleted")
        return found


def linked_ids(column: ColumnInfo, stored: Any) -> list[int]:
    """Return the ids of the rows that a cell links to."""
    if stored is None:
        return []
    return [stored] if column.type == "link_single" else list(json.loads(stored))
