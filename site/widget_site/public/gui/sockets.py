"""``/_/ws`` and ``/_/call`` on a widget's host: how an open page talks with the server.

By WebSocket, as uplinks do (uplink/link.py), or one call by POST for a browser whose Python can't wait. Only the page
of the very widget gets in: the origin is looked at first, whatever else is sent.
"""

import base64
import binascii
import contextlib
import json
import logging
import re
import secrets
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_model.kinds import Kind
from widget_site.dispatch import Dispatch, DispatchError
from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.redis_link import GONE
from widget_site.errors import SiteError
from widget_site.public.gui.calls import Page, PageCalls
from widget_site.public.gui.link import PageLink
from widget_site.public.gui.pushes import Pushes
from widget_site.public.hosts import Headers
from widget_site.public.preview import Previews
from widget_site.public.response import RawHeaders
from widget_site.public.visitors import Visitors
from widget_site.store.uplink_keys import CLIENT
from widget_site.store.values import UplinkHolder, WidgetSnapshot
from widget_site.uplink.link import Heard, LinkParts
from widget_site.uplink.wire import Receive, Scope, Send, Socket
from widget_wire import functions, keys, media_chunks
from widget_wire.frames import FrameError
from widget_wire.parcel import ParcelError
from widget_wire.parcels import Parcels
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.spool import NoRoomError

log = logging.getLogger(__name__)

PATH, CALL = "/_/ws", b"/_/call"
COOKIES = b"/_/cookies/"
#: Pages of one process, of one widget in it, and of one address.
MAX_PAGES, MAX_OF_WIDGET, MAX_OF_ADDRESS = 5000, 1000, 100
#: Bytes of media in the answer to a call by POST.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_HELLO_CHARS = 10_000
#: A page says something at least so often, or is taken for gone; it sends a PING where it has nothing to say.
SILENT_S = 60.0
#: How often the preview of an open page is kept from running out.
KEEP_PREVIEW_S = 300.0
_HELLO_S = 10.0
_COOKIES_S = 60
_NAME = re.compile(r"[A-Za-z0-9_-]{16,64}")
_VERSION = 8


