"""What is told of a run: its reply to the site that waits, its live events, its record, and whose hands it is in."""

import dataclasses
from typing import Any

from widget_model.outcomes import Outcome, Status
from widget_runner import function_call
from widget_runner.outbox import Outbox
from widget_wire import keys, routes
from widget_wire.run_files import WRITTEN
from widget_wire.runs import RunEvent, RunRecord, RunReply, RunRequest, pack_events

#: The most that one part of a reply carries; longer bodies follow in parts.
PART_BYTES = 1024 * 1024
#: While so much waits to be sent, no further files of runs are taken.
_MAX_WAITING_BYTES = 96 * 1024 * 1024


class Records:
    """Writes to the outbox; nothing here waits."""

    def __init__(self, outbox: Outbox, runner_id: str) -> None:
        self._outbox = outbox
        self._runner_id = runner_id

    def reply(self, request: RunRequest, reply: RunReply) -> None:
        """Answer the site that waits, if one does; a body over ``PART_BYTES`` goes in parts."""
        if request.site is None:
            return
        key = keys.REPLY + request.site
        body = reply.body
        parts = [body[start : start + PART_BYTES] for start in range(0, len(body), PART_BYTES)] or [b""]
        last = len(parts) - 1
        for number, content in enumerate(parts):
            more = number < last
            if number == 0:
                first = dataclasses.replace(reply, more=more, body=content)
                self._outbox.add("RPUSH", key, first.to_envelope(), valid_s=keys.REPLY_TTL_S)
            else:
                part = RunReply(reply.id, reply.status, part=number, more=more, body=content)
                self._outbox.add("RPUSH", key, part.to_envelope(), valid_s=keys.REPLY_TTL_S)
        self._outbox.add("EXPIRE", key, keys.REPLY_TTL_S, valid_s=keys.REPLY_TTL_S)

    def events(self, run_id: str, events: list[RunEvent]) -> None:
        """Show events of a live run to whoever watches."""
        key = keys.EVENTS + run_id
        self._outbox.add("XADD", key, "*", keys.EVENTS_FIELD, pack_events(events))
        if any(event.seq == 1 for event in events) or events[-1].kind == "status":
            self._outbox.add("EXPIRE", key, keys.EVENTS_TTL_S)

    def keep(self, run_id: str, file_id: str, content: bytes, ttl_s: int) -> bool:
        """Put a file of a run where the site fetches it; False when Redis is too slow for that now."""
        if self._outbox.waiting_bytes + len(content) > _MAX_WAITING_BYTES:
            return False
        self._outbox.add("SETEX", f"{keys.RUN_FILE}{run_id}:{file_id}", ttl_s, content)
        return True

    def task_state(self, run_id: str, state: bytes, ttl_s: int) -> None:
        """Show the newest state of a background task, for so long."""
        self._outbox.add("SETEX", keys.TASK_STATE + run_id, ttl_s, state)

    def record(self, record: RunRecord) -> None:
        """Keep what is known of a finished run."""
        envelope = record.to_envelope()
        self._outbox.add(
            "XADD", keys.RECORDS, "MAXLEN", "~", keys.RECORDS_MAX, "*", keys.RECORDS_FIELD, envelope, lazy=True
        )

    def taken(self, run_id: str) -> None:
        """Say that this runner works on the run."""
        self._outbox.add("HSET", keys.TAKEN, run_id, self._runner_id, lazy=True)

    def given_back(self, run_id: str) -> None:
        """Say that this runner no longer works on the run."""
        self._outbox.add("HDEL", keys.TAKEN, run_id, lazy=True)


def finished_event_data(record: RunRecord) -> dict[str, object]:
    """Return the data of a run's last event: the record's fields that its owner sees."""
    written = [file for file in record.files if file["kind"] == WRITTEN]
    returned = {} if record.returned is None else {"returned": record.returned}
    return {
        "status": Status.FINISHED.value,
        "outcome": record.outcome,
        "error": record.error,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "cpu_s": record.cpu_s,
        "rss_kb": record.rss_kb,
        "exit_code": record.exit_code,
        **({"files": written} if written else {}),
        **returned,
    }


def asked(request: RunRequest, status: int) -> dict[str, Any] | None:
    """Return what the run's record says of the call or request that it answered; ``status`` is of HTTP."""
    if request.function is not None:
        return function_call.recorded(request.function)
    return None if request.route is None else {**routes.recorded(request.route), "status": status}


def busy(request: RunRequest) -> RunReply:
    """Return the answer to a run that found no place in time."""
    return RunReply(request.id, "busy", Outcome.INTERNAL_ERROR.value, 503)
