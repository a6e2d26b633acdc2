"""Files of the engines that client Python runs on: megabytes, so in brotli for whoever takes it."""

from quart import Blueprint, Response, request, send_file
from werkzeug.security import safe_join

from widget_site.assets import ADDRESS, FOLDER
from widget_site.errors import NotFoundError

blueprint = Blueprint("engine_files", __name__)

#: By ending; browsers compile WebAssembly while it arrives only under its own type.
_TYPES = {
    "wasm": "application/wasm",
    "mjs": "text/javascript; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "zip": "application/zip",
}


@blueprint.get(f"{ADDRESS}engines/<path:name>")
async def engine_file(name: str) -> Response:
    """Send a file that the build put below ``engines/``, its twin in brotli where the request accepts that."""
    path = safe_join(str(FOLDER / "engines"), name)
    mime_type = _TYPES.get(name.rpartition(".")[2])
    if path is None or mime_type is None:
        raise NotFoundError()
    packed = request.accept_encodings["br"] > 0
    try:
        response = await send_file(f"{path}.br" if packed else path, mimetype=mime_type, conditional=True)
    except FileNotFoundError as error:
        raise NotFoundError() from error
    if packed:
        response.headers["Content-Encoding"] = "br"
    response.headers["Vary"] = "Accept-Encoding"
    return response
