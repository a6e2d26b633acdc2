"""Data Tables of a widget, for its owner: tables and columns are made and changed (T-80, T-81, T-85)."""

from collections.abc import Mapping
from typing import Any

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import table_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import widgets
from widget_site.store.data.editing import Editing
from widget_site.store.data.values import ColumnInfo, Schema, TableInfo

blueprint = Blueprint("tables", __name__)
# The kind of each parameter is named: quart_schema misreads "<slug>/…/<int:number>".
TABLE = "/widgets/<string:slug>/tables/<string:table>"


@blueprint.get("/widgets/<slug>/tables")
@operation(200, table_models.Tables, errors=(404,))
async def list_tables(slug: str) -> table_models.Tables:
    """List a widget's tables with their columns."""
    return await tables_of(await _editing(slug))


@blueprint.patch("/widgets/<slug>/tables")
@operation(200, table_models.Tables, body=table_models.TablesPatch, errors=(404,))
async def patch_tables(slug: str, body: table_models.TablesPatch) -> table_models.Tables:
    """Say whether code makes columns by using them."""
    editing = await _editing(slug)
    await editing.set_auto_create(body.auto_create)
    return await tables_of(editing)


@blueprint.post("/widgets/<slug>/tables")
@operation(201, table_models.Table, body=table_models.NewTable, errors=(404,))
async def add_table(slug: str, body: table_models.NewTable) -> table_models.Table:
    """Make a table."""
    editing = await _editing(slug)
    made = await editing.add_table(body.name, body.title, body.client, body.server)
    return await _table(editing, made)


@blueprint.patch(TABLE)
@operation(200, table_models.Table, body=table_models.TablePatch, errors=(404,))
async def patch_table(slug: str, table: str, body: table_models.TablePatch) -> table_models.Table:
    """Change a table's name in Python, its title or its permissions; its rows stay."""
    editing = await _editing(slug)
    changed = await editing.change_table(table, body.model_dump(exclude_none=True))
    return await _table(editing, changed)


@blueprint.delete(TABLE)
@operation(204, errors=(404, 409))
async def delete_table(slug: str, table: str) -> None:
    """Delete a table with its rows, and the columns of other tables that link to it; 409 when other widgets use it.

    Of a table that lives in another widget, this one's use of it ends.
    """
    await (await _editing(slug)).drop_table(table)


@blueprint.post(f"{TABLE}/columns")
@operation(201, table_models.Column, body=table_models.NewColumn, errors=(404,))
async def add_column(slug: str, table: str, body: table_models.NewColumn) -> table_models.Column:
    """Add a column."""
    editing = await _editing(slug)
    made = await editing.add_column(table, body.name, body.type, body.table, body.client_hidden, body.indexes)
    return _column(await editing.schema(), made)


@blueprint.patch(f"{TABLE}/columns/<path:column>")
@operation(200, table_models.Column, body=table_models.ColumnPatch, errors=(404,))
async def patch_column(slug: str, table: str, column: str, body: table_models.ColumnPatch) -> table_models.Column:
    """Rename a column, hide it from clients, or say which indexes it has; its values stay."""
    editing = await _editing(slug)
    changed = await editing.change_column(table, column, body.name, body.client_hidden, body.indexes)
    return _column(await editing.schema(), changed)


@blueprint.delete(f"{TABLE}/columns/<path:column>")
@operation(204, errors=(404,))
async def delete_column(slug: str, table: str, column: str) -> None:
    """Delete a column with its values."""
    await (await _editing(slug)).drop_column(table, column)


@blueprint.put(f"{TABLE}/columns")
@operation(200, table_models.Table, body=table_models.ColumnOrder, errors=(404,))
async def order_columns(slug: str, table: str, body: table_models.ColumnOrder) -> table_models.Table:
    """Put a table's columns into another order."""
    editing = await _editing(slug)
    return await _table(editing, await editing.order_columns(table, body.columns))


@blueprint.post(f"{TABLE}/retype")
@operation(200, table_models.Retyped, body=table_models.NewType, errors=(404,))
async def retype_column(slug: str, table: str, body: table_models.NewType) -> table_models.Retyped:
    """Give a column another type, or say what would become of its values."""
    editing = await _editing(slug)
    column, made = await editing.retype(
        table, body.column, body.type, body.table, is_preview=body.preview, may_lose=body.may_lose
    )
    return table_models.Retyped(
        column=_column(await editing.schema(), column),
        kept=made.kept,
        lost=made.lost,
        examples=[table_models.LostValue(row=row, value=value) for row, value in made.examples],
    )


async def _editing(slug: str) -> Editing:
    return await Editing.of(parts().store, slug, (await visitor()).id)


async def tables_of(editing: Editing) -> table_models.Tables:
    """Return the tables of a widget as the API shows them."""
    schema = await editing.schema()
    homes = await _homes(editing, schema)
    items = [_shown(schema, info, homes) for info in schema.tables.values()]
    return table_models.Tables(items=items, auto_create=schema.auto_create)


async def _table(editing: Editing, info: TableInfo) -> table_models.Table:
    schema = await editing.schema()
    return _shown(schema, info, await _homes(editing, schema))


async def _homes(editing: Editing, schema: Schema) -> Mapping[str, str]:
    """Return the names of the other widgets that tables live in, by id."""
    ids = {info.home_id for info in schema.tables.values() if info.home_id is not None}
    return await widgets.live_slugs(editing.store, ids)


def _shown(schema: Schema, info: TableInfo, homes: Mapping[str, str]) -> table_models.Table:
    said: dict[str, Any] = {"name": info.name, "title": info.title, "client": info.client, "server": info.server}
    home = None if info.home_id is None else homes.get(info.home_id)
    return table_models.Table(**said, home=home, columns=[_column(schema, column) for column in info.columns])


def _column(schema: Schema, column: ColumnInfo) -> table_models.Column:
    target = None if column.target_id is None else schema.tables.get(column.target_id)
    said: dict[str, Any] = {"name": column.name, "type": column.type, "client_hidden": column.client_hidden}
    return table_models.Column(**said, table=None if target is None else target.name, indexes=list(column.indexes))
