"""Which site process takes the calls of a run: any of them, until one holds something open for it (a transaction).

That one *pins* the run. Others hand its calls over; should it be gone, they wait there in vain and the run hears that
its service took too long, which is right: what it held is gone, too.
"""

from collections.abc import Awaitable
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

    async def handed_over(self, run_id: str, call: bytes) -> bool:
        """Hand a call to the process that pinned its run; False when it may be answered here."""
        if run_id in self._mine:
            return False
        found = await cast(Awaitable[bytes | None], self._client.get(keys.CALLS_OF_RUN + run_id))
        if found is None or found.decode() == self._name:
            return False
        queue = keys.CALLS_FOR_SITE + found.decode()
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.rpush(queue, call)
            pipe.expire(queue, keys.REPLY_TTL_S)
            await pipe.execute()
        return True
