"""The words and icons of kinds, outcomes, triggers and visibilities: what is never shown by colour alone."""

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from widget_model.outcomes import TOOK_TOO_LONG, Outcome, Status, Trigger
from widget_model.reasons import Reason, reason_of
from widget_model.ticks import Reason as TickReason
from widget_site.store.values import Run, ScheduleTick
from widget_wire.background import OWN_SCRIPT

KINDS = {"script": "Script", "scheduled": "Scheduled", "api": "HTTP API", "gui": "GUI"}
VISIBILITIES = {
    "public": "Public: listed, anybody reads, calls and forks it",
    "unlisted": "Unlisted: not listed, who knows the address reads, calls and forks it",
    "private": "Private: only you see it, and its address answers 404",
}
REPORT_REASONS = {
    "spam": "Spam or advertising",
    "harmful": "Harmful: malware, phishing, attacks on others",
    "illegal": "Against the law",
    "personal": "Private data of somebody, or harassment",
    "rights": "Somebody else's work, without their leave",
    "other": "Something else",
}
TOKEN_LASTS = {
    "": "Never",
    "1": "In a day",
    "7": "In a week",
    "30": "In 30 days",
    "90": "In 90 days",
    "365": "In a year",
}
TRIGGERS = {
    Trigger.OWNER: "Run by you",
    Trigger.SCHEDULE: "Schedule",
    Trigger.ROUTE: "Request",
    Trigger.CLIENT_CALL: "Call from a page",
    Trigger.SERVER_CALL: "Call from server code",
    Trigger.BACKGROUND: "Background",
    Trigger.UPLINK: "Uplink",
    Trigger.EMAIL: "Mail",
    Trigger.CLIENT: "In a visitor's browser",
    Trigger.INSTALL: "Install of packages",
}
#: Who called a server function.
_CALLERS = {
    "server_module": "server code",
    "background_task": "a background task",
    "uplink": "an uplink",
    "client_uplink": "a client uplink",
}
_OVERLAID = ("status", "outcome", "error", "started_at", "finished_at", "cpu_s", "rss_kb", "exit_code")

#: What is said at the top of the page that follows a form, by the ``done`` of its address.
NOTICES = {
    "token-revoked": "The token is revoked.",
    "password-changed": "The password is changed, and your other sign-ins are ended.",
    "signed-out-elsewhere": "Your other sign-ins are ended.",
    "disabled": "The account is disabled: its sign-ins are ended, its tokens and widgets answer no more.",
    "enabled": "The account is in use again.",
    "taken-down": "The widget is taken down, and its owner is told.",
    "reported": "Thank you. The administrators of this site will look at it.",
    "report-dismissed": "The report is dismissed.",
    "put-back": "The widget is in use again, and its owner is told.",
    "session-ended": "That sign-in is ended.",
    "link-sent": "A link is on its way to you. It works once, within an hour.",
    "address-changed": "The e-mail address is changed.",
    "address-confirmed": "The e-mail address is confirmed.",
    "password-set": "The password is set. Sign in with it.",
    "account-deleted": "Your account and your widgets are deleted.",
    "test-written": "A test message is on its way; this page tells what becomes of it.",
    "saved": "Saved.",
    "webhook-deleted": "The webhook is deleted.",
    "webhook-on": "The webhook is on again, for what happens from now.",
    "webhook-sent": "It is on its way; reload to see what came of it.",
    "restored": "Restored: its files are a new revision, which is live now.",
    "proposed": "Proposed: the owner of the original is told, and sees your changes here.",
    "pulled": "Pulled: what the original changed is a revision of this fork.",
    "forked": "This copy is yours to run and change.",
    "paused": "The schedule is paused.",
    "resumed": "The schedule goes on.",
    "key-revoked": "The key is revoked.",
    "task-killed": "The task is being killed.",
    "schedule-removed": "The schedule is removed.",
    "drained": "It finishes what it has, and gets no new calls.",
    "users-on": "Users are on: the widget's code can ask who is there.",
    "users-off": "Users are off. Their table stays as it is.",
    "user-enabled": "They can log in again.",
    "user-disabled": "They are logged out everywhere, and can't log in any more.",
    "mail-settings": "Saved. The next message goes out like this.",
    "files-kept": "Kept. The next run sees it.",
    "file-deleted": "The file is deleted.",
    "key-made": "The key is made. Code encrypts with it from now on.",
    "secret-kept": "Kept. The next run sees it.",
    "service-kept": "Kept. The widget's code can use the service now.",
    "google-connected": "Your account is connected.",
    "google-disconnected": "Your account is disconnected.",
    "app-file-kept": "Added. Code finds it by its name.",
    "app-file-removed": "It is no app file any more. In Drive it stays.",
    "service-removed": "The service is removed: its credentials are forgotten.",
    "secret-deleted": "The secret is deleted.",
    "deleted": "The widget is deleted. You find it among the deleted ones, and can restore it.",
    "undeleted": "The widget is back, as it was.",
    "forgotten": "The widget is gone for good.",
}


