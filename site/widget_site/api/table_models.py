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
IndexKind = Literal["trigram", "full_text"]
Indexes = Annotated[list[IndexKind], Field(max_length=2)]
INDEXES = (
    "Beside the one for order and comparisons, which every column of texts, numbers and dates has: trigram for like "
    "and ilike (texts), full_text for full_text_match (texts, simple objects)."
)
VALUES = (
    "By column name. date: 2026-01-31; datetime: ISO 8601 with an offset; link_single: a row id; link_multiple: a list "
    "of row ids; media: what the file is called, its type and length; it is set by PUT of the file, emptied with null."
)
Values = Annotated[dict[str, Any], Field(max_length=1000, description=VALUES)]


class Column(BaseModel):
    """A column."""

    name: str
    type: ColumnType
    table: str | None = Field(description="For a link: the table that it leads to.")
    client_hidden: bool = Field(description="Whether clients never see it.")
    indexes: list[IndexKind] = Field(description=INDEXES)


class Table(BaseModel):
    """A table."""

    name: TableName
    title: str
    client: Permission = Field(description="What clients may do with it by its name.")
    server: Permission = Field(description="What server code may do with it.")
    home: str | None = Field(description="The widget that it lives in, when that is another one.")
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
    indexes: Indexes = Field([], description=INDEXES)


class ColumnPatch(Body):
    """What to change of a column; what is left out stays."""

    name: ColumnName | None = None
    client_hidden: bool | None = None
    indexes: Indexes | None = Field(None, description=INDEXES)


class NewShare(Body):
    """Another widget that is to use a table."""

    widget: Annotated[str, Field(max_length=100, description="Its name.")]
    name: TableName | None = Field(None, description="The table's name in Python there; the same without.")
    client: Permission = "none"
    server: Permission = "full"


class Share(BaseModel):
    """A widget that uses a table of another one; what it may is changed at the table there."""

    widget: str
    name: TableName
    client: Permission
    server: Permission


class Shares(BaseModel):
    """The widgets that use a table."""

    items: list[Share]


class ColumnOrder(Body):
    """The order of a table's columns."""

    columns: list[ColumnName] = Field(max_length=1000, description="Each column once.")


class NewType(Body):
    """Another type for a column."""

    column: ColumnName
    type: ColumnType
    table: TableName | None = Field(None, description="For a link, which needs it: the table that it leads to.")
    preview: bool = Field(False, description="Say what would become of the values, and change nothing.")
    may_lose: int | None = Field(
        None, ge=0, description="Change nothing when more values than this can't be kept. Without: any number."
    )


class LostValue(BaseModel):
    """A value that a column's new type can't hold."""

    row: int
    value: str = Field(description="As text, its beginning.")


class Retyped(BaseModel):
    """What becomes of the values of a column."""

    column: Column = Field(description="As it is now.")
    kept: int
    lost: int = Field(description="How many become empty.")
    examples: list[LostValue] = Field(description="The first of them.")


REVISION = "What the row held when it was read, as it came. With it, 409 when a cell that is to change changed since."


class RowValues(Body):
    """Values of a new row; what is left out is empty."""

    values: Values


class RowPatch(Body):
    """New values of a row's cells; what is left out stays."""

    values: Values
    revision: str | None = Field(None, max_length=5000, description=REVISION)


class RowChange(RowPatch):
    """New values of one row's cells."""

    id: int = Field(gt=0, lt=2**63)


class RowChanges(Body):
    """What is to happen at once: all of it, or nothing."""

    add: list[Values] = Field(default=[], max_length=1000)
    change: list[RowChange] = Field(default=[], max_length=1000)
    delete: list[Annotated[int, Field(gt=0, lt=2**63)]] = Field(default=[], max_length=1000)


class Row(BaseModel):
    """A row."""

    id: int
    values: Values
    labels: dict[str, list[str | None]] = Field(
        description="For each link that is not empty: what stands for the rows, in order; null for one that is gone."
    )
    revision: str = Field(description="What it holds, for whoever changes it.")


class ChangedRows(BaseModel):
    """The rows as they are after changes."""

    added: list[Row]
    changed: list[Row]


FILTER = (
    'JSON: a list of conditions, all of which hold, such as [{"column": "age", "is": ">=", "value": 18}]. "is" is one '
    "of =, !=, <, <=, >, >=, contains, starts, empty, not empty; values are as in rows."
)


class RowQuery(ListQuery):
    """Which rows, in which order."""

    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, lt=2**31, description="How many rows to leave out first.")
    sort: str = Field("", max_length=102, description="A column; with - before it, downwards. Without: by row id.")
    filter: str = Field("", max_length=900, description=FILTER)
    search: str = Field("", max_length=100, description="Words; each is in some column of text.")


class Rows(BaseModel):
    """Some rows of a table."""

    items: list[Row]
    next: str | None
    total: int = Field(description="How many rows there are with this filter and search.")


class ChoiceQuery(BaseModel):
    """Which rows may be chosen for a link."""

    search: str = Field("", max_length=200, description="Words of the label, or a row's id.")
    limit: int = Field(50, ge=1, le=1000)


class Choice(BaseModel):
    """A row, and what stands for it."""

    id: int
    label: str


class Choices(BaseModel):
    """Rows that may be chosen, by label."""

    items: list[Choice]
    total: int


class MediaQuery(BaseModel):
    """What a file is called."""

    name: str = Field("", max_length=200)


PREVIEW = "Say what would come in, and what is wrong, and change nothing."


class NewTableQuery(BaseModel):
    """The table that is made of a file."""

    name: str = Field("", max_length=100, description="Its name in Python; it needs one, but for a preview.")
    types: str | None = Field(
        None, max_length=300, description='JSON: a type for each column of the file, such as ["string"]. Else guessed.'
    )
    preview: bool = Field(False, description=PREVIEW)


class ImportQuery(BaseModel):
    """Where the columns of a file go."""

    columns: str | None = Field(
        None,
        max_length=700,
        description='JSON: for each column of the file one of the table or null, such as ["name", null]. Else by name.',
    )
    preview: bool = Field(False, description=PREVIEW)


class ExportQuery(BaseModel):
    """How a table is written as CSV."""

    escape_for_excel: bool = Field(False, description="Put ' before what a spreadsheet takes for a formula.")


class FileColumn(BaseModel):
    """A column of a file."""

    name: str
    column: str = Field(description="Of the table; empty for what is left out.")
    type: str


class WrongCell(BaseModel):
    """A cell that can't be in its column."""

    line: int
    column: str
    value: str
    text: str = Field(description="What it would have to be.")


class Imported(BaseModel):
    """What came in, or would."""

    table: str
    columns: list[FileColumn]
    rows: int
    wrong: int = Field(description="Cells that can't be in their columns; with any, nothing comes in.")
    errors: list[WrongCell] = Field(description="The first of them.")
