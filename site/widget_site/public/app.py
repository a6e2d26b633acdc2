"""The public hosts as one ASGI callable: from a request to a widget to its answer, with no framework in between."""

import contextlib
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widget_model.kinds import SERVES, Kind
from widget_model.opened_page import PAGE_TYPE
from widget_model.quotas import Quota
from widget_site.dispatch import CallerGoneError, Dispatch, DispatchError, RouteAnswer, UnknownWidgetError
from widget_site.errors import UnavailableError
from widget_site.public import api_docs, body, hosts, own_pages
from widget_site.public.door import NAME_HEADER, Caller, Door, NotAdmittedError, check
from widget_site.public.gui import CALL_BYTES, Asked, GuiPages, offline
from widget_site.public.gui.opened import PageError
from widget_site.public.lazy_media import LazyMediaError, LazyMediaPages
from widget_site.public.limits import Concurrency, RateLimit
from widget_site.public.preview import PREVIEW_PARAM, Previews, without_preview
from widget_site.public.response import BadAnswerError, RawHeaders, Responder, Send, TooSlowError, harden
from widget_site.public.route_request import BadRequestError, FormTooLargeError, make_route, read_headers
from widget_site.public.uplink_answer import UplinkAnswer
from widget_site.public.uplink_routes import UplinkRoutes
from widget_site.public.visitors import Visitors
from widget_site.services.own_pages import OwnPages, PageRequest
from widget_site.store.values import WidgetSnapshot
from widget_wire.runs import RunReply
from widget_wire.spool import Spool

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]

_PLATFORM = b"/_/"
_API = b"/_/api"
_HTTP = "http"
#: How long the next part of a streamed body may take: a route's own limit ends the code before.
_PART_TIMEOUT_S = 40.0
_RETRY = (b"retry-after", b"2")
OUR_FAULT = "Something went wrong on our side."
FAILED = "An exception was raised. Check the application logs for details."


@dataclass(frozen=True)
class PublicLimits:
    """What callers of widgets may use of one site process."""

    body_bytes: int = 128 * 1024 * 1024
    #: Bytes of request bodies held at once, in memory and on disk.
    room_bytes: int = 256 * 1024 * 1024
    #: Where large ones are kept until they are handed on; None for where the system keeps temporary files.
    folder: Path | None = None
    #: Calls of one widget a second, and at once from an idle one.
    rate_per_s: float = 1000.0
    burst: float = 2000.0
    #: Calls of one widget that wait for an answer.
    concurrency: int = 100


