"""Which package index installs use, and which hosts that takes: learned by asking, never written in code (decisions 4).

A probe lets uv resolve one package without downloading or building any, and reads from its log which addresses it
asked. What the operator configured (WIDGETRY_INDEX_URL) counts as trusted: also on this machine or a private address.
"""

import asyncio
import contextlib
import logging
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from widget_model.addresses import Policy, parse_network

_log = logging.getLogger(__name__)

#: A package that every mirror has; an index of one's own may lack it, and then its own host is all there is.
_PROBE = "pip"
_PROBE_S = 30.0
_KEPT_S = 3600.0
_ASKED = re.compile(r"(?:GET request for|cache entry for): (https?://\S+)")
_PORTS = {"https": 443, "http": 80}
_EVERYWHERE = (parse_network("0.0.0.0/0"), parse_network("::/0"))

#: What this machine itself trusts (Debian's place for it); uv alone would look at none of the operator's own.
SYSTEM_CA_FILE = Path("/etc/ssl/certs/ca-certificates.crt")

_UV = Path(sys.prefix, "bin", "uv")

Place = tuple[str, int]


class IndexAwayError(Exception):
    """The index can't be asked; the text says why."""


@dataclass(frozen=True)
class Index:
    """A package index and the hosts that it sends its users to."""

    url: str
    places: frozenset[Place]
    #: Those of ``places`` that the operator named.
    configured: frozenset[Place] = field(default=frozenset())

    def policy(self) -> Policy:
        """Return what an install may reach: these places, wherever they are, and nothing else."""
        return Policy("install", _EVERYWHERE, places=self.places, configured=self.configured)


class IndexLearner:
    """Knows the index; asks anew each hour, and after a failure at the next install."""

    def __init__(self, url: str, ca_file: Path | None, folder: Path) -> None:
        self._url = url.rstrip("/")
        self._ca_file = ca_file
        # Where uv may put what it needs while it runs: not every machine has a /tmp that is open to all.
        self._folder = folder
        self._known: Index | None = None
        self._asked_at = 0.0
        self._lock = asyncio.Lock()

    async def current(self) -> Index:
        """Return the index; IndexAwayError when it does not answer and never did."""
        async with self._lock:
            if self._known is None or time.monotonic() - self._asked_at > _KEPT_S:
                try:
                    self._known = await self._learn()
                    self._asked_at = time.monotonic()
                except IndexAwayError:
                    if self._known is None:
                        raise
            return self._known

    async def _learn(self) -> Index:
        asked = _ASKED.findall(await self._probe())
        page = next((url for url in asked if url.rstrip("/").endswith(f"/{_PROBE}")), None)
        if page is None:
            raise IndexAwayError("The package index does not answer.")
        url = self._url or page.rstrip("/").removesuffix(f"/{_PROBE}")
        configured = frozenset({_place(self._url)} if self._url else ())
        index = Index(url, frozenset(map(_place, asked)) | configured, configured)
        _log.info("installs reach %s", ", ".join(sorted(f"{host}:{port}" for host, port in index.places)))
        return index

    async def _probe(self) -> str:
        """Return uv's log of resolving the probe's package."""
        with tempfile.TemporaryDirectory(prefix="index-", dir=self._folder) as folder:
            return await self._resolve({"TMPDIR": folder, "HOME": "/nonexistent"})

    async def _resolve(self, given: dict[str, str]) -> str:
        given |= {"PATH": os.defpath, "LANG": "C.UTF-8", "UV_HTTP_TIMEOUT": "10"}
        given |= {"UV_DEFAULT_INDEX": self._url} if self._url else {}
        given |= {"SSL_CERT_FILE": str(self._ca_file)} if self._ca_file and self._ca_file.is_file() else {}
        options = "--no-cache --only-binary :all: --no-header --verbose --color never".split()
        probe = await asyncio.create_subprocess_exec(
            str(_UV), "pip", "compile", *options, "--python", sys.executable, "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env=given, cwd="/",
        )  # fmt: skip
        try:
            async with asyncio.timeout(_PROBE_S):
                _, said = await probe.communicate(f"{_PROBE}\n".encode())
        except TimeoutError:
            raise IndexAwayError("The package index does not answer.") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                probe.kill()
            await probe.wait()
        return said.decode(errors="replace")


def _place(url: str) -> Place:
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 443)
