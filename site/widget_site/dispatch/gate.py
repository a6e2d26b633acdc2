"""The gate between what is saved and what is served: once a save is acknowledged, every later call sees it.

A save goes like this: the LIVE key is deleted (every site process must load the widget again), the change is committed,
the key is raised to the new generation. What can go wrong, and why it still holds:

* A crash after the delete leaves no key, which reads as stale: the widget is loaded from the database.
* A call between delete and commit loads the old generation and raises that: it was made before the save was
  acknowledged. The save raises the key above it before it returns.
* Redis is away during the save: the save succeeds, the change is *owed*, and is raised until that works. Meanwhile
  nothing is served at all. When Redis is back with the old key, every site process has made new connections, which
  makes it load every widget again before its first run (``RedisLink.epoch``); loading raises the new generation, which
  ends the old one.
* The process that saved crashes while it owes: the reload on new connections and after REFRESH_S does the same.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError

from widget_site.dispatch.redis_link import GONE, RedisLink, pause_before_retry
from widget_site.dispatch.snapshots import Snapshots
from widget_site.store.gate import Change
from widget_wire import keys, submit
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)


class ServingGate:
    """Wraps every change of what a widget's public URL serves (keeps ``store.gate.ServingGate``)."""

    def __init__(self, link: RedisLink, snapshots: Snapshots) -> None:
        self._link = link
        self._snapshots = snapshots
        self._owed: dict[str, int] = {}
        self._paying: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def change(self, widget_id: str) -> AsyncIterator[Change]:
        """Commit a change of this widget inside the block and set ``generation`` to what was committed.

        Never raises for Redis: a save outlives its absence (it costs at most 3 s then).
        """
        await self._shut(widget_id)
        change = Change()
        try:
            yield change
        finally:
            self._snapshots.drop_widget(widget_id)
            if change.generation is not None:
                await self._open(widget_id, change.generation)
                await self.tell(widget_id, change)

    async def tell(self, widget_id: str, change: Change) -> None:
        """Tell sites and runners that the widget changed; only a hint, so a Redis that is away does not matter."""
        what = "revision" if change.revision is not None else "widget"
        message: dict[str, Any] = {"what": what, "slug": change.slug}
        if change.revision is not None:
            message["revision"] = change.revision
        if widget_id not in self._owed:
            with contextlib.suppress(RedisError, OSError):
                await self._link.client.publish(keys.WIDGET_CHANNEL + widget_id, json.dumps(message))
                await self._link.client.publish(keys.CHANGED_CHANNEL, widget_id)

    async def _shut(self, widget_id: str) -> None:
        try:
            await self._link.client.delete(keys.LIVE + widget_id)
        except (*GONE, RedisError):
            log.warning("redis is away; a change of widget %s goes on without it", widget_id)

    async def _open(self, widget_id: str, generation: int) -> None:
        try:
            await self._raise(widget_id, generation)
        except (*GONE, RedisError):
            log.warning("redis is away; widget %s owes generation %s", widget_id, generation)
        else:
            return
        self._owed[widget_id] = max(generation, self._owed.get(widget_id, 0))
        if self._paying is None or self._paying.done():
            self._paying = asyncio.create_task(self._pay(), name="serving-gate")

    async def _raise(self, widget_id: str, generation: int) -> None:
        await self._link.evaluate(submit.RAISE, (keys.LIVE + widget_id,), (str(generation),))

    async def _pay(self) -> None:
        attempt = 0
        while self._owed:
            widget_id, generation = next(iter(self._owed.items()))
            try:
                await self._raise(widget_id, generation)
            except (*GONE, RedisError):
                attempt += 1
                await pause_before_retry(attempt)
                continue
            attempt = 0
            if self._owed.get(widget_id) == generation:
                del self._owed[widget_id]
            self._snapshots.drop_widget(widget_id)

    async def close(self) -> None:
        """Stop trying to pay what is owed."""
        if self._paying is not None:
            await end_tasks(self._paying)
