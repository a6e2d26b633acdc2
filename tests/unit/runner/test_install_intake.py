"""An install that is done is answered, whatever happens to the telling of how far it is."""

import asyncio
import contextlib
from typing import Any, Self

from widget_runner.installs.intake import InstallIntake
from widget_wire import keys
from widget_wire.installs import InstallRequest, InstallResult

_DEADLINE_S = 20.0


class _Pipeline:
    def __init__(self, redis: "_DeafRedis") -> None:
        self._redis = redis

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def rpush(self, key: str, envelope: bytes) -> None:
        self._redis.answers.put_nowait((key, envelope))

    def expire(self, key: str, ttl_s: int) -> None:
        pass

    async def execute(self) -> None:
        pass


class _DeafRedis:
    """A client that loses a cancellation, as redis-py does with asyncio.wait_for of Python 3.11."""

    def __init__(self, request: InstallRequest) -> None:
        self.requests = [request.to_envelope()]
        self.answers: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.telling = asyncio.Event()

    async def blpop(self, names: list[str], timeout: float) -> tuple[str, bytes]:
        if not self.requests:
            await asyncio.Event().wait()
        return names[0], self.requests.pop()

    async def set(self, key: str, value: str, *, nx: bool = False, ex: int) -> bool:
        if not nx and not self.telling.is_set():
            self.telling.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        return True

    def pipeline(self, *, transaction: bool) -> _Pipeline:
        return _Pipeline(self)


class _Installer:
    """Is done once it was begun to be told how far it is."""

    def __init__(self, redis: _DeafRedis, result: InstallResult) -> None:
        self._redis, self._result = redis, result

    def state(self) -> Any:
        return self

    def progress(self) -> Any:
        return self

    def to_json(self) -> str:
        return "{}"

    async def install(self, request: InstallRequest, state: Any) -> InstallResult:
        await self._redis.telling.wait()
        return self._result


async def test_an_install_whose_telling_lost_its_cancellation_is_answered() -> None:
    request = InstallRequest("set", ("six",))
    result = InstallResult(request.id, "ready")
    redis: Any = _DeafRedis(request)
    installer: Any = _Installer(redis, result)
    pool: Any = None
    intake = asyncio.create_task(InstallIntake(redis, installer, None, pool, at_once=1).run())

    async with asyncio.timeout(_DEADLINE_S):
        key, envelope = await redis.answers.get()

    intake.cancel()
    await asyncio.wait([intake])
    assert key == keys.INSTALL_RESULTS
    assert InstallResult.from_envelope(envelope) == result
