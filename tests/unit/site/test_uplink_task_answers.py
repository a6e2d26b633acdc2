"""What uplinks say of background tasks, which may be anything: states and values that may be kept, else why not."""

from typing import Any

import pytest

from widget_site.uplink import task_answers
from widget_wire import background
from widget_wire.runs import ServiceAnswer

MEDIA = {"path": ["response", "pic"], "type": ["DataMedia"], "id": "m1"}
LARGE = "x" * background.RETURNED_BYTES


def test_a_state_is_taken_out_of_the_message_with_its_objects() -> None:
    day = {"path": ["taskState", "day"], "type": ["Date"], "value": "2026-01-02"}
    other = {"path": ["response"], "type": ["Date"], "value": "2026-01-03"}
    message: dict[str, Any] = {"response": None, "taskState": {"day": None}, "objects": [day, other]}

    state = task_answers.take_state(message)

    assert state == {"response": {"day": None}, "objects": [{**day, "path": ["response", "day"]}]}
    assert message == {"response": None, "objects": [other]}
    assert task_answers.take_state({"response": 1, "objects": []}) is None


@pytest.mark.parametrize(
    "objects", [None, 7, "x", [7], [{"path": 7}], [{"path": ["taskState"], "type": ["DataMedia"]}]], ids=str
)
def test_a_state_whose_objects_are_anything_is_taken_or_refused(objects: Any) -> None:
    state = task_answers.take_state({"response": 1, "taskState": {}, "objects": objects})

    assert state is not None
    assert "response" in state or "can't hold Media" in state["error"]["message"]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"response": {"pic": None}, "objects": [MEDIA]}, background.MEDIA_IN_STATE),
        ({"response": LARGE, "objects": []}, background.STATE_TOO_LARGE),
    ],
    ids=["media", "large"],
)
def test_a_state_that_cannot_be_kept_is_its_error(state: dict[str, Any], text: str) -> None:
    assert task_answers.bounded(state)["error"] == {
        "type": "anvil.server.SerializationError", "message": text, "trace": []
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"response": None, "objects": [MEDIA]}, background.MEDIA_RETURNED),
        ({"response": LARGE, "objects": []}, background.TOO_MUCH_RETURNED),
    ],
    ids=["media", "large"],
)
def test_a_value_that_cannot_be_kept_is_its_error_and_the_state_stays(message: dict[str, Any], text: str) -> None:
    state = {"response": {"seen": 1}, "objects": []}
    answer = task_answers.with_state(ServiceAnswer("r1", message), state)

    said, left = task_answers.end_of(answer)

    assert said["error"]["message"] == text
    assert left == state
