"""Data Tables of a widget, for its owner: made, changed, filled and read (T-80 to T-84)."""

from typing import Any

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import table_models
from widget_site.api.operation import operation
from widget_site.api.table_values import shown, stored
from widget_site.errors import BadRequestError, NotFoundError
from widget_site.parts import parts
from widget_site.store import paging
from widget_site.store.data.editing import Editing
from widget_site.store.data.values import ColumnInfo, Schema, Stored, TableInfo

blueprint = Blueprint("tables", __name__)
# The kind of each parameter is named: quart_schema misreads "<slug>/…/<int:number>".
_TABLE = "/widgets/<string:slug>/tables/<string:table>"


@blueprint.get("/widgets/<slug>/tables")
@operation(200, table_models.Tables, errors=(404,))
async def list_tables(slug: str) -> table_models.Tables:
    """List a widget's tables with their columns."""
    return _tables(await (await _editing(slug)).schema())


@blueprint.patch("/widgets/<slug>/tables")
@operation(200, table_models.Tables, body=table_models.TablesPatch, errors=(404,))
async def patch_tables(slug: str, body: table_models.TablesPatch) -> table_models.Tables:
    """Say whether code makes columns by using them."""
    editing = await _editing(slug)
    await editing.set_auto_create(body.auto_create)
    return _tables(await editing.schema())


@blueprint.post("/widgets/<slug>/tables")
@operation(201, table_models.Table, body=table_models.NewTable, errors=(404,))
async def add_table(slug: str, body: table_models.NewTable) -> table_models.Table:
    """Make a table."""
    editing = await _editing(slug)
    made = await editing.add_table(body.name, body.title, body.client, body.server)
    return _table(await editing.schema(), made)


@blueprint.patch(_TABLE)
@operation(200, table_models.Table, body=table_models.TablePatch, errors=(404,))
async def patch_table(slug: str, table: str, body: table_models.TablePatch) -> table_models.Table:
    """Change a table's name in Python, its title or its permissions; its rows stay."""
    editing = await _editing(slug)
    changed = await editing.change_table(table, body.model_dump(exclude_none=True))
    return _table(await editing.schema(), changed)


@blueprint.delete(_TABLE)
@operation(204, errors=(404,))
async def delete_table(slug: str, table: str) -> None:
    """Delete a table with its rows, and the columns of other tables that link to it."""
    await (await _editing(slug)).drop_table(table)


@blueprint.post(f"{_TABLE}/columns")
@operation(201, table_models.Column, body=table_models.NewColumn, errors=(404,))
async def add_column(slug: str, table: str, body: table_models.NewColumn) -> table_models.Column:
    """Add a column."""
    editing = await _editing(slug)
    made = await editing.add_column(table, body.name, body.type, body.table, body.client_hidden)
    return _column(await editing.schema(), made)


@blueprint.patch(f"{_TABLE}/columns/<path:column>")
@operation(200, table_models.Column, body=table_models.ColumnPatch, errors=(404,))
async def patch_column(slug: str, table: str, column: str, body: table_models.ColumnPatch) -> table_models.Column:
    """Rename a column, or hide it from clients; its values stay."""
    editing = await _editing(slug)
    changed = await editing.change_column(table, column, body.name, body.client_hidden)
    return _column(await editing.schema(), changed)


@blueprint.delete(f"{_TABLE}/columns/<path:column>")
@operation(204, errors=(404,))
async def delete_column(slug: str, table: str, column: str) -> None:
    """Delete a column with its values."""
    await (await _editing(slug)).drop_column(table, column)


@blueprint.get(f"{_TABLE}/rows")
@operation(200, table_models.Rows, query=table_models.RowQuery, errors=(404,))
async def list_rows(slug: str, table: str, query: table_models.RowQuery) -> table_models.Rows:
    """List a table's rows, page by page."""
    order = [(query.sort.removeprefix("-"), not query.sort.startswith("-"))] if query.sort else []
    cursor = None if query.page is None else _cursor(query.page)
    info, page, total = await (await _editing(slug)).page(table, order, cursor, query.limit)
    following = None if page.cursor is None else paging.encode_cursor(*page.cursor)
    return table_models.Rows(items=[_row(info, *row) for row in page.rows], next=following, total=total)


@blueprint.post(f"{_TABLE}/rows")
@operation(201, table_models.Row, body=table_models.RowValues, errors=(404, 429))
async def add_row(slug: str, table: str, body: table_models.RowValues) -> table_models.Row:
    """Add a row."""
    return _row(*await (await _editing(slug)).add_row(table, lambda info: stored(info, body.values)))


@blueprint.patch(f"{_TABLE}/rows/<int:row_id>")
@operation(200, table_models.Row, body=table_models.RowValues, errors=(404, 429))
async def patch_row(slug: str, table: str, row_id: int, body: table_models.RowValues) -> table_models.Row:
    """Set cells of a row."""
    editing = await _editing(slug)
    return _row(*await editing.change_row(table, _possible(row_id), lambda info: stored(info, body.values)))


@blueprint.delete(f"{_TABLE}/rows/<int:row_id>")
@operation(204, errors=(404,))
async def delete_row(slug: str, table: str, row_id: int) -> None:
    """Delete a row."""
    await (await _editing(slug)).remove_row(table, _possible(row_id))


async def _editing(slug: str) -> Editing:
    return await Editing.of(parts().store, slug, (await visitor()).id)


def _possible(row_id: int) -> int:
    if row_id >= 2**63:
        raise NotFoundError("There is no such row.")
    return row_id


def _cursor(page: str) -> list[Any]:
    try:
        return paging.read_cursor(page)
    except ValueError as error:
        raise BadRequestError("The page you ask for does not exist: use the value of `next` as it is.") from error


def _tables(schema: Schema) -> table_models.Tables:
    items = [_table(schema, info) for info in schema.tables.values()]
    return table_models.Tables(items=items, auto_create=schema.auto_create)


def _table(schema: Schema, info: TableInfo) -> table_models.Table:
    said: dict[str, Any] = {"name": info.name, "title": info.title, "client": info.client, "server": info.server}
    return table_models.Table(**said, columns=[_column(schema, column) for column in info.columns])


def _column(schema: Schema, column: ColumnInfo) -> table_models.Column:
    target = None if column.target_id is None else schema.tables.get(column.target_id)
    said: dict[str, Any] = {"name": column.name, "type": column.type, "client_hidden": column.client_hidden}
    return table_models.Column(**said, table=None if target is None else target.name)


def _row(info: TableInfo, row_id: int, values: Stored) -> table_models.Row:
    return table_models.Row(
        id=row_id, values={column.name: shown(column, values.get(column.id)) for column in info.columns}
    )
