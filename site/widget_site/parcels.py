"""Large media that this site process holds, and fetches from others (``widget_wire.parcels``)."""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from redis.exceptions import RedisError

from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_wire import functions, keys
from widget_wire.body_parts import WHOLE_BYTES
from widget_wire.envelope import EnvelopeError
from widget_wire.media_budget import MediaBudget
from widget_wire.parcel import ParcelError
from widget_wire.parcels import Parcels
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.spool import NoRoomError
from widget_wire.tasks import end_tasks

log = logging.getLogger(__name__)

#: Media that a function of the platform takes or gives, which has them in memory.
NATIVE_BYTES = 64 * 1024 * 1024

_Answers = Callable[[ServiceCall], Awaitable[ServiceAnswer]]


class SiteParcels(Parcels):
    """The parcels of this process. ``async with``: inside, others can fetch them, and theirs be fetched."""

    def __init__(self, link: RedisLink, site: str, folder: Path, room_bytes: int) -> None:
        super().__init__(site, folder, MediaBudget(room_bytes), self._send)
        self._link = link
        self._sending: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "SiteParcels":
        self._reader = asyncio.create_task(self._read(), name="parcels")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
        if self._reader is not None:
            await end_tasks(self._reader, *self._sending)

    async def with_media(self, call: ServiceCall) -> ServiceCall:
        """Return a call of a native function with its media in it; ParcelError when they can't be had."""
        if call.parcel is None:
            return call
        media = await self.frames(call.media, call.parcel, NATIVE_BYTES)
        return dataclasses.replace(call, media=media, parcel=None)

    def in_memory(self, functions_: _Answers) -> _Answers:
        """Return these functions with all media of their answers in memory, for who takes them in no other way."""

        async def answered(call: ServiceCall) -> ServiceAnswer:
            answer = await functions_(call)
            if answer.parcel is None:
                return answer
            try:
                media = await self.frames(answer.media, answer.parcel, NATIVE_BYTES)
            except ParcelError as error:
                return functions.failed(call.id, error.kind, str(error))
            return dataclasses.replace(answer, media=media, parcel=None)

        return answered

    def lightened(self, answer: ServiceAnswer) -> ServiceAnswer:
        """Return an answer that does not carry large media itself, where there is room to keep them."""
        if len(answer.media) <= WHOLE_BYTES:
            return answer
        try:
            media, parcel = self.posted(answer.media)
        except (NoRoomError, OSError):
            return answer
        return dataclasses.replace(answer, media=media, parcel=parcel)

    async def _read(self) -> None:
        async with contextlib.aclosing(self._link.popped(keys.PARCELS + self.name)) as parcels:
            async for data in parcels:
                self._hear(data)

    def _hear(self, data: bytes) -> None:
        try:
            self.take(data)
        except EnvelopeError:
            log.exception("a message about media could not be read")

    def _send(self, key: str, data: bytes) -> None:
        task = asyncio.create_task(self._push_now(key, data))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _push_now(self, key: str, data: bytes) -> None:
        try:
            async with self._link.client.pipeline(transaction=False) as pipe:
                pipe.rpush(key, data)
                pipe.expire(key, keys.PARCELS_TTL_S)
                await pipe.execute()
        except (*GONE, RedisError) as error:
            # Whoever waits for it asks again.
            log.warning("a part of media was not sent: %s", type(error).__name__)
