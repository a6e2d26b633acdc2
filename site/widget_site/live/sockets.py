"""The live sockets of this process: the handshake, who is at the other end, and their end when the site stops."""

from typing import Any

from quart import Quart, Response, websocket

from widget_site.accounts.visitor import Visitor, session_visitor
from widget_site.api import shown
from widget_site.dispatch.tail import EventTail
from widget_site.doorway import Doorway
from widget_site.errors import SiteError
from widget_site.live.socket import LiveSocket
from widget_site.live.watch import Watching
from widget_site.parts import SiteParts
from widget_site.store import runs, widgets

PATH = "/api/live"
#: Sockets of one process, and of one account in it.
MAX_SOCKETS = 2000
MAX_PER_ACCOUNT = 50


class SignedIn:
    """Keeps ``socket.Viewer`` for the account of a session; every question is asked of the store anew."""

    def __init__(self, parts: SiteParts, visitor: Visitor, cookies: dict[str, str]) -> None:
        self._parts = parts
        self._visitor = visitor
        self._cookies = cookies

    async def is_signed_in(self) -> bool:
        """Whether the session still holds, and is still the same account's."""
        return (await session_visitor(self._parts, self._cookies)).id == self._visitor.id

    async def may_follow(self, run_id: str) -> bool:
        """Whether the run is one of the account's own widgets'."""
        return await self._find_run(run_id) is not None

    async def watchable(self, slug: str) -> str | None:
        """Return the widget's id when the account may see it."""
        try:
            return (await widgets.by_slug(self._parts.store, slug, self._visitor.id)).id
        except SiteError as error:
            if error.status >= 500:
                raise
            return None

    async def run(self, run_id: str) -> dict[str, Any] | None:
        """Return a run as the JSON API shows it."""
        run = await self._find_run(run_id)
        return None if run is None else shown.run(run).model_dump(mode="json")

    async def _find_run(self, run_id: str) -> Any:
        try:
            return await runs.get(self._parts.store, run_id, self._visitor.id)
        except SiteError as error:
            if error.status >= 500:
                raise
            return None


class LiveSockets(Doorway):
    """Adds the live channel to the site's app and keeps count of its sockets."""

    def __init__(self, app: Quart, parts: SiteParts, tail: EventTail, watching: Watching) -> None:
        super().__init__(parts, MAX_SOCKETS, MAX_PER_ACCOUNT)
        self._tail = tail
        self._watching = watching
        app.websocket(PATH)(self._connect)

    async def _connect(self) -> Response | None:
        visitor = await self.visitor()
        if visitor is None or visitor.id is None:
            return Response(status=403)
        with self.place(visitor.id) as is_there:
            if not is_there:
                return Response(status=503)
            await websocket.accept()
            viewer = SignedIn(self._parts, visitor, dict(websocket.cookies))
            socket = LiveSocket(websocket.receive, websocket.send, viewer, self._tail, self._watching)
            with self.let_in(socket):
                code = await socket.run()
                if code is not None:
                    await websocket.close(code)
        return None
