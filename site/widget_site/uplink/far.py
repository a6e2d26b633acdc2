"""Calls to links that another site process holds: through a list in Redis, and back through ours."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.uplink.failures import disconnected
from widget_site.uplink.link import MAX_CALL_S
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.tasks import end_tasks
from widget_wire.uplinks import ANSWER, CALL, FarMessage, LinkEntry

log = logging.getLogger(__name__)

#: Does what a message wants, and returns the answer where there is one.
Handler = Callable[[FarMessage], Awaitable[ServiceAnswer | None]]

#: How long an answer is waited for that no program has to think about.
ASK_S = 8.0
#: Calls of other processes that are being answered here.
MAX_SERVING = 2000


class FarCalls:
    """``async with``: inside, calls of other processes are answered, and theirs answer ours."""

    def __init__(self, link: RedisLink, site: str, handlers: Mapping[str, Handler]) -> None:
        self._link = link
        self._site = site
        #: What is done with a message, by what it is.
        self._handlers = handlers
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
        answer = await self.ask(entry.site, CALL, entry.id, call.to_envelope(), MAX_CALL_S)
        return disconnected(call) if answer is None else answer

    async def ask(
        self, site: str, what: str, link: str, body: bytes = b"", timeout_s: float = ASK_S
    ) -> ServiceAnswer | None:
        """Send a message to another process and return its answer; None when there is none."""
        message = FarMessage(what, new_id(), link, self._site, body)
        answer: asyncio.Future[ServiceAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[message.id] = link, answer
        try:
            await self._push(site, message)
            async with asyncio.timeout(timeout_s):
                return await answer
        except (*GONE, RedisError, TimeoutError) as error:
            log.warning("an uplink of another process did not answer: %s", type(error).__name__)
            return None
        except _LostError:
            return None
        finally:
            del self._waiting[message.id]

    async def tell(self, site: str, what: str, link: str) -> None:
        """Send a message to another process that it does not answer; raises redis' own errors."""
        await self._push(site, FarMessage(what, new_id(), link))

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
        async with contextlib.aclosing(self._link.popped(keys.UPLINK_FAR + self._site)) as messages:
            async for data in messages:
                self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            message = FarMessage.from_envelope(data)
            if message.what == ANSWER:
                _, waiting = self._waiting.get(message.id, ("", None))
                if waiting is not None and not waiting.done():
                    waiting.set_result(message.answer())
            elif len(self._serving) < MAX_SERVING:
                task = asyncio.create_task(self._serve(message))
                self._serving.add(task)
                task.add_done_callback(self._serving.discard)
            else:
                log.warning("too many calls of other processes for uplinks of this one")
        except EnvelopeError:
            log.exception("a message about an uplink could not be read")

    async def _serve(self, message: FarMessage) -> None:
        try:
            answer = await self._handlers[message.what](message)
            if message.site and answer is not None:
                await self._push(message.site, FarMessage(ANSWER, message.id, body=answer.to_envelope()))
        except (*GONE, RedisError) as error:
            log.warning("a message for an uplink could not be answered: %s", error)
        except Exception:
            log.exception("a message for an uplink failed")


class _LostError(Exception):
    """The link, or the process that holds it, is gone."""
