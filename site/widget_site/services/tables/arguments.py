"""Arguments of searches and views: ``anvil.tables.query`` objects to queries as the store takes them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from widget_site.services.tables import cells
from widget_site.services.tables.access import Access
from widget_site.services.tables.capabilities import View, is_row_ref
from widget_site.store.data.queries import Query, written
from widget_site.store.data.values import ORDERED, ColumnInfo, DataError, NoSuchColumnError
from widget_wire.values import LazyMedia, Media, Portable

PAGE = 100
MAX_PAGE = 1000
_QUERY = "anvil.tables.query."
_COMPARISONS = {
    "greater_than": ">",
    "less_than": "<",
    "greater_than_or_equal_to": ">=",
    "less_than_or_equal_to": "<=",
}
_JOINS = {"all_of": "all", "any_of": "any", "none_of": "none"}
_MAX_DEPTH = 50


@dataclass
class Asked:
    """What somebody searches for."""

    query: Query = field(default_factory=lambda: ["all"])
    #: Column and whether it ascends.
    order: list[list[Any]] = field(default_factory=list)
    fetch: Any = None
    page: int | None = None
    #: ``only_cols``, for views.
    only: list[str] | None = None

    @property
    def search(self) -> dict[str, Any]:
        """The search as capabilities carry it."""
        return {"search": self.query, "order": self.order, "fetch": self.fetch, "chunk": self.page}


def asked(access: Access, view: View, args: Any, kwargs: Any) -> Asked:
    """Read the arguments of ``search``, ``get`` and views; NoSuchColumnError, DataError."""
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise DataError("Arguments of a search are query objects and columns by name")
    made = Asked()
    reading = _Reading(access, view)
    terms: list[Query] = []
    for one in args:
        if not isinstance(one, Portable) or not isinstance(one.value, dict):
            raise DataError("Invalid query: what comes before columns by name must be made by anvil.tables.query")
        if not _option(access, view, made, one):
            terms.append(reading.expression(one, 0))
    terms += [reading.cell(name, value, 0) for name, value in kwargs.items()]
    made.query = ["all", *terms]
    return made


def fetch_of(value: Any) -> Any:
    """Return the spec of a ``fetch_only``, or None; plain JSON."""
    if value is None:
        return None
    if isinstance(value, Portable) and value.type_name == "anvil.tables.fetch_only" and isinstance(value.value, dict):
        return _checked_fetch(value.value.get("spec"), 0)
    raise DataError("fetch is made by q.fetch_only()")


def _checked_fetch(spec: Any, depth: int) -> Any:
    if spec is True:
        return True
    if not isinstance(spec, dict) or depth > 20:
        raise DataError("fetch is made by q.fetch_only()")
    return {str(name): _checked_fetch(sub, depth + 1) for name, sub in spec.items() if sub}


def is_fixed(value: Any) -> bool:
    """Tell whether a view with ``column=value`` fixes the column: every row has it, so it needs no column for it."""
    return is_row_ref(value) or not isinstance(value, Portable)


def _option(access: Access, view: View, made: Asked, one: Portable) -> bool:
    """Note what is no condition; False for what is one."""
    if one.type_name == "anvil.tables.order_by":
        name, ascending = one.value.get("column_name"), one.value.get("ascending", True)
        column = next((column for column in access.columns(view) if column.name == name), None)
        if column is None:
            raise DataError(f'Cannot sort by nonexistent column "{str(name)[:100]}"')
        if column.type not in ORDERED:
            raise DataError(f"Cannot sort by column '{name}': values of type {column.type} have no order")
        made.order.append([name, bool(ascending)])
    elif one.type_name == "anvil.tables.fetch_only":
        made.fetch = fetch_of(one)
    elif one.type_name == f"{_QUERY}page_size":
        rows = one.value.get("rows")
        if not isinstance(rows, int) or isinstance(rows, bool) or rows <= 0:
            raise DataError("Page size must be a positive number.")
        made.page = min(rows, MAX_PAGE)
    elif one.type_name == f"{_QUERY}only_cols":
        made.only = [access.column(view, name).name for name in one.value.get("cols") or ()]
    else:
        return False
    return True


class _Reading:
    def __init__(self, access: Access, view: View) -> None:
        self._access = access
        self._view = view

    def expression(self, one: Portable, depth: int) -> Query:
        """Read a condition that is about no column in particular: ``any_of(name="x", age=3)``."""
        kind = _JOINS.get(one.type_name.removeprefix(_QUERY))
        args, kwargs = one.value.get("args") or [], one.value.get("kwargs") or {}
        if kind is None or depth > _MAX_DEPTH or not isinstance(args, list) or not isinstance(kwargs, dict):
            raise DataError(f"Invalid query: {one.type_name[:100]} can't be used like this")
        for sub in args:
            if not isinstance(sub, Portable) or not isinstance(sub.value, dict):
                raise DataError("Invalid query: what comes before columns by name must be made by anvil.tables.query")
        parts = [self.expression(sub, depth + 1) for sub in args]
        return [kind, *parts, *(self.cell(name, value, depth + 1) for name, value in kwargs.items())]

    def cell(self, name: str, value: Any, depth: int) -> Query:
        """Read a condition on one column."""
        return self._on(self._access.column(self._view, name), value, depth)

    def _on(self, column: ColumnInfo, value: Any, depth: int) -> Query:
        if not isinstance(value, Portable) or is_row_ref(value):
            return _equals(column, value)
        kind, content = value.type_name.removeprefix(_QUERY), value.value
        if not value.type_name.startswith(_QUERY) or not isinstance(content, dict) or depth > _MAX_DEPTH:
            raise DataError(f"Invalid query: column '{column.name}' can't be compared with {value.type_name[:100]}")
        if kind in _JOINS:
            if content.get("kwargs"):
                raise DataError(f"Cannot specify keyword arguments when limiting column values with {kind}()")
            return [_JOINS[kind], *(self._on(column, one, depth + 1) for one in content.get("args") or ())]
        if kind in _COMPARISONS:
            return _compared(column, _COMPARISONS[kind], content.get("value"))
        if kind in ("like", "ilike", "full_text_match"):
            return _of_text(column, kind, content)
        raise DataError(f"Invalid query: {kind[:100]} is no condition of a column")


def _of_text(column: ColumnInfo, kind: str, content: dict[str, Any]) -> Query:
    words = content.get("query" if kind == "full_text_match" else "pattern")
    if kind == "full_text_match" and column.type not in ("string", "simpleObject"):
        raise DataError(f"Invalid query: full_text_match needs a text column, and '{column.name}' is none")
    if kind != "full_text_match" and column.type != "string":
        raise DataError(f"Invalid query: {kind} needs a text column, and '{column.name}' is none")
    if not isinstance(words, str):
        raise DataError(f"Invalid query: {kind} needs a text")
    words = cells.text_of(words, "A query")
    if kind == "full_text_match":
        return ["text", column.name, words, bool(content.get("raw"))]
    return [kind, column.name, words]


def _equals(column: ColumnInfo, value: Any) -> Query:
    if value is None:
        return ["null", column.name]
    if column.type == "media" or isinstance(value, Media | LazyMedia):
        raise DataError("Media columns can only be searched for None")
    if column.type == "link_multiple":
        return ["contains", column.name, cells.to_stored(column, value if isinstance(value, list) else [value])]
    if column.type == "simpleObject":
        return ["contains", column.name, cells.simple_text(column, value)]
    if column.type in ("date", "datetime") and isinstance(value, date):
        return _of_moment(column, "is", value)
    return ["is", column.name, written(column, _operand(column, value))]


def _compared(column: ColumnInfo, operator: str, value: Any) -> Query:
    if column.type not in ("string", "number", "date", "datetime"):
        raise DataError(
            f"Invalid query: Cannot use inequality operators to query column '{column.name}' of type {column.type}"
        )
    if column.type in ("date", "datetime") and isinstance(value, date):
        return _of_moment(column, operator, value)
    return [operator, column.name, written(column, _operand(column, value))]


def _operand(column: ColumnInfo, value: Any) -> Any:
    try:
        stored = cells.to_stored(column, value)
    except DataError as error:
        if not str(error).startswith("Column '"):
            raise
        stored = None
    if stored is None:
        raise DataError(
            f"Invalid query: Cannot query {column.type} column '{column.name}' with a value of type "
            f"{cells.name_of(value)}"
        )
    return stored


def _of_moment(column: ColumnInfo, operator: str, value: date) -> Query:
    """Compare dates and datetimes with each other: a date is its first moment (UTC)."""
    if column.type == "datetime":
        moment = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
        return [operator, column.name, written(column, cells.microseconds(moment))]
    if not isinstance(value, datetime):
        return [operator, column.name, value.isoformat()]
    moment = value.astimezone(UTC)
    if moment.time() != time():
        # The first moment of no day is this one.
        if operator == "is":
            return ["any"]
        operator = {">=": ">", "<": "<="}.get(operator, operator)
    return [operator, column.name, moment.date().isoformat()]


def require_columns(access: Access, view: View, query: Query) -> None:
    """Raise NoSuchColumnError when a query, which its holder may have written, names a column it does not see."""
    kind, *rest = query
    if kind in ("all", "any", "none"):
        for part in rest:
            require_columns(access, view, part)
    elif rest:
        access.column(view, rest[0])


__all__ = ["Asked", "NoSuchColumnError", "asked", "fetch_of", "is_fixed", "require_columns"]
