"""What an API's own address tells of it: ``/_/openapi.json`` and ``/_/docs``, where its routes can be tried (X-22).

Both are made of the code alone, by reading it; nothing of the widget runs for them. The page is ours and has no script
but ours, whatever the texts in the code are.
"""

import asyncio
import functools
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from widget_site import assets
from widget_site.dispatch import Dispatch
from widget_site.public.declared import DeclaredApi, declared_api
from widget_site.public.openapi import document, template
from widget_site.public.preview import PREVIEW_PARAM
from widget_site.public.response import RawHeaders, Responder
from widget_site.store.values import WidgetSnapshot

OPENAPI, DOCS = b"/_/openapi.json", b"/_/docs"
ASSETS = b"/_/assets/"
_SERVED = ("api_docs.css", "api_docs.ts", "mono.woff2")
_TYPES = {".css": b"text/css; charset=utf-8", ".js": b"text/javascript; charset=utf-8", ".woff2": b"font/woff2"}
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_MAX_KEPT = 200


class ApiDocs:
    """Answers for the addresses of this module; what was read of a revision is kept, the last used."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        #: Code digest and generation to title, description and what the code declares.
        self._kept: OrderedDict[tuple[str, int], tuple[str, str, DeclaredApi]] = OrderedDict()
        #: Reading holds up whoever else runs in this process: one revision is read at a time, and once.
        self._reading = asyncio.Lock()

    async def openapi(self, responder: Responder, widget: WidgetSnapshot, origin: str) -> None:
        """Send the OpenAPI document; pages of other sites may read it, unless the widget is private."""
        title, about, api = await self._read(widget)
        headers: RawHeaders = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), _NOSNIFF]
        if widget.visibility != "private" and not widget.code_private:
            headers.append((b"access-control-allow-origin", b"*"))
        made = document(widget, title, about, api, origin)
        await responder.whole(200, headers, json.dumps(made, ensure_ascii=False).encode("utf-8", "replace"))

    async def page(self, responder: Responder, widget: WidgetSnapshot, origin: str, query: bytes) -> None:
        """Send the page."""
        title, about, api = await self._read(widget)
        text = (
            _environment()
            .get_template("api_docs.html")
            .render(
                title=title,
                about=api.description or about,
                origin=origin,
                routes=api.routes,
                has_keys=widget.access.keys_needed or bool(widget.access.names),
                keys_needed=widget.access.keys_needed,
                query=_preview_part(query),
            )
        )
        headers: RawHeaders = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _policy(origin, anywhere=widget.embeddable).encode("latin-1", "replace")),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
            _NOSNIFF,
        ]
        await responder.whole(200, headers, text.encode("utf-8", "replace"))

    async def _read(self, widget: WidgetSnapshot) -> tuple[str, str, DeclaredApi]:
        key = (widget.widget_id, widget.generation)
        found = self._kept.get(key)
        if found is None:
            async with self._reading:
                found = self._kept.get(key) or await self._keep(widget, key)
        if key in self._kept:
            self._kept.move_to_end(key)
        return found

    async def _keep(self, widget: WidgetSnapshot, key: tuple[str, int]) -> tuple[str, str, DeclaredApi]:
        title, about = await self._dispatch.store.about(widget.widget_id)
        files = await self._dispatch.store.files(widget.widget_id, widget.revision)
        found = self._kept[key] = title, about, await asyncio.to_thread(declared_api, files)
        if len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return found


async def send_asset(responder: Responder, path: bytes) -> bool:
    """Send one of the files that the page is made with; False when it is none of them."""
    name = path[len(ASSETS) :].decode("latin-1")
    found = {Path(address).name: assets.FOLDER / Path(address).name for address in map(assets.asset, _SERVED)}
    file = found.get(name)
    if file is None:
        return False
    content = await asyncio.to_thread(_content, file)
    headers = [
        (b"content-type", _TYPES[file.suffix]),
        # The name holds the content's hash.
        (b"cache-control", b"public, max-age=31536000, immutable"),
        _NOSNIFF,
    ]
    await responder.whole(200, headers, content)
    return True


@functools.lru_cache(maxsize=16)
def _content(file: Path) -> bytes:
    return file.read_bytes()


@functools.cache
def _environment() -> Environment:
    folder = Path(__file__).parent.parent / "templates"
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.globals |= {"asset": _address, "template": template}
    return made


def _address(name: str) -> str:
    return ASSETS.decode() + Path(assets.asset(name)).name


def _policy(origin: str, *, anywhere: bool) -> str:
    """Return the policy of the page; ``anywhere``: whether it may be shown inside other pages."""
    ours = f"{origin}{ASSETS.decode()}"
    rules: dict[str, Any] = {
        "default-src": "'none'",
        "script-src": ours,
        "style-src": ours,
        "font-src": ours,
        "img-src": "blob:",
        "connect-src": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "*" if anywhere else "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _preview_part(query: bytes) -> str:
    """Return the part of a query that shows a private widget to its owner, as the page's links need it."""
    marker = PREVIEW_PARAM.encode() + b"="
    found = next((field for field in query.split(b"&") if field.startswith(marker)), b"")
    return f"?{found.decode('latin-1')}" if found else ""
