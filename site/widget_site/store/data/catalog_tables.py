"""The SQL tables of the catalog: which tables and columns a widget has, and which tables widgets share."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, UniqueConstraint

metadata = MetaData()
_ID = BigInteger().with_variant(Integer(), "sqlite")
home = Table(
    "data_home",
    metadata,
    Column("widget_id", String(26), primary_key=True),
    Column("auto_create", Boolean, nullable=False),
)
tables = Table(
    "data_table",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("widget_id", String(26), nullable=False),
    Column("name", String(63), nullable=False),
    Column("title", String(200), nullable=False),
    Column("client", String(10), nullable=False),
    Column("server", String(10), nullable=False),
    UniqueConstraint("widget_id", "name", name="uq_data_table_name"),
    # Ids are never used again: a capability of a table that is gone must not open another one.
    sqlite_autoincrement=True,
)
columns = Table(
    "data_column",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("table_id", BigInteger, nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("type", String(20), nullable=False),
    Column("target_id", BigInteger),
    Column("client_hidden", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    UniqueConstraint("table_id", "name", name="uq_data_column_name"),
    sqlite_autoincrement=True,
)
#: Indexes that owners put on columns (``indexes``).
indexes = Table(
    "data_index",
    metadata,
    Column("column_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
)
#: Tables of this widget that live in another one's home: a row here has one of ``data_table``, and no SQL table.
mounts = Table(
    "data_mount",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("home_id", String(26), nullable=False),
    Column("source_id", BigInteger, nullable=False),
)
#: In a table's home: the other widgets that may use it. Without this, what they have of it is nothing.
shares = Table(
    "data_share",
    metadata,
    Column("table_id", BigInteger, primary_key=True, autoincrement=False),
    Column("widget_id", String(26), primary_key=True),
)
#: As they are made.
ALL = (home, tables, columns, indexes, mounts, shares)
