"""A call of a server function becomes an Anvil CALL for the child, and how its run ended an answer for the caller."""

import json
from typing import Any

from widget_model.clean import clean_text
from widget_runner.endings import Ending
from widget_wire import frames, functions, media_chunks
from widget_wire.parcel import Parcel
from widget_wire.runs import RunRequest, ServiceAnswer

_encode = json.JSONEncoder(separators=(",", ":")).encode
#: What is said when a run failed and nothing is known of how.
_NOTHING_KNOWN = ("anvil.server.ExecutionTerminatedError", "Server code was stopped before it had answered.")


def call_frames(request: RunRequest) -> list[bytes]:
    """Return the frames of the CALL for a request with ``function``."""
    about = functions.app_info(request.widget_id)
    message = functions.call_message(request.id, request.function or {}, about, request.session, request.session_data)
    call = frames.pack(frames.TEXT, _encode(message).encode())
    return [call, *media_chunks.addressed(request.body, request.id)]  # nothing of media that are a parcel


def recorded(function: dict[str, Any]) -> dict[str, Any]:
    """Return what the run's record says of the call."""
    return {"function": clean_text(str(function["command"]))[:200], "caller": function["caller"]}


def returned(request_id: str, message: dict[str, Any], media: bytes, parcel: Parcel | None) -> bytes:
    """Return the body of the reply that hands on what a child returned."""
    kept = {name: message[name] for name in functions.ANSWER_FIELDS if name in message}
    return ServiceAnswer(request_id, kept, media, parcel=parcel).to_envelope()


def failed(request_id: str, ending: Ending) -> bytes:
    """Return the body of the reply that raises, where the function was called, what ended the run."""
    error = ending.data or {}
    kind, text = error.get("type", _NOTHING_KNOWN[0]), error.get("message", ending.error or _NOTHING_KNOWN[1])
    return functions.failed(request_id, kind, text, error.get("trace")).to_envelope()
