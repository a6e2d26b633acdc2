"""Calls of server functions: what ``anvil.server.call`` means between sandboxes, site, runners and uplinks.

A call is a ServiceCall wherever it comes from. A command that begins with ``anvil.private.`` is the site's own to
answer (a *native* function); any other is a function that a connected uplink or the widget's own code registered. Who
called whom is known by the *call stack*, newest caller first. Only the runner or the site process that holds a link
writes it: trust is decided by it, so nothing of it is ever taken from a peer.

What crosses (arguments, results, errors) is passed on as it came: JSON with ``objects`` beside it, media in chunks.
"""

from typing import Any

from widget_wire import background
from widget_wire.runs import RunRequest, ServiceAnswer, ServiceCall

NATIVE = "anvil.private."
#: Calls within calls, beginning with whoever began (S-09).
MAX_DEPTH = 10
#: What a call brings beside its command, and an answer beside its error (spec/anvil-protocol.md 1.2 to 1.7).
CALL_FIELDS = ("args", "kwargs", "objects", "vt_global")
ANSWER_FIELDS = ("response", "objects", "vt_global", "capUpdates", "cacheUpdates")
#: Callers that may not name what the platform itself calls ("task:x", "route:/x").
CLIENTS = frozenset({"browser", "client_uplink"})
#: Triggers of runs by who called.
TRIGGERS = {"browser": "client_call", "uplink": "uplink", "client_uplink": "uplink", "email_server": "email"}


#: What is in a session that nobody has written to, as the library writes it.
NO_SESSION_DATA: dict[str, Any] = {"session": {}, "objects": []}


def is_native(command: str) -> bool:
    """Whether the platform answers this command."""
    return command.startswith(NATIVE)


def command_of(message: dict[str, Any]) -> str | None:
    """Return what a CALL asks for: also the method of a live object of ours; None for those of other objects."""
    command, live = message.get("command"), message.get("liveObjectCall")
    if isinstance(command, str) or not isinstance(live, dict):
        return command if isinstance(command, str) else None
    name = f"{live.get('backend')}.{live.get('method')}"
    return name if is_native(name) else None


def made_by(request: RunRequest) -> dict[str, Any]:
    """Return what a ServiceCall says of the run that makes it."""
    is_task = bool(request.task) or request.runs_file is not None
    caller = "background_task" if is_task else "server_module"
    client = background.client_of(request.id) if is_task else {"type": "http", "ip": None, "location": None}
    before: list[dict[str, Any]] = []
    within: list[str] = []
    if request.function is not None:
        before, client = request.function["call_stack"], request.function["client"]
        within = request.function.get("within", [])
    elif request.route is not None:
        before, client = [{"type": "http"}], {**client, "ip": request.route.get("remote_address")}
    stack = ({"type": caller}, *before)
    return {
        "slug": request.slug,
        "caller": caller,
        "call_stack": stack,
        "client": client,
        "session": request.session,
        "visit": request.visit,
        "within": tuple(within),
    }


def function_of(call: ServiceCall) -> dict[str, Any]:
    """Return a call as a RunRequest carries it (``RunRequest.function``); its media are the request's body."""
    kept = {name: call.message[name] for name in CALL_FIELDS if name in call.message}
    return {
        "command": call.command,
        "caller": call.caller,
        "call_stack": list(call.call_stack),
        "client": call.client,
        "message": kept,
        "within": [run_id for run_id in (call.run_id, *call.within) if run_id],
    }


def task_call(request: RunRequest) -> ServiceCall:
    """Return the call that runs a task on an uplink: as whoever launched it, in a session of its own."""
    function = request.function or {}
    return ServiceCall(
        request.id,
        "",
        request.id,
        request.widget_id,
        request.trigger,
        request.origin,
        function["command"],
        function["message"],
        request.body,
        caller=function["caller"],
        call_stack=tuple(function["call_stack"]),
        client=function["client"],
        slug=request.slug,
    )


def call_message(
    call_id: str, function: dict[str, Any], app_info: dict[str, Any], session: str = "", session_data: Any = None
) -> dict[str, Any]:
    """Return the CALL for whoever runs the function: a child or an uplink (spec/anvil-protocol.md 1.3).

    ``session`` is the id of the session that it runs in, ``session_data`` what is in that.
    """
    message = function["message"]
    return {
        **message,
        "type": "CALL",
        "id": call_id,
        "call-stack-id": call_id,
        "command": function["command"],
        "args": message.get("args") or [],
        "kwargs": message.get("kwargs") or {},
        "objects": message.get("objects") or [],
        # The library takes an empty one for an error, and drops its link.
        "call-stack": function["call_stack"] or [{"type": function["caller"]}],
        "client": function["client"],
        "sessionData": session_data or NO_SESSION_DATA,
        "session-id": session or call_id,
        "app-info": app_info,
    }


def app_info(widget_id: str) -> dict[str, Any]:
    """Return what ``anvil.app`` tells of the widget."""
    return {
        "id": widget_id,
        "branch": "master",
        # The description becomes ``anvil.app.environment.name``; a key ``name`` beside it breaks the library.
        "environment": {"description": "Published", "tags": []},
    }


def failed(call_id: str, kind: str, message: str, trace: list[Any] | None = None) -> ServiceAnswer:
    """Return the answer that raises: ``kind`` is the type that the library makes an exception of."""
    error = {"type": kind, "message": message, "trace": trace or []}
    return ServiceAnswer(call_id, {"error": error, "objects": []})
