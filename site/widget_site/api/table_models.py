"""The bodies of the JSON API about Data Tables."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from widget_site.api.models import Body, ListQuery

Permission = Literal["none", "search", "full"]
ColumnType = Literal[
    "string", "number", "bool", "date", "datetime", "simpleObject", "media", "link_single", "link_multiple"
]
TableName = Annotated[str, Field(max_length=100, description="Its name in Python: app_tables.<name>.")]
ColumnName = Annotated[str, Field(max_length=200)]
VALUES = (
    "By column name. date: 2026-01-31; datetime: ISO 8601 with an offset; link_single: a row id; link_multiple: a list "
    "of row ids; media: what the file is called, its type and length; it can be emptied with null, and set by code."
)
Values = Annotated[dict[str, Any], Field(max_length=1000, description=VALUES)]


class Column(BaseModel):
    """A column."""

    name: str
    type: ColumnType
    table: str | None = Field(description="For a link: the table that it leads to.")
    client_hidden: bool = Field(description="Whether clients never see it.")


class Table(BaseModel):
    """A table."""

    name: TableName
    title: str
    client: Permission = Field(description="What clients may do with it by its name.")
    server: Permission = Field(description="What server code may do with it.")
    columns: list[Column]


class Tables(BaseModel):
    """The tables of a widget."""

    items: list[Table]
    auto_create: bool = Field(description="Whether code makes columns by using them.")


class TablesPatch(Body):
    """What to change for all tables of a widget."""

    auto_create: bool


class NewTable(Body):
    """A new table, without columns."""

    name: TableName
    title: str = Field("", max_length=1000, description="Its name for people; the name in Python without.")
    client: Permission = "none"
    server: Permission = "full"


class TablePatch(Body):
    """What to change of a table; what is left out stays."""

    name: TableName | None = None
    title: str | None = Field(None, max_length=1000)
    client: Permission | None = None
    server: Permission | None = None


class NewColumn(Body):
    """A new column, empty in every row."""

    name: ColumnName
    type: ColumnType
    table: TableName | None = Field(None, description="For a link, which needs it: the table that it leads to.")
    client_hidden: bool = False


class ColumnPatch(Body):
    """What to change of a column; what is left out stays."""

    name: ColumnName | None = None
    client_hidden: bool | None = None


class RowValues(Body):
    """Values of a row; what is left out is empty in a new row, and stays in one that is there."""

    values: Values


class Row(BaseModel):
    """A row."""

    id: int
    values: Values


class RowQuery(ListQuery):
    """Which rows, in which order."""

    limit: int = Field(100, ge=1, le=1000)
    sort: str = Field("", max_length=200, description="A column; with - before it, downwards. Without: by row id.")


class Rows(BaseModel):
    """Some rows of a table."""

    items: list[Row]
    next: str | None
    total: int = Field(description="How many rows the table has.")
