"""The JSON API of one site, over HTTP."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from widget_cli.errors import ApiError, CliError

TIMEOUT_S = 60.0
#: No answer of the API is larger than an export, or a page of output.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
JSON, ZIP = "application/json", "application/zip"


class Site:
    """A site and the token to speak to it with ("" for nobody in particular)."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self._token = token
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
        host = urlsplit(url).hostname or ""
        if host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost"):
            # A proxy of the company does not know this machine.
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str, **query: object) -> Any:
        """Read something."""
        return self._json("GET", path, query=query)

    def post(self, path: str, body: Any = None, **query: object) -> Any:
        """Make something."""
        return self._json("POST", path, body, query)

    def put(self, path: str, body: Any) -> Any:
        """Write something."""
        return self._json("PUT", path, body)

    def delete(self, path: str) -> None:
        """Remove something."""
        self._json("DELETE", path)

    def download(self, path: str) -> bytes:
        """Read a file."""
        return self._send("GET", path, None, "", {})

    def upload(self, path: str, data: bytes, **query: object) -> Any:
        """Send a zip file."""
        return json.loads(self._send("POST", path, data, ZIP, query))

    def _json(self, method: str, path: str, body: Any = None, query: dict[str, object] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        answer = self._send(method, path, data, JSON, query or {})
        if not answer:
            return None
        try:
            return json.loads(answer)
        except ValueError as error:
            raise CliError(f"{self.url} does not answer as a Widgetry site does. Is the address right?") from error

    def _send(self, method: str, path: str, data: bytes | None, kind: str, query: dict[str, object]) -> bytes:
        try:
            return self._try(method, path, data, kind, query)
        except ApiError as error:
            moved = _moved(path, error)
            if moved is None:
                raise
        return self._try(method, moved, data, kind, query)

    def _try(self, method: str, path: str, data: bytes | None, kind: str, query: dict[str, object]) -> bytes:
        wanted = {name: value for name, value in query.items() if value is not None}
        address = f"{self.url}/api/v1{path}" + (f"?{urlencode(wanted)}" if wanted else "")
        headers = {"User-Agent": "widgetry-cli", "Accept": f"{JSON}, {ZIP}"}
        if data is not None:
            headers["Content-Type"] = kind
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310  # http(s): ``normalise``
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                read: bytes = answer.read(MAX_ANSWER_BYTES)
                return read
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error) from None
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise AwayError(f"No answer from {self.url} ({reason}). Does it run, and is the address right?") from None

    def _refused(self, error: urllib.error.HTTPError) -> CliError:
        try:
            told = dict(json.loads(error.read(1_000_000))["error"])
            code, text = str(told.pop("code")), str(told.pop("message"))
        except (ValueError, KeyError, TypeError):
            return CliError(f"{self.url} answered {error.code} to {error.url}. Is it a Widgetry site?")
        if error.code == 401:
            text = f"{text}\nSign in with: widgetry login --site {self.url}"
        return ApiError(text, error.code, code, told)


class AwayError(CliError):
    """The site does not answer."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token is for the site that was named and for no other."""

    def redirect_request(self, *_arguments: Any, **_more: Any) -> None:
        """Follow nothing: the redirect itself becomes the error."""
        return


def _moved(path: str, error: ApiError) -> str | None:
    """Return where a widget is that was renamed, on the same site; None for any other error."""
    begin, _, rest = path.removeprefix("/widgets/").partition("/")
    if error.code != "moved" or not path.startswith("/widgets/") or not begin:
        return None
    return slug_path(str(error.details.get("slug", "")), f"/{rest}" if rest else "")


def slug_path(slug: str, rest: str = "") -> str:
    """Return the address of a widget below the API."""
    return f"/widgets/{quote(slug, safe='')}{rest}"