class _RefusedError(Exception):
    """An answer of our own instead of the widget's."""

    def __init__(self, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class PublicHosts:
    """Answers every request to a host below the widget domain."""

    def __init__(
        self,
        dispatch: Dispatch,
        limits: PublicLimits,
        origin_of: Callable[[str], str],
        proxies: hosts.TrustedProxies,
        previews: Previews,
        door: Door,
        visitors: Visitors,
    ) -> None:
        self._dispatch = dispatch
        self._limits = limits
        self._origin_of = origin_of
        self._proxies = proxies
        self._previews = previews
        self._door = door
        self.visitors = visitors
        self._docs = api_docs.ApiDocs(dispatch)
        self._rate = RateLimit(limits.rate_per_s, limits.burst)
        self._concurrency = Concurrency(limits.concurrency)
        self.room = body.Room(limits.room_bytes)
        #: Routes of programs outside; there once the site has uplinks.
        self.uplink_routes: UplinkRoutes | None = None
        #: Media that code gave an address; there once the site has services.
        self.lazy_media: LazyMediaPages | None = None
        #: Pages of services below ``/_/``; they come when services are put together.
        self.own_pages: Sequence[OwnPages] = ()
        #: Pages of GUI widgets; there once the site has services.
        self.gui: GuiPages | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send, slug: str | None) -> None:
        """Answer one request; ``slug`` is None for a host that can't be a widget's."""
        responder = Responder(send)
        try:
            await self._answer(scope, receive, responder, slug)
        except (_RefusedError, NotAdmittedError) as refusal:
            await responder.text(refusal.status, str(refusal), *refusal.headers)
        except BadRequestError as error:
            await responder.text(400, str(error))
        except FormTooLargeError as error:
            await responder.text(413, str(error))
        except UnknownWidgetError:
            await _no_such_app(responder)
        except (body.ClientGoneError, CallerGoneError, TooSlowError):
            log.info("a caller of %s went away", slug)
        except DispatchError as error:
            await _dispatch_failed(responder, error)
        except UnavailableError as error:
            await responder.text(503, str(error), _RETRY)
        except Exception:
            log.exception("a request to %s failed by our fault", slug)
            if not responder.started:
                await responder.text(500, OUR_FAULT)

    async def _answer(self, scope: Scope, receive: Receive, responder: Responder, slug: str | None) -> None:
        raw_path = hosts.read_path(scope["raw_path"])
        if raw_path.startswith(api_docs.ASSETS) and await api_docs.send_asset(responder, raw_path):
            return
        widget = await self._dispatch.snapshots.get(slug) if slug else None
        if widget is not None and widget.kind == Kind.GUI and offline.is_foreign_worker(raw_path, scope["headers"]):
            await _no_such_app(responder)
            return
        prefix, raw_path = _split_prefix(raw_path)
        is_page = widget is not None and widget.kind == Kind.GUI and prefix != _HTTP
        if widget is not None and is_page and await self._gui(widget, raw_path, scope, receive, responder):
            return
        if widget is None or not await self._may_see(widget, scope):
            await _no_such_app(responder)
            return
        if prefix is None:
            path = raw_path.removeprefix(_PLATFORM).decode("latin-1")
            pages = next((one for one in self.own_pages if one.has(path)), None)
            if pages is not None:
                await self._own_page(pages, widget, path, scope, receive, responder)
            else:
                await self._tell_of(widget, raw_path, scope, responder)
            return
        if widget.kind not in SERVES:
            await responder.page(404, "Nothing answers here", "This widget has no public address for requests.")
            return
        if widget.used_up is not None:
            raise _over_quota(widget.used_up)
        self._limit(widget)
        who = Caller.of(scope["method"], scope["headers"], _address(scope))
        key = await self._door.admit(widget, who, lambda: self._dispatch.snapshots.get_anew(widget.slug))
        if not self._concurrency.enter(widget.widget_id):
            raise _busy()
        try:
            await self._run(scope, receive, responder, widget, prefix, raw_path, who, key)
        finally:
            self._concurrency.leave(widget.widget_id)

    async def _tell_of(self, widget: WidgetSnapshot, path: bytes, scope: Scope, responder: Responder) -> None:
        """Answer below ``/_/``, which is ours."""
        if self.lazy_media is not None and self.lazy_media.has(path) and scope["method"] in ("GET", "HEAD"):
            await self._send_media(self.lazy_media, widget, path, scope, responder)
            return
        is_ours = widget.kind == Kind.API and path in (api_docs.OPENAPI, api_docs.DOCS)
        if not is_ours or scope["method"] not in ("GET", "HEAD"):
            raise _RefusedError(404, "There is nothing at this address; everything below /_/ belongs to the platform.")
        self._limit(widget)
        if widget.code_private and not await self._has_preview(widget, scope):
            raise _RefusedError(404, "The owner of this widget keeps its code private, and with it what it declares.")
        origin = self._origin_of(widget.slug)
        if path == api_docs.OPENAPI:
            await self._docs.openapi(responder, widget, origin)
        else:
            await self._docs.page(responder, widget, origin, scope["query_string"])

    async def _gui(
        self, widget: WidgetSnapshot, path: bytes, scope: Scope, receive: Receive, responder: Responder
    ) -> bool:
        """Answer what belongs to a GUI's page; False for what its code or others answer."""
        if self.gui is None:
            return False
        with body.Share(self.room) as share:
            reader = body.BodyReader(receive, CALL_BYTES, share)
            asked = Asked(
                widget,
                path,
                scope,
                self._origin_of(widget.slug),
                _address(scope),
                functools.partial(self._gui_body, reader, scope),
            )
            if not self.gui.answers(asked):
                return False
            self._limit(widget)
            if asked.method == "GET" and self.uplink_routes is not None and self.uplink_routes.has(widget, path):
                return False
            return await self.gui.answer(asked, responder)

    async def _gui_body(self, reader: body.BodyReader, scope: Scope) -> bytes:
        headers = read_headers(scope["headers"], trusted=self._proxies.trusts(scope.get("peer", "")))
        with contextlib.closing(await self._read_body(reader, headers)) as data:
            return data.content()

    async def _send_media(
        self, pages: LazyMediaPages, widget: WidgetSnapshot, path: bytes, scope: Scope, responder: Responder
    ) -> None:
        self._limit(widget)
        origin = self._origin_of(widget.slug)
        visitor = await self.visitors.arrive(widget, scope["headers"], origin)
        if not self._concurrency.enter(widget.widget_id):
            raise _busy()
        try:
            await pages.send(responder, widget, origin, pages.read(widget, path, visitor))
        except LazyMediaError as error:
            raise _RefusedError(error.status, str(error)) from error
        finally:
            self._concurrency.leave(widget.widget_id)

    async def _own_page(
        self,
        pages: OwnPages,
        widget: WidgetSnapshot,
        path: str,
        scope: Scope,
        receive: Receive,
        responder: Responder,
    ) -> None:
        """Answer a request to a page of a service."""
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise _RefusedError(405, "Method not supported", (b"allow", b"GET, HEAD, POST"))
        self._limit(widget)
        origin = self._origin_of(widget.slug)
        visitor = await self.visitors.arrive(widget, scope["headers"], origin)
        form = None
        if scope["method"] == "POST":
            if visitor.is_foreign:
                raise _RefusedError(403, "A form of another site can't be sent here.")
            trusted = self._proxies.trusts(scope.get("peer", ""))
            headers = read_headers(scope["headers"], trusted=trusted)
            with body.Share(self.room) as share:
                reader = body.BodyReader(receive, own_pages.MAX_FORM_BYTES, share)
                with contextlib.closing(await self._read_body(reader, headers)) as data:
                    form = own_pages.form_of(data.content())
        asked = PageRequest(path, form, own_pages.query_of(scope["query_string"]), visitor.is_foreign)
        answer = await pages.answer(own_pages.call_of(visitor, widget.slug, origin), asked)
        cookies = await self.visitors.leave(visitor, RunReply(visitor.run_id, "done", "", visited=answer.visited))
        way = [(b"location", answer.location.encode("ascii"))] if answer.location else []
        await responder.whole(answer.status, [*own_pages.HEADERS, *way, *cookies], answer.html.encode())

    def _limit(self, widget: WidgetSnapshot) -> None:
        if not self._rate.take(widget.widget_id):
            raise _RefusedError(429, "Rate limit exceeded: too many requests to this widget.", (b"retry-after", b"1"))

    async def _run(
        self,
        scope: Scope,
        receive: Receive,
        responder: Responder,
        widget: WidgetSnapshot,
        prefix: str,
        path: bytes,
        who: Caller,
        key: str | None,
    ) -> None:
        trusted = self._proxies.trusts(scope.get("peer", ""))
        headers = read_headers(scope["headers"], trusted=trusted)
        if key is not None:
            # The code needs to know who calls; the key itself is not its affair.
            headers.pop(who.key_header, None)
            headers[NAME_HEADER] = key
        origin = self._origin_of(widget.slug)
        reader = functools.partial(body.BodyReader, receive, self._limits.body_bytes, folder=self._limits.folder)
        with body.Share(self.room) as share, contextlib.closing(await self._read_body(reader(share), headers)) as data:
            query = without_preview(scope["query_string"])
            route = make_route(prefix, scope["method"], path, query, headers, data, origin=origin)
            route["remote_address"] = who.address
            if key is not None:
                route["key"] = key
            visitor = await self.visitors.arrive(widget, scope["headers"], origin)
            session = (visitor.session.id, visitor.session.data if visitor.session.version else None)
            gone = _gone(receive)
            if self.uplink_routes is not None:
                made = await self.uplink_routes.answer(widget, visitor.run_id, route, data, session, gone)
                if made is not None:
                    with contextlib.closing(made):
                        await self._send(responder, made, await self.visitors.leave(visitor, made.reply))
                    return
            async with self._dispatch.call_route(
                widget,
                route,
                data,
                gone=gone,
                check=lambda newest: check(newest, who),
                run_id=visitor.run_id,
                session=session,
            ) as answer:
                cookies = await self.visitors.leave(visitor, answer.reply)
                if self.gui is not None and _is_page(widget, answer.reply):
                    await self._open_page(self.gui, widget, path, scope, responder, answer.reply, cookies)
                else:
                    await self._send(responder, answer, cookies)

    async def _open_page(
        self,
        gui: GuiPages,
        widget: WidgetSnapshot,
        path: bytes,
        scope: Scope,
        responder: Responder,
        made: RunReply,
        cookies: RawHeaders,
    ) -> None:
        """Answer with the page that a route of a GUI asked for."""

        async def nothing() -> bytes:
            return b""

        asked = Asked(widget, path, scope, self._origin_of(widget.slug), _address(scope), nothing)
        try:
            await gui.send_opened(asked, responder, made, cookies)
        except PageError as error:
            log.info("run %s: its page was not made: %s", made.id, error)
            await responder.text(500, str(error))

    async def _read_body(self, reader: body.BodyReader, headers: dict[str, str]) -> Spool:
        length = headers.get("content-length")
        if length is None and "transfer-encoding" not in headers:
            return Spool()
        try:
            return await reader.read(int(length) if length is not None and length.isdecimal() else None)
        except body.BodyTooLargeError as error:
            limit = f"{self._limits.body_bytes / 1024 / 1024:g} MB"
            raise _RefusedError(
                413, f"The request's body is larger than {limit}.", (b"connection", b"close")
            ) from error
        except body.BodyTooSlowError as error:
            raise _RefusedError(408, "The request's body arrived too slowly.", (b"connection", b"close")) from error
        except body.CrumbsError as error:
            raise _RefusedError(
                400, "The request's body comes in too many, too small pieces.", (b"connection", b"close")
            ) from error
        except body.NoRoomError as error:
            raise _RefusedError(503, "Too many uploads at once. Please try again in a moment.", _RETRY) from error

    async def _send(self, responder: Responder, answer: RouteAnswer | UplinkAnswer, cookies: RawHeaders) -> None:
        reply = answer.reply
        if not reply.more:
            await self._send_whole(responder, reply, cookies)
            return
        status, headers = await _head(responder, reply, cookies)
        if headers is None:
            return
        if reply.length is not None and reply.length >= 0:
            headers.append((b"content-length", b"%d" % reply.length))
        await responder.start(status, headers)
        async with contextlib.aclosing(answer.pieces(_PART_TIMEOUT_S)) as pieces:
            async for piece in pieces:
                await responder.part(piece)
        await responder.end()

    async def _send_whole(self, responder: Responder, reply: RunReply, cookies: RawHeaders) -> None:
        status, headers = await _head(responder, reply, cookies)
        if headers is not None:
            await responder.whole(status, headers, reply.body, reply.length)

    async def _may_see(self, widget: WidgetSnapshot, scope: Scope) -> bool:
        if widget.visibility != "private":
            return True
        return await self._has_preview(widget, scope)

    async def _has_preview(self, widget: WidgetSnapshot, scope: Scope) -> bool:
        """Whether this is its owner, or somebody whom its owner let see what is private for a while."""
        return await self._previews.allows(widget.widget_id, scope["query_string"], scope["headers"])


