"""The language sockets of this process: the handshake, whose widget it is, and their end when the site stops."""

from quart import Quart, Response, websocket

from widget_model.files import Files
from widget_model.kinds import Kind
from widget_site.accounts.visitor import session_visitor
from widget_site.client_python import client_python
from widget_site.conversation import DONE, POLICY
from widget_site.doorway import Doorway
from widget_site.errors import SiteError
from widget_site.language.client_modules import ClientModules
from widget_site.language.link import LanguageLink
from widget_site.language.socket import LanguageSocket
from widget_site.parts import SiteParts
from widget_site.store import trees, widgets
from widget_site.store.values import Widget
from widget_wire.language import MAX_TEXT_CHARS

PATH = "/api/language"
#: Sockets of one process, and of one account in it.
MAX_SOCKETS = 200
MAX_PER_ACCOUNT = 5
#: Modules that tools are given; of a widget with more they know those.
MAX_MODULES = 100


class LanguageSockets(Doorway):
    """Adds the language tools to the site's app and keeps count of its sockets."""

    def __init__(self, app: Quart, parts: SiteParts) -> None:
        super().__init__(parts, MAX_SOCKETS, MAX_PER_ACCOUNT)
        app.websocket(PATH, endpoint="language")(self._connect)

    async def _connect(self) -> Response | None:
        visitor = await self.visitor()
        if visitor is None or visitor.id is None:
            return Response(status=403)
        try:
            widget = await self._widget_of(visitor.id)
        except SiteError:
            return Response(status=403)
        with self.place(visitor.id) as is_there:
            if not is_there:
                return Response(status=503)
            await websocket.accept()
            await self._talk(visitor.id, widget)
        return None

    async def _widget_of(self, account: str) -> Widget:
        return await widgets.owned(self._parts.store, websocket.args.get("widget", ""), account, "edit it")

    async def _talk(self, account: str, widget: Widget) -> None:
        cookies = dict(websocket.cookies)

        async def over() -> int | None:
            """Return the code to close with: for who may not edit it any more, or when it has other packages."""
            try:
                now = await session_visitor(self._parts, cookies)
                held = await widgets.owned(self._parts.store, widget.slug, now.id, "edit it")
            except SiteError as error:
                # The database is away; whoever was let in a moment ago still counts as such.
                return None if error.status >= 500 else POLICY
            if now.id != account:
                return POLICY
            # The editor opens another session, which sees them.
            return None if held.environment == widget.environment else DONE

        files = await trees.files_of(self._parts.store, widget.code)
        modules = _modules(files)
        client = ClientModules(files, client_python()) if widget.kind == Kind.GUI else None
        link = LanguageLink(self._parts.dispatch.link)
        socket = LanguageSocket(websocket.receive, websocket.send, link, modules, over, client)
        try:
            with self.let_in(socket):
                await websocket.close(await socket.run(account, widget.environment or ""))
        finally:
            await link.close()


def _modules(files: Files) -> dict[str, str]:
    """Return the widget's modules as they are saved; tools see no other file, least of all one with settings."""
    modules = [
        (path, text)
        for path, text in sorted(files.items())
        if path.endswith(".py") and isinstance(text, str) and len(text) <= MAX_TEXT_CHARS
    ]
    return dict(modules[:MAX_MODULES])
