"""A real site on a free port of loopback, in the test's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from tests.services.http_client import Client

from widget_model.files import Files
from widget_site.asgi import Application, create
from widget_site.parts import SiteParts
from widget_site.serve import bind, serve
from widget_site.settings import SiteSettings
from widget_site.store import accounts, revisions, widgets
from widget_site.store.migrate import migrate
from widget_site.store.values import Account, Widget


@dataclass
class SiteServer:
    """A site that serves."""

    application: Application
    parts: SiteParts
    port: int
    owner: Account

    async def make(self, files: Files | str, kind: str = "api", **more: Any) -> Widget:
        if isinstance(files, str):
            files = {"main.py": files}
        return await widgets.create(self.parts.store, self.owner, kind, "A widget", files, **more)

    async def save(self, widget: Widget, source: str) -> int:
        made = await revisions.append(self.parts.store, widget.slug, self.owner.id, {"main.py": source})
        return made.number

    def at(self, widget: Widget | str) -> Client:
        slug = widget if isinstance(widget, str) else widget.slug
        return Client(self.port, f"{slug}.localhost:{self.port}")

    @property
    def site(self) -> Client:
        return Client(self.port, f"localhost:{self.port}")


@contextlib.asynccontextmanager
async def serving(settings: SiteSettings) -> AsyncIterator[SiteServer]:
    """Serve with these settings inside the block, on a port of its own."""
    [listener, *others] = bind("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    settings = settings.model_copy(update={"site_url": f"http://localhost:{port}", "port": port})
    application = create(settings)
    parts = application.parts
    await migrate(parts.store.database)
    if await accounts.count(parts.store) == 0:
        owner = await accounts.create(parts.store, "olive", "olive@example.com", "no password")
    else:
        owner = await accounts.by_username(parts.store, "olive")
    stop = asyncio.Event()
    task = asyncio.create_task(serve(application, [listener, *others], stop, drain_s=3.0))
    try:
        yield SiteServer(application, parts, port, owner)
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)
