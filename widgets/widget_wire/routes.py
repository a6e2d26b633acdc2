"""A request for a route as the CALL for whoever runs its code: a child or an uplink (spec/anvil-protocol.md 2)."""

from typing import Any

from widget_wire import media_chunks

#: The id of the request's body among a call's media.
BODY_ID = "body"
_SAME = ("method", "path", "query_params", "form_params", "origin", "headers", "remote_address", "username", "password")


def command(route: dict[str, Any]) -> str:
    """Return the name that a route is registered under, with this request's path in it."""
    return f"{route.get('prefix', 'route')}:{route.get('path', '/')}"


def arguments(route: dict[str, Any]) -> dict[str, Any]:
    """Return what a CALL brings beside its command; the media are ``body_frames``."""
    kwargs = {name: route.get(name) for name in _SAME}
    # The library fails when an alternate origin is set (anvil-protocol.md 1.9).
    kwargs |= {"body": None, "same_app_alternate_origin": None}
    media = {"id": BODY_ID, "mime-type": route.get("content_type"), "name": route.get("file_name")}
    described = [{"path": ["kwargs", "body"], "type": ["DataMedia"], **media}] if route.get("has_body") else []
    return {"args": [], "kwargs": kwargs, "objects": described}


def client(route: dict[str, Any]) -> dict[str, Any]:
    """Return what ``context.client`` says of who sent the request."""
    return {"type": "http", "ip": route.get("remote_address"), "location": None}


def body_frames(route: dict[str, Any], body: bytes) -> bytes:
    """Return the frames of the request's body."""
    return media_chunks.write({BODY_ID: body}) if route.get("has_body") else b""


def recorded(route: dict[str, Any]) -> dict[str, Any]:
    """Return what the run's record says of its request."""
    key = {"key": route["key"]} if route.get("key") else {}
    return {**{name: route.get(name) for name in ("method", "path", "remote_address")}, **key}
