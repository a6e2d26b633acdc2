"""Why a run could not be handed over or answered.

DispatchError
    BusyError        no place in time, or a full queue: 503 with Retry-After
    TooManyError     this widget already has as many waiting as it may: 429 (503 on a public host)
    AwayError        Redis does not answer: 503
    LostError        the runner or the sandbox went away during the run: 502
"""


class DispatchError(Exception):
    """A run could not be handed over or answered; the text may be shown to anybody."""

    text = "The run could not be started."
    status = 503
    retry_after_s: int | None = 2

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)


class BusyError(DispatchError):
    """No place became free in time."""

    text = "All places for running code are taken. Please try again in a moment."


class TooManyError(DispatchError):
    """The widget has as many runs waiting as it may."""

    text = "This widget already has too many runs waiting. Please try again when some have finished."
    status = 429


class AwayError(DispatchError):
    """The queue does not answer."""

    text = "The service is restarting. Please try again in a moment."


class LostError(DispatchError):
    """The run's runner or sandbox went away."""

    text = "The process that ran this request went away before it answered."
    status = 502
    retry_after_s = None