@dataclass(frozen=True)
class ScopeWords:
    """What a token may do."""

    short: str
    text: str


SCOPES = {
    "read": ScopeWords("reads", "Read: see what you see, change nothing"),
    "run": ScopeWords("reads and runs", "Run: read, and start and stop runs"),
    "write": ScopeWords("does everything", "Write: everything that you can do"),
}


@dataclass(frozen=True)
class State:
    """How a run stands: a word, an icon and the name that its colour hangs on."""

    name: str
    text: str
    icon: str


OUTCOMES = {
    Outcome.OK: State("ok", "ok", "ok"),
    Outcome.ERROR: State("error", "error", "bad"),
    Outcome.TIMEOUT: State("timeout", TOOK_TOO_LONG, "warning"),
    Outcome.MEMORY: State("memory", "out of memory", "warning"),
    Outcome.OUTPUT_LIMIT: State("output_limit", "too much output", "warning"),
    Outcome.STOPPED: State("stopped", "stopped", "stopped"),
    Outcome.CRASHED: State("crashed", "process went away", "bad"),
    Outcome.INTERNAL_ERROR: State("internal_error", "lost (our fault)", "bad"),
}


def state(run: Run | ScheduleTick) -> State:
    """Return how a run stands, in words."""
    if run.status == Status.QUEUED:
        return State("queued", "waiting", "waiting")
    if run.status == Status.RUNNING or run.outcome is None:
        return State("running", "running", "waiting")
    status = int((run.request or {}).get("status") or 0) if isinstance(run, Run) else 0
    if run.outcome == Outcome.OK and status:
        # What the code answered, good or bad, is no failure of the run.
        is_good = status < 400
        return State("ok" if is_good else "timeout", f"answered {status}", "ok" if is_good else "warning")
    return OUTCOMES[Outcome(run.outcome)]


def overlaid(run: Run, newer: Mapping[str, Any]) -> Run:
    """Return a run with what dispatch knows of it that its row does not."""
    known = {name: newer[name] for name in _OVERLAID if newer.get(name) is not None}
    return dataclasses.replace(run, **known)


def seconds(run: Run) -> float | None:
    """Return how long a run took; None for one that never began or is not over."""
    if run.started_at is None or run.finished_at is None:
        return None
    return max(0.0, run.finished_at - run.started_at)


def reason_of_run(run: Run) -> Reason | None:
    """Return why a run did not go well, and what to do; None where nothing is to say."""
    return reason_of(
        run.outcome,
        trigger=run.trigger,
        error=run.error,
        exit_code=run.exit_code,
        rss_kb=run.rss_kb,
        seconds=seconds(run),
    )


def reason(tick: Run | ScheduleTick) -> str:
    """Return why a scheduled run exists."""
    if tick.reason == TickReason.CATCH_UP:
        times = "a missed time" if tick.missed == 1 else f"{tick.missed} missed times"
        return f"Catch-up for {times}"
    return f"Retry {tick.attempt}" if tick.reason == TickReason.RETRY else "Schedule"


def trigger(run: Run) -> str:
    """Return why a run exists: for a request its method and path, for a call its function, else a few words."""
    if run.trigger in (Trigger.EMAIL, Trigger.CLIENT):
        return TRIGGERS[Trigger(run.trigger)]
    if is_launched(run):
        return f"Background task {run.task}" + (f" · {reason(run)}" if run.reason is not None else "")
    if run.request and "function" in run.request:
        return f"{run.request['function']}() called by {_CALLERS.get(run.request.get('caller', ''), 'a page')}"
    if run.request:
        key = f" (key {run.request['key']})" if run.request.get("key") else ""
        return f"{run.request.get('method', '')} {run.request.get('path', '')}{key}".strip()
    if run.reason is not None:
        return reason(run)
    return TRIGGERS.get(Trigger(run.trigger), run.trigger)


def given(run: Run) -> str:
    """Return what a run was given, as somebody would write it: a command line, or a call; "" for nothing."""
    if run.form_values is not None:
        return f"main({', '.join(f'{name}={value!r}' for name, value in run.form_values.items())})"
    program = [] if is_launched(run) else ["python", "main.py"]
    return shlex.join([*program, *map(str, run.args)]) if run.args else ""


def is_launched(run: Run) -> bool:
    """Whether it is a background task that is not the run of a whole script by its owner or schedule."""
    return run.task is not None and run.task != OWN_SCRIPT
