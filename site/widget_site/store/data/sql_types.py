"""SQL types of columns, and the lightweight SQL table of a widget's table.

Dates are ISO text and datetimes whole microseconds, so both order and compare alike everywhere. Numbers keep whether
they were an int or a float: a column without affinity on SQLite, NUMERIC on Postgres, where a float always has
decimals.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Dialect, Integer, Numeric, Text, TypeDecorator, column, table
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import NullType, TypeEngine

from widget_site.store.data.values import ColumnInfo, TableInfo


class Number(TypeDecorator[int | float]):
    """An int or a float, given back as what it was."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Leave numbers to SQLite as they are."""
        return NullType() if dialect.name == "sqlite" else dialect.type_descriptor(Numeric())

    def process_bind_param(self, value: int | float | None, dialect: Dialect) -> Any:
        """Write a float with decimals, always."""
        if value is None or dialect.name == "sqlite":
            return value
        if isinstance(value, int):
            return Decimal(value)
        written = format(Decimal(repr(value)), "f")
        return Decimal(written if "." in written else f"{written}.0")

    def process_result_value(self, value: Any, dialect: Dialect) -> int | float | None:
        """Read what has decimals as a float."""
        if not isinstance(value, Decimal):
            return value  # type: ignore[no-any-return]  # as SQLite kept it
        exponent = value.as_tuple().exponent
        return float(value) if isinstance(exponent, int) and exponent < 0 else int(value)


_TYPES: dict[str, TypeEngine[Any]] = {
    "string": Text(),
    "number": Number(),
    "bool": Boolean(),
    "date": Text(),
    "datetime": BigInteger(),
    "simpleObject": Text(),
    "media": Text(),
    "link_single": BigInteger(),
    "link_multiple": Text(),
}
_SQLITE = {"number": "", "bool": "INTEGER", "datetime": "INTEGER", "link_single": "INTEGER"}
_POSTGRES = {"number": "NUMERIC", "bool": "BOOLEAN", "datetime": "BIGINT", "link_single": "BIGINT"}
#: Characters of a text that Postgres's index holds: an entry of its B-trees has at most 2,700 bytes.
INDEXED_CHARS = 500


def sql_table(info: TableInfo) -> TableClause:
    """Return the SQL table of a table, to make statements with; SQLAlchemy caches what it compiles by its content."""
    columns = [column(column_name(one), _TYPES[one.type]) for one in info.columns]
    name = table_name(info)
    return table(name, column("id", BigInteger), column("size_bytes", Integer), *columns, schema=info.attached)


def table_name(info: TableInfo) -> str:
    """Return the name of a table's SQL table."""
    return f"data_t{int(info.kept_id)}"


def column_name(info: ColumnInfo) -> str:
    """Return the name of a column's SQL column."""
    return f"c{int(info.id)}"


def declared(kind: str, dialect: str) -> str:
    """Return the type that a column of this kind is declared with."""
    if dialect == "sqlite":
        return _SQLITE.get(kind, "TEXT")
    return _POSTGRES.get(kind, 'TEXT COLLATE "C"')
