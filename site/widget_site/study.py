"""Reading what strangers wrote: differences, merges, source code and Markdown, whose cost is theirs to choose.

Such work has two threads of its own, so that however much of it is asked for, passwords and files are seen to by
others. Who waits for a place waits WAIT_S at most, WAITING wait at once, and each caller may use THREAD_S of these
threads' time in a minute. All of a request's comparisons share one budget.
"""

import asyncio
import time
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from widget_model.line_diff import Budget
from widget_site.errors import TooManyError, UnavailableError

_P = ParamSpec("_P")
_T = TypeVar("_T")

THREADS = 2
#: Readings that wait for a thread: of everybody, and (running ones included) of one caller.
WAITING, WAITING_EACH = 32, 16
WAIT_S = 8.0
#: Seconds of the threads that one caller may use in each minute.
THREAD_S, WINDOW_S = 30.0, 60.0
_MAX_CALLERS = 10_000
#: CPython before 3.11.8 and 3.12.1 may raise SystemError where two threads read source code at once (gh-106905).
_TRIES = 6


@dataclass
class Words:
    """How many pairs of words may still be compared."""

    left: int = 2_000_000


@dataclass
class Request:
    """For whom something is read, and how much comparing is left to them in this request."""

    #: "" for nobody in particular, who is not limited (a worker, a test).
    caller: str = ""
    budget: Budget = field(default_factory=Budget)
    words: Words = field(default_factory=Words)


_request: ContextVar[Request | None] = ContextVar("study_request", default=None)


def begin(caller: str) -> None:
    """Say for whom everything is read from here on in this task."""
    _request.set(Request(caller))


def request() -> Request:
    """Return for whom this task reads."""
    return _request.get() or Request()


class Study:
    """The threads of one event loop. What has begun is finished, and counted, also when nobody waits for it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="study")
        self._free = asyncio.Semaphore(THREADS)
        self._waiting = 0
        self._under_way: Counter[str] = Counter()
        #: Caller to (seconds used, monotonic end of the window).
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def read(self, call: Callable[[], _T]) -> _T:
        """Return what ``call`` returns; TooManyError or UnavailableError where there is no room for it."""
        caller = request().caller
        self._check(caller)
        self._under_way[caller] += 1
        try:
            await self._take_place()
        except BaseException:
            self._done(caller, 0.0)
            raise
        reading = asyncio.get_running_loop().run_in_executor(self._pool, _timed, call)
        reading.add_done_callback(lambda ended: self._ended(caller, ended))
        result, error, _ = await asyncio.shield(reading)
        if error is not None:
            raise error
        assert result is not None
        return result[0]

    def _check(self, caller: str) -> None:
        if self._waiting >= WAITING:
            raise _busy()
        if not caller:
            return
        if self._under_way[caller] >= WAITING_EACH:
            raise TooManyError("Too many pages at once. Try again in a moment.", retry_after_s=2)
        used_s, end = self._used.get(caller, (0.0, 0.0))
        left_s = end - time.monotonic()
        if used_s >= THREAD_S and left_s > 0:
            wait_s = int(left_s) + 1
            raise TooManyError(
                f"Too much to compare and to read at once. Try again in {wait_s} seconds.", retry_after_s=wait_s
            )

    async def _take_place(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_S):
                await self._free.acquire()
        except TimeoutError as error:
            raise _busy() from error
        finally:
            self._waiting -= 1

    def _ended(self, caller: str, reading: "asyncio.Future[_Timed[_T]]") -> None:
        self._free.release()
        self._done(caller, 0.0 if reading.cancelled() else reading.result()[2])

    def _done(self, caller: str, seconds: float) -> None:
        self._under_way[caller] -= 1
        if not self._under_way[caller]:
            del self._under_way[caller]
        now = time.monotonic()
        used_s, end = self._used.get(caller, (0.0, 0.0))
        self._used[caller] = (used_s + seconds, end) if end > now else (seconds, now + WINDOW_S)
        self._used.move_to_end(caller)
        if len(self._used) > _MAX_CALLERS:
            self._used.popitem(last=False)


#: What a reading returned (in a tuple) or raised, and the seconds of a CPU that it took.
_Timed = tuple[tuple[_T] | None, Exception | None, float]


def _timed(call: Callable[[], _T]) -> _Timed[_T]:
    start = time.thread_time()
    tries_left = _TRIES
    while True:
        try:
            return (call(),), None, time.thread_time() - start
        except SystemError as error:
            tries_left -= 1
            if not tries_left:
                return None, error, time.thread_time() - start
        except Exception as error:
            return None, error, time.thread_time() - start


_studies: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Study]" = weakref.WeakKeyDictionary()


async def read(function: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
    """Return what ``function`` returns, which reads what strangers wrote; see above for who is refused when."""
    loop = asyncio.get_running_loop()
    study = _studies.get(loop)
    if study is None:
        study = _studies[loop] = Study()
    return await study.read(lambda: function(*args, **named))


def _busy() -> UnavailableError:
    return UnavailableError("Too many pages are being prepared just now. Try again in a moment.", retry_after_s=5)
