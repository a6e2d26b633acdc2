"""A body that comes in pieces is no further ahead of its caller than the window, whatever its code or caller do."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from widget_model.http_response import HttpAnswer
from widget_model.limits import Limits
from widget_runner import body_stream
from widget_runner.body_stream import PART_BYTES, WINDOW_BYTES, BodyStreams
from widget_runner.child_link import LinkError
from widget_runner.outbox import Outbox
from widget_runner.streamed_answer import StreamedAnswer
from widget_wire.media_budget import MediaBudget
from widget_wire.runs import PartsRead, RunReply, RunRequest

HEAD = {"id": "r1", "response": {"status": 200, "headers": {}, "body": None}, "objects": []}


def request(method: str = "GET") -> RunRequest:
    route = {"method": method, "path": "/"}
    return RunRequest("r1", "w", "s", "api", "route", 1, "c", None, 0, 30.0, "site", route=route)


class Sent:
    """Where parts go in place of Redis."""

    def __init__(self) -> None:
        self.replies: list[RunReply] = []

    def add(self, *parts: Any, **_more: Any) -> None:
        if parts[0] == "RPUSH":
            self.replies.append(RunReply.from_envelope(parts[2]))


class Code:
    """The run that makes the body."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def pause_body(self) -> None:
        self.said.append("pause")

    def resume_body(self) -> None:
        self.said.append("resume")

    def abandon(self) -> None:
        self.said.append("abandon")


class World:
    """One answer on its way."""

    def __init__(self, budget_bytes: int = 8 * WINDOW_BYTES, method: str = "GET", limit_bytes: int = 1 << 30) -> None:
        self.sent, self.code = Sent(), Code()
        self.budget = MediaBudget(budget_bytes)
        self.streams = BodyStreams(cast(Outbox, self.sent), "runner-1", self.budget)
        limits = Limits(timeout_s=30.0, response_bytes=limit_bytes)
        self.answer = StreamedAnswer(request(method), limits, self.streams, self.code)

    def begin(self, length: int | None = None, **more: Any) -> Any:
        return self.answer.begin({**HEAD, **more, "stream": {"length": length, "type": None, "name": None}})

    def read(self, part: int, *, gone: bool = False) -> None:
        self.streams._take(PartsRead("r1", part, gone).to_envelope())

    @property
    def body(self) -> bytes:
        return b"".join(reply.body for reply in self.sent.replies)

    @property
    def free_bytes(self) -> int:
        return self.budget._left


async def soon() -> None:
    await asyncio.sleep(0.01)


async def test_x_02_the_head_goes_with_the_first_piece_and_the_end_last() -> None:
    world = World()
    assert world.begin() is None
    world.answer.add(b"one, ")
    world.answer.add(b"two")
    await soon()
    assert world.answer.end().outcome == "ok"
    await soon()

    first, last = world.sent.replies
    assert (first.body, first.more, first.length, first.runner, first.http_status) == (
        b"one, two",
        True,
        -1,
        "runner-1",
        200,
    )
    assert (last.part, last.more, last.body) == (1, False, b"")
    assert len(world.streams) == 0


async def test_x_02_code_waits_when_its_caller_reads_nothing() -> None:
    world = World()
    world.begin()
    for _ in range(40):
        world.answer.add(b"x" * 65536)
        await asyncio.sleep(0)
    await soon()

    assert "pause" in world.code.said
    assert "resume" not in world.code.said
    assert WINDOW_BYTES <= len(world.body) <= WINDOW_BYTES + PART_BYTES
    for part in range(100):
        world.read(part)
        await asyncio.sleep(0)
    await soon()
    assert len(world.body) == 40 * 65536
    assert world.code.said[-1] == "resume"
    assert max(len(reply.body) for reply in world.sent.replies) <= PART_BYTES


async def test_security_49_endless_tiny_pieces_are_rationed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_stream, "_SMALL_PAUSE_S", 1.0)
    world = World()
    world.begin()
    for _ in range(20_000):
        world.answer.add(b"x")
    await soon()
    assert world.code.said == ["pause"]

    for part in range(100):
        world.read(part)
    await soon()

    assert len(world.body) == 20_000
    assert world.code.said == ["pause"]


