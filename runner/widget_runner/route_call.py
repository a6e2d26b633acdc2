"""A request for a route becomes an Anvil CALL and the chunks of its body (spec/anvil-protocol.md section 2)."""

import json
from typing import Any

from widget_wire import frames, functions, media_chunks, routes
from widget_wire.runs import RunRequest

_encode = json.JSONEncoder(separators=(",", ":")).encode


def call_frames(request: RunRequest) -> list[bytes]:
    """Return the frames of the CALL for a request with ``route``; a body that is not here comes after them."""
    route = request.route or {}
    call = frames.pack(frames.TEXT, _encode(_call(request, route)).encode())
    if request.body_bytes:
        return [call]
    return [call, *media_chunks.addressed(routes.body_frames(route, request.body), request.id)]


def _call(request: RunRequest, route: dict[str, Any]) -> dict[str, Any]:
    function = {
        "command": routes.command(route),
        "caller": "http",
        "call_stack": [{"type": "http"}],
        "client": routes.client(route),
        "message": routes.arguments(route),
    }
    about = functions.app_info(request.widget_id)
    return functions.call_message(request.id, function, about, request.session, request.session_data)
