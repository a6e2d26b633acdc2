"""``anvil.http`` for server code (H-82, H-83), which the library on PyPI does not have.

A request leaves from the run itself, by the sandbox's own way to the network: what the policy of egress closes to any
code is closed here, and the site takes no part.
"""

import base64
import http.client
import json as _json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Any

import anvil  # type: ignore[import-not-found, unused-ignore]  # the wheel is in the image alone

__all__ = ["HttpError", "UrlEncodingError", "request", "url_decode", "url_encode"]

#: Seconds without an answer after which a request has failed, unless it says otherwise.
DEFAULT_TIMEOUT_S = 60.0
_FORM, _JSON, _TEXT = "application/x-www-form-urlencoded", "application/json", "text/plain; charset=utf-8"
_NO_TYPE = "application/octet-stream"
#: Methods whose data goes into the address.
_IN_QUERY = ("GET", "HEAD")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: What belongs to the host that was asked, and to no other that it sends us to.
_PRIVATE_HEADERS = ("Authorization", "Cookie")


class HttpError(Exception):
    """An answer that is no success, or none at all: ``status`` is then 0 and ``content`` None."""

    def __init__(self, status: int, content: Any = None, reason: str = "") -> None:
        super().__init__(f"HTTP error {status}" + (f": {reason}" if reason else ""))
        self.status = status
        self.content = content


class UrlEncodingError(Exception):
    """What was to be decoded is no URL-encoded text."""


def request(
    url: str,
    method: str = "GET",
    data: Any = None,
    json: bool = False,
    headers: Mapping[str, str] | None = None,
    username: str | None = None,
    password: str | None = None,
    timeout: float | None = None,
) -> Any:
    """Send a request; return the body of its answer as Media or, with ``json``, what its JSON says.

    ``data``: a dictionary is sent as a form (with GET as the query), with ``json`` as JSON; or text, bytes, Media.
    ``timeout``: seconds of silence after which the request has failed (60).
    Raises HttpError for every status but 2xx, and with status 0 when no answer came.
    """
    wait_ms = None if timeout is None else timeout * 1000
    answer = exchange(url, method, data, headers, username, password, wait_ms, as_json=json)
    status, content = answer["status"], answer["content"]
    succeeded = 200 <= status < 300
    if json:
        try:
            content = _json.loads(content.get_bytes())
        except ValueError as error:
            if succeeded:
                raise HttpError(status, content, "the answer is not JSON") from error
    if not succeeded:
        raise HttpError(status, content)
    return content


def exchange(
    url: str,
    method: str = "GET",
    data: Any = None,
    headers: Mapping[str, str] | None = None,
    username: str | None = None,
    password: str | None = None,
    timeout: float | None = None,
    *,
    as_json: bool = False,
) -> dict[str, Any]:
    """Send a request; return ``status``, ``headers`` (small letters) and ``content`` (Media), whatever the status.

    ``timeout`` is in ms, as programs say it that call ``anvil.private.http.request``. HttpError with status 0 when no
    answer came.
    """
    method = method.upper()
    sent = {str(name): str(value) for name, value in (headers or {}).items()}
    if isinstance(data, dict) and method in _IN_QUERY:
        url = _with_query(url, data)
        body = None
    else:
        body, kind = _body(data, sent, as_json)
        if body is not None:
            sent = _with_default(sent, "Content-Type", kind)
    sent = _with_default(sent, "User-Agent", "Widgetry (anvil.http)")
    if username is not None or password is not None:
        pair = f"{username or ''}:{password or ''}".encode()
        sent = _with_default(sent, "Authorization", "Basic " + base64.b64encode(pair).decode())
    try:
        made = urllib.request.Request(url, body, sent, method=method)  # noqa: S310  # the scheme is looked at below
        if made.type not in ("http", "https"):
            raise HttpError(0, None, "an address begins with https:// or http://")
        opened = _opener().open(made, timeout=DEFAULT_TIMEOUT_S if timeout is None else timeout / 1000)
    except urllib.error.HTTPError as error:
        opened = error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HttpError(0, None, str(getattr(error, "reason", "") or error or type(error).__name__)) from error
    return _answer(opened)


def url_encode(text: str) -> str:
    """Return ``text`` with everything that means something in an address as %xx."""
    return urllib.parse.quote(text, safe="")


def url_decode(text: str) -> str:
    """Return what ``url_encode`` was given; UrlEncodingError for text that it can't have returned."""
    try:
        if _BROKEN_PERCENT.search(text):
            raise ValueError(text)
        return urllib.parse.unquote(text, errors="strict")
    except ValueError as error:
        raise UrlEncodingError("This is not a valid URL-encoded string") from error


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """Follow, but take what is private to one host to no other."""
        onward = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if onward is not None and (onward.type, onward.host) != (req.type, req.host):
            for name in _PRIVATE_HEADERS:
                onward.remove_header(name)
        return onward


def _opener() -> urllib.request.OpenerDirector:
    # Without what opens file: and ftp:.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        _Redirects,
    ):
        opener.add_handler(handler())
    return opener


def _answer(opened: Any) -> dict[str, Any]:
    try:
        with opened:
            content = opened.read()
    except (OSError, http.client.HTTPException) as error:
        raise HttpError(0, None, str(error) or type(error).__name__) from error
    headers = {name.lower(): value for name, value in opened.headers.items()}
    return {
        "status": opened.status,
        "headers": headers,
        "content": anvil.BlobMedia(headers.get("content-type", _NO_TYPE), content, opened.headers.get_filename()),
    }


def _body(data: Any, headers: Mapping[str, str], as_json: bool) -> tuple[bytes | None, str]:
    if as_json and data is not None:
        return _json.dumps(data).encode(), _JSON
    if isinstance(data, dict):
        given = next((value for name, value in headers.items() if name.lower() == "content-type"), _FORM)
        if given.partition(";")[0].strip().lower() == _FORM:
            return urllib.parse.urlencode(data, doseq=True).encode(), _FORM
        return _json.dumps(data).encode(), _JSON
    if isinstance(data, anvil.Media):
        return data.get_bytes(), data.content_type or _NO_TYPE
    if isinstance(data, str):
        return data.encode(), _TEXT
    if data is None or isinstance(data, bytes | bytearray):
        return None if data is None else bytes(data), _NO_TYPE
    raise TypeError(f"data is a dictionary, text, bytes or Media, not {type(data).__name__}; json=True sends the rest")


def _with_query(url: str, data: dict[str, Any]) -> str:
    whole, mark, fragment = url.partition("#")
    query = urllib.parse.urlencode(data, doseq=True)
    joined = whole + ("&" if "?" in whole else "?") + query if query else whole
    return joined + mark + fragment


def _with_default(headers: dict[str, str], name: str, value: str) -> dict[str, str]:
    given = {key.lower() for key in headers}
    return headers if name.lower() in given else {**headers, name: value}
