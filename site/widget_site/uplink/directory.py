"""Which uplinks are connected, in all site processes: Redis keeps it, and every process knows it by heart.

A process writes the links that it holds (``keys.UPLINKS``) and says four times a second that it lives; at the same
time it looks whether the version has changed, and reads the rest anew if so. So a call looks nowhere but in memory, and
a link that another process has let in is known here within a beat. Links of a process that died go with its heartbeat.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import cast

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import GONE, RedisLink, pause_before_retry
from widget_site.uplink import names
from widget_wire import keys
from widget_wire.tasks import end_tasks
from widget_wire.uplinks import LinkEntry

log = logging.getLogger(__name__)

#: Widgets, and names of each, that are remembered after the uplink that had them has gone.
_REMEMBERED_WIDGETS = 1000
_REMEMBERED_NAMES = 1000


class Directory:
    """``async with``: inside, what this process holds is known to all, and what others hold is known here."""

    def __init__(self, link: RedisLink, site: str) -> None:
        self.site = site
        self._link = link
        self._own: dict[str, LinkEntry] = {}
        self._others: dict[str, LinkEntry] = {}
        self._version = b""
        #: What is to be written: an entry, or None for one that has gone.
        self._unwritten: dict[str, LinkEntry | None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._gone: OrderedDict[str, dict[str, None]] = OrderedDict()
        #: Called with the ids of links of other processes that are gone.
        self.on_lost: Callable[[set[str]], None] = lambda _: None

    async def __aenter__(self) -> "Directory":
        self._task = asyncio.create_task(self._beat(), name="uplinks")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            await end_tasks(self._task)
        try:
            await self._write(dict.fromkeys(self._own))
        except (*GONE, RedisError) as error:
            log.info("the links of this process stay in the directory until they are missed: %s", error)

    def put(self, entry: LinkEntry) -> None:
        """Make a link of this process known, or what has changed of it."""
        self._own[entry.id] = entry
        self._tell(entry.id, entry)

    def remove(self, link_id: str) -> None:
        """Forget a link of this process."""
        entry = self._own.pop(link_id, None)
        if entry is not None:
            self._remember(entry)
            self._tell(link_id, None)

    def of_widget(self, widget_id: str) -> list[LinkEntry]:
        """Return the links of a widget, oldest first."""
        return sorted((one for one in self._all() if one.widget_id == widget_id), key=lambda one: (one.since, one.id))

    def get(self, link_id: str) -> LinkEntry | None:
        """Return a link; None when it is not connected (any more)."""
        return self._own.get(link_id) or self._others.get(link_id)

    def find(self, widget_id: str, name: str) -> list[LinkEntry]:
        """Return the links that answer this name and take new calls."""
        return [one for one in self._all() if names.answers(one, widget_id, name)]

    def was_here(self, widget_id: str, name: str) -> bool:
        """Whether an uplink that has gone answered this name."""
        return names.matches(frozenset(self._gone.get(widget_id, ())), name)

    def _all(self) -> list[LinkEntry]:
        return [*self._own.values(), *self._others.values()]

    def _tell(self, link_id: str, entry: LinkEntry | None) -> None:
        self._unwritten[link_id] = entry
        self._wake.set()

    def _remember(self, entry: LinkEntry) -> None:
        known = self._gone.setdefault(entry.widget_id, {})
        self._gone.move_to_end(entry.widget_id)
        for name in entry.names:
            known.pop(name, None)
            known[name] = None
        while len(known) > _REMEMBERED_NAMES:
            del known[next(iter(known))]
        while len(self._gone) > _REMEMBERED_WIDGETS:
            self._gone.popitem(last=False)

    # --- Redis

    async def _beat(self) -> None:
        attempt = 0
        while True:
            self._wake.clear()
            try:
                await self._exchange()
                attempt = 0
            except (*GONE, RedisError) as error:
                if not attempt:
                    log.warning("uplinks of other processes are not known now: %s", error)
                attempt += 1
                self._version = b""
                await pause_before_retry(attempt)
            try:
                async with asyncio.timeout(keys.UPLINK_BEAT_S):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _exchange(self) -> None:
        changes, self._unwritten = self._unwritten, {}
        try:
            await self._write(changes)
        except BaseException:
            self._unwritten = {**changes, **self._unwritten}
            raise
        async with self._link.client.pipeline(transaction=False) as pipe:
            if self._own:
                pipe.set(keys.UPLINK_SITE + self.site, b"1", px=keys.UPLINK_SITE_TTL_MS)
            pipe.get(keys.UPLINKS_VERSION)
            version = (await pipe.execute())[-1] or b"0"
        if version != self._version:
            await self._read()
            self._version = version
        await self._drop_dead()

    async def _write(self, changes: dict[str, LinkEntry | None]) -> None:
        if not changes:
            return
        async with self._link.client.pipeline(transaction=True) as pipe:
            if any(changes.values()):
                # Before its links are: else others would take them for a dead process's.
                pipe.set(keys.UPLINK_SITE + self.site, b"1", px=keys.UPLINK_SITE_TTL_MS)
            for link_id, entry in changes.items():
                if entry is None:
                    pipe.hdel(keys.UPLINKS, link_id)
                else:
                    pipe.hset(keys.UPLINKS, link_id, entry.to_json())  # type: ignore[arg-type]  # redis' hints
            # Never one that was there before, also not in a Redis that was emptied.
            pipe.set(keys.UPLINKS_VERSION, new_id())
            await pipe.execute()

    async def _read(self) -> None:
        found = await cast(Awaitable[dict[bytes, bytes]], self._link.client.hgetall(keys.UPLINKS))
        entries: dict[str, LinkEntry] = {}
        for link_id, data in found.items():
            try:
                entries[link_id.decode()] = LinkEntry.from_json(data)
            except (ValueError, TypeError, KeyError):
                log.exception("an entry of the directory of uplinks could not be read")
        for own in self._own.values():
            if own.id not in entries:  # a new Redis, or one that was emptied
                self._tell(own.id, own)
        self._set_others({one.id: one for one in entries.values() if one.site != self.site})

    async def _drop_dead(self) -> None:
        """Forget the links of processes that beat no longer, here and for all."""
        sites = sorted({one.site for one in self._others.values()})
        if not sites:
            return
        async with self._link.client.pipeline(transaction=False) as pipe:
            for site in sites:
                pipe.exists(keys.UPLINK_SITE + site)
            alive = dict(zip(sites, await pipe.execute(), strict=True))
        dead = [one.id for one in self._others.values() if not alive[one.site]]
        if dead:
            self._set_others({one.id: one for one in self._others.values() if alive[one.site]})
            await self._write(dict.fromkeys(dead))

    def _set_others(self, others: dict[str, LinkEntry]) -> None:
        lost = {link_id: entry for link_id, entry in self._others.items() if link_id not in others}
        self._others = others
        for entry in lost.values():
            self._remember(entry)
        if lost:
            self.on_lost(set(lost))
