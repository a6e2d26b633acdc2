"""Events that server code raises for open pages (``services.pushing``): heard of all site processes, sent on here."""

import asyncio
import contextlib
import json
import logging
from typing import Any

from widget_site.dispatch import DispatchError
from widget_site.dispatch.redis_link import RedisLink
from widget_site.dispatch.snapshots import Snapshots
from widget_site.errors import SiteError
from widget_site.public.gui.link import PageLink
from widget_site.services.pushing import subscribed_key
from widget_wire import keys
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)


class Pushes:
    """Hands events to the pages of this process. ``async with``: inside, they are heard."""

    def __init__(self, link: RedisLink, snapshots: Snapshots) -> None:
        self._link = link
        self._snapshots = snapshots
        self._pages: dict[str, set[PageLink]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Pushes":
        self._task = asyncio.create_task(self._listen(), name="pushes")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end_tasks(self._task)

    def join(self, widget_id: str, page: PageLink) -> None:
        """Hand this widget's events to a page."""
        self._pages.setdefault(widget_id, set()).add(page)

    def leave(self, widget_id: str, page: PageLink) -> None:
        """Hand it no more."""
        pages = self._pages.get(widget_id, set())
        pages.discard(page)
        if not pages:
            self._pages.pop(widget_id, None)

    async def _listen(self) -> None:
        async with contextlib.aclosing(self._link.heard(keys.PUSH_CHANNEL)) as heard:
            async for said in heard:
                if said is not None:
                    await self._take(said[1])

    async def _take(self, data: bytes) -> None:
        try:
            event = json.loads(data)
            pages = list(self._pages.get(event["widget"], ()))
            if pages:
                await self._give(event, pages)
        except (DispatchError, SiteError) as error:
            log.warning("an event was not pushed: %s", error)
        except Exception:
            # The next ones are somebody else's.
            log.exception("an event was not pushed by our fault")

    async def _give(self, event: dict[str, Any], pages: list[PageLink]) -> None:
        widget = await self._snapshots.get(event["slug"])
        if widget is None or widget.widget_id != event["widget"]:
            return
        if widget.visibility == "private":
            pages = [one for one in pages if one.is_preview]
        if event["sessions"] is not None:
            pages = [one for one in pages if one.session in event["sessions"]]
        if event["channel"] is not None:
            pages = await self._subscribed(event, pages)
        for page in pages:
            page.push(event["message"])

    async def _subscribed(self, event: dict[str, Any], pages: list[PageLink]) -> list[PageLink]:
        async with self._link.client.pipeline(transaction=False) as pipe:
            for page in pages:
                pipe.sismember(subscribed_key(event["widget"], page.session), event["channel"])
            are = await pipe.execute()
        return [page for page, is_one in zip(pages, are, strict=True) if is_one]
