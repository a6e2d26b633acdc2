"""Takes editors that want language tools from Redis, as many as there may be at once, and gives each a sandbox."""

import asyncio
import collections
import itertools
import json
import logging
import time
from dataclasses import dataclass
from typing import Any

import redis.asyncio

from widget_runner.engines.base import EngineError, SandboxEngine, SandboxSpec, sandbox_prefix
from widget_runner.language.session import LanguageSession
from widget_runner.language.tool_sandbox import ToolSandbox
from widget_runner.redis_line import AWAY
from widget_runner.request_queue import RequestQueue
from widget_wire import keys
from widget_wire.language import OPEN_WITHIN_S, LanguageOpen

_log = logging.getLogger(__name__)

_PIDS = 300
#: What reads text shall not slow down what runs.
_CPUS = 1.0
BUSY = "Too many editors use language tools at the moment."
NONE = "This site has no language tools."


@dataclass(frozen=True)
class LanguageCaps:
    """How many sessions there may be, in all and of one account, and the memory of each."""

    at_once: int
    per_account: int
    memory_mb: int


class LanguageIntake:
    """Serves sessions until it is cancelled. Without an engine that can, each is refused."""

    def __init__(
        self, client: redis.asyncio.Redis, engine: SandboxEngine | None, caps: LanguageCaps, owner: str
    ) -> None:
        self._client = client
        self._engine = engine
        self._caps = caps
        self._prefix = f"{sandbox_prefix(owner)}l"
        self._numbers = itertools.count(1)
        self._of_account: collections.Counter[str] = collections.Counter()
        self._queue = RequestQueue(client, keys.LANGUAGE_QUEUE, LanguageOpen.from_envelope, "a language session")

    async def run(self) -> None:
        """Take what comes."""
        try:
            while True:
                request = await self._queue.next()
                if time.time() - request.asked_at <= OPEN_WITHIN_S:
                    self._queue.serve(self._serve(request))
        finally:
            await self._queue.end()

    async def _serve(self, request: LanguageOpen) -> None:
        try:
            if self._engine is None or self._caps.at_once == 0:
                await self._say(request, op="refused", text=NONE)
            elif self._is_full(request.account):
                await self._say(request, op="refused", text=BUSY)
            else:
                await self._with_sandbox(self._engine, request)
        except AWAY:
            _log.info("language session %s ends: redis is away", request.session)

    def _is_full(self, account: str) -> bool:
        of_all, of_one = self._of_account.total(), self._of_account[account]
        return of_all >= self._caps.at_once or of_one >= self._caps.per_account

    async def _with_sandbox(self, engine: SandboxEngine, request: LanguageOpen) -> None:
        self._of_account[request.account] += 1
        name = f"{self._prefix}{next(self._numbers)}"
        spec = SandboxSpec(name, self._caps.memory_mb, _PIDS, _CPUS, kind="language", environment=request.environment)
        try:
            sandbox = await ToolSandbox.start(engine, spec)
            try:
                await LanguageSession(self._client, request.session, sandbox).run()
            finally:
                await asyncio.shield(sandbox.close())
            await self._say(request, op="ended")
        except EngineError as error:
            _log.warning("language session %s: %s", request.session, error)
            await self._say(request, op="refused", text=NONE)
        finally:
            self._of_account[request.account] -= 1
            await self._client.delete(keys.LANGUAGE_IN + request.session)

    async def _say(self, request: LanguageOpen, **message: Any) -> None:
        key = keys.LANGUAGE_OUT + request.session
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.rpush(key, json.dumps(message))
            pipe.expire(key, keys.LANGUAGE_TTL_S)
            await pipe.execute()
