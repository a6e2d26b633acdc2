"""What an uplink says of a background task: its state beside what it returned (spec/anvil-protocol.md 1.2).

A state is kept as an answer's message has it: ``{"response", "objects"}``, or ``{"error"}`` for one that can't be kept.
"""

import dataclasses
import json
import math
from typing import Any

from widget_wire import background, functions
from widget_wire.runs import ServiceAnswer

#: Where it is in the message that ends a task, and, with us, in the message of the answer.
STATE = "taskState"
_SERIALIZATION = "anvil.server.SerializationError"


def take_state(message: dict[str, Any]) -> dict[str, Any] | None:
    """Take the state out of the message that ends a task, with its objects; None when there is none."""
    if STATE not in message:
        return None
    state, objects = message.pop(STATE), message.get("objects")
    objects = objects if isinstance(objects, list) else []
    mine = [item for item in objects if _path(item)[:1] == [STATE]]
    if mine:
        message["objects"] = [item for item in objects if _path(item)[:1] != [STATE]]
    return bounded({"response": state, "objects": [{**item, "path": ["response", *_path(item)[1:]]} for item in mine]})


def bounded(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state that may be kept: itself, or the error that says why not."""
    if _has_media(state):
        return functions.failed("", _SERIALIZATION, background.MEDIA_IN_STATE).message
    if _bytes(state) > background.STATE_BYTES:
        return functions.failed("", _SERIALIZATION, background.STATE_TOO_LARGE).message
    return state


def with_state(answer: ServiceAnswer, state: dict[str, Any] | None) -> ServiceAnswer:
    """Return the end of a task with its last state."""
    return dataclasses.replace(answer, message={**answer.message, STATE: state})


def end_of(answer: ServiceAnswer) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return what a task answered, as it may be kept, and its last state."""
    message = dict(answer.message)
    state = message.pop(STATE, None)
    if "error" in message:
        return {"error": message["error"], "objects": []}, state
    if _has_media(message):
        return functions.failed("", _SERIALIZATION, background.MEDIA_RETURNED).message, state
    kept = {name: message[name] for name in functions.ANSWER_FIELDS if name in message}
    if _bytes(kept) > background.RETURNED_BYTES:
        return functions.failed("", _SERIALIZATION, background.TOO_MUCH_RETURNED).message, state
    return kept, state


def _has_media(message: dict[str, Any]) -> bool:
    objects = message.get("objects")
    objects = objects if isinstance(objects, list) else []
    return any(isinstance(item, dict) and item.get("type") == ["DataMedia"] for item in objects)


def _bytes(message: dict[str, Any]) -> float:
    try:
        return len(json.dumps(message))
    except RecursionError:
        return math.inf


def _path(item: Any) -> list[Any]:
    path = item.get("path") if isinstance(item, dict) else None
    return path if isinstance(path, list) else []
