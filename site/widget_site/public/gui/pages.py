"""Answers requests to a GUI widget's host: the page wherever no route of its code is, and what the page fetches.

Nothing of ``server_code/`` is in anything that is sent: a page gets ``client_code/``, the theme, and answers of calls.
"""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from widget_site.public.gui import offline, opened
from widget_site.public.gui.bundles import Bundle, Bundles
from widget_site.public.gui.canvas_page import canvas_html, canvas_policy
from widget_site.public.gui.opened import Opened
from widget_site.public.gui.page import PageOf, page_html, policy
from widget_site.public.gui.sockets import CALL, COOKIES, CallError, PageSockets
from widget_site.public.hosts import Headers
from widget_site.public.preview import OPEN_S, PREVIEW_COOKIE, PREVIEW_PARAM, Previews, preview_token
from widget_site.public.response import RawHeaders, Responder
from widget_site.public.route_request import decode_path
from widget_site.store import snapshots
from widget_site.store.store import Store
from widget_site.store.values import WidgetSnapshot
from widget_wire.runs import RunReply

#: Bytes of one call by POST, media as base64 included.
CALL_BYTES = 64 * 1024 * 1024
#: Milliseconds that client code may run without giving way before it is stopped.
RUN_LIMIT_MS = 30_000
_PLATFORM, _APP, _THEME = b"/_/", b"/_/app/", b"/_/theme/"
#: The designer's canvas.
CANVAS = b"/_/canvas"
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_ASK_AGAIN = (b"cache-control", b"no-cache")
_NO_STORE = (b"cache-control", b"no-store")
_JSON = (b"content-type", b"application/json")


@dataclass(frozen=True)
class Asked:
    """A request to a GUI widget's host."""

    widget: WidgetSnapshot
    path: bytes
    scope: dict[str, Any]
    origin: str
    address: str
    #: Reads the body.
    body: Callable[[], Awaitable[bytes]]

    @property
    def method(self) -> str:
        """GET for HEAD, too."""
        return "GET" if self.scope["method"] == "HEAD" else str(self.scope["method"])

    @property
    def headers(self) -> Headers:
        """The request's headers."""
        found: Headers = self.scope["headers"]
        return found

    @property
    def query(self) -> bytes:
        """The request's query."""
        found: bytes = self.scope["query_string"]
        return found


