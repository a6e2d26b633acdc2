"""Work on what strangers wrote: a place of its own, bounded for everybody and for each caller."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from widget_model.merging import FileConflict
from widget_site import study
from widget_site.errors import TooManyError, UnavailableError
from widget_site.pages.merging import shown_conflicts
from widget_site.store import comparisons
from widget_wire.tasks import end_tasks


async def _for(caller: str, call: Callable[[], object]) -> object:
    study.begin(caller)
    return await study.read(call)


@contextlib.asynccontextmanager
async def _held_up(*callers: str) -> AsyncIterator[threading.Event]:
    """Let each of these callers read something that lasts until the event is set; inside, as many run as can."""
    release, running = threading.Event(), threading.Semaphore(0)

    def work() -> bool:
        running.release()
        return release.wait(60)

    tasks = [asyncio.create_task(_for(caller, work)) for caller in callers]
    try:
        for _ in range(min(study.THREADS, len(callers))):
            assert await asyncio.to_thread(running.acquire, timeout=30)
        yield release
    finally:
        release.set()
        await end_tasks(*tasks)


async def test_others_work_on_while_all_places_for_reading_are_taken() -> None:
    async with _held_up(*(f"caller {number}" for number in range(20))):
        assert await asyncio.to_thread(lambda: "a password is right") == "a password is right"


async def test_who_comes_when_too_many_wait_is_told_when_to_come_again() -> None:
    async with _held_up(*(f"caller {number}" for number in range(study.THREADS + study.WAITING))):
        with pytest.raises(UnavailableError) as refused:
            await asyncio.create_task(_for("one more", lambda: None))

    assert refused.value.retry_after_s > 0
    assert await _for("one more", lambda: 3) == 3


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async with _held_up("one", "two"):
        monkeypatch.setattr(study, "WAIT_S", 0.05)
        with pytest.raises(UnavailableError):
            await asyncio.create_task(_for("three", lambda: None))


async def test_one_caller_leaves_room_for_others() -> None:
    async with _held_up(*["greedy"] * study.WAITING_EACH) as release:
        with pytest.raises(TooManyError):
            await asyncio.create_task(_for("greedy", lambda: None))
        another = asyncio.create_task(_for("another", lambda: "read"))
        release.set()

        assert await another == "read"


async def test_a_caller_who_has_used_up_their_time_waits_for_the_next_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "THREAD_S", 0.001)
    await asyncio.create_task(_for("greedy", lambda: sum(range(2_000_000))))

    with pytest.raises(TooManyError) as refused:
        await asyncio.create_task(_for("greedy", lambda: None))
    assert 0 < refused.value.retry_after_s <= study.WINDOW_S + 1
    assert await asyncio.create_task(_for("another", lambda: "read")) == "read"


async def test_a_reader_who_goes_away_holds_their_place_until_the_work_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()
    gone = [asyncio.create_task(_for("gone", lambda: release.wait(60))) for _ in range(study.THREADS)]
    await asyncio.sleep(0)
    await end_tasks(*gone)

    with monkeypatch.context() as patched:
        patched.setattr(study, "WAIT_S", 0.05)
        with pytest.raises(UnavailableError):
            await asyncio.create_task(_for("next", lambda: None))
    release.set()

    assert await asyncio.create_task(_for("next", lambda: "read")) == "read"


async def test_what_reading_raises_reaches_who_asked_and_leaves_the_place_free() -> None:
    for _ in range(study.THREADS + 1):
        with pytest.raises(ZeroDivisionError):
            await study.read(lambda: 1 // 0)


async def test_all_comparisons_of_a_request_share_one_budget() -> None:
    lines = [f"line {number}\n" for number in range(200)]
    old, new = {"a.py": "".join(lines)}, {"a.py": "".join(reversed(lines))}

    async def request() -> list[tuple[int, int]]:
        study.begin("somebody")
        left = []
        for _ in range(2):
            await comparisons.diffs(old, new)
            await comparisons.changes(old, new)
            await shown_conflicts((FileConflict("a.py", "a = 1\n", "a = 2\n", None),))
            left.append((study.request().budget.left, study.request().words.left))
        return left

    (lines_left, words_left), (fewer_lines, fewer_words) = await asyncio.create_task(request())
    assert 0 < fewer_lines < lines_left < study.Request().budget.left
    assert 0 < fewer_words < words_left < study.Request().words.left


async def test_source_code_that_two_threads_read_at_once_is_read_again() -> None:
    failures = [SystemError("AST constructor recursion depth mismatch")] * 3

    def parse() -> str:
        if failures:
            raise failures.pop()
        return "read"

    assert await study.read(parse) == "read"
    failures += [SystemError("for ever")] * 100
    with pytest.raises(SystemError, match="for ever"):
        await study.read(parse)
