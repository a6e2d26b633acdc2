"""The methods of a task's object (B-06 to B-12): ``task.is_running()`` is a call that names object and method."""

import asyncio
import datetime
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from widget_site.errors import ConflictError
from widget_site.services import native
from widget_site.services.background_tasks.outside import BACKEND_METHODS, Outside
from widget_site.services.native import NativeError, SignerOf
from widget_site.services.registry import Service, answer, refusal
from widget_site.store import tasks
from widget_site.store.tasks import Task
from widget_wire.background import BACKEND
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import WireValueError, flatten

#: What somebody's browser may not do with a task that it was handed.
_FOR_SERVERS = frozenset({"kill"})
_ERROR = "anvil.server.BackgroundTaskError"
_FROM_CLIENT = "Can't manage background tasks from the client"
#: ``kill`` returns when the task is over, or after this.
_KILLED_WITHIN_S = 10.0
_POLL_S = 0.1
_MISSING = "The background task failed (mia)."
_KILLED = "The background task was killed."

_Method = Callable[[ServiceCall, Task], Awaitable[ServiceAnswer]]


class TaskObjects:
    """The functions ``anvil.private.BackgroundTask.*``."""

    def __init__(self, outside: Outside, signer_of: SignerOf) -> None:
        self._outside = outside
        self._signer_of = signer_of

    def services(self) -> Mapping[str, Service]:
        """Return the services by command."""
        return {f"{BACKEND}.{name}": self._service(name, getattr(self, f"_{name}")) for name in BACKEND_METHODS}

    def _service(self, name: str, method: _Method) -> Service:
        async def service(call: ServiceCall) -> ServiceAnswer:
            if name in _FOR_SERVERS and call.caller not in native.TRUSTED:
                return refusal(call, _ERROR, _FROM_CLIENT)
            try:
                return await method(call, await self._task_of(call))
            except (NativeError, WireValueError) as error:
                return refusal(call, error.kind, str(error))

        return service

    async def _task_of(self, call: ServiceCall) -> Task:
        """Return the task that the call's object stands for: one that we signed, of this very widget."""
        live = call.message.get("liveObjectCall")
        live = live if isinstance(live, dict) else {}
        signed = [live.get("backend"), live.get("id"), live.get("permissions")]
        mac = live.get("mac")
        if not isinstance(mac, str) or not self._signer_of(call).is_valid("live object", signed, mac):
            raise NativeError("anvil.server.InvalidObjectError", "This background task was not made here")
        if call.message.get("args") or call.message.get("kwargs"):
            raise NativeError("TypeError", f"{live.get('method')}() of a background task takes no arguments")
        task_id = json.loads(str(live["id"]))
        task = await tasks.get(self._outside.store, call.widget_id, task_id)
        if task is None:
            raise NativeError("anvil.server.BackgroundTaskNotFound", f"Background Task not found: {task_id}")
        return task

    # --- the methods

    async def _get_id(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        return answer(call, task.id)

    async def _get_task_name(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        return answer(call, task.name)

    async def _get_start_time(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        moment = datetime.datetime.fromtimestamp(task.started_at or task.created_at, datetime.UTC)
        return ServiceAnswer(call.id, flatten({"response": moment}, self._signer_of(call)).message)

    async def _get_termination_status(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        return answer(call, task.termination)

    async def _is_running(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        return answer(call, task.termination is None)

    async def _is_completed(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        if task.termination in (None, "completed"):
            return answer(call, task.termination == "completed")
        if task.termination == "killed":
            return refusal(call, "anvil.server.BackgroundTaskKilled", _KILLED)
        return await self._raised(call, task)

    async def _get_error(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        return await self._raised(call, task) if task.termination in ("failed", "missing") else answer(call, None)

    async def _get_return_value(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        if task.termination in ("failed", "missing"):
            return await self._raised(call, task)
        if task.termination != "completed":
            return answer(call, None)
        said, _ = await tasks.end_of(self._outside.store, task.id)
        return answer(call, task.returned) if said is None else ServiceAnswer(call.id, said)

    async def _get_state(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        state: dict[str, Any] | None = None
        if task.termination is not None:
            _, state = await tasks.end_of(self._outside.store, task.id)
        state = state or await self._outside.state(task.id)
        return answer(call, {}) if state is None else ServiceAnswer(call.id, state)

    async def _kill(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        if task.termination is None:
            try:
                await self._outside.stop(task.id)
            except ConflictError as error:
                raise NativeError(_ERROR, str(error)) from error
            await self._ended(call.widget_id, task.id)
        return answer(call, None)

    # --- parts

    async def _raised(self, call: ServiceCall, task: Task) -> ServiceAnswer:
        """Return the answer that raises what the task raised."""
        if task.termination == "missing":
            return refusal(call, "anvil.server.InternalError", _MISSING)
        said, _ = await tasks.end_of(self._outside.store, task.id)
        if said is None or "error" not in said:
            return refusal(call, "anvil.server.ExecutionTerminatedError", task.error or _MISSING)
        return ServiceAnswer(call.id, said)

    async def _ended(self, widget_id: str, task_id: str) -> None:
        for _ in range(int(_KILLED_WITHIN_S / _POLL_S)):
            await asyncio.sleep(_POLL_S)
            task = await tasks.get(self._outside.store, widget_id, task_id)
            if task is None or task.termination is not None:
                return
