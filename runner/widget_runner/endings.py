"""How a run ended: what its owner reads of it, and what a caller of a route gets. Values only, no I/O."""

import json
from dataclasses import dataclass
from typing import Any

from widget_model.clean import clean_json, clean_text
from widget_model.http_response import (
    EXCEPTION_TEXT,
    HttpAnswer,
    MediaBody,
    error_answer,
    make_answer,
    text_answer,
)
from widget_model.limits import Limits
from widget_model.outcomes import TOOK_TOO_LONG, Outcome, exited_text, killed_text, left_text
from widget_runner.channel import ChildExit
from widget_wire.media_intake import MediaError, NoMediaRoomError
from widget_wire.start import RETURNED_BYTES

TOO_MUCH_RETURNED = "This function returned too much data - please use Media objects to transfer large amounts of data."
_TERMINATED = "anvil.server.ExecutionTerminatedError"
_TIMEOUT = "anvil.server.TimeoutError"
_INTERNAL = "anvil.server.InternalError"
_MAX_TEXT = 100_000
_MAX_LINE = 1000
_MAX_TRACE = 100
_SIGKILL = -9


@dataclass(frozen=True)
class Ending:
    """How a run ended."""

    outcome: Outcome
    #: In one line, for the owner; "" when there is nothing to say.
    error: str = ""
    #: The text of the error event: the traceback, or the same as ``error``; "" for none.
    text: str = ""
    #: The error event's data.
    data: dict[str, Any] | None = None
    #: What the caller of a route gets; None for a script, or when the run was lost (502).
    answer: HttpAnswer | None = None
    exit_code: int | None = None
    #: Our fault: nothing is known of the result.
    lost: bool = False
    #: What a script returned (W-10).
    returned: Any = None
    #: What a server function answered, as the body of the reply; None when it raised, or the run ended otherwise.
    value: bytes | None = None


def ended(message: dict[str, Any], run_id: str, *, answers: bool) -> Ending:
    """Return the ending that END tells: a script's own, or that of a process that left without answering its call."""
    code = message.get("exit_code")
    exit_code = code if isinstance(code, int) and not isinstance(code, bool) and abs(code) < 2**31 else 0
    error = message.get("error")
    if isinstance(error, dict):
        return _raised(error, run_id, text_answer(500, EXCEPTION_TEXT), exit_code or 1)
    if exit_code and answers:
        return _ending(Outcome.ERROR, exited_text(run_id, exit_code), _TERMINATED, exit_code)
    if exit_code:
        # It meant to: what it said is in its output already, and there is no traceback to show.
        said = _text(message.get("said"), _MAX_LINE).strip().split("\n", 1)[0]
        return Ending(Outcome.ERROR, left_text(said, exit_code), exit_code=exit_code)
    if answers:
        return _ending(Outcome.CRASHED, exited_text(run_id, 0), _TERMINATED, 0)
    return Ending(Outcome.OK, exit_code=0, returned=_returned(message.get("returned")))


def responded(
    message: dict[str, Any],
    media: dict[str, MediaBody],
    run_id: str,
    limits: Limits,
    *,
    opens_pages: bool = False,
) -> Ending:
    """Return the ending of a route that answered: with a response, or an error; ``opens_pages`` as ``make_answer``."""
    error = message.get("error")
    if isinstance(error, dict):
        answer = error_answer(error)
        if answer.status == 404:
            return Ending(Outcome.OK, answer=answer)
        return _raised(error, run_id, answer, None)
    answer = make_answer(message, media, limits, opens_pages=opens_pages)
    if answer.complaint:
        return complained(answer)
    return Ending(Outcome.OK, answer=answer)


def called(message: dict[str, Any], value: bytes, run_id: str) -> Ending:
    """Return the ending of a server function that answered: with a response (``value`` hands it on), or an error."""
    error = message.get("error")
    if isinstance(error, dict):
        return _raised(error, run_id, text_answer(500, EXCEPTION_TEXT), None)
    return Ending(Outcome.OK, value=value)


def refused(kind: str, text: str) -> Ending:
    """Return the ending of user code whose answer can't be taken, with the error ``kind``."""
    return _ending(Outcome.ERROR, text, kind)


def returned_too_much() -> Ending:
    """Return the ending of a server function whose result is larger than what is not Media may be (S-45)."""
    return _ending(Outcome.ERROR, TOO_MUCH_RETURNED, "anvil.server.SerializationError")


def media_refused(error: MediaError, limits: Limits | None) -> Ending:
    """Return the ending of a run whose answer has Media that can't be taken; ``limits`` of a route's."""
    if limits is None:
        return refused(error.kind, str(error))
    return too_large(limits, for_now=isinstance(error, NoMediaRoomError))


