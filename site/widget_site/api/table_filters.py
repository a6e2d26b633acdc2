"""Filters of rows as the JSON API has them (``table_models.FILTER``), to queries of the store (T-84)."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from widget_site.api.table_values import stored
from widget_site.errors import BadRequestError
from widget_site.store.data.queries import Query, escaped, has_text, written
from widget_site.store.data.values import ORDERED, ColumnInfo, DataError, TableInfo

_FORM = 'A filter is JSON such as [{"column": "age", "is": ">=", "value": 18}].'
_FIELDS = frozenset({"column", "is", "value"})
_COMPARED = ("string", "number", "date", "datetime")
_MOST = 50


def wanted(filter_text: str, words: str) -> Callable[[TableInfo], Sequence[Query]]:
    """Return what gives the queries for a table; BadRequestError for a filter that is none."""
    conditions = _read(filter_text) if filter_text else []

    def queries(info: TableInfo) -> Sequence[Query]:
        made = [_condition(info, one) for one in conditions]
        texts = [column for column in info.columns if column.type == "string"]
        return [*made, *(["any", *(has_text(column, word) for column in texts)] for word in words.split()[:8])]

    return queries


def _read(text: str) -> list[dict[str, Any]]:
    try:
        conditions = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(_FORM) from error
    if not isinstance(conditions, list) or len(conditions) > _MOST:
        raise BadRequestError(_FORM)
    for one in conditions:
        if not isinstance(one, dict) or not {"column", "is"} <= set(one) <= _FIELDS:
            raise BadRequestError(_FORM)
        if not isinstance(one["column"], str) or not isinstance(one["is"], str):
            raise BadRequestError(_FORM)
    return conditions


def _condition(info: TableInfo, one: dict[str, Any]) -> Query:
    column, how, value = info.column(one["column"]), one["is"], one.get("value")
    if how in ("empty", "not empty"):
        return ["null", column.name] if how == "empty" else ["none", ["null", column.name]]
    if how in ("=", "!="):
        equal = ["null", column.name] if value is None else _equal(info, column, value)
        return equal if how == "=" else ["none", equal]
    if how in ("contains", "starts") and column.type == "string" and isinstance(value, str):
        return has_text(column, value) if how == "contains" else ["ilike", column.name, f"{escaped(value)}%"]
    if how == "contains" and column.type in ("link_multiple", "simpleObject"):
        return _equal(info, column, value)
    if how in ("<", "<=", ">", ">=") and column.type in _COMPARED and value is not None:
        return [how, column.name, written(column, _kept(info, column, value))]
    raise DataError(f"Column '{column.name}' is a {column.type} and can't be filtered by {how[:20]!r} {value!r:.50}")


def _equal(info: TableInfo, column: ColumnInfo, value: Any) -> Query:
    if column.type in (*ORDERED, "link_single"):
        return ["is", column.name, written(column, _kept(info, column, value))]
    if column.type == "link_multiple":
        return ["contains", column.name, _kept(info, column, value if isinstance(value, list) else [value])]
    if column.type == "simpleObject":
        return ["contains", column.name, _kept(info, column, value)]
    raise DataError(f"Column '{column.name}' is a {column.type}: filter it by 'empty' or 'not empty'")


def _kept(info: TableInfo, column: ColumnInfo, value: Any) -> Any:
    return stored(info, {column.name: value})[column.id]
