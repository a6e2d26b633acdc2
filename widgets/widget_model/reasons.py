"""Why a run did not go well, and what to do next, in plain words (X-03). Pure."""

import signal
from dataclasses import dataclass

from widget_model.outcomes import REQUESTS, Outcome, Trigger

_ROUTE_WAYS = (
    "An answer must be ready in that time: do long work in a scheduled task or a script, and let the request only read "
    "what it left behind."
)
_SCRIPT_WAYS = "Do less in one run, or do it in parts: a scheduled task can go on where the last run stopped."
_SIGNALS = {
    signal.SIGSEGV: "native code, of a package most likely, touched memory that is not its own",
    signal.SIGBUS: "native code read a file or memory that is not there",
    signal.SIGABRT: "native code gave up by itself; the lines above often say why",
    signal.SIGILL: "native code holds an instruction that this machine's processor does not know",
    signal.SIGFPE: "native code divided by zero or the like",
    signal.SIGSYS: "it asked the system for something that the sandbox does not allow",
    signal.SIGTERM: "its own code, or a package, ended it",
}
_IMPORTS = ("ModuleNotFoundError", "ImportError")


@dataclass(frozen=True)
class Reason:
    """What happened, and what to do; ``advice`` is "" where the code's own words say all."""

    what: str
    advice: str = ""


def reason_of(
    outcome: str | None,
    *,
    trigger: str,
    error: str,
    exit_code: int | None,
    rss_kb: int | None,
    seconds: float | None,
) -> Reason | None:
    """Return why a finished run did not go well; None for one that did, and for what needs no explaining."""
    if trigger == Trigger.INSTALL:
        return None
    match outcome:
        case Outcome.TIMEOUT:
            took = "" if seconds is None else f" after {_span(seconds)}"
            what = f"It was stopped{took}: that is as long as it may take."
            return Reason(what, _ROUTE_WAYS if trigger in REQUESTS else _SCRIPT_WAYS)
        case Outcome.MEMORY:
            return _memory(rss_kb)
        case Outcome.OUTPUT_LIMIT:
            advice = "Print less: a summary, or every thousandth step. What it printed first is kept."
            return Reason("It was stopped because it printed ten times more than is kept.", advice)
        case Outcome.CRASHED:
            return _crash(exit_code, error)
        case Outcome.INTERNAL_ERROR:
            advice = "Run it again. If that does not help, tell whoever runs this site the id of this run."
            return Reason("This was not the code's fault: we lost the run.", advice)
        case Outcome.ERROR:
            return _error(error, exit_code)
        case _:
            return None


def _memory(rss_kb: int | None) -> Reason:
    used = f" It used {rss_kb / 1024:.0f} MB itself at its peak." if rss_kb else ""
    shared = "All runs of a widget at the same time share its memory, and so does what they write to /tmp."
    advice = "Hold less at once: read files in pieces, use generators, delete what is done with."
    return Reason(f"The system killed it because there was no memory left.{used}", f"{advice} {shared}")


def _crash(exit_code: int | None, error: str) -> Reason:
    if exit_code is None:
        return Reason("Its process broke off the connection to us before it was done.", "")
    if exit_code < 0:
        why = _SIGNALS.get(_signal(-exit_code))  # type: ignore[arg-type]  # None is no key
        named = f"signal {-exit_code}" + (f" ({_signal_name(-exit_code)})" if _signal_name(-exit_code) else "")
        advice = "Look at the last lines of stderr, and try another version of the package that did it."
        return Reason(f"Its process was ended by {named}" + (f": {why}." if why else "."), advice)
    if exit_code == 0:
        advice = "Look for os._exit() or for a thread that ends the process."
        return Reason("Its process ended without an answer.", advice)
    advice = "Look for os._exit() in the code or in a package, and at the last lines of stderr."
    return Reason(f"Its process left with exit code {exit_code} before it was done.", advice)


def _error(error: str, exit_code: int | None) -> Reason | None:
    if error.startswith(_IMPORTS):
        advice = "Add the package under Packages in the editor; a module of your own must be a file of this widget."
        return Reason("It needs a module that is not there.", advice)
    if error.startswith("Server code exited unexpectedly") and exit_code:
        return Reason(f"Its code ended it with exit code {exit_code} (sys.exit).", "")
    return None


def _signal(number: int) -> signal.Signals | None:
    try:
        return signal.Signals(number)
    except ValueError:
        return None


def _signal_name(number: int) -> str:
    found = _signal(number)
    return found.name if found is not None else ""


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