def too_large(limits: Limits, *, for_now: bool = False) -> Ending:
    """Return the ending of a route whose Media is larger than a response may be, or than there is room for now."""
    if for_now:
        text = "There is no room for this response now; try again later."
        return _ending(Outcome.ERROR, text, _INTERNAL, answer=text_answer(503, text))
    text = f"The response has more than {limits.response_bytes} bytes, which is the most that a route can return."
    return _ending(Outcome.ERROR, text, "anvil.server.InvalidResponseError", answer=text_answer(500, text, text))


def timed_out() -> Ending:
    """Return the ending of a run that took too long (W-04, W-17)."""
    return _ending(Outcome.TIMEOUT, TOOK_TOO_LONG, _TIMEOUT)


def stopped() -> Ending:
    """Return the ending of a run that its owner stopped (W-05)."""
    return Ending(Outcome.STOPPED, "Stopped", answer=text_answer(500, EXCEPTION_TEXT))


def abandoned() -> Ending:
    """Return the ending of a run whose caller closed the connection while it was being answered."""
    return Ending(Outcome.STOPPED, "The caller closed the connection", answer=text_answer(500, EXCEPTION_TEXT))


def complained(answer: HttpAnswer) -> Ending:
    """Return the ending of a route whose answer can't be sent as the code asked for it."""
    return _ending(Outcome.ERROR, answer.complaint, "anvil.server.InvalidResponseError", answer=answer)


def flooded(limits: Limits) -> Ending:
    """Return the ending of a run that printed ten times what is kept (decisions 14)."""
    most = limits.output_kept_bytes * limits.output_stop_factor
    return _ending(Outcome.OUTPUT_LIMIT, f"Stopped because it printed more than {most:,} bytes", _TERMINATED)


def lost(run_id: str, why: str) -> Ending:
    """Return the ending of a run that we lost; the caller of a route gets 502."""
    text = f"The run was lost: {why} ({run_id})"
    data = {"type": _INTERNAL, "message": text, "trace": []}
    return Ending(Outcome.INTERNAL_ERROR, text, text, data, lost=True)


def broken(why: str) -> Ending:
    """Return the ending of a child that did not keep the protocol."""
    return _ending(Outcome.CRASHED, f"Server code broke its connection: {why}"[:_MAX_LINE], _TERMINATED)


def exited(child: ChildExit, run_id: str, *, started: bool) -> Ending:
    """Return the ending of a child that left without a result (W-31, W-32); ours when no user code had started."""
    if child.status is None:
        return lost(run_id, child.text or "its sandbox went away")
    if not started:
        # Also when the kernel killed it: then another run filled the sandbox's memory, and a new sandbox has room.
        return lost(run_id, f"its process could not be started (exit code {child.status})")
    # Nobody but us and the kernel can send SIGKILL to the first process of a pid namespace; ours has another ending.
    if child.oom_killed or child.status == _SIGKILL:
        return _ending(Outcome.MEMORY, killed_text(run_id), _TERMINATED, child.status)
    return _ending(Outcome.CRASHED, exited_text(run_id, child.status), _TERMINATED, child.status)


def _ending(
    outcome: Outcome, text: str, kind: str, exit_code: int | None = None, answer: HttpAnswer | None = None
) -> Ending:
    data = {"type": kind, "message": text, "trace": []}
    return Ending(outcome, text, text, data, answer or text_answer(500, EXCEPTION_TEXT), exit_code)


def _raised(error: dict[str, Any], run_id: str, answer: HttpAnswer, exit_code: int | None) -> Ending:
    """Return the ending of user code that raised; every field is the child's and bounded here."""
    kind = _text(error.get("type"), 200) or "Exception"
    message = _text(error.get("message"), _MAX_TEXT)
    traceback = _text(error.get("traceback"), _MAX_TEXT)
    line = f"{kind}: {message}".split("\n", 1)[0][:_MAX_LINE] if message else kind
    outcome = Outcome.ERROR
    if kind == "MemoryError":
        outcome, line = Outcome.MEMORY, killed_text(run_id)
        traceback = f"{traceback or kind}\n{line}"
    if answer.complaint:
        line = answer.complaint[:_MAX_LINE]
    data = {"type": kind, "message": message, "trace": _trace(error.get("trace"))}
    return Ending(outcome, line, traceback or line, data, answer, exit_code)


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str):
        return ""
    return clean_text(value if len(value) <= most else value[:most] + "…")


def _returned(value: Any) -> Any:
    """Return what the child says it returned, if it is JSON that a database takes, within its bound."""
    try:
        clean = clean_json(value)
        return clean if len(json.dumps(clean, allow_nan=False)) <= RETURNED_BYTES else None
    except ValueError:
        return None


def _trace(value: Any) -> list[list[Any]]:
    """Return [[file, line], ...] of what the child says is its trace."""
    kept: list[list[Any]] = []
    for item in value[:_MAX_TRACE] if isinstance(value, list) else ():
        if isinstance(item, list) and len(item) >= 2 and isinstance(item[1], int):
            kept.append([_text(item[0], 500), min(max(item[1], 0), 10**9)])
    return kept
