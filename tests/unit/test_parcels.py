"""Large media get from process to process whole or not at all, whatever is lost, and nothing of them stays."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from widget_wire import keys, media_chunks, parcels
from widget_wire.body_parts import PART_BYTES, WHOLE_BYTES, WINDOW_PARTS
from widget_wire.envelope import EnvelopeError
from widget_wire.media_budget import MediaBudget
from widget_wire.parcel import PART, WANT, Parcel, ParcelError, ParcelMessage
from widget_wire.parcels import Parcels
from widget_wire.spool import NoRoomError, Spool

CONTENT = bytes(range(251)) * 20_000


class Net:
    """Processes that hear each other, unless ``lost`` says that a message does not arrive."""

    def __init__(self, folder: Path | None = None, room: int = 100_000_000) -> None:
        self.processes: dict[str, Parcels] = {}
        self.rooms = {name: MediaBudget(room) for name in ("here", "there")}
        self.lost: Callable[[ParcelMessage], bool] = lambda _: False
        self.said: list[ParcelMessage] = []
        for name, budget in self.rooms.items():
            self.processes[keys.PARCELS + name] = Parcels(name, folder, budget, self._push)
        self.here, self.there = self.processes.values()

    def _push(self, key: str, data: bytes) -> None:
        message = ParcelMessage.from_envelope(data)
        self.said.append(message)
        if not self.lost(message) and key in self.processes:
            asyncio.get_running_loop().call_soon(self.processes[key].take, data)

    def whole(self) -> bool:
        """Whether nothing is held anywhere."""
        return all(budget.take(100_000_000) for budget in self.rooms.values())


def filled(at: Parcels, content: bytes = CONTENT) -> Spool:
    spool = at.spool()
    spool.write(content)
    return spool


async def fetched(at: Parcels, parcel: Parcel | None) -> bytes:
    assert parcel is not None
    spool = await at.fetch(parcel)
    try:
        return spool.everything()
    finally:
        spool.close()


async def test_small_media_go_with_their_message() -> None:
    net = Net()
    media, parcel = net.here.post(filled(net.here, b"x" * WHOLE_BYTES))

    assert (media, parcel) == (b"x" * WHOLE_BYTES, None)
    assert await net.there.frames(media, parcel, 0) == media
    assert net.whole()


async def test_m_12_large_media_arrive_in_parts_from_files_without_names(tmp_path: Path) -> None:
    net = Net(tmp_path)
    media, parcel = net.here.post(filled(net.here))

    assert media == b""
    assert await fetched(net.there, parcel) == CONTENT
    assert os.listdir(tmp_path) == []
    asked = [message.part for message in net.said if message.what == WANT]
    assert asked == list(range(-(-len(CONTENT) // PART_BYTES)))
    assert max(len(message.data) for message in net.said) == PART_BYTES
    await asyncio.sleep(0)
    assert net.whole()


async def test_no_more_than_a_window_is_asked_for_ahead() -> None:
    net = Net()
    net.lost = lambda message: message.what == PART
    _, parcel = net.here.post(filled(net.here), keep=True)
    assert parcel is not None
    waiting = asyncio.create_task(net.there.fetch(parcel))
    for _ in range(10):
        await asyncio.sleep(0)

    assert [message.part for message in net.said if message.what == WANT] == list(range(WINDOW_PARTS))
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    net.here.drop(parcel)
    assert net.whole()


async def test_what_is_lost_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "AGAIN_S", 0.01)
    net = Net()
    seen: set[tuple[str, int]] = set()

    def at_first(message: ParcelMessage) -> bool:
        is_first = (message.what, message.part) not in seen
        seen.add((message.what, message.part))
        return is_first

    net.lost = at_first
    _, parcel = net.here.post(filled(net.here), keep=True)

    assert await fetched(net.there, parcel) == CONTENT
    net.here.drop(parcel)
    assert net.whole()


@pytest.mark.parametrize("holder", ["here", "a process that died"])
async def test_s_46_a_holder_that_says_nothing_is_given_up(holder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "AGAIN_S", 0.01)
    monkeypatch.setattr(parcels, "LOST_S", 0.05)
    net = Net()
    net.lost = lambda message: message.what == PART and message.part >= 2
    _, parcel = net.here.post(filled(net.here), keep=True)
    assert parcel is not None

    with pytest.raises(ParcelError, match="Timeout during media transfer"):
        await net.there.fetch(parcel._replace(holder=holder))
    net.here.drop(parcel)
    assert net.whole()


async def test_one_that_is_gone_or_broken_is_told_at_once() -> None:
    net = Net()
    with pytest.raises(ParcelError, match="gone"):
        await net.there.fetch(Parcel("here", "unknown", WHOLE_BYTES * 2))
    with pytest.raises(ParcelError, match="not there any more"):
        await net.here.fetch(Parcel("here", "unknown", WHOLE_BYTES * 2))
    _, parcel = net.here.post(filled(net.here), keep=True)
    assert parcel is not None
    with pytest.raises(ParcelError, match="whole"):
        await net.there.fetch(parcel._replace(size_bytes=parcel.size_bytes + 1))
    net.here.close()
    with pytest.raises(EnvelopeError):
        net.here.take(b"nonsense")
    assert net.whole()


async def test_one_that_nobody_asks_for_is_forgotten_and_one_to_keep_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "IDLE_S", 0.01)
    net = Net()
    net.here.post(filled(net.here))
    _, kept = net.here.post(filled(net.here), keep=True)
    async with asyncio.timeout(20):
        while len(net.here) > 1:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0.005)

    assert await fetched(net.there, kept) == await fetched(net.here, kept) == CONTENT
    net.here.drop(kept)
    net.here.drop(kept)
    assert net.whole()


async def test_who_drops_one_that_is_being_read_leaves_it_to_its_reader() -> None:
    net = Net()
    frames = media_chunks.write({"m": CONTENT})
    _, parcel = net.here.post(filled(net.here, frames), keep=True)
    async with net.here.chunks(b"", parcel) as chunks:
        next(chunks)
        net.here.drop(parcel)
        assert sum(len(content) for _, content in chunks) == len(CONTENT) - media_chunks.CHUNK_BYTES

    assert net.whole()


async def test_without_room_nothing_is_begun() -> None:
    net = Net(room=len(CONTENT) + 1000)
    _, parcel = net.here.post(filled(net.here))
    with pytest.raises(NoRoomError, match="no room"):
        net.here.posted(CONTENT)
    taken = filled(net.there, b"x" * 2000)

    with pytest.raises(ParcelError, match="no room"):
        await fetched(net.there, parcel)
    with pytest.raises(ParcelError, match="At most 1 MB"):
        await net.there.frames(b"", parcel, WHOLE_BYTES)
    taken.close()
