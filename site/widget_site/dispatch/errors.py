"""Why a run could not be handed over or answered: SiteErrors, so that API and pages answer with them as they are.

DispatchError
├── BusyError     503  busy    no place in time, or a full queue; ``retry_after_s``
├── AwayError     503  away    Redis does not answer; ``retry_after_s``
├── LostError     502  lost    the runner or the sandbox went away during the run
└── CallerGoneError            nobody is there any more to be answered

OnUplinkError (a ConflictError) is what a background task can't be stopped for.
"""

from widget_site.errors import ConflictError, SiteError


class DispatchError(SiteError):
    """A run could not be handed over or answered; the text may be shown to anybody."""

    status, code, text = 503, "unavailable", "The run could not be started."
    #: Default of ``retry_after_s``.
    retry = 2

    def __init__(self, text: str = "") -> None:
        super().__init__(text, retry_after_s=self.retry)


class BusyError(DispatchError):
    """No place became free in time."""

    code, text = "busy", "All places for running code are taken. Please try again in a moment."


class AwayError(DispatchError):
    """The queue does not answer."""

    code, text = "away", "The service is restarting. Please try again in a moment."


class LostError(DispatchError):
    """The run's runner or sandbox went away."""

    status, code, text = 502, "lost", "The process that ran this request went away before it answered."
    retry = 0


class CallerGoneError(DispatchError):
    """The caller has closed the connection; the run goes on, its answer is dropped."""


class OnUplinkError(ConflictError):
    """Somebody wants to stop a background task that an uplink runs."""

    text = (
        "This task runs on an uplink, a program outside that nobody can stop from here. It ends when its function "
        "returns, or when that program is stopped."
    )
