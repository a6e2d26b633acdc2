"""``/_/offline.js`` on a GUI widget's host: the one service worker that this host has (S-75).

A worker stands between a host and its visitors for as long as it wants, also after the code that brought it is gone.
So no file of a widget's theme and no route of its code can be one (``is_foreign_worker``). Ours (offline_worker.ts) is
for widgets that everybody may see: for any other there is none, and then it takes itself out of visitors' browsers.
"""

import asyncio
import functools
import json

from widget_site import assets
from widget_site.public.hosts import Headers
from widget_site.public.response import RawHeaders

PATH = b"/_/offline.js"
_SOURCE = "offline_worker.ts"


def is_foreign_worker(path: bytes, headers: Headers) -> bool:
    """Whether a browser wants anything but ours as a service worker: it says so itself, and pages can't unsay it."""
    return path != PATH and any(name == b"service-worker" for name, _ in headers)


async def worker(site_url: str) -> tuple[RawHeaders, bytes]:
    """Return the worker's script, with the headers that let it have the host's pages."""
    script = await asyncio.to_thread(_script, assets.asset(_SOURCE), site_url)
    return [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"service-worker-allowed", b"/"),
        (b"content-security-policy", f"default-src 'none'; connect-src 'self' {site_url}".encode()),
        (b"x-content-type-options", b"nosniff"),
    ], script


@functools.lru_cache(maxsize=4)
def _script(_address: str, site_url: str) -> bytes:
    files = json.dumps(site_url + assets.ADDRESS)
    return f"globalThis.WIDGETRY_STATIC = {files};\n{assets.content(_SOURCE)}".encode()
