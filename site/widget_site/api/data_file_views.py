"""Data files of a widget, for its owner: listed, uploaded, downloaded, deleted (M-16).

Bytes that code of the widget may have written are only ever a download, of no type that a browser would run.
"""

import asyncio

from quart import Blueprint, Response

from widget_site.accounts.visitor import visitor
from widget_site.api import data_file_models, uploads
from widget_site.api.file_views import BYTES_HEADERS, disposition
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store.data.data_files import DataFiles

blueprint = Blueprint("data_files", __name__)
_FILES = "/widgets/<string:slug>/data-files"
_BYTES = "application/octet-stream"


@blueprint.get(_FILES)
@operation(200, data_file_models.DataFilesShown, errors=(400, 404))
async def list_data_files(slug: str) -> data_file_models.DataFilesShown:
    """List the files that a widget's code reads and writes with ``anvil.files``."""
    files = await (await _files(slug)).listed()
    return data_file_models.DataFilesShown(
        items=[
            data_file_models.DataFileShown(path=file.path, bytes=file.size_bytes, type=file.content_type)
            for file in files
        ]
    )


@blueprint.get(f"{_FILES}/<path:path>")
@operation(200, download=_BYTES, errors=(400, 404))
async def get_data_file(slug: str, path: str) -> Response:
    """Download a data file."""
    file, content = await (await _files(slug)).get(path)
    named = disposition("attachment", file.path.rpartition("/")[2])
    return Response(content, headers={"Content-Type": _BYTES, "Content-Disposition": named, **BYTES_HEADERS})


@blueprint.put(f"{_FILES}/<path:path>")
@operation(204, upload=_BYTES, errors=(400, 404, 409, 429))
async def put_data_file(slug: str, path: str) -> None:
    """Keep a data file, new or in place of what was there; the body is its content."""
    files = await _files(slug)
    async with uploads.received() as file:
        content = await asyncio.to_thread(file.path.read_bytes)
        await files.put(path, content, file.content_type or _BYTES)


@blueprint.delete(f"{_FILES}/<path:path>")
@operation(204, errors=(400, 404))
async def delete_data_file(slug: str, path: str) -> None:
    """Delete a data file."""
    await (await _files(slug)).remove(path)


async def _files(slug: str) -> DataFiles:
    return await DataFiles.of(parts().store, slug, (await visitor()).id)
