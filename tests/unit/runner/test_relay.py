"""Media of a child's calls and of their answers: held on disk, handed on whole, at the pace of who reads."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from widget_runner.child_link import LinkError
from widget_runner.outbox import Outbox
from widget_runner.relay import Relay, RunCalls
from widget_runner.request_body import WINDOW_BYTES
from widget_wire import frames, media_chunks
from widget_wire.frames import FrameDecoder
from widget_wire.media_budget import MediaBudget
from widget_wire.media_chunks import CHUNK_BYTES
from widget_wire.parcel import Parcel
from widget_wire.parcels import Parcels
from widget_wire.runs import RunRequest, ServiceAnswer, ServiceCall

LARGE = bytes(range(256)) * 10_000
ROOM = 20_000_000
DATA = {"path": ["args", 0], "type": ["DataMedia"], "id": "m1", "mime-type": "a/b", "name": None}


class Sent:
    """An outbox that keeps what is put into it."""

    def __init__(self) -> None:
        self.calls: list[ServiceCall] = []

    def add(self, _command: str, _key: str, data: bytes, **_: Any) -> None:
        self.calls.append(ServiceCall.from_envelope(data))


class Child:
    """A run whose child reads when it is told to."""

    def __init__(self, media_bytes: int = 10_000_000) -> None:
        self.request = RunRequest("r1", "w1", "mine", "api", "route", 1, "d", None, 0, 30.0, "s1")
        self.sent = Sent()
        self.room = MediaBudget(ROOM)
        self.parcels = Parcels("n1", None, self.room, lambda _key, _data: None)
        self.relay = Relay(cast(Outbox, self.sent), "n1", self.parcels, media_bytes)
        self.calls: RunCalls = self.relay.calls_of(self)
        self.unread: list[bytes] = []
        self.read: list[bytes] = []

    def send(self, buffers: list[bytes]) -> None:
        self.unread += buffers

    def mask(self, values: tuple[str, ...]) -> None:
        raise AssertionError

    def unsent_bytes(self) -> int:
        return sum(map(len, self.unread))

    def pause(self) -> None:
        raise AssertionError

    def resume(self) -> None:
        pass

    def call(self, call_id: str, content: bytes) -> None:
        """Call a function with a Media."""
        self.calls.call({"type": "CALL", "id": call_id, "command": "f", "args": [None], "objects": [DATA]})
        for header, chunk in media_chunks.split("m1", [content], len(content)):
            self.calls.chunk({**header, "requestId": call_id}, chunk)

    def answer_last(self, **more: Any) -> None:
        """Let the newest call be answered."""
        self.relay.take_answer(ServiceAnswer(self.sent.calls[-1].id, {"response": None}, **more).to_envelope())

    def heard(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the frames that the child has read."""
        return FrameDecoder().feed(b"".join(self.read))

    async def reads_until(self, count: int) -> None:
        """Read until so many frames have come."""
        async with asyncio.timeout(20):
            while len(list(self.heard())) < count:
                self.read += self.unread
                self.unread.clear()
                await asyncio.sleep(0.001)


async def test_m_12_large_media_of_a_call_are_kept_until_it_is_answered() -> None:
    child = Child()
    child.call("c1", LARGE)

    [call] = child.sent.calls
    assert call.media == b""
    assert media_chunks.read(await child.parcels.frames(b"", call.parcel, ROOM)) == {"m1": LARGE}
    assert len(child.parcels) == 1
    child.answer_last()
    assert len(child.parcels) == 0
    assert child.room.take(ROOM)


async def test_small_media_travel_with_their_call() -> None:
    child = Child()
    child.call("c1", b"small")

    assert media_chunks.read(child.sent.calls[0].media) == {"m1": b"small"}
    assert (child.sent.calls[0].parcel, len(child.parcels)) == (None, 0)


async def test_m_12_large_media_of_an_answer_come_no_faster_than_they_are_read() -> None:
    child = Child()
    child.call("c1", b"")
    spool = child.parcels.spool()
    spool.write(media_chunks.write({"m9": LARGE}))
    _, parcel = child.parcels.post(spool)
    child.answer_last(parcel=parcel)
    async with asyncio.timeout(20):
        while child.unsent_bytes() < WINDOW_BYTES:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.001)
    assert child.unsent_bytes() < WINDOW_BYTES + 2 * CHUNK_BYTES

    await child.reads_until(1 + 2 * -(-len(LARGE) // CHUNK_BYTES))

    (kind, message), *chunks = child.heard()
    assert (kind, json.loads(message)) == (frames.TEXT, {"id": "c1", "response": None})
    assert {json.loads(header)["requestId"] for header in [payload for _, payload in chunks[::2]]} == {"c1"}
    assert b"".join(payload for _, payload in chunks[1::2]) == LARGE
    assert child.room.take(ROOM)


async def test_x_01_a_call_with_too_much_is_answered_when_all_of_it_has_come() -> None:
    child = Child(media_bytes=1_000_000)
    child.call("c1", LARGE)
    child.call("c2", b"x" * 1_000_000)

    assert [call.command for call in child.sent.calls] == ["f"]
    child.read = child.unread
    [(_, message)] = child.heard()
    said = json.loads(message)
    assert (said["id"], said["error"]["type"]) == ("c1", "anvil.server.SerializationError")
    assert "WIDGETRY_MEDIA_MAX_MB" in said["error"]["message"]
    assert child.room.take(ROOM)


async def test_an_answer_whose_media_are_gone_is_an_error() -> None:
    child = Child()
    child.call("c1", b"")
    child.answer_last(parcel=Parcel("n1", "unknown", 5_000_000))
    await child.reads_until(1)

    [(_, message)] = child.heard()
    assert json.loads(message)["error"]["message"] == "This Media is not there any more."


async def test_what_is_on_its_way_is_forgotten_with_its_run() -> None:
    child = Child()
    child.call("c1", LARGE)
    child.calls.call({"type": "CALL", "id": "c2", "command": "f", "args": [None], "objects": [DATA]})
    child.calls.chunk({"requestId": "c2", "mediaId": "m1", "chunkIndex": 0}, LARGE)
    spool = child.parcels.spool()
    spool.write(media_chunks.write({"m9": LARGE}))
    child.calls.feed(spool, "r1")
    child.calls.close()

    assert len(child.parcels) == 0
    assert child.room.take(ROOM)


@pytest.mark.parametrize("objects", [7, [{"type": ["DataMedia"]}], [{**DATA, "id": f"m{n}"} for n in range(101)]])
async def test_media_that_are_not_described_well_end_the_run(objects: Any) -> None:
    child = Child()
    with pytest.raises(LinkError):
        child.calls.call({"type": "CALL", "id": "c1", "command": "f", "args": [None], "objects": objects})

    child.call("c2", b"")
    with pytest.raises(LinkError):
        child.calls.chunk({"requestId": "c2", "mediaId": "m1", "chunkIndex": 1}, b"x")
    child.calls.close()
    assert child.room.take(ROOM)
