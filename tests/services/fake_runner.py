"""What a runner does, as far as a site can tell, with answers that the test chooses. For faults and for measuring."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

import redis.asyncio

from widget_model.ids import new_id
from widget_wire import keys
from widget_wire.runs import RunEvent, RunRecord, RunReply, RunRequest, pack_events
from widget_wire.tasks import end_tasks

Handler = Callable[[RunRequest], Awaitable[Iterable[RunReply]]]


async def eventually(is_so: Callable[[], bool], timeout_s: float = 10) -> None:
    """Return when it is so; TimeoutError when it does not become so."""
    async with asyncio.timeout(timeout_s):
        while not is_so():  # noqa: ASYNC110 - whatever it is, it has no event
            await asyncio.sleep(0.01)


async def eventually_true(is_so: Callable[[], Awaitable[bool]], timeout_s: float = 10) -> None:
    """The same for a question that has to be awaited."""
    async with asyncio.timeout(timeout_s):
        while not await is_so():  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)


def text_reply(request: RunRequest, text: str = "hello", status: int = 200) -> RunReply:
    return RunReply(
        request.id, "done", http_status=status, headers=(("content-type", "text/plain"),), body=text.encode()
    )


async def _hello(request: RunRequest) -> list[RunReply]:
    return [text_reply(request)]


class FakeRunner:
    """``async with``: takes runs and beats. ``die()`` is kill -9: no goodbye, nothing answered."""

    def __init__(self, url: str, handler: Handler = _hello, places: int = 8) -> None:
        self.id = new_id()
        self.handler = handler
        self.places = places
        self.seen: list[RunRequest] = []
        self.client = redis.asyncio.Redis.from_url(url)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> "FakeRunner":
        await self.beat()
        self._spawn(self._beat())
        self._spawn(self._take())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.die()

    async def die(self) -> None:
        await end_tasks(*self._tasks)
        await self.client.aclose()

    async def has_seen(self, count: int) -> None:
        await eventually(lambda: len(self.seen) >= count)

    async def beat(self) -> None:
        async with self.client.pipeline() as pipe:
            pipe.hset(keys.RUNNER + self.id, mapping={"engine": "fake", "places": self.places})
            pipe.pexpire(keys.RUNNER + self.id, keys.HEARTBEAT_TTL_MS)
            pipe.sadd(keys.RUNNERS, self.id)
            await pipe.execute()

    async def say(self, run_id: str, *events: RunEvent) -> None:
        await self.client.xadd(keys.EVENTS + run_id, {keys.EVENTS_FIELD: pack_events(events)})

    async def record(self, record: RunRecord) -> None:
        await self.client.xadd(keys.RECORDS, {keys.RECORDS_FIELD: record.to_envelope()})

    async def reply(self, request: RunRequest, *replies: RunReply) -> None:
        assert request.site is not None
        await cast(Any, self.client.rpush(keys.REPLY + request.site, *(reply.to_envelope() for reply in replies)))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(keys.HEARTBEAT_S)
            await self.beat()

    async def _take(self) -> None:
        while True:
            popped = await cast(Any, self.client.blpop([keys.RUN_QUEUE], timeout=1))
            if popped is not None:
                request = RunRequest.from_envelope(popped[1])
                self.seen.append(request)
                self._spawn(self._answer(request))

    async def _answer(self, request: RunRequest) -> None:
        marking = asyncio.create_task(self._mark(request))
        try:
            replies = list(await self.handler(request))
        finally:
            await end_tasks(marking)
        await cast(Any, self.client.hdel(keys.TAKEN, request.id))
        if replies:
            await self.reply(request, *replies)

    async def _mark(self, request: RunRequest) -> None:
        if not request.live:
            await asyncio.sleep(keys.TAKEN_AFTER_S)
        await cast(Any, self.client.hset(keys.TAKEN, request.id, self.id))
