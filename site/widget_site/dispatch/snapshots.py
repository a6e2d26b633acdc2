"""Widgets in memory, so that a warm call reads no database.

The generation is the truth: a snapshot that is out of date is refused by SUBMIT ("stale") and loaded again. Besides, it
is loaded again after REFRESH_S, which mends what a crash between commit and RAISE left (see ``gate.py``), and after
every new connection to Redis, because what Redis held may be older than the database then.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from widget_model import slugs
from widget_model.files import encode_files
from widget_site.dispatch.errors import AwayError
from widget_site.dispatch.ports import RunStore
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.store.values import WidgetSnapshot
from widget_wire import keys, submit

REFRESH_S = 30.0
#: How long an unknown name is believed to be unknown; a hint on any widget's channel ends it at once.
UNKNOWN_S = 0.5
MAX_WIDGETS = 10_000


@dataclass(frozen=True)
class _Entry:
    snapshot: WidgetSnapshot | None
    epoch: int
    until: float


class Snapshots:
    """Slug to WidgetSnapshot, least recently used out first."""

    def __init__(self, store: RunStore, link: RedisLink) -> None:
        self._store = store
        self._link = link
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._loading: dict[str, asyncio.Task[WidgetSnapshot | None]] = {}

    async def get(self, slug: str) -> WidgetSnapshot | None:
        """Return the widget of this name, from memory when it is there; AwayError when Redis does not answer."""
        entry = self._entries.get(slug)
        if entry is not None and entry.epoch == self._link.epoch and entry.until > time.monotonic():
            self._entries.move_to_end(slug)
            return entry.snapshot
        try:
            slugs.check_slug(slug)
        except slugs.SlugError:
            return None
        task = self._loading.get(slug)
        if task is None:
            # One load however many wait for it; the task outlives a caller that goes away.
            task = self._loading[slug] = asyncio.create_task(self._load(slug))
            task.add_done_callback(lambda _: self._loading.pop(slug, None))
        return await asyncio.shield(task)

    async def get_anew(self, slug: str) -> WidgetSnapshot | None:
        """Load the widget of this name, whatever is in memory."""
        self.drop(slug)
        return await self.get(slug)

    def drop(self, slug: str) -> None:
        """Forget a widget: the next call loads it."""
        self._entries.pop(slug, None)

    def drop_widget(self, widget_id: str) -> None:
        """Forget a widget under every name it has here."""
        for slug, entry in list(self._entries.items()):
            if entry.snapshot is not None and entry.snapshot.widget_id == widget_id:
                del self._entries[slug]

    def drop_unknown(self) -> None:
        """Forget every name that was unknown: some widget has changed, perhaps it has that name now."""
        for slug, entry in list(self._entries.items()):
            if entry.snapshot is None:
                del self._entries[slug]

    async def publish_code(self, snapshot: WidgetSnapshot) -> None:
        """Put the files that the widget's runs get where runners read them."""
        files = await self._store.run_files(snapshot)
        # Of the largest widgets this takes 15 ms, in which calls of others would wait.
        encoded = await asyncio.to_thread(encode_files, files)
        await self._link.client.set(keys.CODE + snapshot.run_code, encoded, ex=keys.CODE_TTL_S)

    async def _load(self, slug: str) -> WidgetSnapshot | None:
        epoch = self._link.epoch
        snapshot = await self._store.snapshot(slug)
        if snapshot is not None:
            try:
                await self._make_servable(snapshot)
            except GONE as error:
                raise AwayError from error
        keep_s = REFRESH_S if snapshot else UNKNOWN_S
        self._entries[slug] = _Entry(snapshot, epoch, time.monotonic() + keep_s)
        while len(self._entries) > MAX_WIDGETS:
            self._entries.popitem(last=False)
        return snapshot

    async def _make_servable(self, snapshot: WidgetSnapshot) -> None:
        async with self._link.client.pipeline(transaction=False) as pipe:
            pipe.expire(keys.CODE + snapshot.run_code, keys.CODE_TTL_S)
            pipe.eval(submit.RAISE, 1, keys.LIVE + snapshot.widget_id, str(snapshot.generation))
            known, _ = await pipe.execute()
        if not known:
            await self.publish_code(snapshot)
