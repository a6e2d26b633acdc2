"""The form that finds runs: what was filled in, as the store looks for it. What makes no sense is told and left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from widget_model.outcomes import Status
from widget_site.pages import words
from widget_site.store.run_search import FAILED, Wanted

FIELDS = ("q", "outcome", "trigger", "revision", "since", "until", "method", "path", "http_status")
METHODS = {name: name for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")}
#: Of these something is folded away; it is open when one is filled in.
MORE = ("trigger", "revision", "since", "until", "method", "path", "http_status")
_STATES = (Status.QUEUED, Status.RUNNING)


@dataclass
class RunFilter:
    """A filled-in form."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def is_used(self) -> bool:
        """Whether anything is looked for."""
        return any(self.values.values())

    @property
    def is_open(self) -> bool:
        """Whether one of the folded fields is filled in."""
        return any(self.values[name] for name in MORE)


def read(args: Mapping[str, str]) -> RunFilter:
    """Read the form from an address."""
    values = {name: args.get(name, "").strip()[:200] for name in FIELDS}
    form = RunFilter(values)
    outcome = values["outcome"]
    known = {FAILED, *words.OUTCOMES}
    form.wanted = Wanted(
        trigger=values["trigger"] if values["trigger"] in words.TRIGGERS else None,
        outcome=outcome if outcome in known else None,
        status=outcome if outcome in _STATES else None,
        revision=_revision(form),
        since=_moment(form, "since"),
        until=_moment(form, "until"),
        method=values["method"],
        path=values["path"],
        http_status=_status(form),
        text=values["q"],
    )
    return form


def _revision(form: RunFilter) -> int | None:
    text = form.values["revision"]
    if text and not (text.isascii() and text.isdigit() and 0 < int(text[:10]) < 2**31):
        form.problems["revision"] = "A revision is a number."
        return None
    return int(text[:10]) if text else None


def _moment(form: RunFilter, name: str) -> float | None:
    text = form.values[name]
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        form.problems[name] = "Write a time like 2026-11-21T15:00."
        return None


def _status(form: RunFilter) -> tuple[int, int] | None:
    text = form.values["http_status"].lower()
    if not text:
        return None
    low, high = text.replace("x", "0"), text.replace("x", "9")
    if not (len(text) == 3 and low.isascii() and low.isdigit() and low[0] in "12345" and text[0] != "x"):
        form.problems["http_status"] = "A status is like 404, or 4xx for all of its class."
        return None
    return int(low), int(high)
