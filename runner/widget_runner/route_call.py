"""A request for a route becomes an Anvil CALL and the chunks of its body (spec/anvil-protocol.md section 2)."""

import json
from typing import Any

from widget_wire import frames, functions
from widget_wire.runs import RunRequest

_encode = json.JSONEncoder(separators=(",", ":")).encode
_CHUNK_BYTES = 64 * 1024
_BODY_ID = "body"
_SAME = ("method", "path", "query_params", "form_params", "origin", "headers", "remote_address", "username", "password")


def call_frames(request: RunRequest) -> list[bytes]:
    """Return the frames of the CALL for a request with ``route``."""
    route = request.route or {}
    has_body = bool(route.get("has_body"))
    return [_text(_call(request, route, has_body)), *(_chunks(request.id, request.body) if has_body else ())]


def recorded(route: dict[str, Any]) -> dict[str, Any]:
    """Return what the run's record says of its request."""
    key = {"key": route["key"]} if route.get("key") else {}
    return {**{name: route.get(name) for name in ("method", "path", "remote_address")}, **key}


def _call(request: RunRequest, route: dict[str, Any], has_body: bool) -> dict[str, Any]:
    kwargs = {name: route.get(name) for name in _SAME}
    # The library fails when an alternate origin is set (anvil-protocol.md 1.9).
    kwargs |= {"body": None, "same_app_alternate_origin": None}
    body = {"id": _BODY_ID, "mime-type": route.get("content_type"), "name": route.get("file_name")}
    described = [{"path": ["kwargs", "body"], "type": ["DataMedia"], **body}] if has_body else []
    return {
        "type": "CALL",
        "id": request.id,
        "call-stack-id": request.id,
        "command": f"{route.get('prefix', 'route')}:{route.get('path', '/')}",
        "args": [],
        "kwargs": kwargs,
        "call-stack": [{"type": "http"}],
        "client": {"type": "http", "ip": route.get("remote_address"), "location": None},
        "sessionData": request.session_data or {"session": {}, "objects": []},
        "session-id": request.session or request.id,
        "app-info": functions.app_info(request.widget_id),
        "objects": described,
    }


def _chunks(request_id: str, body: bytes) -> list[bytes]:
    """Return the body in chunks; an empty one has one chunk, too."""
    made = []
    starts = range(0, len(body), _CHUNK_BYTES) if body else (0,)
    for index, start in enumerate(starts):
        header = {
            "type": "CHUNK_HEADER",
            "requestId": request_id,
            "mediaId": _BODY_ID,
            "chunkIndex": index,
            "lastChunk": start + _CHUNK_BYTES >= len(body),
        }
        made += [_text(header), frames.pack(frames.BINARY, body[start : start + _CHUNK_BYTES])]
    return made


def _text(message: dict[str, Any]) -> bytes:
    return frames.pack(frames.TEXT, _encode(message).encode())
