"""Calls to links that another site process holds: through a list in Redis, and back through ours."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import BLOCK_S, GONE, RedisLink, pause_before_retry
from widget_site.uplink.link import MAX_CALL_S, disconnected_text
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.functions import failed
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.tasks import end_tasks
from widget_wire.uplinks import FarMessage, LinkEntry

log = logging.getLogger(__name__)

CALL, ANSWER, DRAIN = "call", "answer", "drain"
#: Calls of other processes that are being answered here.
MAX_SERVING = 2000


class FarCalls:
    """``async with``: inside, calls of other processes are answered, and theirs answer ours."""

    def __init__(
        self,
        link: RedisLink,
        site: str,
        perform: Callable[[str, ServiceCall], Awaitable[ServiceAnswer | None]],
        drain: Callable[[str], None],
    ) -> None:
        self._link = link
        self._site = site
        #: Calls a link of this process by its id; None when it is not here.
        self._perform = perform
        self._drain = drain
        #: By the message's id: the link, and who waits.
        self._waiting: dict[str, tuple[str, asyncio.Future[ServiceAnswer]]] = {}
        self._serving: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "FarCalls":
        self._reader = asyncio.create_task(self._read(), name="far-uplinks")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            await end_tasks(self._reader, *self._serving)

    async def call(self, entry: LinkEntry, call: ServiceCall) -> ServiceAnswer:
        """Call a link of another process."""
        message = FarMessage(CALL, new_id(), entry.id, self._site, call.to_envelope())
        answer: asyncio.Future[ServiceAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[message.id] = entry.id, answer
        try:
            await self._push(entry.site, message)
            async with asyncio.timeout(MAX_CALL_S):
                return await answer
        except (*GONE, RedisError, TimeoutError) as error:
            log.warning("a call of an uplink of another process was not answered: %s", type(error).__name__)
            return _disconnected(call)
        except _LostError:
            return _disconnected(call)
        finally:
            del self._waiting[message.id]

    async def ask_to_drain(self, entry: LinkEntry) -> None:
        """Ask the process that holds a link to let it take no new calls; raises redis' own errors."""
        await self._push(entry.site, FarMessage(DRAIN, new_id(), entry.id, self._site))

    def lost(self, link_ids: set[str]) -> None:
        """Tell who waits for these links that they are gone."""
        for link_id, answer in self._waiting.values():
            if link_id in link_ids and not answer.done():
                answer.set_exception(_LostError())

    async def _push(self, site: str, message: FarMessage) -> None:
        key = keys.UPLINK_FAR + site
        async with self._link.client.pipeline(transaction=False) as pipe:
            pipe.rpush(key, message.to_envelope())
            pipe.expire(key, keys.UPLINK_FAR_TTL_S)
            await pipe.execute()

    async def _read(self) -> None:
        client = self._link.blocking_client()
        attempt = 0
        try:
            while True:
                try:
                    waiting = client.blpop([keys.UPLINK_FAR + self._site], timeout=BLOCK_S)  # type: ignore[arg-type]
                    popped = await cast(Awaitable[list[bytes] | None], waiting)
                    attempt = 0
                except (*GONE, RedisError):
                    attempt += 1
                    await pause_before_retry(attempt)
                    continue
                if popped is not None:
                    self._take(popped[1])
        finally:
            await client.aclose()

    def _take(self, data: bytes) -> None:
        try:
            message = FarMessage.from_envelope(data)
            if message.what == ANSWER:
                _, waiting = self._waiting.get(message.id, ("", None))
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.answer())
            elif message.what == DRAIN:
                self._drain(message.link)
            elif len(self._serving) < MAX_SERVING:
                task = asyncio.create_task(self._serve(message, message.call()))
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)
            else:
                log.warning("too many calls of other processes for uplinks of this one")
        except EnvelopeError:
            log.exception("a message about an uplink could not be read")

    async def _serve(self, message: FarMessage, call: ServiceCall) -> None:
        try:
            answer = await self._perform(message.link, call) or _disconnected(call)
            await self._push(message.site, FarMessage(ANSWER, message.id, body=answer.to_envelope()))
        except (*GONE, RedisError) as error:
            log.warning("a call of an uplink could not be answered: %s", error)
        except Exception:
            log.exception("a call of an uplink failed")


class _LostError(Exception):
    """The link, or the process that holds it, is gone."""


def _disconnected(call: ServiceCall) -> ServiceAnswer:
    return failed(call.id, "anvil.server.UplinkDisconnectedError", disconnected_text(call.command))
