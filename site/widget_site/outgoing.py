"""Requests of the site to services that its operator chose: bounded in time and bytes, by TLS, led nowhere else."""

import asyncio
import json
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from widget_site.errors import UnavailableError
from widget_site.settings import LOCAL_HOSTS

log = logging.getLogger(__name__)

TIMEOUT_S = 20.0
MAX_BYTES = 1_000_000
#: Requests of one site process that are under way.
_AT_ONCE = 64


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    content: bytes
    content_type: str = ""

    def json(self) -> dict[str, Any]:
        """Return the answer as a dict; empty for one that is none."""
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Outgoing:
    """Asks; UnavailableError when there is no answer, or one that is longer or takes longer than it may."""

    def __init__(self, ca_file: Path | None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._tls = ssl.create_default_context(cafile=ca_file)
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, method: str, address: str, *, most_bytes: int = MAX_BYTES, **more: Any) -> Reply:
        """Return the answer to a request, whatever its status; redirects are answers, too."""
        require_tls(address)
        host = urlsplit(address).netloc
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                return await self._asked(method, address, most_bytes, more)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            log.warning("%s does not answer: %r", host, error)
            raise UnavailableError(f"{host} does not answer.") from error

    async def _asked(self, method: str, address: str, most_bytes: int, more: dict[str, Any]) -> Reply:
        async with (
            httpx.AsyncClient(verify=self._tls, timeout=self._timeout_s, trust_env=False) as client,
            client.stream(method, address, **more) as answer,
        ):
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > most_bytes:
                    raise UnavailableError(f"{urlsplit(address).netloc} answers with more than {most_bytes:,} bytes.")
            return Reply(answer.status_code, bytes(content), answer.headers.get("content-type", ""))


def require_tls(address: str) -> None:
    """Raise UnavailableError for an address that is not reached by https, but of this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOCAL_HOSTS:
        raise UnavailableError(f"{parts.netloc} is not reached by https.")
