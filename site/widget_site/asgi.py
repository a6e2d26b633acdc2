"""The whole site as one ASGI application: the ``Host`` header decides between the site's app and widgets' hosts.

``create(settings)`` builds it; its lifespan opens and closes everything that a site process holds.
"""

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from quart import Quart

from widget_site.app import create_app
from widget_site.dispatch import uplink_records
from widget_site.dispatch.tail import EventTail
from widget_site.language.sockets import LanguageSockets
from widget_site.live.sockets import LiveSockets
from widget_site.live.watch import Watching
from widget_site.parts import SiteParts
from widget_site.public.gui import GuiPages
from widget_site.public.gui.bundles import Bundles
from widget_site.public.gui.calls import PageCalls
from widget_site.public.gui.sockets import PATH as PAGE_PATH
from widget_site.public.gui.sockets import PageSockets
from widget_site.public.hosts import HostError, Hosts, TrustedProxies, check_framing, read_host
from widget_site.public.lazy_media import LazyMediaPages
from widget_site.public.response import Responder
from widget_site.public.uplink_routes import UplinkRoutes
from widget_site.services import ServiceConsumer, signing
from widget_site.services.assembly import all_services
from widget_site.services.pins import Pins
from widget_site.services.registry import Service, unavailable
from widget_site.settings import SiteSettings
from widget_site.uplink.sockets import PATH as UPLINK_PATH
from widget_site.uplink.sockets import UplinkSockets
from widget_wire.runs import ServiceAnswer, ServiceCall

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_HEALTH = "/healthz"


class Application:
    """An ASGI 3 callable: http, websocket and lifespan."""

    def __init__(self, settings: SiteSettings, parts: SiteParts, app: Quart) -> None:
        self.parts = parts
        #: The site's own pages and API.
        self.app = app
        self._hosts = Hosts(settings.site_host, settings.widget_domain, local=settings.is_local)
        self._proxies = TrustedProxies(settings.trusted_proxies)
        self.previews = parts.previews
        self.public = parts.public
        self.tail = EventTail(parts.dispatch.link, parts.dispatch.store)
        self._watching = Watching(parts.dispatch.link, parts.dispatch.snapshots)
        #: The live sockets of this process.
        self.live = LiveSockets(app, parts, self.tail, self._watching)
        #: The language tools of editors that this process serves.
        self.language = LanguageSockets(app, parts)
        #: Answers calls; there from the start of the lifespan on.
        self._answer: Service = unavailable
        #: The uplinks that this process holds.
        self.uplinks = UplinkSockets(parts, parts.uplinks, self.call)
        signing_keys = functools.partial(parts.secret_box.derived_keys, signing.PURPOSE)
        self.public.uplink_routes = UplinkRoutes(
            parts.uplinks,
            parts.parcels,
            int(settings.payload_max_mb * 1024 * 1024),
            functools.partial(uplink_records.keep, parts.dispatch.link),
        )
        self.public.lazy_media = LazyMediaPages(parts.media_addresses, signing_keys, self.call)
        #: The pages of GUI widgets that talk with this process.
        self.pages = _page_sockets(parts, Bundles(parts.store), self.call, signing_keys)
        self._open: contextlib.AsyncExitStack | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection of any kind."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["http_version"] == "2":
            # HTTP/2 without TLS is nothing browsers do; "Upgrade: h2c" through a proxy is how requests are smuggled.
            await _refuse(scope, send, 505, "Speak HTTP/1.1 here.")
            return
        try:
            host = read_host(scope["headers"], scope["raw_path"])
            check_framing(scope["headers"])
        except HostError as error:
            await _refuse(scope, send, 400, str(error))
            return
        self._mark_client(scope)
        # By address, as a load balancer asks, only the health of the site is told.
        if scope["type"] == "websocket" and scope["path"] == UPLINK_PATH:
            await self.uplinks(scope, receive, send)
        elif self._hosts.is_site(host) or (scope["path"] == _HEALTH and self._hosts.slug(host) is None):
            await self.app(scope, receive, send)  # type: ignore[arg-type]  # hypercorn's own types of the same thing
        elif scope["type"] == "websocket" and scope["path"] == PAGE_PATH:
            slug = self._hosts.slug(host)
            await self.pages(scope, receive, send, slug, self.parts.settings.widget_origin(slug or ""))
        elif scope["type"] == "websocket":
            await _refuse(scope, send, 403, "")
        else:
            await self.public(scope, receive, send, self._hosts.slug(host))

    async def call(self, call: ServiceCall) -> ServiceAnswer:
        """Answer a call of a server function or a native one as if a run of the widget made it."""
        return await self._answer(call)

    def _mark_client(self, scope: Scope) -> None:
        """Put the real client where both apps look for it; ``peer`` keeps who is at the other end of the socket."""
        peer = scope["client"][0] if scope.get("client") else ""
        scope["peer"] = peer
        client = self._proxies.client(peer, scope["headers"])
        if client != peer:
            scope["client"] = (client, 0)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def start(self) -> None:
        """Open everything."""
        async with contextlib.AsyncExitStack() as stack:
            await self.app.startup()
            stack.push_async_callback(self.app.shutdown)
            await stack.enter_async_context(self.tail)
            await stack.enter_async_context(self._watching)
            await stack.enter_async_context(self.pages.pushes)
            parts, link = self.parts, self.parts.dispatch.link
            await stack.enter_async_context(parts.parcels)
            await stack.enter_async_context(parts.uplinks)
            pins = Pins(link.client)
            services = await all_services(parts, stack, pins, parts.parcels.in_memory(parts.functions))
            consumer = ServiceConsumer(link, services, parts.functions, pins=pins, parcels=parts.parcels)
            self._answer = (await stack.enter_async_context(consumer)).answer
            await stack.enter_async_context(self.uplinks)
            self._open = stack.pop_all()

    async def stop(self) -> None:
        """Close everything, the last opened first."""
        if self._open is not None:
            await self._open.aclose()
            self._open = None


def _page_sockets(
    parts: SiteParts, bundles: Bundles, answer: Service, signing_keys: Callable[[], Sequence[bytes]]
) -> PageSockets:
    """Put together what serves GUI widgets' pages; return their conversations."""
    public, settings = parts.public, parts.settings
    calls = PageCalls(parts.dispatch, public.visitors, bundles, signing_keys, answer)
    most_mb = (settings.payload_max_mb, settings.media_max_mb, settings.media_link_mb)
    payload, media, of_page = (int(size_mb * 1024 * 1024) for size_mb in most_mb)
    sizes = (payload, media, of_page)
    sockets = PageSockets(parts.dispatch, public.visitors, parts.previews, calls, parts.parcels, sizes)
    public.gui = GuiPages(parts.store, settings.site_url, bundles, parts.previews, sockets)
    return sockets


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        # Before it is accepted, a close is a refused handshake: 403.
        await send({"type": "websocket.close", "code": 1008})
        return
    await Responder(send).text(status, text, (b"connection", b"close"))


def create(settings: SiteSettings) -> Application:
    """Build the site of one process; nothing is opened before its lifespan begins."""
    parts = SiteParts.build(settings)
    return Application(settings, parts, create_app(settings, parts))