def _is_page(widget: WidgetSnapshot, reply: RunReply) -> bool:
    """Whether a run answered with what a page is to be made of; code of GUIs alone can."""
    return widget.kind == Kind.GUI and ("content-type", PAGE_TYPE) in reply.headers and not reply.more


async def _head(responder: Responder, reply: RunReply, cookies: RawHeaders) -> tuple[int, RawHeaders | None]:
    """Return the status and headers of an answer; without headers it can't be sent, and the caller was told."""
    try:
        return (reply.http_status if 200 <= reply.http_status <= 599 else 500), [*harden(reply.headers), *cookies]
    except BadAnswerError:
        log.warning("run %s: its answer was not sent on: too many headers", reply.id)
        await responder.text(500, FAILED)
        return 500, None


async def _dispatch_failed(responder: Responder, error: DispatchError) -> None:
    if responder.started:
        # The status is out. An app that returns without an end of the body makes hypercorn break the connection, and
        # that is all that can still be said.
        log.warning("a streamed answer broke off: %s", error)
        return
    headers = [(b"retry-after", b"%d" % error.retry_after_s)] if error.retry_after_s else []
    await responder.text(error.status, str(error), *headers)


def _busy() -> _RefusedError:
    return _RefusedError(503, "Too many requests to this widget are waiting. Please try again.", _RETRY)


def _over_quota(quota: Quota) -> _RefusedError:
    wait_s = max(1, int((quota.resets_at or 0.0) - time.time()))
    return _RefusedError(429, quota.public_refusal(), (b"retry-after", b"%d" % wait_s))


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _gone(receive: Receive) -> Callable[[], Awaitable[None]]:
    async def wait() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    return wait


def _split_prefix(raw_path: bytes) -> tuple[str | None, bytes]:
    """Return how the library names the path's kind, and the path below it; (None, ...) for the platform's own."""
    if raw_path == _API or raw_path.startswith(_API + b"/"):
        return _HTTP, raw_path[len(_API) :] or b"/"
    if raw_path.startswith(_PLATFORM) or raw_path == _PLATFORM[:-1]:
        return None, raw_path
    return "route", raw_path


async def _no_such_app(responder: Responder) -> None:
    await responder.page(
        404, "There is no such app", "Nothing lives at this address. It may have been renamed or deleted."
    )


__all__ = ["PREVIEW_PARAM", "PublicHosts", "PublicLimits"]
