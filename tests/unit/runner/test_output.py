"""What a run says becomes events in order, whatever bytes it is made of."""

import asyncio

import pytest

from widget_model.limits import Limits
from widget_runner.output import MAX_EVENTS, TRUNCATED, LiveOutput, Output
from widget_wire.runs import RunEvent


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def output(**limits: int) -> Output:
    return Output(Limits(timeout_s=30, **limits), Clock())


def texts(events: list[RunEvent]) -> list[tuple[str, str]]:
    return [(event.kind, event.text) for event in events]


def test_text_of_one_stream_is_gathered_and_the_order_of_streams_is_kept() -> None:
    out = output()
    out.write("stdout", b"1")
    out.write("stdout", b"2\n")
    out.write("stderr", b"oh\n")
    out.write("stdout", b"3\n")
    out.finish()

    events = out.take()

    assert texts(events) == [("stdout", "12\n"), ("stderr", "oh\n"), ("stdout", "3\n")]
    assert [event.seq for event in events] == [1, 2, 3]


def test_a_character_may_arrive_in_pieces() -> None:
    out = output()
    for byte in "é🦒".encode():
        out.write("stdout", bytes([byte]))
    out.finish()

    assert texts(out.take()) == [("stdout", "é🦒")]


def test_what_is_no_utf8_is_replaced() -> None:
    out = output()
    out.write("stdout", b"a\xff\xfeb\xe2\x82")
    out.finish()

    assert texts(out.take()) == [("stdout", "a��b�")]


def test_nul_characters_never_reach_a_database() -> None:
    out = output()
    out.write("stdout", b"a\x00b")
    out.display({"text/plain": "x\x00\ud800"}, 10)

    first, second = out.take()

    assert first.text == "a�b"
    assert second.data == {"text/plain": "x�?"}


def test_kept_output_ends_with_one_truncated_event_and_the_rest_is_counted() -> None:
    out = output(output_kept_bytes=5)
    out.write("stdout", b"1234567")
    out.write("stderr", b"more")
    out.display({"text/plain": "x"}, 20)
    out.finish()

    assert texts(out.take()) == [("stdout", "12345"), ("stdout", TRUNCATED)]
    assert out.said_bytes == 31


def test_a_run_is_flooded_at_ten_times_what_is_kept() -> None:
    out = output(output_kept_bytes=5)
    out.write("stdout", b"x" * 50)
    assert not out.flooded

    out.write("stdout", b"x")

    assert out.flooded


def test_streams_that_alternate_byte_by_byte_make_a_bounded_number_of_events() -> None:
    out = output()
    for _ in range(MAX_EVENTS):
        out.write("stdout", b"a")
        out.write("stderr", b"b")
    out.finish()

    assert len(out.take()) <= MAX_EVENTS + 2


def test_an_event_of_our_own_is_kept_after_the_cap() -> None:
    out = output(output_kept_bytes=1)
    out.write("stdout", b"12")
    out.add("error", "boom", {"type": "E"})

    assert texts(out.take())[-1] == ("error", "boom")


def test_a_display_nested_absurdly_deep_is_refused_in_words() -> None:
    deep: object = "x"
    for _ in range(100):
        deep = [deep]
    out = output()
    out.display({"application/json": deep}, 300)

    assert "not shown" in out.take()[0].text


def test_text_after_a_pause_is_an_event_of_its_own() -> None:
    clock = Clock()
    out = Output(Limits(timeout_s=30), clock)
    out.write("stdout", b"1\n")
    clock.now += 1
    out.write("stdout", b"2\n")

    assert [(event.time, event.text) for event in out.take()] == [(100.0, "1\n"), (101.0, "2\n")]


async def test_live_output_sends_the_first_text_at_once_and_gathers_what_follows() -> None:
    out, sent = output(), list[list[tuple[str, str]]]()
    live = LiveOutput(out, lambda events: sent.append(texts(events)), asyncio.get_running_loop())

    for number in range(4):
        out.write("stdout", b"%d\n" % number)
        live.touch()
    assert sent == [[("stdout", "0\n")]]
    live.flush()

    assert sent == [[("stdout", "0\n")], [("stdout", "1\n2\n3\n")]]


async def test_live_output_sends_what_was_gathered_by_itself() -> None:
    out, done = output(), asyncio.Event()
    live = LiveOutput(out, lambda events: done.set() if "2" in events[0].text else None, asyncio.get_running_loop())
    for text in (b"1", b"2"):
        out.write("stdout", text)
        live.touch()

    await asyncio.wait_for(done.wait(), 5)
    live.close()


@pytest.mark.parametrize("size", [1, 3, 7])
def test_however_output_is_cut_it_is_the_same_text(size: int) -> None:
    data = "ä\x1b[31mred\x1b[0m </script>\r\n€".encode()
    out = output()
    for start in range(0, len(data), size):
        out.write("stdout", data[start : start + size])
    out.finish()

    assert "".join(event.text for event in out.take()) == data.decode()