class GuiPages:
    """The pages of GUI widgets."""

    def __init__(self, store: Store, site_url: str, bundles: Bundles, previews: Previews, sockets: PageSockets) -> None:
        self._about = functools.partial(snapshots.about, store)
        self._site_url = site_url
        self._bundles = bundles
        self._previews = previews
        self.sockets = sockets

    @staticmethod
    def answers(asked: Asked) -> bool:
        """Whether this may be a request for something of a page's."""
        path = asked.path
        if asked.method == "POST":
            return path == CALL or path.startswith(COOKIES)
        is_file = path.startswith((_APP, _THEME)) or path in (offline.PATH, CANVAS)
        return asked.method == "GET" and (is_file or not path.startswith(_PLATFORM))

    async def answer(self, asked: Asked, responder: Responder) -> bool:
        """Answer a request; False for one that is not the page's, or whose asker may not know of it."""
        may_see = asked.widget.visibility != "private" or await self._previews.allows_files(
            asked.widget.widget_id, asked.query, asked.headers
        )
        if not may_see:
            return False
        reply = _Reply(responder, asked.scope["method"] == "HEAD")
        if asked.path == CALL:
            await self._call(asked, reply)
            return True
        if asked.path.startswith(COOKIES):
            await self._cookies(asked, reply)
            return True
        if asked.path == offline.PATH:
            return await self._worker(asked, reply)
        if asked.path == CANVAS:
            return await self._canvas(asked, reply)
        bundle = await self._bundles.get(asked.widget)
        if asked.path.startswith(_APP):
            return await self._app(asked, reply, bundle)
        if asked.path.startswith(_THEME):
            return await self._asset(asked, reply, bundle)
        if bundle.is_route(decode_path(asked.path)):
            return False
        await self._page(asked, reply, bundle)
        return True

    async def _worker(self, asked: Asked, reply: "_Reply") -> bool:
        if asked.widget.visibility == "private":
            return False
        await reply.send(200, *await offline.worker(self._site_url))
        return True

    async def send_opened(self, asked: Asked, responder: Responder, made: RunReply, cookies: RawHeaders) -> None:
        """Answer with the page that a route of the widget's code asked for; PageError."""
        bundle = await self._bundles.get(asked.widget)
        page = opened.read(asked.widget, self.sockets.calls, bundle.manifest.package, made.body)
        await self._page(asked, _Reply(responder, is_head=False), bundle, page, made.http_status, cookies)

    async def _page(
        self,
        asked: Asked,
        reply: "_Reply",
        bundle: Bundle,
        by_route: Opened | None = None,
        status: int = 200,
        cookies: RawHeaders | None = None,
    ) -> None:
        widget = asked.widget
        title, about = await self._about(widget.widget_id)
        token = preview_token(asked.query, asked.headers)
        page = PageOf(
            widget.widget_id,
            title,
            about,
            widget.client_engine,
            asked.origin,
            self._site_url,
            RUN_LIMIT_MS,
            query=f"?{PREVIEW_PARAM}={token}" if token else "",
            embeddable=widget.embeddable or bundle.manifest.may_be_embedded,
            opened=by_route,
        )
        for_all = not token and by_route is None
        sent: RawHeaders = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", policy(page).encode("latin-1", "replace")),
            _ASK_AGAIN if for_all else _NO_STORE,
            (b"referrer-policy", b"same-origin" if token else b"strict-origin-when-cross-origin"),
            _NOSNIFF,
        ]
        if token:
            # What style sheets name carries no query.
            cookie = f"{PREVIEW_COOKIE}={token}; Path=/_/; Max-Age={OPEN_S}; HttpOnly; SameSite=Lax"
            sent.append((b"set-cookie", cookie.encode("latin-1")))
        html, version = page_html(page, bundle)
        if for_all:
            sent.append((b"x-widgetry-page", version.encode()))
        await reply.send(status, [*sent, *(cookies or ())], html.encode("utf-8", "replace"))

    async def _canvas(self, asked: Asked, reply: "_Reply") -> bool:
        if not await self._previews.take(asked.widget.widget_id, asked.query):
            return False
        bundle = await self._bundles.get(asked.widget)
        token = preview_token(asked.query, asked.headers)
        query = f"?{PREVIEW_PARAM}={token}" if token else ""
        sent: RawHeaders = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", canvas_policy(asked.origin, self._site_url).encode("latin-1", "replace")),
            _NO_STORE,
            (b"referrer-policy", b"no-referrer"),
            _NOSNIFF,
        ]
        page = canvas_html(bundle, asked.origin, self._site_url, query)
        await reply.send(200, sent, page.encode("utf-8", "replace"))
        return True

    async def _app(self, asked: Asked, reply: "_Reply", bundle: Bundle) -> bool:
        if asked.path != f"/_/app/{bundle.digest}.json".encode():
            return False
        is_open = asked.widget.visibility != "private"
        await reply.send(200, [_JSON, _FOR_EVER if is_open else _NO_STORE, _NOSNIFF], bundle.app)
        return True

    async def _asset(self, asked: Asked, reply: "_Reply", bundle: Bundle) -> bool:
        asset = bundle.assets.get(unquote(asked.path.removeprefix(_THEME).decode("latin-1")))
        if asset is None:
            return False
        is_open = asked.widget.visibility != "private"
        sent: RawHeaders = [(b"etag", asset.etag.encode()), _ASK_AGAIN if is_open else _NO_STORE, _NOSNIFF]
        known = next((value for name, value in asked.headers if name == b"if-none-match"), b"").decode("latin-1")
        if asset.etag in (one.strip().removeprefix("W/") for one in known.split(",")):
            await reply.send(304, sent, b"")
        else:
            await reply.send(200, [(b"content-type", asset.content_type.encode()), *sent], asset.content)
        return True

    async def _cookies(self, asked: Asked, reply: "_Reply") -> None:
        ticket = asked.path.removeprefix(COOKIES).decode("latin-1")
        try:
            cookies = await self.sockets.kept_cookies(asked.headers, asked.origin, ticket)
        except CallError as error:
            await reply.text(error.status, str(error))
            return
        await reply.send(204, [*cookies, _NO_STORE], b"")

    async def _call(self, asked: Asked, reply: "_Reply") -> None:
        body = await asked.body()
        try:
            made, cookies = await self.sockets.one_call(
                asked.widget, asked.headers, asked.query, asked.origin, asked.address, body
            )
        except CallError as error:
            await reply.text(error.status, str(error))
            return
        await reply.send(200, [_JSON, _NO_STORE, _NOSNIFF, *cookies], made)


class _Reply:
    """Sends an answer, or for HEAD what it would be."""

    def __init__(self, responder: Responder, is_head: bool) -> None:
        self._responder = responder
        self._is_head = is_head

    async def send(self, status: int, headers: RawHeaders, body: bytes) -> None:
        """Send an answer."""
        if self._is_head:
            await self._responder.whole(status, headers, b"", len(body))
        else:
            await self._responder.whole(status, headers, body)

    async def text(self, status: int, text: str) -> None:
        """Send a short text of our own."""
        await self._responder.text(status, text)
