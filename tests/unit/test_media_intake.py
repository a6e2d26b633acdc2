"""Media of a message are put together only as they were announced, and within bounds."""

from typing import Any

import pytest

from widget_wire import media_chunks
from widget_wire.media_budget import MediaBudget
from widget_wire.media_intake import (
    MediaIntake,
    MediaOrderError,
    MediaTooLargeError,
    NoMediaRoomError,
    described,
)
from widget_wire.spool import Spool


def objects(*media_ids: str) -> list[Any]:
    return [{"type": ["DataMedia"], "id": media_id} for media_id in media_ids]


def intake(*media_ids: str, most: int = 10_000, room: MediaBudget | None = None) -> MediaIntake:
    return MediaIntake(objects(*media_ids), Spool(None, (room or MediaBudget(),)), most)


def header(media_id: Any = "m", index: int = 0, last: bool = False) -> dict[str, Any]:
    return {"type": "CHUNK_HEADER", "requestId": "r", "mediaId": media_id, "chunkIndex": index, "lastChunk": last}


def contents(media: MediaIntake) -> dict[str, bytes]:
    spool = media.take()
    try:
        return media_chunks.read(spool.everything())
    finally:
        spool.close()


def test_chunks_make_the_content() -> None:
    media = intake("m", "n")
    media.add(header(), b"ab")
    media.add(header("n", last=True), b"")
    assert not media.is_complete
    media.add(header(index=1, last=True), b"cd")

    assert media.is_complete
    assert contents(media) == {"m": b"abcd", "n": b""}


@pytest.mark.parametrize("bad", [header("x"), header(index=1), header(None), {}])
def test_chunks_that_nobody_expects_are_refused(bad: dict[str, Any]) -> None:
    media = intake("m")
    with pytest.raises(MediaOrderError):
        media.add(bad, b"x")
    media.close()


def test_a_media_that_is_complete_takes_no_more() -> None:
    media = intake("m", "n")
    media.add(header(last=True), b"x")

    with pytest.raises(MediaOrderError):
        media.add(header(index=1), b"x")
    media.close()


def test_as_much_as_the_limit_is_taken_and_more_is_refused() -> None:
    whole = intake("m", most=2000)
    whole.add(header(last=True), b"x" * 2000)
    whole.close()

    with pytest.raises(MediaTooLargeError, match="WIDGETRY_MEDIA_MAX_MB"):
        intake("m", most=1000).add(header(), b"x" * 2000)


def test_endless_empty_chunks_are_refused_and_counted_off() -> None:
    media = intake("m", most=1000)
    with pytest.raises(MediaTooLargeError):
        add_empty_chunks(media, 100)

    media.add(header(index=5), b"x" * 100_000)
    media.add(header(index=6, last=True), b"")
    assert media.is_complete


def add_empty_chunks(media: MediaIntake, count: int) -> None:
    for index in range(count):
        media.add(header(index=index), b"")


def test_all_together_share_a_budget_and_give_it_back_once() -> None:
    room = MediaBudget(1100)
    first, second = intake("m", room=room), intake("m", room=room)
    first.add(header(), b"x" * 900)
    with pytest.raises(NoMediaRoomError, match="no room"):
        second.add(header(), b"x" * 900)

    first.close()
    first.close()

    third = intake("m", room=room)
    third.add(header(), b"x" * 900)
    assert not room.take(200)
    third.close()
    assert room.take(1100)


def test_only_data_media_with_ids_counts() -> None:
    assert list(described([*objects("m"), {"type": ["Date"]}, 3, {"type": "DataMedia"}])) == ["m"]
    assert list(described(None)) == []
    for bad in ([{"type": ["DataMedia"]}], objects(*map(str, range(200))), 7):
        with pytest.raises(MediaOrderError):
            described(bad)
