"""The frozen values of the wire survive their own encoding, and hostile bytes are refused by name."""

import pytest

from widget_wire import envelope, frames
from widget_wire.runs import (
    RunEvent,
    RunRecord,
    RunReply,
    RunRequest,
    ServiceAnswer,
    ServiceCall,
    pack_events,
    unpack_events,
)


def test_a_request_is_the_same_after_its_travel() -> None:
    request = RunRequest(
        "r1", "w1", "a-b-c", "api", "route", 3, "d" * 64, None, 5, 30.0, "s1", ("x",), {"path": "/"}, body=b"\x00\xff"
    )

    assert RunRequest.from_envelope(request.to_envelope()) == request


def test_a_reply_keeps_its_headers_and_body() -> None:
    reply = RunReply("r1", "done", headers=(("set-cookie", "a=1"), ("set-cookie", "b=2")), body=b"\x00" * 10)

    assert RunReply.from_envelope(reply.to_envelope()) == reply


def test_a_record_without_its_fields_is_refused() -> None:
    with pytest.raises(envelope.EnvelopeError, match="RunRecord"):
        RunRecord.from_envelope(envelope.seal({"id": "r1"}))


def test_events_travel_in_batches_and_show_data_only_where_there_is_any() -> None:
    batch = pack_events([RunEvent(1, 2.5, "stdout", "é\n"), RunEvent(2, 2.5, "status", "", {"status": "finished"})])

    assert unpack_events(batch) == [
        {"seq": 1, "time": 2.5, "kind": "stdout", "text": "é\n"},
        {"seq": 2, "time": 2.5, "kind": "status", "text": "", "data": {"status": "finished"}},
    ]


def test_a_service_call_and_its_answer_keep_their_media() -> None:
    call = ServiceCall("c1", "n1", "r1", "w1", "route", "http://a", "anvil.private.echo", {"args": [1]}, b"\x00media")
    answer = ServiceAnswer("c1", {"response": 1}, b"\xffmedia")

    assert ServiceCall.from_envelope(call.to_envelope()) == call
    assert ServiceAnswer.from_envelope(answer.to_envelope()) == answer


def test_frames_arrive_whole_however_they_are_cut() -> None:
    stream = frames.pack(frames.TEXT, b"one") + frames.pack(frames.BINARY, b"") + frames.pack(frames.TEXT, b"three")
    decoder = frames.FrameDecoder()

    got = [frame for index in range(len(stream)) for frame in decoder.feed(stream[index : index + 1])]

    assert got == [(b"J", b"one"), (b"B", b""), (b"J", b"three")]


def test_a_frame_longer_than_agreed_is_refused_before_it_is_kept() -> None:
    with pytest.raises(frames.FrameError, match="at most 10"):
        list(frames.FrameDecoder(max_bytes=10).feed(b"J\x00\x00\x00\x0b"))
