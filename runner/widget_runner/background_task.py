"""What a background task says besides its output: its state while it runs, and at last what it returned or raised."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from widget_model.outcomes import Outcome
from widget_runner.endings import Ending, refused
from widget_runner.records import Records
from widget_wire import background
from widget_wire.functions import ANSWER_FIELDS
from widget_wire.media_intake import described
from widget_wire.runs import RunRequest

_SERIALIZATION = "anvil.server.SerializationError"
#: A state that changes all the time is told so often.
_TELL_S = 0.1
#: Seconds that the state of a run outlives its time limit: its record is stored by then.
_KEPT_S = 600


class BackgroundTask:
    """The task that one run is; ``masked`` hides secrets in a JSON value."""

    def __init__(self, request: RunRequest, records: Records, masked: Callable[[Any], Any]) -> None:
        self._request = request
        self._records = records
        self._masked = masked
        self._state: dict[str, Any] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def tell_state(self, message: dict[str, Any], size_bytes: int) -> None:
        """Take the state that the child says, and tell it soon."""
        if size_bytes > background.STATE_BYTES:
            message = {"error": {"type": _SERIALIZATION, "message": background.STATE_TOO_LARGE}}
        if isinstance(message.get("error"), dict):
            error = {name: str(message["error"].get(name, ""))[:1000] for name in ("type", "message")}
            self._state = {"error": {**error, "trace": []}, "objects": []}
        else:
            self._state = {"response": message.get("response"), "objects": message.get("objects") or []}
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TELL_S, self._tell)

    def refusal(self, message: dict[str, Any], size_bytes: int) -> Ending | None:
        """Return the ending of a task whose answer can't be kept; None when it can."""
        if "error" in message:
            return None
        if described(message.get("objects")):
            return refused(_SERIALIZATION, background.MEDIA_RETURNED)
        return refused(_SERIALIZATION, background.TOO_MUCH_RETURNED) if size_bytes > background.RETURNED_BYTES else None

    def told(self, response: dict[str, Any] | None, ending: Ending) -> dict[str, Any]:
        """Return what the record keeps (``RunRecord.task``)."""
        answer: dict[str, Any] | None = None
        if ending.outcome is Outcome.OK:
            given = response or {"response": ending.returned, "objects": []}
            answer = {name: given[name] for name in ANSWER_FIELDS if name in given}
        elif ending.data is not None:
            answer = {"error": ending.data, "objects": []}
        kept: dict[str, Any] = self._masked({"answer": answer, "state": self._state})
        return kept

    def close(self) -> None:
        """Tell what has not been told."""
        if self._timer is not None:
            self._timer.cancel()
            self._tell()

    def _tell(self) -> None:
        self._timer = None
        ttl_s = int(self._request.timeout_s) + _KEPT_S
        self._records.task_state(self._request.id, json.dumps(self._masked(self._state)).encode(), ttl_s)
