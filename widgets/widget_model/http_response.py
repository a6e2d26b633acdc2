"""The value that a route returned becomes the bytes of an HTTP response, or a clear 500 (features.md 2.3).

Everything here came out of a sandbox and may be hostile: headers are checked one by one, sizes are bounded, and what
can't be sent is told to the owner in words.
"""

import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from widget_model.cookies import is_platform_cookie
from widget_model.limits import Limits
from widget_model.opened_page import PAGE_TYPE, page_of

#: H-62: all that a visitor learns of an exception.
EXCEPTION_TEXT = "An exception was raised. Check the application logs for details."
#: H-13
NOT_FOUND_TEXT = "No matching API endpoint"
ALLOWED_KINDS = (
    "A route returns a string, a number, a bool, None, a list or dict of these, a Media object, "
    "or an anvil.server.HttpResponse with one of them as its body."
)

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_TEXT_TYPE = "text/plain; charset=utf-8"
_JSON_TYPE = "application/json"
_EVENTS_TYPE = "text/event-stream"
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")
#: Anything but tab, visible characters and blanks of Latin-1, which is what HTTP/1.1 can carry in a header.
_BAD_VALUE = re.compile(r"[^\t\x20-\x7e\xa0-\xff]")
_MAX_HEADERS = 100
_MAX_VALUE_CHARS = 8 * 1024
_MAX_HEADER_CHARS = 32 * 1024
#: They belong to one connection, not to a response (RFC 9110 7.6.1).
_HOP_BY_HOP = frozenset(
    (
        "connection keep-alive proxy-authenticate proxy-authorization proxy-connection "
        "te trailer transfer-encoding upgrade"
    ).split()
)
#: The server knows the length better; a wrong one would let one response run into the next.
_OURS = frozenset(["content-length"])
_UNSENDABLE = re.compile(r"Cannot serialize <class '([^']*)'>.*? at msg((?:\[.*\])?)", re.DOTALL)
_RETURNED = "Cannot serialize return value from function."
_BODY_PATH = re.compile(r"^\[['\"]response['\"]\](?:\[['\"]body['\"]\])?")


@dataclass(frozen=True)
class HttpAnswer:
    """One HTTP response, ready to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: What the owner's log says when the response is not what the code asked for; "" otherwise.
    complaint: str = ""
    #: Bytes of the body that was left out (HEAD), -1 when that is not known; None for a body that is here.
    length: int | None = None
    #: ``sessionData`` as the code left it; None when it changed nothing.
    session_data: dict[str, Any] | None = None
    #: The code did something to its visitor's session or cookies.
    visited: bool = False


@dataclass(frozen=True)
class MediaBody:
    """A Media object as it came out of the child."""

    content: bytes
    content_type: str | None
    name: str | None


def media_bodies(objects: Any, contents: Mapping[str, bytes]) -> dict[str, MediaBody]:
    """Return the Media among a message's ``objects`` by media id; ``contents`` is what came of each."""
    found = {}
    for item in objects if isinstance(objects, list) else ():
        if isinstance(item, dict) and item.get("type") == ["DataMedia"] and isinstance(item.get("id"), str):
            kind, name = (value if isinstance(value := item.get(key), str) else None for key in ("mime-type", "name"))
            found[item["id"]] = MediaBody(contents.get(item["id"], b""), kind, name)
    return found


class _ResponseError(ValueError):
    """The response can't be sent; the text is for the owner's log."""


class _UnsendableError(_ResponseError):
    """The response holds a value that HTTP can't carry; the text is shown to the caller, too (H-60)."""


def text_answer(status: int, text: str, complaint: str = "") -> HttpAnswer:
    """Return a plain-text response of our own."""
    return HttpAnswer(status, (("content-type", _TEXT_TYPE),), text.encode(), complaint)


def error_answer(error: dict[str, Any]) -> HttpAnswer:
    """Return what a caller sees of an error in a route: 404 for no route, what can't be sent, else H-62's sentence."""
    kind, message = str(error.get("type", "")), str(error.get("message", ""))
    if kind == "anvil.server.NoServerFunctionError" and re.search(r"\b(?:route|http):", message):
        return text_answer(404, NOT_FOUND_TEXT)
    if kind == "anvil.server.SerializationError" and message.startswith(_RETURNED):
        text = unsendable_text(message)
        return text_answer(500, text, text)
    return text_answer(500, EXCEPTION_TEXT)


def unsendable_text(message: str) -> str:
    """Say in HTTP's terms what the library says of a value that it can't serialise (H-60, H-61)."""
    found = _UNSENDABLE.search(message)
    if found is None:
        said = message.removeprefix(_RETURNED).strip()
        # The size of a value says nothing against its kind.
        return said if "too much data" in said else f"{said.removesuffix('.')}. {ALLOWED_KINDS}"
    kind, path = found[1], _BODY_PATH.sub("", found[2])
    if kind == "bytes":
        return (
            f"Cannot send a bytes object over HTTP as response{path}: the function returned a binary string. "
            "Return anvil.BlobMedia(content_type, content) instead."
        )
    return f"Cannot send a {kind} object over HTTP as response{path}. {ALLOWED_KINDS}"


