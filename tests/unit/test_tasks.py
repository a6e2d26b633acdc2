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

    await asyncio.wait_for(end_tasks(task), 10)

    assert task.cancelled()


async def test_tasks_that_ended_or_failed_before_are_no_hindrance() -> None:
    async def fail() -> None:
        raise ValueError

    failed, done = asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0))
    await asyncio.wait([failed, done])

    await end_tasks(failed, done)
    await end_tasks()

    assert (failed.cancelled(), done.cancelled()) == (False, False)
