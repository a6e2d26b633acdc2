"""HTTP from the page, by the browser and its rules (H-82)."""

import _bridge

from anvil import media


class HttpError(Exception):
    """An answer that is no success: ``status`` (0: there was none) and ``content``."""

    def __init__(self, status, content=None):
        Exception.__init__(self, "HTTP error %s" % status if status else "The request could not be made")
        self.status = status
        self.content = content


def request(url, method="GET", data=None, json=False, headers=None, username=None, password=None, timeout=60):
    """Send a request; return the answer as Media, with ``json`` what its JSON says.

    A dict as ``data`` is sent as JSON with ``json``, else as form fields, in the address for GET. HttpError for an
    answer of status 300 or more and for none within ``timeout`` seconds.
    """
    sent = {}
    for name in headers or {}:
        sent[name] = str(headers[name])
    body = None
    if isinstance(data, media.Media):
        body = data
    elif json and data is not None:
        sent.setdefault("Content-Type", "application/json")
        body = media.BlobMedia("application/json", _bridge.to_json(data))
    elif isinstance(data, dict):
        fields = "&".join(["%s=%s" % (url_encode(str(key)), url_encode(str(data[key]))) for key in data])
        if method.upper() in ("GET", "HEAD"):
            url = url + ("&" if "?" in url else "?") + fields if fields else url
        else:
            body = media.BlobMedia("application/x-www-form-urlencoded", fields)
    elif data is not None:
        body = media.BlobMedia("text/plain" if isinstance(data, str) else "application/octet-stream", data)
    asked = {"url": url, "method": method.upper(), "headers": sent, "timeout": timeout or 60}
    if username is not None:
        asked["credentials"] = [username, password or ""]
    if body is not None:
        asked["body"] = body._handle_for_page()
    return _answer(_bridge.from_json(_bridge.wait(_bridge.http(_bridge.to_json(asked)))), json)


def _answer(told, json):
    if not told["status"]:
        raise HttpError(0, told.get("error"))
    content = media.PageMedia(told["body"])
    if json:
        content = _parsed(content)
    if told["status"] >= 300:
        raise HttpError(told["status"], content)
    return content


def _parsed(content):
    text = content.get_bytes().decode("utf-8")
    try:
        return _bridge.from_json(text) if text else None
    except ValueError:
        return text


def url_encode(text):
    """Return a text as it may stand in an address."""
    return _bridge.url_encode(text)


def url_decode(text):
    """Return what a text of an address says."""
    return _bridge.url_decode(text)
