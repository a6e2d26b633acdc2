"""Launching and finding background tasks; for server code alone (B-02, B-03, B-13, B-14)."""

import time
from collections.abc import Mapping

from widget_model.ids import new_id
from widget_model.outcomes import Trigger
from widget_site.dispatch.errors import DispatchError
from widget_site.dispatch.ports import Given, NewRun
from widget_site.errors import NotFoundError, OverQuotaError, TooManyError
from widget_site.services.background_tasks.outside import Outside, object_of
from widget_site.services.native import TRUSTED, NativeCall, NativeError, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service, refusal
from widget_site.store import tasks
from widget_wire import background
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import LiveObject, WireValueError, flatten, narrowed

_ERROR = "anvil.server.BackgroundTaskError"
#: Longer arguments are not kept with the run.
_SHOWN = 200
_FROM_CLIENT = "Can't launch background tasks from the client."


class Launcher:
    """The functions ``anvil.private.background_tasks.*``."""

    def __init__(self, outside: Outside, signer_of: SignerOf) -> None:
        self._outside = outside
        self._signer_of = signer_of

    def services(self) -> Mapping[str, Service]:
        """Return the services by command."""
        return {
            background.LAUNCH: self._launch_service,
            f"{PREFIX}background_tasks.get_by_id": native_service(self._get, self._signer_of),
            f"{PREFIX}background_tasks.list": native_service(self._list, self._signer_of),
        }

    async def _launch_service(self, call: ServiceCall) -> ServiceAnswer:
        if call.caller not in TRUSTED:
            return refusal(call, _ERROR, _FROM_CLIENT)
        try:
            made = await self._launch(call)
        except (NativeError, WireValueError) as error:
            return refusal(call, error.kind, str(error))
        return ServiceAnswer(call.id, flatten({"response": made}, self._signer_of(call)).message)

    async def _launch(self, call: ServiceCall) -> LiveObject:
        """Start the task that the first argument names with the others, which are handed on as they came."""
        args = call.message.get("args") or [None]
        name = _checked(args[0])
        run_id = new_id()
        arguments = narrowed(background.without_first_argument(call.message), lambda: self._signer_of(call))
        function = background.function_of(run_id, name, call.caller, arguments)
        given = Given(tuple(_shown(value) for value in args[1:]))
        run = NewRun(
            run_id,
            call.widget_id,
            Trigger.BACKGROUND,
            0,
            given,
            time.time(),
            task=name,
            function=function,
            media=call.media,
        )
        try:
            await self._outside.launch(call.slug, run)
        except TooManyError as error:
            raise NativeError(_ERROR, str(error)) from error
        except OverQuotaError as error:
            raise NativeError("anvil.server.QuotaExceededError", str(error)) from error
        except (NotFoundError, DispatchError) as error:
            raise NativeError("anvil.server.RuntimeUnavailableError", f"{name!r} was not launched: {error}") from error
        return object_of(run_id, background.BACKEND)

    async def _get(self, call: NativeCall) -> LiveObject:
        """Return the task with this id."""
        [task_id] = call.take(str)
        if await tasks.get(self._outside.store, call.widget_id, task_id) is None:
            raise NativeError("anvil.server.BackgroundTaskNotFound", f"Background Task not found: {task_id[:100]}")
        return object_of(task_id, background.BACKEND)

    async def _list(self, call: NativeCall) -> list[LiveObject]:
        """Return the widget's newest tasks, newest first; there is one environment, so all of them."""
        call.take()
        found = await tasks.listed(self._outside.store, call.widget_id)
        return [object_of(task.id, background.BACKEND) for task in found]


def _checked(name: object) -> str:
    if not isinstance(name, str):
        raise NativeError("TypeError", f"A background task is launched by its name, a text, not {type(name).__name__}")
    bare = name.removeprefix(background.SCRIPT)
    if not 0 < len(bare) <= background.MAX_NAME or not name.isprintable():
        text = f"The name of a background task has 1 to {background.MAX_NAME} characters, not {name[:50]!r}"
        raise NativeError(_ERROR, text)
    return name


def _shown(value: object) -> str | int | float:
    """Return what the run's page shows of an argument."""
    return value if isinstance(value, str | int | float) and len(str(value)) <= _SHOWN else "…"
