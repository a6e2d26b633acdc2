"""Objects of services whose methods user code calls: which one a call is for, and what it was called with."""

import json
from collections.abc import Mapping
from typing import Any

from widget_site.services.native import NativeCall, NativeError
from widget_wire.values import LiveObject, Signer

_REQUIRED = object()
#: Says of an argument that there has to be one.
REQUIRED: Any = _REQUIRED


def made(backend: str, object_id: str, methods: tuple[str, ...], items: Mapping[str, Any]) -> LiveObject:
    """Return an object for user code; ``items`` is what ``object["name"]`` gives."""
    return LiveObject(backend, json.dumps(object_id), methods=methods, items=items)


def held_id(call: NativeCall, signer: Signer) -> str:
    """Return the id of the object whose method is called: one that we signed for this widget; else NativeError."""
    live = call.source.message.get("liveObjectCall")
    live = live if isinstance(live, dict) else {}
    mac = live.get("mac")
    signed = [live.get("backend"), live.get("id"), live.get("permissions")]
    if not isinstance(mac, str) or not signer.is_valid("live object", signed, mac):
        raise NativeError("anvil.server.InvalidObjectError", "This object was not made here")
    if not call.source.command.startswith(f"{live['backend']}."):
        raise NativeError("anvil.server.InvalidObjectError", "This object has no such method")
    return str(json.loads(str(live["id"])))


def named(call: NativeCall, **defaults: Any) -> list[Any]:
    """Return the arguments in this order, whether they came by name or by place; REQUIRED ones must have come."""
    names = list(defaults)
    unknown = [name for name in call.kwargs if name not in names]
    if len(call.args) > len(names) or unknown:
        raise NativeError("TypeError", f"{call.name}() takes {', '.join(names) or 'no arguments'}")
    given = {**defaults, **dict(zip(names, call.args, strict=False)), **call.kwargs}
    missing = [name for name in names if given[name] is REQUIRED]
    if missing:
        raise NativeError("TypeError", f"{call.name}() needs {missing[0]}")
    return [given[name] for name in names]