async def test_h_67_media_is_taken_in_at_once_where_there_is_room() -> None:
    world = World(budget_bytes=4 * WINDOW_BYTES)
    size = 3 * WINDOW_BYTES
    world.begin(length=size)
    for _ in range(size // 65536):
        world.answer.add(b"x" * 65536)
        await asyncio.sleep(0)

    assert world.code.said == []
    assert world.answer.end().outcome == "ok"
    assert world.free_bytes < 4 * WINDOW_BYTES
    for part in range(100):
        world.read(part)
        await asyncio.sleep(0)
    await soon()
    assert (len(world.body), world.sent.replies[0].length) == (size, size)
    assert world.free_bytes == 4 * WINDOW_BYTES


async def test_h_67_without_room_the_code_of_media_waits_like_any() -> None:
    world = World(budget_bytes=WINDOW_BYTES // 2)
    world.begin(length=8 * WINDOW_BYTES)
    for _ in range(40):
        world.answer.add(b"x" * 65536)
        await asyncio.sleep(0)
    await soon()

    assert "pause" in world.code.said
    world.read(0, gone=True)
    assert world.free_bytes == WINDOW_BYTES // 2


async def test_x_02_a_caller_that_is_gone_ends_the_run_and_frees_everything() -> None:
    world = World()
    world.begin()
    world.answer.add(b"x" * WINDOW_BYTES * 3)
    await soon()

    world.read(0, gone=True)

    assert world.code.said[-1] == "abandon"
    assert len(world.streams) == 0
    sent = len(world.sent.replies)
    world.answer.add(b"more")
    world.answer.break_off()
    await soon()
    assert len(world.sent.replies) == sent


async def test_x_02_a_caller_that_says_nothing_for_long_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_stream, "IDLE_S", 0.05)
    world = World()
    world.begin()
    await asyncio.sleep(0.2)

    assert world.code.said == ["abandon"]


async def test_h_67_what_breaks_off_is_told_after_what_was_said() -> None:
    world = World()
    world.begin()
    world.answer.add(b"so far")
    world.answer.break_off()
    await soon()

    assert [(reply.status, reply.body) for reply in world.sent.replies] == [("done", b"so far"), ("lost", b"")]


@pytest.mark.parametrize(
    "hostile",
    [
        lambda world: (world.begin(length=3), world.answer.add(b"four")),
        lambda world: (world.begin(length=3), world.answer.add(b"ab"), world.answer.end()),
        lambda world: (world.begin(), world.begin()),
        lambda world: world.answer.add(b"before the head"),
        lambda world: world.answer.end(),
    ],
    ids=["too long", "too short", "two heads", "no head", "no body"],
)
async def test_security_48_a_body_is_what_it_was_said_to_be(hostile: Callable[[World], Any]) -> None:
    with pytest.raises(LinkError):
        hostile(World())


async def test_x_02_answers_that_have_no_body_and_those_that_are_too_long() -> None:
    head = World(method="HEAD").begin(length=5)
    none = World().begin(response={"status": 204, "headers": {}, "body": None})
    long, longer = World(limit_bytes=10), World(limit_bytes=10)
    wrong = World().begin(response={"status": 99, "headers": {}, "body": None})

    assert (head.answer.length, none.answer.length) == (5, -1)
    assert long.begin(length=11).answer.status == 500
    assert longer.begin() is None
    ended = longer.answer.add(b"x" * 11)
    assert ended is not None
    assert ended.outcome == "error"
    assert (wrong.outcome, wrong.answer.status) == ("error", 500)


async def test_x_02_events_are_kept_and_gathered_by_nobody_on_the_way() -> None:
    world = World()
    world.begin(response={"status": 200, "headers": {"Content-Type": "text/event-stream"}, "body": None})
    await soon()

    assert dict(world.sent.replies[0].headers) == {
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
        "content-type": "text/event-stream",
    }
    assert isinstance(world.answer.head, HttpAnswer)
