"""Takes calls from Redis, a bounded number at once, and answers the runner that asked.

A native call (``anvil.private.*``) has a deadline and one of a few places. A call of a server function is the caller's
run waiting for another, which may call again: it gives its place back at once, or calls within calls would wait for
places that their own callers hold. Of those, so many more are refused than wait.
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import cast

from redis.exceptions import RedisError

from widget_model.ids import new_id
from widget_site.dispatch.redis_link import BLOCK_S, GONE, RedisLink, pause_before_retry
from widget_site.parcels import SiteParcels
from widget_site.services.pins import Pins
from widget_site.services.registry import CORE, PREFIX, Service, refusal, unknown
from widget_site.services.sealing import sealed
from widget_wire import keys
from widget_wire.envelope import EnvelopeError
from widget_wire.functions import is_native
from widget_wire.parcel import ParcelError
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: Services whose answers nobody but the run may read.
SEALED = frozenset(
    [f"{PREFIX}secrets.{name}" for name in ("get_secret", "decrypt_with_key")]
    + [
        f"{PREFIX}{provider}.auth.{name}"
        for provider in ("google", "microsoft", "facebook")
        for name in ("get_user_access_token", "get_user_refresh_token", "refresh_access_token")
    ]
)
CONCURRENCY = 256
#: Calls of server functions that wait in one site process.
MAX_FUNCTIONS = 1000
DEADLINE_S = 30.0


class ServiceConsumer:
    """``async with``: inside, calls are answered."""

    def __init__(
        self,
        link: RedisLink,
        services: Mapping[str, Service] = CORE,
        functions: Service = unknown,
        *,
        pins: Pins | None = None,
        parcels: SiteParcels | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._link = link
        self._services = services
        #: Answers calls of server functions.
        self._functions = functions
        self._waiting_functions = 0
        self._pins = pins
        #: Large media; None where there are none.
        self._parcels = parcels
        self._queues = [keys.SERVICE_QUEUE] if pins is None else [pins.queue, keys.SERVICE_QUEUE]
        self._deadline_s = deadline_s
        self._places = asyncio.Semaphore(CONCURRENCY)
        self._answering: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "ServiceConsumer":
        self._reader = asyncio.create_task(self._read(), name="services")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            await end_tasks(self._reader)
        await asyncio.gather(*self._answering, return_exceptions=True)

    async def answer(self, call: ServiceCall) -> ServiceAnswer:
        """Answer a call that came another way than through Redis, like one of an uplink."""
        return await (self._answer(call) if is_native(call.command) else self._call_function(call, None))

    async def _read(self) -> None:
        client = self._link.blocking_client()
        attempt = 0
        try:
            while True:
                # The place first: what is not taken stays in the queue for another site process.
                await self._places.acquire()
                popped = None
                try:
                    waiting = client.blpop(self._queues, timeout=BLOCK_S)  # type: ignore[arg-type]
                    popped = await cast(Awaitable[list[bytes] | None], waiting)
                    attempt = 0
                except (*GONE, RedisError):
                    attempt += 1
                    await pause_before_retry(attempt)
                if popped is None:
                    self._places.release()
                    continue
                task = asyncio.create_task(self._take(popped[1]))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
        finally:
            await client.aclose()

    async def _take(self, data: bytes) -> None:
        place = _Place(self._places)
        try:
            call = ServiceCall.from_envelope(data)
            if self._pins is not None and await self._pins.handed_over((call.run_id, *call.within), data):
                return
            answer = await (self._answer(call) if is_native(call.command) else self._call_function(call, place))
            if call.seal_key and call.command in SEALED:
                answer = sealed(answer, call.seal_key)
            elif self._parcels is not None:
                answer = self._parcels.lightened(answer)
            key = keys.SERVICE_REPLY + call.runner
            async with self._link.client.pipeline(transaction=False) as pipe:
                pipe.rpush(key, answer.to_envelope())
                pipe.expire(key, keys.REPLY_TTL_S)
                await pipe.execute()
        except EnvelopeError:
            log.exception("a service call could not be read")
        except (*GONE, RedisError) as error:
            log.warning("a service call could not be answered: %s", error)
        finally:
            place.give_back()

    async def _call_function(self, call: ServiceCall, place: "_Place | None") -> ServiceAnswer:
        if self._waiting_functions >= MAX_FUNCTIONS:
            return refusal(call, "anvil.server.RuntimeUnavailableError", "Too many calls wait for an answer already.")
        if place is not None:
            place.give_back()
        self._waiting_functions += 1
        try:
            return await self._functions(call)
        except Exception:
            return _failed(call)
        finally:
            self._waiting_functions -= 1

    async def _answer(self, call: ServiceCall) -> ServiceAnswer:
        service = self._services.get(call.command, unknown)
        try:
            if self._parcels is not None:
                call = await self._parcels.with_media(call)
            async with asyncio.timeout(self._deadline_s):
                return await service(call)
        except ParcelError as error:
            return refusal(call, error.kind, str(error))
        except TimeoutError:
            return refusal(call, "anvil.server.TimeoutError", f'The service "{call.command}" took too long to answer.')
        except Exception:
            # The run must hear of it, whatever it was; the details are ours.
            return _failed(call)


def _failed(call: ServiceCall) -> ServiceAnswer:
    """Log the error that is handled, and return the answer that names its number in our log (S-57)."""
    number = new_id()
    log.exception("run %s: the call of %s failed (%s)", call.run_id, call.command, number)
    return refusal(call, "anvil.server.InternalError", f"Internal server error: {number}")


class _Place:
    """One of the places; given back once, however often that is asked."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def give_back(self) -> None:
        """Let another call have it."""
        if self._places is not None:
            self._places.release()
            self._places = None
