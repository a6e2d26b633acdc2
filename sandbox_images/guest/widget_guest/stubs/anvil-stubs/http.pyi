"""Requests to other servers, sent by the sandbox itself."""

from collections.abc import Mapping
from typing import Any

class HttpError(Exception):
    """An answer that is no success, or none at all: ``status`` is then 0."""

    status: int
    """The status of the answer; 0 when none came."""
    content: Any
    """The body of the answer: Media, or with ``json`` what its JSON says."""

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
    """Send a request; return the body of its answer as Media or, with ``json``, what its JSON says."""

def url_encode(text: str) -> str:
    """Return ``text`` with everything that means something in an address as %xx."""

def url_decode(text: str) -> str:
    """Return what ``url_encode`` was given; UrlEncodingError for text that it can't have returned."""
