"""A request to a widget, as user code will see it (spec/features.md 2.2)."""

import base64
import binascii
import re
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote

from widget_model.cookies import is_platform_cookie
from widget_site.public.hosts import Headers
from widget_site.public.preview import PREVIEW_HEADER
from widget_wire.spool import Spool

MAX_FIELDS = 1000
#: A form becomes arguments of a function, each a text in memory several times; bigger things travel as other bodies.
MAX_FORM_BYTES = 1024 * 1024
_FORM = "application/x-www-form-urlencoded"
_SLASH = re.compile("%2f", re.IGNORECASE)
_ATTACHMENT = re.compile(rb"\s*attachment\s*;", re.IGNORECASE)
#: Headers of ours, which nobody else may set.
_OUR_OWN = "x-widgetry-"
assert PREVIEW_HEADER.startswith(_OUR_OWN)
#: What proxies say of the client; believed, and shown to user code, only from our own.
_FORWARDED = ("x-forwarded-", "forwarded", "x-real-ip")

Params = dict[str, str | list[str]]


class BadRequestError(ValueError):
    """A request that no widget gets to see: 400 with this text."""


class FormTooLargeError(ValueError):
    """A form that no widget gets to see: 413 with this text."""


def decode_path(raw: bytes) -> str:
    """Return a path as routes are matched on it (H-22): UTF-8, decoded, except that an encoded slash stays ``%2F``.

    So ``/hi/%C3%A9`` is ``/hi/é``, and ``/a%2Fb`` is one segment, which user code reads as ``a%2Fb``.
    """
    text = raw.decode("latin-1")
    if "%" not in text:
        return text
    return "%2F".join(unquote(piece) for piece in _SLASH.split(text))


def read_params(encoded: bytes) -> Params:
    """Return the fields of a query or form; a repeated one is a list (H-21). BadRequestError for too many."""
    if not encoded:
        return {}
    try:
        pairs = parse_qsl(encoded.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise BadRequestError(f"A query or form has at most {MAX_FIELDS} fields.") from error
    params: Params = {}
    for name, value in pairs:
        held = params.get(name)
        if held is None:
            params[name] = value
        elif isinstance(held, list):
            held.append(value)
        else:
            params[name] = [held, value]
    return params


def read_basic(authorization: str | None) -> tuple[str | None, str | None]:
    """Return user name and password of HTTP Basic; (None, None) for another scheme. BadRequestError when malformed."""
    if authorization is None or authorization[:5].lower() != "basic":
        return None, None
    try:
        text = base64.b64decode(authorization[5:].strip(), validate=True).decode()
        username, separator, password = text.partition(":")
        if not separator:
            raise ValueError("there is no colon in it")
    except (binascii.Error, ValueError) as error:
        raise BadRequestError(f"Invalid Authorization header for HTTP Basic auth: {error}") from error
    return username, password


def read_headers(headers: Headers, *, trusted: bool) -> dict[str, str]:
    """Return the headers that user code sees: small names, the platform's cookies removed (H-34)."""
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "cookie":
            value = _foreign_cookies(value)
            if not value:
                continue
        elif name.startswith(_OUR_OWN) or (not trusted and name.startswith(_FORWARDED)):
            continue
        if name in shown:
            value = f"{shown[name]}{'; ' if name == 'cookie' else ', '}{value}"
        shown[name] = value
    return shown


def _foreign_cookies(value: str) -> str:
    pairs = [pair.strip() for pair in value.split(";")]
    return "; ".join(pair for pair in pairs if pair and not is_platform_cookie(pair.partition("=")[0]))


def _file_name(disposition: str) -> str | None:
    if not _ATTACHMENT.match(disposition.encode("latin-1", "replace")):
        return None
    message = Message()
    message["content-disposition"] = disposition
    return message.get_filename()


def make_route(
    prefix: str, method: str, raw_path: bytes, query: bytes, headers: dict[str, str], body: Spool, *, origin: str
) -> dict[str, Any]:
    """Return ``RunRequest.route`` of a request; BadRequestError for one that is malformed, FormTooLargeError."""
    username, password = read_basic(headers.get("authorization"))
    content_type = headers.get("content-type")
    is_form = content_type is not None and content_type.partition(";")[0].strip().lower() == _FORM
    if is_form and body.size_bytes > MAX_FORM_BYTES:
        raise FormTooLargeError(
            f"A form has at most {MAX_FORM_BYTES // 1024 // 1024} MB. Send more with another Content-Type, like "
            "application/octet-stream; the route reads it as request.body."
        )
    disposition = headers.get("content-disposition")
    return {
        "prefix": prefix,
        "method": method.upper(),
        "path": decode_path(raw_path),
        "query_params": read_params(query),
        "form_params": read_params(body.content()) if is_form else {},
        "origin": origin,
        "headers": headers,
        "username": username,
        "password": password,
        "content_type": content_type,
        "file_name": _file_name(disposition) if disposition else None,
        "has_body": body.size_bytes > 0,
    }
