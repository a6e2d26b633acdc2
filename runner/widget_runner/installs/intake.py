"""Takes installs from Redis, a few at once, says how far they are, and answers each exactly once when it can."""

import asyncio
import contextlib
import logging

import redis.asyncio

from widget_runner.installs.environment_store import EnvironmentStore
from widget_runner.installs.installer import Installer, InstallState
from widget_runner.pool import Pool
from widget_runner.redis_line import AWAY
from widget_runner.request_queue import RequestQueue
from widget_wire import keys
from widget_wire.installs import InstallRequest, InstallResult
from widget_wire.tasks import end_tasks

_log = logging.getLogger(__name__)

_TELL_S = 0.3
_RETRY_S = 0.5


class InstallIntake:
    """Works on installs until it is cancelled. Without an installer each is answered with ``why_not``."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        installer: Installer | None,
        store: EnvironmentStore | None,
        pool: Pool,
        *,
        at_once: int,
        why_not: str = "",
    ) -> None:
        self._client = client
        self._installer = installer
        self._store = store
        self._pool = pool
        self._places = asyncio.Semaphore(at_once)
        self._why_not = why_not
        self._queue = RequestQueue(client, keys.INSTALL_QUEUE, InstallRequest.from_envelope, "an install")

    async def run(self) -> None:
        """Take what comes."""
        try:
            while True:
                await self._places.acquire()
                self._queue.serve(self._work(await self._queue.next()), self._places.release)
        finally:
            await self._queue.end()

    async def _work(self, request: InstallRequest) -> None:
        if request.forget:
            await self._forget(request.id)
        elif self._installer is None:
            await self._answer(InstallResult(request.id, "failed", self._why_not, "internal"))
        else:
            await self._install(self._installer, request)

    async def _install(self, installer: Installer, request: InstallRequest) -> None:
        state = installer.state()
        # Another runner may be at it: what was pushed twice is done once.
        taken = await self._client.set(
            keys.INSTALLING + request.id, state.progress().to_json(), nx=True, ex=keys.INSTALLING_TTL_S
        )
        if not taken:
            return
        telling = asyncio.create_task(self._tell(request.id, state))
        try:
            result = await installer.install(request, state)
        finally:
            await end_tasks(telling)
        _log.info("install %s: %s %s in %.1f s", request.id, result.status, result.reason, result.seconds)
        await self._answer(result)

    async def _tell(self, name: str, state: InstallState) -> None:
        while True:
            with contextlib.suppress(*AWAY):
                await self._client.set(keys.INSTALLING + name, state.progress().to_json(), ex=keys.INSTALLING_TTL_S)
            await asyncio.sleep(_TELL_S)

    async def _answer(self, result: InstallResult) -> None:
        while True:
            try:
                async with self._client.pipeline(transaction=True) as pipe:
                    pipe.rpush(keys.INSTALL_RESULTS, result.to_envelope())
                    # What is left of it bridges the time until the worker has stored the result.
                    pipe.expire(keys.INSTALLING + result.id, keys.INSTALLING_TTL_S)
                    await pipe.execute()
            except AWAY:
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _forget(self, digest: str) -> None:
        if self._store is None:
            return
        if self._pool.shows(digest):
            _log.info("environment %s is still shown in a sandbox; it stays", digest)
            return
        await asyncio.to_thread(self._store.forget, digest)
