"""The language sockets of this process: the handshake, whose widget it is, and their end when the site stops."""

import logging

from quart import Quart, Response, websocket

from widget_site.accounts.visitor import session_visitor
from widget_site.errors import SiteError
from widget_site.language.link import LanguageLink
from widget_site.language.socket import LanguageSocket
from widget_site.parts import SiteParts
from widget_site.store import trees, widgets
from widget_site.store.values import Widget
from widget_wire.language import MAX_TEXT_CHARS

log = logging.getLogger(__name__)

PATH = "/api/language"
#: Sockets of one process, and of one account in it.
MAX_SOCKETS = 200
MAX_PER_ACCOUNT = 5
#: Modules that tools are given; of a widget with more they know those.
MAX_MODULES = 100


class LanguageSockets:
    """Adds the language tools to the site's app and keeps count of its sockets."""

    def __init__(self, app: Quart, parts: SiteParts) -> None:
        self._parts = parts
        self._open: dict[LanguageSocket, str] = {}
        app.websocket(PATH, endpoint="language")(self._connect)

    def __len__(self) -> int:
        return len(self._open)

    def close_all(self) -> None:
        """End every conversation: the site stops."""
        for socket in list(self._open):
            socket.stop()

    async def _connect(self) -> Response | None:
        # Refused before the upgrade, whoever asks: other sites' pages, strangers, programs without a session.
        if websocket.headers.get("Origin", "").lower() != self._parts.settings.site_url:
            return Response(status=403)
        cookies, slug = dict(websocket.cookies), websocket.args.get("widget", "")
        visitor = await session_visitor(self._parts, cookies)
        if visitor.id is None:
            return Response(status=403)
        try:
            widget = await widgets.owned(self._parts.store, slug, visitor.id, "edit it")
        except SiteError:
            return Response(status=403)
        if len(self._open) >= MAX_SOCKETS or list(self._open.values()).count(visitor.id) >= MAX_PER_ACCOUNT:
            return Response(status=503)
        await websocket.accept()

        async def may_still() -> bool:
            try:
                now = await session_visitor(self._parts, cookies)
                await widgets.owned(self._parts.store, slug, now.id, "edit it")
            except SiteError as error:
                # The database is away; whoever was let in a moment ago still counts as such.
                return error.status >= 500
            return now.id == visitor.id

        link = LanguageLink(self._parts.dispatch.link)
        socket = LanguageSocket(websocket.receive, websocket.send, link, await self._modules(widget), may_still)
        self._open[socket] = visitor.id
        try:
            await websocket.close(await socket.run(visitor.id, widget.environment or ""))
        finally:
            del self._open[socket]
            await link.close()
        return None

    async def _modules(self, widget: Widget) -> dict[str, str]:
        """Return the widget's modules as they are saved; tools see no other file, least of all one with settings."""
        files = await trees.files_of(self._parts.store, widget.code)
        modules = [
            (path, text)
            for path, text in sorted(files.items())
            if path.endswith(".py") and isinstance(text, str) and len(text) <= MAX_TEXT_CHARS
        ]
        return dict(modules[:MAX_MODULES])
