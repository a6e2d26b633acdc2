"""``/_/uplink``: lets programs in by their key alone, whatever host, origin and cookies they name (decisions 17)."""

import asyncio
import contextlib
import functools
import json
import logging
import time
from collections import Counter

from widget_model.ids import new_id
from widget_site.errors import SiteError
from widget_site.parts import SiteParts
from widget_site.services.registry import Service
from widget_site.services.signing import PURPOSE, WidgetSigner
from widget_site.store import uplink_keys
from widget_site.store.uplink_keys import SERVER
from widget_site.store.values import UplinkHolder
from widget_site.uplink import handshake
from widget_site.uplink.boundary import Boundary
from widget_site.uplink.link import Link, LinkParts
from widget_site.uplink.uplinks import Uplinks
from widget_site.uplink.wire import Receive, Scope, Send, Socket
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

PATH = "/_/uplink"
#: Links of one process, of one widget in it, and sockets that have not shown a key yet.
MAX_LINKS = 1000
MAX_LINKS_OF_WIDGET = 50
MAX_UNKNOWN = 200
HELLO_S = 10.0
#: How often it is looked whether keys are still good; a revoked one's links are cut within a second.
WATCH_S = 0.5
_MB = 1024 * 1024
_OLD = "This version of anvil-uplink is old. Upgrade it: pip install --upgrade anvil-uplink\n"


class UplinkSockets:
    """``async with``: inside, uplinks are let in, and cut off when their key is revoked."""

    def __init__(self, parts: SiteParts, uplinks: Uplinks, answer: Service) -> None:
        self._parts = parts
        self._uplinks = uplinks
        settings = parts.settings
        payload, media, of_link = (
            int(size_mb * _MB) for size_mb in (settings.payload_max_mb, settings.media_max_mb, settings.media_link_mb)
        )
        self._link_parts = LinkParts(answer, parts.parcels, payload, media, of_link, uplinks.changed)
        self._sockets: dict[str, Socket] = {}
        self._unknown = 0
        self._of_widget: Counter[str] = Counter()
        self._stopped = False
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "UplinkSockets":
        self._watcher = asyncio.create_task(self._watch(), name="uplink-keys")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watcher is not None:
            await end_tasks(self._watcher)

    def close_all(self) -> None:
        """End every link: the site stops, and their libraries connect again when it is back."""
        self._stopped = True
        for socket in list(self._sockets.values()):
            socket.cut()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, to its end."""
        await receive()  # websocket.connect
        if self._stopped or self._unknown >= MAX_UNKNOWN or len(self._sockets) >= MAX_LINKS:
            await send({"type": "websocket.close", "code": 1013})
            return
        await send({"type": "websocket.accept"})
        socket, name = Socket(send), new_id()
        address = scope["client"][0] if scope.get("client") else ""
        self._sockets[name] = socket
        try:
            holder = await self._let_in(socket, receive, address)
            if holder is not None:
                await self._serve(name, holder, address, socket, receive)
        except Exception:
            log.exception("an uplink failed by our fault")
        finally:
            del self._sockets[name]
            with contextlib.suppress(Exception):  # it may be closed already, however that went
                await send({"type": "websocket.close", "code": 1000})

    async def _let_in(self, socket: Socket, receive: Receive, address: str) -> UplinkHolder | None:
        self._unknown += 1
        try:
            async with asyncio.timeout(HELLO_S):
                said = await socket.next(receive)
            if said is None:
                return None
            hello = handshake.read_hello(said if isinstance(said, str) else None)
            holder = await handshake.admit(self._parts.store, self._parts.limiter, hello, address)
            if self._of_widget[holder.widget_id] >= MAX_LINKS_OF_WIDGET:
                raise handshake.RefusedError(f"This widget has {MAX_LINKS_OF_WIDGET} uplinks, which is the most.")
        except TimeoutError:
            return None
        except handshake.RefusedError as refusal:
            with contextlib.suppress(OSError):
                await socket.send(json.dumps({"error": str(refusal)}))
            return None
        finally:
            self._unknown -= 1
        await socket.send(json.dumps(handshake.welcome(holder)))
        if hello.version < handshake.CURRENT:
            await socket.send(json.dumps({"output": _OLD}))
        return holder

    async def _serve(self, name: str, holder: UplinkHolder, address: str, socket: Socket, receive: Receive) -> None:
        origin = self._parts.settings.widget_origin(holder.slug)
        link = Link(name, holder, address, origin, socket, self._link_parts, self._boundary(holder))
        self._of_widget[holder.widget_id] += 1
        self._uplinks.let_in(link, time.time())
        try:
            await link.converse(functools.partial(socket.next, receive))
        finally:
            self._uplinks.let_out(link)
            self._of_widget[holder.widget_id] -= 1

    def _boundary(self, holder: UplinkHolder) -> Boundary | None:
        if holder.kind == SERVER:
            return None
        signing = self._parts.secret_box.derived_keys(PURPOSE)
        inside = WidgetSigner(signing, holder.widget_id)
        outside = WidgetSigner(signing, holder.widget_id, f"client uplink {holder.key_id}")

        async def modules() -> frozenset[str]:
            dispatch = self._parts.dispatch
            snapshot = await dispatch.snapshots.get(holder.slug)
            if snapshot is None or snapshot.widget_id != holder.widget_id:
                return frozenset()
            files = await dispatch.store.files(holder.widget_id, snapshot.revision)
            return frozenset(path.partition("/")[0].removesuffix(".py") for path in files if path.endswith(".py"))

        return Boundary(inside, outside, modules)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            held = list(self._uplinks.held.values())
            try:
                await self._cut_revoked(held)
            except SiteError as error:
                log.info("whether keys of uplinks are still good is not known now: %s", error)
            except Exception:
                log.exception("keys of uplinks could not be looked at")

    async def _cut_revoked(self, held: list[Link]) -> None:
        if not held:
            return
        good = await uplink_keys.still_good(self._parts.store, {link.holder.key_id for link in held})
        revoked = [link for link in held if link.holder.key_id not in good]
        for link in revoked:
            # It answers nothing from this moment on, however slowly its peer takes the news.
            self._uplinks.let_out(link)
            link.close()
        await asyncio.gather(*(link.refuse("The key of this uplink was revoked.") for link in revoked))