class CallError(Exception):
    """A call by POST that can't be read; ``status`` and the text are the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class PageSockets:
    """The open pages of this process."""

    def __init__(
        self,
        dispatch: Dispatch,
        visitors: Visitors,
        previews: Previews,
        calls: PageCalls,
        parcels: Parcels,
        sizes: tuple[int, int, int],
    ) -> None:
        self._dispatch = dispatch
        self._visitors = visitors
        self._previews = previews
        self.calls = calls
        self._parcels = parcels
        #: ``sizes``: bytes of a message, of the media of one, and of those that one page has on their way.
        self._parts = LinkParts(_unused, parcels, *sizes, lambda _: None)
        #: What server code pushes to pages; open as long as the site is.
        self.pushes = Pushes(dispatch.link, dispatch.snapshots)
        self._open: dict[str, Socket] = {}
        self._of_widget: Counter[str] = Counter()
        self._of_address: Counter[str] = Counter()
        self._stopped = False

    def close_all(self) -> None:
        """End every conversation: the site stops, and the pages connect again when it is back."""
        self._stopped = True
        for socket in list(self._open.values()):
            socket.cut()

    async def __call__(self, scope: Scope, receive: Receive, send: Send, slug: str | None, origin: str) -> None:
        """Handle one connection to a widget's host, to its end."""
        await receive()  # websocket.connect
        address = scope["client"][0] if scope.get("client") else ""
        try:
            widget = await self._admit(scope, slug, origin, address)
        except (DispatchError, SiteError):
            widget = None
        if widget is None:
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        socket, name = Socket(send), new_id()
        self._open[name] = socket
        self._of_widget[widget.widget_id] += 1
        self._of_address[address] += 1
        try:
            page = await self._greet(socket, receive, scope, widget, origin, address)
            if page is not None:
                await self._serve(name, page, scope["query_string"], socket, receive)
        except (DispatchError, SiteError) as error:
            log.info("a page was not served: %s", error)
        except Exception:
            log.exception("a page failed by our fault")
        finally:
            del self._open[name]
            _leave(self._of_widget, widget.widget_id)
            _leave(self._of_address, address)
            with contextlib.suppress(Exception):  # it may be closed already, however that went
                await send({"type": "websocket.close", "code": 1000})

    async def one_call(
        self, widget: WidgetSnapshot, headers: Headers, query: bytes, origin: str, address: str, body: bytes
    ) -> tuple[bytes, RawHeaders]:
        """Answer one call by POST; return the answer as JSON, and cookies. CallError."""
        visitor = await self._visitors.arrive(widget, headers, origin)
        if visitor.is_foreign or _origin_of(headers) != origin:
            raise CallError(403, "Only the widget's own page calls here.")
        said = _json_of(body)
        message, sent, name = said.get("message"), said.get("media", {}), said.get("page")
        if not isinstance(message, dict) or not isinstance(name, str) or not _NAME.fullmatch(name):
            raise CallError(400, 'A call is {"page": <its name>, "message": {...}, "media": {id: base64}}.')
        page = Page(
            name, widget.widget_id, widget.slug, origin, address, visitor, await self._is_preview(widget, query)
        )
        command = functions.command_of(message)
        if command is None:
            raise CallError(400, "This object has no methods here.")
        kept = (*functions.CALL_FIELDS, "liveObjectCall")
        message = {name: message[name] for name in kept if name in message}
        call = ServiceCall(new_id(), "", "", widget.widget_id, "", origin, command[:1000], message, slug=widget.slug)
        try:
            media, parcel = self._parcels.posted(_media_of(sent))
        except (NoRoomError, OSError) as error:
            raise CallError(503, "There is no room for these media now. Try again.") from error
        try:
            answer, cookies = await self.calls.answer(page, replace(call, media=media, parcel=parcel))
            frames = await self._parcels.frames(answer.media, answer.parcel, MAX_ANSWER_BYTES)
        except ParcelError as error:
            raise CallError(503, str(error)) from error
        finally:
            self._parcels.drop(parcel)
        fields = (*functions.ANSWER_FIELDS, "error")
        shown = {name: answer.message[name] for name in fields if name in answer.message}
        contents = {one: base64.b64encode(content).decode() for one, content in _contents(frames).items()}
        return json.dumps({"message": shown, "media": contents}).encode(), cookies

    async def kept_cookies(self, headers: Headers, origin: str, ticket: str) -> RawHeaders:
        """Return the cookies that a page was told to fetch; once. CallError for any other page, which might put
        a session of its own choice into somebody's browser.
        """
        if _origin_of(headers) != origin:
            raise CallError(403, "Only the widget's own page fetches these.")
        if not _NAME.fullmatch(ticket):
            return []
        try:
            held = await self._dispatch.link.client.getdel(keys.COOKIES + ticket)
        except (*GONE, RedisError) as error:
            raise AwayError from error
        return [(b"set-cookie", value.encode("latin-1")) for value in json.loads(held)] if held else []

    async def _admit(self, scope: Scope, slug: str | None, origin: str, address: str) -> WidgetSnapshot | None:
        """Return the widget that a connection may talk to, None for a connection that may not."""
        full = len(self._open) >= MAX_PAGES or self._of_address[address] >= MAX_OF_ADDRESS
        if self._stopped or full or slug is None or _origin_of(scope["headers"]) != origin:
            return None
        widget = await self._dispatch.snapshots.get(slug)
        if widget is None or widget.kind != Kind.GUI or self._of_widget[widget.widget_id] >= MAX_OF_WIDGET:
            return None
        is_open = widget.visibility != "private" or await self._is_preview(widget, scope["query_string"])
        return widget if is_open else None

    async def _is_preview(self, widget: WidgetSnapshot, query: bytes) -> bool:
        return await self._previews.allows(widget.widget_id, query, ())

    async def _greet(
        self, socket: Socket, receive: Receive, scope: Scope, widget: WidgetSnapshot, origin: str, address: str
    ) -> Page | None:
        said = await socket.next(receive, _HELLO_S)
        try:
            hello = json.loads(said) if isinstance(said, str) and len(said) <= MAX_HELLO_CHARS else None
        except (ValueError, RecursionError):
            hello = None
        name = hello.get("page") if isinstance(hello, dict) else None
        if not isinstance(hello, dict) or not isinstance(name, str) or not _NAME.fullmatch(name):
            with contextlib.suppress(OSError):
                await socket.send(json.dumps({"error": 'A page says {"v": 8, "page": <16 to 64 letters>} first.'}))
            return None
        if hello.get("v") != _VERSION:
            await socket.send(json.dumps({"error": "This page is too old. Load it again.", "reload": True}))
            return None
        visitor = await self._visitors.arrive(widget, scope["headers"], origin)
        is_preview = await self._is_preview(widget, scope["query_string"])
        await socket.send(
            json.dumps({"auth": "OK", "priv": "client", "app-info": functions.app_info(widget.widget_id)})
        )
        return Page(name, widget.widget_id, widget.slug, origin, address, visitor, is_preview)

    async def _serve(self, name: str, page: Page, query: bytes, socket: Socket, receive: Receive) -> None:
        holder = UplinkHolder(name, CLIENT, page.widget_id, page.slug)
        link = PageLink(
            name,
            holder,
            page.address,
            page.origin,
            socket,
            self._parts,
            page=page,
            calls=self.calls,
            keep_cookies=self._keep_cookies,
        )
        self.pushes.join(page.widget_id, link)
        try:
            await link.converse(self._heard(page, query, socket, receive))
        finally:
            self.pushes.leave(page.widget_id, link)

    def _heard(self, page: Page, query: bytes, socket: Socket, receive: Receive) -> Heard:
        """Return what waits for a page's next message, and keeps the preview that opened the page from running out."""
        kept_at = time.monotonic()

        async def heard() -> str | bytes | None:
            nonlocal kept_at
            if page.is_preview and time.monotonic() - kept_at > KEEP_PREVIEW_S:
                kept_at = time.monotonic()
                await self._previews.keep(query)
            return await socket.next(receive, SILENT_S)

        return heard

    async def _keep_cookies(self, cookies: RawHeaders) -> str:
        """Keep cookies for a moment; return where the page fetches them (a script must not see what is in them)."""
        ticket = secrets.token_urlsafe(24)
        values = json.dumps([value.decode("latin-1") for _, value in cookies])
        try:
            await self._dispatch.link.client.set(keys.COOKIES + ticket, values, ex=_COOKIES_S)
        except (*GONE, RedisError):
            log.warning("cookies of a page are lost: Redis does not answer")
        return (COOKIES + ticket.encode()).decode()


async def _unused(call: ServiceCall) -> ServiceAnswer:
    raise AssertionError(f"calls of pages are answered by PageCalls, and not {call.command}")


def _leave(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]


def _origin_of(headers: Headers) -> str:
    found = [value for name, value in headers if name == b"origin"]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _json_of(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallError(400, "The body is not JSON.") from error
    if not isinstance(said, dict):
        raise CallError(400, "The body is not a JSON object.")
    return said


def _media_of(sent: Any) -> bytes:
    try:
        contents = {str(name): base64.b64decode(content, validate=True) for name, content in sent.items()}
    except (AttributeError, TypeError, ValueError, binascii.Error) as error:
        raise CallError(400, "The media are not base64.") from error
    return media_chunks.write(contents)


def _contents(media: bytes) -> dict[str, bytes]:
    try:
        return dict(media_chunks.read(media))
    except (FrameError, ValueError):
        return {}


__all__ = ["CALL", "COOKIES", "PATH", "CallError", "PageSockets"]
