"""Rows of Data Tables, for their owner: read page by page, found, added, changed and deleted (T-82 to T-84)."""

from typing import Any

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import table_models
from widget_site.api.operation import operation
from widget_site.api.table_filters import wanted
from widget_site.api.table_values import shown, stored
from widget_site.api.table_views import TABLE
from widget_site.errors import BadRequestError, NotFoundError
from widget_site.parts import parts
from widget_site.store import paging
from widget_site.store.data.revisions import revision_of
from widget_site.store.data.row_editing import Change, Changes, Read, RowEditing
from widget_site.store.data.values import Stored, linked_ids

blueprint = Blueprint("table_rows", __name__)


@blueprint.get(f"{TABLE}/rows")
@operation(200, table_models.Rows, query=table_models.RowQuery, errors=(404,))
async def list_rows(slug: str, table: str, query: table_models.RowQuery) -> table_models.Rows:
    """List a table's rows, page by page."""
    order = [(query.sort.removeprefix("-"), not query.sort.startswith("-"))] if query.sort else []
    cursor = None if query.page is None else _cursor(query.page)
    asked = wanted(query.filter, query.search)
    read = await (await row_editing(slug)).page(table, asked, order, cursor, query.limit, skip=query.offset)
    following = None if read.cursor is None else paging.encode_cursor(*read.cursor)
    return table_models.Rows(items=rows_of(read), next=following, total=read.total)


@blueprint.post(f"{TABLE}/rows")
@operation(201, table_models.Row, body=table_models.RowValues, errors=(404, 429))
async def add_row(slug: str, table: str, body: table_models.RowValues) -> table_models.Row:
    """Add a row."""
    added, _ = await (await row_editing(slug)).change(table, Changes(add=[body.values]), stored)
    return rows_of(added)[0]


@blueprint.get(f"{TABLE}/rows/<int:row_id>")
@operation(200, table_models.Row, errors=(404,))
async def read_row(slug: str, table: str, row_id: int) -> table_models.Row:
    """Read a row."""
    return rows_of(await (await row_editing(slug)).row(table, possible(row_id)))[0]


@blueprint.patch(f"{TABLE}/rows/<int:row_id>")
@operation(200, table_models.Row, body=table_models.RowPatch, errors=(404, 409, 429))
async def patch_row(slug: str, table: str, row_id: int, body: table_models.RowPatch) -> table_models.Row:
    """Set cells of a row; with its revision, only when nobody changed those cells since."""
    change = Change(possible(row_id), body.values, body.revision)
    _, changed = await (await row_editing(slug)).change(table, Changes(change=[change]), stored)
    return rows_of(changed)[0]


@blueprint.delete(f"{TABLE}/rows/<int:row_id>")
@operation(204, errors=(404,))
async def delete_row(slug: str, table: str, row_id: int) -> None:
    """Delete a row."""
    await (await row_editing(slug)).change(table, Changes(delete=[possible(row_id)]), stored)


@blueprint.post(f"{TABLE}/changes")
@operation(200, table_models.ChangedRows, body=table_models.RowChanges, errors=(404, 409, 429))
async def change_rows(slug: str, table: str, body: table_models.RowChanges) -> table_models.ChangedRows:
    """Add, change and delete rows: all of it, or nothing."""
    changes = [Change(one.id, one.values, one.revision) for one in body.change]
    made = await (await row_editing(slug)).change(table, Changes(body.add, changes, body.delete), stored)
    added, changed = map(rows_of, made)
    return table_models.ChangedRows(added=added, changed=changed)


@blueprint.get(f"{TABLE}/choices")
@operation(200, table_models.Choices, query=table_models.ChoiceQuery, errors=(404,))
async def list_choices(slug: str, table: str, query: table_models.ChoiceQuery) -> table_models.Choices:
    """List rows that a link may lead to, each with what stands for it: the first column that says something."""
    found, total = await (await row_editing(slug)).choices(table, query.search, query.limit)
    items = [table_models.Choice(id=row_id, label=label) for row_id, label in found]
    return table_models.Choices(items=items, total=total)


async def row_editing(slug: str) -> RowEditing:
    """Return the rows of the asker's widget; SiteError."""
    return await RowEditing.of(parts().store, slug, (await visitor()).id)


def possible(row_id: int) -> int:
    """Return an id that a row may have; NotFoundError."""
    if not 0 < row_id < 2**63:
        raise NotFoundError("There is no such row.")
    return row_id


def rows_of(read: Read) -> list[table_models.Row]:
    """Return rows that were read as the API shows them."""
    return [_row(read, row_id, values) for row_id, values in read.rows]


def _row(read: Read, row_id: int, values: Stored) -> table_models.Row:
    columns = read.table.columns
    labels = {
        column.name: [read.labels.get(column.target_id, {}).get(one) for one in linked_ids(column, values[column.id])]
        for column in columns
        if column.target_id is not None and values.get(column.id) is not None
    }
    return table_models.Row(
        id=row_id,
        values={column.name: shown(column, values.get(column.id)) for column in columns},
        labels=labels,
        revision=revision_of(columns, values),
    )


def _cursor(page: str) -> list[Any]:
    try:
        return paging.read_cursor(page)
    except ValueError as error:
        raise BadRequestError("The page you ask for does not exist: use the value of `next` as it is.") from error
