"""What media cells of Data Tables hold, for their owner: put there, and downloaded (T-09, T-82).

Bytes of user code are never served as anything that a browser would run: a picture is one by its first bytes, and
everything else is a download without a type.
"""

import asyncio

from quart import Blueprint, Response, request

from widget_model.pictures import picture_of
from widget_site.accounts.visitor import visitor
from widget_site.api import table_models, uploads
from widget_site.api.file_views import BYTES_HEADERS, BYTES_TYPES, disposition
from widget_site.api.operation import operation
from widget_site.api.table_row_views import possible, rows_of
from widget_site.api.table_views import TABLE
from widget_site.errors import BadRequestError
from widget_site.parts import parts
from widget_site.store.data.media_editing import MediaEditing

blueprint = Blueprint("table_media", __name__)
_CELL = f"{TABLE}/rows/<int:row_id>/media/<path:column>"
_BYTES = "application/octet-stream"


@blueprint.put(_CELL)
@operation(200, table_models.Row, query=table_models.MediaQuery, upload=_BYTES, errors=(404, 409, 429))
async def put_media(
    slug: str, table: str, row_id: int, column: str, query: table_models.MediaQuery
) -> table_models.Row:
    """Put a file, the body, into a media cell; with the row's revision as If-Match only when the cell is unchanged."""
    editing = await _editing(slug)
    await editing.require_media(table, possible(row_id), column)
    async with uploads.received() as file:
        content = await asyncio.to_thread(file.path.read_bytes)
        kind = file.content_type or _BYTES
        revision = request.headers.get("If-Match", "").strip().strip('"') if "If-Match" in request.headers else None
        read = await editing.put(table, row_id, column, content, kind, _name(query.name), revision)
    return rows_of(read)[0]


@blueprint.get(_CELL)
@operation(200, download=BYTES_TYPES, errors=(404,))
async def get_media(slug: str, table: str, row_id: int, column: str) -> Response:
    """Download what a media cell holds; a picture comes as one unless ``?download=1`` is asked for."""
    kept, content = await (await _editing(slug)).get(table, possible(row_id), column)
    picture = picture_of(content)
    is_picture = picture is not None and picture.is_reasonable
    mime = picture.mime if is_picture and picture is not None else _BYTES
    how = "inline" if is_picture and not request.args.get("download") else "attachment"
    named = disposition(how, kept["name"] or f"{table}-{row_id}.bin")
    return Response(content, headers={"Content-Type": mime, "Content-Disposition": named, **BYTES_HEADERS})


async def _editing(slug: str) -> MediaEditing:
    return await MediaEditing.of(parts().store, slug, (await visitor()).id)


def _name(name: str) -> str | None:
    if name and not name.isprintable():
        raise BadRequestError("The name of the file has characters that can't be seen.")
    return name or None
