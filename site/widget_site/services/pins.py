"""Which site process takes the calls of a run: any of them, until one holds something open for it (a transaction).

That one *pins* the run, and with it the runs of functions that it waits for. Others hand its calls over; should it be
gone, they wait there in vain and the run hears that its service took too long, which is right: what it held is gone,
too.
"""

from collections.abc import Awaitable, Sequence
from typing import Any, cast

from widget_model.ids import new_id
from widget_wire import keys


class Pins:
    """The runs that this process has pinned, and who pinned others."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._name = new_id()
        self._mine: set[str] = set()

    @property
    def queue(self) -> str:
        """Where calls for this process are put."""
        return keys.CALLS_FOR_SITE + self._name

    async def pin(self, run_id: str) -> None:
        """Take every call of a run from now on."""
        await self._client.set(keys.CALLS_OF_RUN + run_id, self._name, ex=keys.CALLS_OF_RUN_TTL_S)
        self._mine.add(run_id)

    async def unpin(self, run_id: str) -> None:
        """Let others take the run's calls again."""
        self._mine.discard(run_id)
        await self._client.delete(keys.CALLS_OF_RUN + run_id)

    async def elsewhere(self, run_ids: Sequence[str]) -> str | None:
        """Return the name of the other process that has pinned the first of these runs that any has; None for none."""
        if not self._mine.isdisjoint(run_ids):
            return None
        asked = self._client.mget([keys.CALLS_OF_RUN + run_id for run_id in run_ids])
        pinned = [found.decode() for found in await cast(Awaitable[list[bytes | None]], asked) if found is not None]
        return pinned[0] if pinned and pinned[0] != self._name else None

    async def handed_over(self, run_ids: Sequence[str], call: bytes) -> bool:
        """Hand a call to the process that pinned its run, or one that waits for that; False for one to answer here."""
        elsewhere = await self.elsewhere(run_ids)
        if elsewhere is None:
            return False
        queue = keys.CALLS_FOR_SITE + elsewhere
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.rpush(queue, call)
            pipe.expire(queue, keys.REPLY_TTL_S)
            await pipe.execute()
        return True
