"""How a run ended, and what people read about it."""

from enum import StrEnum


class Outcome(StrEnum):
    """How a run ended (contract.md). What user code did is one of these; what we did wrong is ``internal_error``."""

    OK = "ok"
    #: User code raised, or a script left with a non-zero exit code.
    ERROR = "error"
    #: Stopped at its time limit.
    TIMEOUT = "timeout"
    #: Stopped because it used more memory than it may.
    MEMORY = "memory"
    #: Stopped because it printed ten times what is kept.
    OUTPUT_LIMIT = "output_limit"
    #: Its owner stopped it.
    STOPPED = "stopped"
    #: The process went away without a result: a signal, a crash, os._exit.
    CRASHED = "crashed"
    #: Our fault; logged with the run's id.
    INTERNAL_ERROR = "internal_error"


class Status(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"


class Trigger(StrEnum):
    """Why a run exists."""

    OWNER = "owner"
    SCHEDULE = "schedule"
    ROUTE = "route"
    CLIENT_CALL = "client_call"
    #: A server function was called by other server code of its widget.
    SERVER_CALL = "server_call"
    BACKGROUND = "background"
    UPLINK = "uplink"
    #: Mail came in for it.
    EMAIL = "email"
    #: Client code failed in somebody's browser, and its page told of it; nothing ran here.
    CLIENT = "client"
    #: An install of packages: it is told in the list of runs, and counts as none.
    INSTALL = "install"


#: Runs that somebody waits for. They are not watched live, may be many, and are known by their records alone.
REQUESTS = frozenset(
    {Trigger.ROUTE, Trigger.CLIENT_CALL, Trigger.SERVER_CALL, Trigger.UPLINK, Trigger.EMAIL, Trigger.CLIENT}
)
TOOK_TOO_LONG = "Server code took too long"


def killed_text(run_id: str) -> str:
    """Return what is said of a run that the system killed for its memory (W-31)."""
    return f"Server code execution process was killed. This is usually caused by running out of memory. ({run_id})"


def left_text(said: str, exit_code: int) -> str:
    """Return what is said of a script that called ``sys.exit`` with a text, or with a code that is not 0."""
    return f"Left with: {said}" if said else f"Left with exit code {exit_code}"


def exited_text(run_id: str, status: int) -> str:
    """Return what is said of a child that left without a result (W-32); a negative ``status`` is a signal."""
    if status < 0:
        return f"Server code execution process was killed with signal {-status}. ({run_id})"
    return f"Server code exited unexpectedly: {run_id} (exit code {status})"
