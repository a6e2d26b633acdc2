"""Tasks end when they are told to, whatever the libraries below them do with a cancellation."""

import asyncio
import contextlib

from widget_wire.tasks import end_tasks


async def test_a_task_that_lost_its_cancellation_ends_all_the_same() -> None:
    async def deaf() -> None:
        # What asyncio.wait_for of Python 3.11 does when its result and the cancellation come at once.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)

    await asyncio.wait_for(end_tasks(task, again_s=0.05), 20)

    assert task.cancelled()


async def test_a_task_that_cleans_up_is_left_to_it() -> None:
    begun, room, cleaned = asyncio.Event(), asyncio.Event(), []

    async def cleans_up() -> None:
        try:
            begun.set()
            await asyncio.sleep(60)
        finally:
            await room.wait()
            cleaned.append("up")

    task = asyncio.create_task(cleans_up())
    await begun.wait()
    ending = asyncio.create_task(end_tasks(task))
    # Longer than it took until tasks were cancelled again.
    await asyncio.wait([ending], timeout=1)
    room.set()
    await asyncio.wait_for(ending, 20)

    assert cleaned == ["up"]
    assert task.cancelled()


async def test_tasks_that_ended_or_failed_before_are_no_hindrance() -> None:
    async def fail() -> None:
        raise ValueError

    failed, done = asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0))
    await asyncio.wait([failed, done])

    await end_tasks(failed, done)
    await end_tasks()

    assert (failed.cancelled(), done.cancelled()) == (False, False)