def make_answer(
    message: dict[str, Any], media: dict[str, MediaBody], limits: Limits, *, opens_pages: bool = False
) -> HttpAnswer:
    """Return the HTTP response for Anvil's ``message``: ``response`` and its ``objects``; ``media`` by media id.

    ``opens_pages``: it may be one that the site makes a page of (``opened_page``).
    """
    try:
        page = page_of(message) if opens_pages else None
        if page is not None:
            status, _ = _status_and_headers(message)
            return HttpAnswer(status, (("content-type", PAGE_TYPE),), page, session_data=session_data(message))
        return _answer(message, media, limits)
    except _UnsendableError as error:
        return text_answer(500, str(error), str(error))
    except _ResponseError as error:
        return text_answer(500, EXCEPTION_TEXT, str(error))


def session_data(message: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a call left in its visitor's session; None when it changed nothing, or that is not in order."""
    left = message.get("sessionData")
    if not isinstance(left, dict):
        return None
    session, objects = left.get("session"), left.get("objects")
    is_one = isinstance(session, dict) and isinstance(objects, list)
    return {"session": session, "objects": objects} if is_one else None


def make_head(message: dict[str, Any]) -> HttpAnswer:
    """Return status and headers of a response whose body follows in pieces; with a ``complaint`` none may follow."""
    try:
        return _head(message)
    except _UnsendableError as error:
        return text_answer(500, str(error), str(error))
    except _ResponseError as error:
        return text_answer(500, EXCEPTION_TEXT, str(error))


def _head(message: dict[str, Any]) -> HttpAnswer:
    status, asked = _status_and_headers(message)
    _restore(message, {})
    stream = message["stream"]
    kind, name = (item if isinstance(item := stream.get(key), str) else None for key in ("type", "name"))
    headers = dict(asked)
    made = _media_headers(MediaBody(b"", kind, name))
    if headers.get("content-type", "").partition(";")[0].strip().lower() == _EVENTS_TYPE:
        # Events are for now: nothing on the way may keep or gather them.
        made += [("cache-control", "no-cache"), ("x-accel-buffering", "no")]
    kept = tuple(pair for pair in made if pair[0] not in headers)
    return HttpAnswer(status, (*kept, *asked), b"", session_data=session_data(message))


def _status_and_headers(message: dict[str, Any]) -> tuple[int, tuple[tuple[str, str], ...]]:
    response = message.get("response")
    if not isinstance(response, dict) or "body" not in response:
        raise _ResponseError("The route did not answer with a status, a body and headers.")
    status = response.get("status")
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise _ResponseError(f"The status of an HTTP response is a number from 200 to 599, not {_short(status)}.")
    return status, check_headers(response.get("headers"))


def _answer(message: dict[str, Any], media: dict[str, MediaBody], limits: Limits) -> HttpAnswer:
    status, asked = _status_and_headers(message)
    body = _restore(message, media)
    made, content = _body_bytes(body, limits)
    replaced = {name for name, _ in asked}
    headers = [(name, value) for name, value in made if name not in replaced]
    return HttpAnswer(status, (*headers, *asked), content, session_data=session_data(message))


def check_headers(headers: Any) -> tuple[tuple[str, str], ...]:
    """Return the headers of a response with lower-case names; _ResponseError names one that can't be sent.

    The platform's own cookies, cookies' domains and the length are left out (H-66).
    """
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    if pairs is None:
        return ()
    if not isinstance(pairs, list) or len(pairs) > _MAX_HEADERS:
        raise _ResponseError(f"The headers of a response are a dictionary of at most {_MAX_HEADERS} entries.")
    checked: list[tuple[str, str]] = []
    for pair in pairs:
        name, value = _check_header(pair)
        if name == "set-cookie":
            value = _own_cookie(value)
        if value is not None and name not in _OURS:
            checked.append((name, value))
    if sum(len(name) + len(value) for name, value in checked) > _MAX_HEADER_CHARS:
        raise _ResponseError(f"The headers of a response have at most {_MAX_HEADER_CHARS} characters together.")
    return tuple(checked)


def _check_header(pair: Any) -> tuple[str, str | None]:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not isinstance(pair[0], str):
        raise _ResponseError(f"A header is a name and a value, not {_short(pair)}.")
    name, value = pair[0].lower(), pair[1]
    if not _NAME.fullmatch(name):
        raise _ResponseError(f"{_short(pair[0])} can't be the name of a header.")
    if name in _HOP_BY_HOP:
        raise _ResponseError(f"The header {name!r} belongs to the connection; a response can't set it.")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _ResponseError(f"The value of the header {name!r} is a string, not {_short(value)}.")
    value = value.strip(" \t")
    if _BAD_VALUE.search(value):
        raise _ResponseError(f"The value of the header {name!r} holds characters that no header can: {_short(value)}.")
    if len(value) > _MAX_VALUE_CHARS:
        raise _ResponseError(f"The value of the header {name!r} has more than {_MAX_VALUE_CHARS} characters.")
    return name, value


def _own_cookie(value: str | None) -> str | None:
    """Return a Set-Cookie value for the widget's own host only, or None when the cookie's name is the platform's."""
    first, *attributes = (value or "").split(";")
    if is_platform_cookie(first.partition("=")[0]):
        return None
    kept = [item for item in attributes if item.partition("=")[0].strip().lower() != "domain"]
    return ";".join([first, *kept])


def _restore(message: dict[str, Any], media: dict[str, MediaBody]) -> Any:
    """Return the body with its ``objects`` put in; only whole Media, and numbers inside JSON, can travel by HTTP."""
    objects = message.get("objects") or []
    if not isinstance(objects, list):
        raise _ResponseError("The answer of the route is not in order: its objects are no list.")
    for item in objects:
        kind, path = _object(item)
        if path[:2] != ["response", "body"]:
            if path[:1] == ["response"]:
                raise _UnsendableError(_unsendable(kind, path[1:], item))
            continue
        if kind == "DataMedia" and len(path) == 2:
            found = media.get(str(item.get("id")))
            if found is None:
                raise _ResponseError("The Media that the route returned did not arrive.")
            return found
        if kind != "Long":
            raise _UnsendableError(_unsendable(kind, path[2:], item))
        _put_number(message, path, str(item.get("value", "")))
    return message["response"]["body"]


def _object(item: Any) -> tuple[str, list[Any]]:
    try:
        kind, path = item["type"][0], item["path"]
    except (KeyError, IndexError, TypeError):
        kind, path = None, None
    if not isinstance(kind, str) or not isinstance(path, list):
        raise _ResponseError("The answer of the route is not in order: it describes an object without type and path.")
    return kind, path


def _put_number(message: dict[str, Any], path: list[Any], text: str) -> None:
    if not re.fullmatch(r"-?[0-9]{1,4000}", text):
        raise _ResponseError("The answer of the route holds a whole number of more than 4000 digits.")
    at: Any = message
    try:
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = int(text)
    except (KeyError, IndexError, TypeError) as error:
        raise _ResponseError("The answer of the route is not in order: an object has no place in it.") from error


def _unsendable(kind: str, path: list[Any], item: dict[str, Any]) -> str:
    where = "".join(f"[{step!r}]" for step in path)
    name = {"ValueType": item.get("typeName"), "Float": item.get("value"), "DataMedia": "Media"}.get(kind, kind)
    if str(name).startswith("anvil.server._LoadAppResponse"):
        return "A FormResponse can only be returned from a route of a widget with forms. " + ALLOWED_KINDS
    return f"Cannot send a {_short(str(name), plain=True)} object over HTTP as response{where}. {ALLOWED_KINDS}"


def _body_bytes(body: Any, limits: Limits) -> tuple[list[tuple[str, str]], bytes]:
    """Return our own headers for this body, and its bytes."""
    if isinstance(body, MediaBody):
        return _media_headers(body), body.content
    if isinstance(body, str):
        kind, content = _TEXT_TYPE, body.encode("utf-8", "replace")
    else:
        kind, content = _JSON_TYPE, _json_bytes(body)
    if len(content) > limits.payload_bytes:
        raise _UnsendableError(
            f"The response has {len(content)} bytes; at most {limits.payload_bytes} can be returned this way. "
            "Return larger content as a Media object."
        )
    return [("content-type", kind)], content


def _json_bytes(body: Any) -> bytes:
    try:
        return _encode(body).encode("utf-8", "replace")
    except (ValueError, RecursionError) as error:
        raise _UnsendableError(f"Cannot send this response as JSON: {error}. {ALLOWED_KINDS}") from error


def _media_headers(media: MediaBody) -> list[tuple[str, str]]:
    """Return type and name of a Media; a type that no header can carry becomes ``application/octet-stream``."""
    kind = media.content_type or ""
    if not kind or len(kind) > 200 or _BAD_VALUE.search(kind):
        kind = "application/octet-stream"
    headers = [("content-type", kind)]
    if media.name:
        quoted = urllib.parse.quote(media.name.encode("utf-8", "replace")[:1000], safe="")
        headers.append(("content-disposition", f'inline; filename="{quoted}"'))
    return headers


def _short(value: Any, *, plain: bool = False) -> str:
    """Return a value as a message can show it: at most 60 characters."""
    text = value if plain else ascii(value)[:200]
    return text if len(text) <= 60 else text[:57] + "..."
