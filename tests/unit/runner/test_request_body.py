"""A large body on its way into a child: in order, whole, and never more of it here than a window."""

import asyncio
import json
from typing import Any

from widget_runner.request_body import WINDOW_BYTES, RequestBody
from widget_wire import frames
from widget_wire.body_parts import PART_BYTES, WINDOW_PARTS, BodyPart
from widget_wire.runs import PartsRead

SIZE = 10 * PART_BYTES + 5
CONTENT = (b"0123456789abcde" * (SIZE // 15 + 1))[:SIZE]


class Child:
    """A child that reads when it is told to."""

    def __init__(self, size_bytes: int = SIZE) -> None:
        self.decoder = frames.FrameDecoder()
        self.headers: list[dict[str, Any]] = []
        self.content = b""
        self.unread = 0
        self.lost = ""
        self.is_abandoned = False
        self.asked: list[int] = []
        self.was_asked = asyncio.Event()
        self.body = RequestBody("r1", size_bytes, "body", self, self.ask)

    def ask(self, part: int) -> None:
        self.asked.append(part)
        self.was_asked.set()

    def send(self, buffers: list[bytes]) -> None:
        for kind, payload in self.decoder.feed(b"".join(buffers)):
            if kind == frames.TEXT:
                self.headers.append(json.loads(payload))
            else:
                self.content += payload

    def unsent_bytes(self) -> int:
        return self.unread

    def lose(self, why: str) -> None:
        self.lost = why

    def abandon(self) -> None:
        self.is_abandoned = True

    def give(self, part: int) -> None:
        self.body.take(BodyPart("r1", part, CONTENT[part * PART_BYTES : (part + 1) * PART_BYTES]))


async def test_it_arrives_whole_and_in_order_whatever_order_its_parts_come_in() -> None:
    child = Child()
    child.body.begin()
    assert child.asked == list(range(WINDOW_PARTS))

    while len(child.content) < SIZE:
        for part in sorted({*child.asked} - {len(child.content) // PART_BYTES}, reverse=True):
            child.give(part)
        assert child.body.held_bytes <= WINDOW_BYTES
        child.give(len(child.content) // PART_BYTES)

    assert child.content == CONTENT
    assert [header["chunkIndex"] for header in child.headers] == list(range(len(child.headers)))
    assert [header["lastChunk"] for header in child.headers] == [False] * (len(child.headers) - 1) + [True]
    assert child.asked == list(range(11))
    assert not child.lost


async def test_parts_that_come_twice_or_were_not_asked_for_change_nothing() -> None:
    child = Child()
    child.body.begin()

    for part in (0, 0, 9, 1, 0):
        child.give(part)

    assert child.content == CONTENT[: 2 * PART_BYTES]
    assert child.body.held_bytes == 0


async def test_no_more_is_asked_for_while_the_child_does_not_read() -> None:
    child = Child()
    child.unread = WINDOW_BYTES
    child.body.begin()
    assert child.asked == []

    child.unread = 0
    await asyncio.wait_for(child.was_asked.wait(), 20)

    assert child.asked == list(range(WINDOW_PARTS))
    child.body.close()


async def test_a_part_that_is_cut_short_or_a_sender_that_went_away_ends_the_run() -> None:
    short, gone = Child(), Child()
    for child in (short, gone):
        child.body.begin()

    short.body.take(BodyPart("r1", 0, b"x"))
    gone.body.take(BodyPart("r1", 0, gone=True))

    assert "not whole" in short.lost
    assert (gone.lost, gone.is_abandoned) == ("", True)


async def test_a_part_is_told_from_other_messages_of_its_list() -> None:
    part = BodyPart("r1", 3, b"\0\xff", gone=True)

    assert BodyPart.from_envelope(part.to_envelope()) == part
    assert BodyPart.from_envelope(PartsRead("r1", 3).to_envelope()) is None
