"""Media out of a child is put together only as it was announced, and within bounds."""

from typing import Any

import pytest

from widget_runner.child_link import LinkError
from widget_runner.media import Assembly, MediaTooLargeError, described_media
from widget_wire.media_budget import MediaBudget


def header(media_id: Any = "m", index: int = 0, last: bool = False) -> dict[str, Any]:
    return {"type": "CHUNK_HEADER", "requestId": "r", "mediaId": media_id, "chunkIndex": index, "lastChunk": last}


def test_chunks_make_the_content() -> None:
    assembly = Assembly({"m", "n"}, 10_000, MediaBudget())
    assembly.add(header(), b"ab")
    assembly.add(header("n", last=True), b"")
    assert not assembly.complete
    assembly.add(header(index=1, last=True), b"cd")

    assert assembly.complete
    assert (assembly.content("m"), assembly.content("n")) == (b"abcd", b"")


@pytest.mark.parametrize("bad", [header("x"), header(index=1), header(None), {}])
def test_chunks_that_nobody_expects_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(LinkError):
        Assembly({"m"}, 100, MediaBudget()).add(bad, b"x")


def test_a_media_that_is_complete_takes_no_more() -> None:
    assembly = Assembly({"m", "n"}, 10_000, MediaBudget())
    assembly.add(header(last=True), b"x")

    with pytest.raises(LinkError):
        assembly.add(header(index=1), b"x")


def test_more_than_the_limit_is_refused_and_endless_empty_chunks_are_too() -> None:
    with pytest.raises(MediaTooLargeError) as large:
        Assembly({"m"}, 1000, MediaBudget()).add(header(), b"x" * 2000)
    assembly = Assembly({"m"}, 1000, MediaBudget())
    with pytest.raises(MediaTooLargeError):
        add_empty_chunks(assembly, 100)

    assert not large.value.for_now


def add_empty_chunks(assembly: Assembly, count: int) -> None:
    for index in range(count):
        assembly.add(header(index=index), b"")


def test_all_runs_together_share_a_budget_and_give_it_back() -> None:
    budget = MediaBudget(1000)
    first, second = Assembly({"m"}, 5000, budget), Assembly({"m"}, 5000, budget)
    first.add(header(), b"x" * 900)
    with pytest.raises(MediaTooLargeError) as refused:
        second.add(header(), b"x" * 900)
    assert refused.value.for_now

    first.close()
    first.close()

    Assembly({"m"}, 5000, budget).add(header(), b"x" * 900)
    assert not budget.take(200)


def test_only_data_media_with_ids_counts() -> None:
    objects = [{"type": ["DataMedia"], "id": "m"}, {"type": ["Date"]}, 3, {"type": "DataMedia"}]

    assert set(described_media(objects)) == {"m"}
    assert described_media(None) == {}
    with pytest.raises(LinkError):
        described_media([{"type": ["DataMedia"]}])
    with pytest.raises(LinkError):
        described_media([{"type": ["DataMedia"], "id": str(number)} for number in range(200)])
