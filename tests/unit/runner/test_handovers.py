"""What runs hand over besides text: complete and within bounds, or not at all; every byte may be hostile."""

from typing import Any

import pytest

from widget_model.limits import Limits
from widget_runner.child_link import LinkError
from widget_runner.file_names import mime_of, safe_name
from widget_runner.handovers import FileAllowances, Handovers, Shown
from widget_runner.output_allowance import Allowance
from widget_wire.media_budget import MediaBudget

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")


class Kept:
    """Where bytes go."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.has_room = True

    def keep(self, run_id: str, file_id: str, content: bytes, ttl_s: int) -> bool:
        if self.has_room:
            self.contents[file_id] = content
        return self.has_room


def handovers(kept: Kept | None = None, budget: MediaBudget | None = None, allowances: Any = None) -> Handovers:
    limits = Limits(timeout_s=30, kept_files=3, kept_file_bytes=1000, kept_files_bytes=1500)
    return Handovers("r1", "w1", 330, limits, budget or MediaBudget(), allowances or FileAllowances(), kept or Kept())


def header(part: int = 0, index: int = 0, *, last: bool = True) -> dict[str, Any]:
    return {"requestId": "handover", "mediaId": str(part), "chunkIndex": index, "lastChunk": last}


def display(**data: Any) -> dict[str, Any]:
    return {"type": "DISPLAY", "data": {"text/plain": "x"}, **data}


def show(hands: Handovers, kind: str, content: bytes) -> Shown | None:
    assert hands.begin(display(media=[[kind, len(content)]]), 60) is None
    return hands.chunk(header(), content)


def write(hands: Handovers, name: str, content: bytes) -> None:
    hands.begin({"type": "FILE", "name": name, "bytes": len(content), "kept": True}, 60)
    hands.chunk(header(), content)


def test_a_display_without_media_is_shown_at_once() -> None:
    data = {"text/plain": "x", "text/html": "<b>", "application/javascript": "alert(1)"}

    assert handovers().begin({"type": "DISPLAY", "data": data}, 70) == Shown(
        {"mime": {"text/plain": "x", "text/html": "<b>"}}, 70
    )


def test_a_picture_is_kept_apart_and_its_size_in_pixels_is_told() -> None:
    kept = Kept()
    hands = handovers(kept)

    shown = show(hands, "image/png", PNG)

    assert shown is not None
    blob = shown.data["blobs"]["image/png"]
    assert blob == {"file": blob["file"], "bytes": len(PNG), "width": 640, "height": 480}
    assert kept.contents == {blob["file"]: PNG}
    assert shown.size_bytes == 60
    assert [(file.kind, file.mime, file.id) for file in hands.files] == [("shown", "image/png", blob["file"])]


def test_parts_come_in_order_and_in_chunks() -> None:
    kept = Kept()
    hands = handovers(kept)

    assert hands.begin(display(media=[["text/html", 5], ["image/png", 3]]), 60) is None
    assert hands.chunk(header(0, 0, last=False), b"ab") is None
    assert hands.chunk(header(0, 1), b"cde") is None
    shown = hands.chunk(header(1), b"xyz")

    assert shown is not None
    assert {kind: kept.contents[blob["file"]] for kind, blob in shown.data["blobs"].items()} == {
        "text/html": b"abcde",
        "image/png": b"xyz",
    }


@pytest.mark.parametrize(
    "message",
    [
        {"type": "DISPLAY"},
        {"type": "DISPLAY", "data": []},
        display(media="x"),
        display(media=[["image/png"]]),
        display(media=[["image/png", -1]]),
        display(media=[["image/png", True]]),
        display(media=[["image/png", 1 << 50]]),
        display(media=[[["x"], 5]]),
        display(media=[["image/png", 1]] * 50),
        {"type": "FILE"},
        {"type": "FILE", "name": 5, "bytes": 1, "kept": True},
        {"type": "FILE", "name": "x", "bytes": "1", "kept": True},
    ],
)
def test_what_is_not_in_order_ends_the_run(message: dict[str, Any]) -> None:
    with pytest.raises(LinkError):
        handovers().begin(message, 10)


def test_chunks_that_nobody_expects_end_the_run() -> None:
    for bad in (
        lambda hands: hands.chunk(header(), b"x"),
        lambda hands: (hands.begin(display(media=[["image/png", 2]]), 9), hands.begin(display(), 9)),
        lambda hands: (hands.begin(display(media=[["image/png", 2]]), 9), hands.chunk(header(1), b"xy")),
        lambda hands: (hands.begin(display(media=[["image/png", 2]]), 9), hands.chunk(header(), b"x")),
        lambda hands: (hands.begin(display(media=[["image/png", 2]]), 9), hands.chunk(header(last=False), b"xy")),
        lambda hands: (hands.begin(display(media=[["image/png", 2]]), 9), hands.chunk(header(last=False), b"")),
        lambda hands: (hands.begin(display(media=[["image/png", 2]]), 9), hands.chunk(header(), b"xyz")),
    ):
        with pytest.raises(LinkError):
            bad(handovers())


def test_a_picture_of_200_mb_is_thrown_away_as_it_comes_and_then_ends_the_run() -> None:
    budget = MediaBudget(10_000)
    hands = handovers(budget=budget)
    hands.begin(display(media=[["image/png", 200_000_000]]), 60)

    def send() -> None:
        for index in range(800):
            hands.chunk(header(0, index, last=False), bytes(250_000))

    with pytest.raises(LinkError, match="more is handed over"):
        send()
    assert budget.take(10_000), "nothing of it was held"


def test_too_much_is_not_shown_and_the_note_says_so() -> None:
    hands = handovers()

    shown = show(hands, "image/png", bytes(1001))

    assert shown is not None
    assert "blobs" not in shown.data
    assert "not kept" in shown.data["note"]
    assert show(hands, "image/png", bytes(1000)).data["blobs"]  # type: ignore[union-attr]
    assert "note" in show(hands, "image/png", bytes(600)).data  # type: ignore[union-attr]  # 1,500 in all


def test_files_are_kept_up_to_their_number_and_size_and_others_are_named() -> None:
    hands = handovers()
    for name, size in (("a.csv", 900), ("big", 1001), ("b", 500), ("c", 200), ("d", 10), ("e", 1)):
        write(hands, name, bytes(size))
    hands.begin({"type": "FILE", "name": "f", "bytes": 5_000_000, "kept": False}, 40)

    assert [(file.name, file.id is not None, file.bytes) for file in hands.files] == [
        ("a.csv", True, 900), ("big", False, 1001), ("b", True, 500), ("c", False, 200), ("d", True, 10),
        ("e", False, 1), ("f", False, 5_000_000),
    ]  # fmt: skip
    assert "at most 3 files of 0.001 MB each" in hands.files[1].note


def test_an_empty_file_is_a_file() -> None:
    kept = Kept()
    hands = handovers(kept)

    write(hands, "empty", b"")

    assert list(kept.contents.values()) == [b""]
    assert hands.files[0].bytes == 0


def test_a_redis_that_is_slow_or_a_widget_that_floods_keeps_nothing() -> None:
    kept = Kept()
    kept.has_room = False
    slow = handovers(kept)
    write(slow, "a", b"x")
    flooding = handovers(allowances=FileAllowances(widgets=Allowance(100, 0.0)))
    write(flooding, "a", bytes(80))
    write(flooding, "b", bytes(80))

    assert [file.id is None for file in slow.files] == [True]
    assert [file.id is None for file in flooding.files] == [False, True]


def test_names_without_end_are_not_told() -> None:
    hands = handovers()
    for number in range(1000):
        hands.begin({"type": "FILE", "name": f"f{number}", "bytes": 1, "kept": False}, 40)

    assert len(hands.files) == 30


def test_what_is_not_complete_is_given_back() -> None:
    budget = MediaBudget(1000)
    hands = handovers(budget=budget)
    hands.begin(display(media=[["image/png", 900]]), 60)
    hands.chunk(header(last=False), bytes(800))

    hands.close()

    assert budget.take(1000)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plot.png", "plot.png"),
        ("out/data 1.csv", "out/data 1.csv"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\x", "x"),
        ("a\nb\r\n.txt", "a_b__.txt"),
        ("naïve 🦒.txt", "naïve 🦒.txt"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("\ud800x", "_x"),
        ("", "file"),
        ("...", "file"),
        ("x" * 500 + ".csv", "x" * 95 + "….csv"),
        ("/".join("abcdefghijkl"), "e/f/g/h/i/j/k/l"),
    ],
)
def test_names_are_made_safe_to_show_and_to_save_under(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_type_is_told_by_the_name_alone() -> None:
    assert mime_of("a/b.csv") == "text/csv"
    assert mime_of("thing") == "application/octet-stream"
