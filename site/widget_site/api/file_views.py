"""Files of runs: what a script wrote, and pictures and large tables that it showed; for the widget's owner alone.

Bytes of user code are never served as anything that a browser would run: a picture is one by its first bytes, and
everything else is a download without a type.
"""

from urllib.parse import quote

from quart import Blueprint, Response, request

from widget_model.pictures import picture_of
from widget_site.accounts.visitor import visitor
from widget_site.api import run_models
from widget_site.api.operation import operation
from widget_site.errors import NotFoundError
from widget_site.parts import parts
from widget_site.store import runs
from widget_wire.run_files import SHOWN

blueprint = Blueprint("files", __name__)

#: Whatever they are, no browser does anything with them.
BYTES_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
#: What files come as.
BYTES_TYPES = "application/octet-stream, image/png, image/jpeg, image/gif, image/webp"
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


@blueprint.get("/runs/<run_id>/files")
@operation(200, run_models.RunFiles, errors=(404,))
async def list_files(run_id: str) -> run_models.RunFiles:
    """List the files that a script wrote during a run; for its widget's owner."""
    site = parts()
    await runs.get(site.store, run_id, (await visitor()).id)
    files = await site.run_files.written(run_id)
    return run_models.RunFiles(
        items=[
            run_models.RunFileShown(id=file.id, name=file.name, type=file.mime, bytes=file.bytes, note=file.note)
            for file in files
        ]
    )


@blueprint.get("/runs/<run_id>/files/<file_id>")
@operation(200, download=BYTES_TYPES, errors=(404,))
async def get_file(run_id: str, file_id: str) -> Response:
    """Download a file that a script wrote, or a picture or other part of something that it showed.

    A picture that was shown comes as one unless ``?download=1`` is asked for; everything else is an attachment.
    """
    site = parts()
    await runs.get(site.store, run_id, (await visitor()).id)
    found = await site.run_files.read(run_id, file_id)
    if found is None:
        raise NotFoundError("This run has no such file.")
    file, content = found
    picture = picture_of(content)
    is_picture = file.kind == SHOWN and picture is not None and picture.is_reasonable
    mime = picture.mime if is_picture and picture is not None else "application/octet-stream"
    name = file.name.rpartition("/")[2] or f"{run_id}-{file_id[-6:]}.{_ENDINGS.get(mime, 'bin')}"
    how = "inline" if is_picture and not request.args.get("download") else "attachment"
    headers = {
        "Content-Type": mime,
        "Content-Disposition": disposition(how, name),
        **BYTES_HEADERS,
        # The id names these bytes for ever; whose browser this is decides who may see them.
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return Response(content, headers=headers)


def disposition(how: str, name: str) -> str:
    """Return the header for a file's name: ASCII for old programs, UTF-8 for the others; both quoted."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\%;' else "_" for char in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
