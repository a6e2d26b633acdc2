"""What user code holds of tables: views, rows and searches, as scopes of capabilities (spec/anvil-protocol.md 3.3).

A scope is ``["_", "t", view]``, then ``{"r": row id}`` for a row or a search and where it goes on. Whoever holds a
capability may narrow it by adding to its end, so the rights of a row must not be in what can be added: only the view
of a capability that was made for a row has ``"row": true``, and only such a one can be read by a client that may not
search the table.
"""

import json
from dataclasses import dataclass
from typing import Any

from widget_site.services.native import NativeError
from widget_site.store.data.queries import Query
from widget_wire.values import Capability, Portable

_START = ("_", "t")
#: What a view may do, the narrowest first: read, write, and write linked rows as well.
PERMS = ("r", "rw", "rwc")
ROW_REF = "anvil.tables.v2._RowRef"


@dataclass(frozen=True)
class View:
    """A table, or a part of it."""

    id: int
    #: Of PERMS, as it was given; None is the table itself, with whatever its permissions are now.
    perm: str | None = None
    #: Names of its columns; None is all.
    cols: tuple[str, ...] | None = None
    #: What holds for all its rows.
    restrict: Query | None = None

    @property
    def content(self) -> dict[str, Any]:
        """The view as it is in scopes."""
        made: dict[str, Any] = {"id": self.id}
        if self.perm is not None:
            made["perm"] = self.perm
        if self.cols is not None:
            made["cols"] = list(self.cols)
        if self.restrict is not None:
            made["restrict"] = self.restrict
        return made

    @property
    def key(self) -> str:
        """What names the view in table data."""
        return json.dumps(self.content, sort_keys=True, separators=(",", ":"))

    @property
    def wanted(self) -> list[Query]:
        """The queries that all its rows match."""
        return [] if self.restrict is None else [self.restrict]

    def linked(self, target_id: int) -> "View":
        """Return the view in which rows are that a row of this one links to."""
        return View(target_id, "rwc" if self.perm == "rwc" else None)

    def capability(self) -> Capability:
        """Return the capability of the view."""
        return Capability((*_START, self.content))

    def row(self, row_id: int) -> Capability:
        """Return the capability of one of its rows."""
        return Capability((*_START, {**self.content, "row": True}, {"r": row_id}))

    def search(self, search: dict[str, Any], cursor: Any = None) -> Capability:
        """Return the capability of a search in it that goes on at ``cursor``."""
        return Capability((*_START, self.content, search, cursor))


@dataclass(frozen=True)
class RowHeld:
    """A row that a caller holds."""

    view: View
    id: int
    #: Whether we made the capability for this row; else its holder narrowed one of a table.
    is_given: bool


@dataclass(frozen=True)
class SearchHeld:
    """A search that a caller holds; what it says may be the caller's own words."""

    view: View
    search: dict[str, Any]
    cursor: Any


def view_of(value: Any) -> View:
    """Return the view that a capability of a table is for; NativeError for anything else."""
    view, _, rest = _parts(value)
    if rest:
        raise _invalid()
    return view


def row_of(value: Any) -> RowHeld:
    """Return the row that a capability, or a reference to a row, is for."""
    if isinstance(value, Portable) and value.type_name == ROW_REF:
        value = value.value
    view, is_given, rest = _parts(value)
    if len(rest) != 1 or not isinstance(rest[0], dict) or not _is_id(rest[0].get("r")):
        raise _invalid()
    return RowHeld(view, rest[0]["r"], is_given)


def search_of(value: Any) -> SearchHeld:
    """Return the search that a capability is for."""
    view, _, rest = _parts(value)
    if not 1 <= len(rest) <= 2 or not isinstance(rest[0], dict) or "search" not in rest[0]:
        raise _invalid()
    return SearchHeld(view, rest[0], rest[1] if len(rest) == 2 else None)


def is_row_ref(value: Any) -> bool:
    """Tell whether a value is a row, as arguments carry one."""
    return isinstance(value, Portable) and value.type_name == ROW_REF


def _parts(value: Any) -> tuple[View, bool, list[Any]]:
    if not isinstance(value, Capability) or value.scope[:2] != _START or len(value.scope) < 3:
        raise _invalid()
    content = value.scope[2]
    if not isinstance(content, dict) or not _is_id(content.get("id")) or content.get("perm") not in (None, *PERMS):
        raise _invalid()
    cols = content.get("cols")
    view = View(content["id"], content.get("perm"), None if cols is None else tuple(cols), content.get("restrict"))
    return view, content.get("row") is True, list(value.scope[3:])


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _invalid() -> NativeError:
    return NativeError("anvil.server.InvalidObjectError", "This is not a capability for what was asked")
