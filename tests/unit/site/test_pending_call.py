"""What one call makes of the replies that come for it, in whatever order and however often."""

import time

import pytest

from widget_site.dispatch.errors import LostError
from widget_site.dispatch.replies import PendingCall
from widget_wire.runs import RunReply


@pytest.fixture
async def call() -> PendingCall:
    return PendingCall("run", time.monotonic() + 10, time.monotonic() + 10)


async def test_a_reply_to_a_call_that_failed_is_dropped(call: PendingCall) -> None:
    call.fail(LostError())

    held = call.feed(RunReply("run", "done", body=b"late"))

    assert held == 0
    with pytest.raises(LostError):
        await call.first()


async def test_a_second_whole_reply_is_dropped(call: PendingCall) -> None:
    held = [call.feed(RunReply("run", "done", body=body)) for body in (b"one", b"two")]

    assert held == [0, 0]
    assert (await call.first()).body == b"one"


async def test_a_call_that_is_handed_over_again_takes_a_new_reply(call: PendingCall) -> None:
    call.feed(RunReply("run", "code_missing"))
    assert (await call.first()).status == "code_missing"
    call.expect_again()

    call.feed(RunReply("run", "done", body=b"one", more=True))
    held = [call.feed(RunReply("run", "done", part=1, body=b"two")) for _ in range(2)]

    assert held == [3, 0]
    assert ((await call.first()).body, (await call.next_part(1)).body) == (b"one", b"two")
