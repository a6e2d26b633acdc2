"""What is told when a call of an uplink, or to one, comes to nothing."""

from widget_wire import functions
from widget_wire.runs import ServiceAnswer, ServiceCall

_MAX_ERROR_CHARS = 100_000
_MAX_TRACE = 100
TOO_MUCH_PASSED = (
    "Tried to pass too much data to a server function - please use Media objects to transfer large amounts of data."
)
TOO_MUCH_RETURNED = "This function returned too much data - please use Media objects to transfer large amounts of data."
NO_REGISTRATION = (
    "Cannot register @anvil.server.callable functions from an unprivileged (client) uplink. Connect with a server key."
)


def disconnected(call: ServiceCall) -> ServiceAnswer:
    """Return the answer to a call whose uplink has gone (K-11)."""
    text = f'The uplink server for "{call.command[:200]}" has been disconnected'
    return functions.failed(call.id, "anvil.server.UplinkDisconnectedError", text)


def answered(call: ServiceCall, error: object) -> ServiceAnswer:
    """Return the error that an uplink answered; of it only what is one."""
    said = error if isinstance(error, dict) else {}
    trace = said.get("trace") if isinstance(said.get("trace"), list) else []
    kind = str(said.get("type") or "Exception")[:200]
    return functions.failed(
        call.id, kind, str(said.get("message", ""))[:_MAX_ERROR_CHARS], list(trace or ())[:_MAX_TRACE]
    )
