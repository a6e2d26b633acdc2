"""Answers that only the runner that asked can read."""

import pytest

from widget_runner.sealing import Seal, SealError
from widget_site.services.sealing import sealed
from widget_wire.runs import ServiceAnswer


def test_d_25_only_the_runner_that_asked_reads_an_answer() -> None:
    mine, other = Seal(), Seal()
    answer = ServiceAnswer("a1", {"response": "hunter2"}, b"media", mask=("hunter2",))

    sent = sealed(answer, mine.public)

    assert b"hunter2" not in sent.to_envelope()
    arrived = ServiceAnswer.from_envelope(sent.to_envelope())
    assert (arrived.id, arrived.is_sealed) == ("a1", True)
    assert ServiceAnswer.from_envelope(mine.open(arrived.media, "a1")) == answer
    for seal, media, answer_id in (
        (other, arrived.media, "a1"),
        (mine, arrived.media, "a2"),
        (mine, arrived.media[:-1] + b"x", "a1"),
        (mine, b"short", "a1"),
        (mine, bytes(100), "a1"),
    ):
        with pytest.raises(SealError):
            seal.open(media, answer_id)
