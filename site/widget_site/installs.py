"""The site worker's part of installs: hands what is queued to runners, stores what they answer, cleans up.

The rows are the truth: a request or a result that gets lost with Redis or a runner is pushed again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import Any, cast

from redis.exceptions import RedisError

from widget_site.dispatch.bells import Bell
from widget_site.dispatch.events import tell_run
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.errors import UnavailableError
from widget_site.store import install_log, packages
from widget_site.store.store import Store
from widget_site.store.values import PackageSet
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.installs import InstallProgress, InstallRequest, InstallResult

log = logging.getLogger(__name__)

#: While a runner may be at work, whose results come through Redis alone.
_EVERY_S = 0.25
_AWAY_S = 1.0
#: How long nobody may have used an environment before it is removed.
UNUSED_S = 24 * 3600.0
_RESULTS_AT_ONCE = 20


class InstallDesk:
    """Runs in the site worker until it is cancelled."""

    def __init__(self, link: RedisLink, store: Store, bell: Bell | None = None) -> None:
        self._link = link
        self._store = store
        self._bell = bell or Bell("package_set")

    async def run(self) -> None:
        """Push and store, again and again, through every absence of Redis and of the database."""
        while True:
            try:
                await self._store_results()
                if await self._push_queued():
                    await asyncio.sleep(_EVERY_S)
                else:
                    await self._bell.wait()
            except (*GONE, RedisError, UnavailableError) as error:
                log.warning("installs wait: %s", error)
                await asyncio.sleep(_AWAY_S)

    async def forget_unused(self) -> int:
        """Have the environments removed that nobody has used for a day; return how many."""
        gone = await packages.forget_unused(self._store, time.time() - UNUSED_S)
        for digest in gone:
            await _answer(
                self._link.client.rpush(keys.INSTALL_QUEUE, InstallRequest(digest, forget=True).to_envelope())
            )
        return len(gone)

    async def _store_results(self) -> None:
        client = self._link.client
        for data in await _answer(client.lrange(keys.INSTALL_RESULTS, 0, _RESULTS_AT_ONCE - 1)):
            try:
                result = InstallResult.from_envelope(data)
                await packages.finish(self._store, result)
                for widget_id, run_id in await install_log.record(self._store, result.id):
                    await tell_run(client, widget_id, run_id)
            except EnvelopeError:
                log.exception("an install's result can't be read")
            # Only now: whoever ends before stores it once more, which changes nothing.
            await _answer(client.lrem(keys.INSTALL_RESULTS, 1, data))

    async def _push_queued(self) -> int:
        client = self._link.client
        waiting = await packages.queued(self._store)
        for item in waiting:
            request = InstallRequest(item.id, item.requirements, salt=item.account_id).to_envelope()
            if await client.exists(keys.INSTALLING + item.id):
                continue
            if await _answer(client.lpos(keys.INSTALL_QUEUE, cast("str", request))) is None:
                await _answer(client.rpush(keys.INSTALL_QUEUE, request))
        return len(waiting)


async def progress_of(link: RedisLink, item: PackageSet) -> InstallProgress | None:
    """Return how far the install of a queued set is; None when no runner has it (yet), or Redis is away."""
    try:
        data = await link.client.get(keys.INSTALLING + item.id)
    except (*GONE, RedisError):
        return None
    return None if data is None else InstallProgress.from_json(data)


async def _answer(command: Any) -> Any:
    return await cast("Awaitable[Any]", command)
