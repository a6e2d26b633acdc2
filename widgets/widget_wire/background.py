"""Background tasks: runs that outlive whoever launched them (features.md B-01 to B-19).

A task is a run with a name (``RunRequest.task``): of a function that the widget's code or an uplink registered with
``@anvil.server.background_task``, or ``script:<name>``, a file that is run from top to bottom. Its arguments come as
those of any server function do. While it runs its child says its state (``start.TASK_STATE``), which the runner keeps
at ``keys.TASK_STATE``; an uplink is asked for it. What it returned or raised, and its last state, are in its record
(``RunRecord.task``).
"""

from collections.abc import Mapping
from typing import Any

#: What ``launch_background_task`` is called with for a script.
SCRIPT = "script:"
#: The script of a widget that is one.
OWN_SCRIPT = "script:main"
#: The scope in which functions of tasks are registered.
FUNCTION = "task:"
#: Backend of the objects that stand for tasks in user code; their methods are native functions below it.
BACKEND = "anvil.private.BackgroundTask"
LAUNCH = "anvil.private.background_tasks.launch"
#: The most that a task's state, and what it returns, may have as JSON.
STATE_BYTES = 256 * 1024
RETURNED_BYTES = 1024 * 1024
MAX_NAME = 100
MEDIA_RETURNED = "A background task can't return Media: keep it in a Data Table or a file, and return where it is."
TOO_MUCH_RETURNED = f"A background task returns at most {RETURNED_BYTES // 1024} kB; keep more in a Data Table."
MEDIA_IN_STATE = "anvil.server.task_state can't hold Media: keep it in a Data Table, and say where it is."
STATE_TOO_LARGE = f"anvil.server.task_state has more than {STATE_BYTES // 1024} kB."


def script_file(task: str) -> str | None:
    """Return the file that a task runs from top to bottom; None for one that is a function."""
    if not task.startswith(SCRIPT):
        return None
    name = task.removeprefix(SCRIPT)
    return name if name.endswith(".py") else f"{name}.py"


def client_of(run_id: str) -> dict[str, Any]:
    """Return who began what a task does, as ``context.client`` has it (spec/anvil-protocol.md 1.3)."""
    return {"type": "background_task", "ip": None, "location": None, "background-task-id": run_id}


def function_of(run_id: str, task: str, caller: str, message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the call of a task as a RunRequest carries it; ``message`` holds its arguments, flattened.

    Tasks begin a call stack of their own: only who launched it is known.
    """
    command = task if task.startswith(SCRIPT) else FUNCTION + task
    return {
        "command": command,
        "caller": caller,
        "call_stack": [{"type": caller}],
        "client": client_of(run_id),
        "message": dict(message),
    }


def without_first_argument(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``launch_background_task(name, ...)`` was called with, without the name."""
    objects = []
    for item in message.get("objects") or ():
        path = item.get("path") if isinstance(item, dict) else None
        if isinstance(path, list) and len(path) > 1 and path[0] == "args" and isinstance(path[1], int):
            item = {**item, "path": ["args", path[1] - 1, *path[2:]]}
        objects.append(item)
    kept = {"vt_global": message["vt_global"]} if "vt_global" in message else {}
    return {"args": (message.get("args") or [])[1:], "kwargs": message.get("kwargs") or {}, "objects": objects, **kept}
