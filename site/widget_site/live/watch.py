"""Hints that widgets changed: one subscription of this process, handed to the sockets that watch."""

import asyncio
import contextlib
import json
import logging
from typing import Any, Protocol

from widget_site.dispatch.redis_link import RedisLink
from widget_site.dispatch.snapshots import Snapshots
from widget_wire import keys
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """Who wants to hear of changes."""

    def hint(self, widget_id: str, message: dict[str, Any]) -> None:
        """Take a hint; must not block."""


class Watching:
    """Who watches which widget. ``async with``: inside, hints are heard (and snapshots forgotten by them)."""

    def __init__(self, link: RedisLink, snapshots: Snapshots) -> None:
        self._link = link
        self._snapshots = snapshots
        self._watchers: dict[str, set[Watcher]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watching":
        self._task = asyncio.create_task(self._listen(), name="widget-hints")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end_tasks(self._task)

    def join(self, watcher: Watcher, widget_id: str) -> None:
        """Hand this widget's hints to ``watcher``."""
        self._watchers.setdefault(widget_id, set()).add(watcher)

    def leave(self, watcher: Watcher, widget_id: str | None = None) -> None:
        """Hand no more hints to ``watcher``, of one widget or of any."""
        for watched in [widget_id] if widget_id is not None else list(self._watchers):
            watchers = self._watchers.get(watched, set())
            watchers.discard(watcher)
            if not watchers:
                self._watchers.pop(watched, None)

    async def _listen(self) -> None:
        async with contextlib.aclosing(self._link.heard(keys.WIDGET_CHANNEL + "*")) as heard:
            async for said in heard:
                if said is not None:
                    self._take(*said)

    def _take(self, channel: str, data: bytes) -> None:
        widget_id = channel.removeprefix(keys.WIDGET_CHANNEL)
        try:
            hint = json.loads(data)
        except ValueError:
            return
        if not isinstance(hint, dict):
            return
        if hint.get("what") != "run":
            self._snapshots.drop_widget(widget_id)
            self._snapshots.drop_unknown()
        for watcher in list(self._watchers.get(widget_id, ())):
            watcher.hint(widget_id, hint)
