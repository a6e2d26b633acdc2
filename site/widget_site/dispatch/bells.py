"""Bells: who writes what the site worker works on wakes it, so that it needn't look for work all the time.

A bell is a hint and nothing more: it may be missed (Redis away, a process killed between commit and hint). Whoever
waits for one looks at least every NET_S by itself.
"""

import asyncio
import contextlib
import logging
from collections.abc import Set as AbstractSet

from redis.exceptions import RedisError

from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_wire import keys
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: The longest that anybody waits for a bell.
NET_S = 5.0
#: The tables whose changes somebody waits for.
TABLES = frozenset({"delivery", "letter", "message", "package_set", "run", "schedule"})


class Bell:
    """Rung when one of some tables was written. What rings while nobody waits is heard by who waits next."""

    def __init__(self, *tables: str) -> None:
        assert TABLES.issuperset(tables), tables
        self.tables = frozenset(tables)
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits."""
        self._rung.set()

    async def wait(self, at_most_s: float = NET_S) -> bool:
        """Wait until it is rung, so many seconds at most; return whether it was."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, at_most_s)):
                await self._rung.wait()
        heard = self._rung.is_set()
        self._rung.clear()
        return heard


class Ringer:
    """Tells every worker what this process has committed (``Database.committed``)."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._unsaid: set[str] = set()
        self._saying: asyncio.Task[None] | None = None
        self._is_closed = False

    def tell(self, tables: AbstractSet[str]) -> None:
        """Say that these were written; returns at once. After ``close`` nothing is said."""
        if self._is_closed:
            return
        self._unsaid |= TABLES & tables
        if self._unsaid and (self._saying is None or self._saying.done()):
            self._saying = asyncio.create_task(self._say(), name="bells")

    async def _say(self) -> None:
        while self._unsaid:
            said, self._unsaid = " ".join(sorted(self._unsaid)), set()
            with contextlib.suppress(*GONE, RedisError):
                await self._link.client.publish(keys.WORK_CHANNEL, said)

    async def close(self) -> None:
        """Say nothing more: a hint that came later would open a connection that nobody closes."""
        self._is_closed = True
        if self._saying is not None:
            await end_tasks(self._saying)


class Bells:
    """The bells of one site worker: rung by what this process commits, and by what others say that they did."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._ringer = Ringer(link)
        self._bells: list[Bell] = []

    def bell(self, *tables: str) -> Bell:
        """Return a new bell for these tables."""
        made = Bell(*tables)
        self._bells.append(made)
        return made

    def tell(self, tables: AbstractSet[str]) -> None:
        """Ring for what this process has committed, here and with the others."""
        self._ring(tables)
        self._ringer.tell(tables)

    async def listen(self) -> None:
        """Ring for what others commit, until cancelled; all bells whenever something may have been missed."""
        async with contextlib.aclosing(self._link.heard(keys.WORK_CHANNEL)) as heard:
            async for said in heard:
                self._ring(TABLES if said is None else set(said[1].decode("utf-8", "replace").split()))

    def _ring(self, tables: AbstractSet[str]) -> None:
        for bell in self._bells:
            if bell.tables & tables:
                bell.ring()

    async def close(self) -> None:
        """Say nothing more."""
        await self._ringer.close()
