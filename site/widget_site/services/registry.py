"""Which function answers which command of user code; the one list that later services are added to."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from widget_wire.functions import NATIVE
from widget_wire.runs import ServiceAnswer, ServiceCall

Service = Callable[[ServiceCall], Awaitable[ServiceAnswer]]

PREFIX = NATIVE
#: Callers that are the widget's own server code, wherever it runs.
TRUSTED = frozenset({"server_module", "uplink", "background_task"})


def answer(call: ServiceCall, response: Any, mask: tuple[str, ...] = ()) -> ServiceAnswer:
    """Return a plain JSON value to user code; texts to ``mask`` are hidden in what its run says from then on."""
    return ServiceAnswer(call.id, {"response": response, "objects": []}, mask=mask)


def refusal(call: ServiceCall, kind: str, message: str) -> ServiceAnswer:
    """Return an error that user code can catch; ``kind`` is one of Anvil's error types."""
    return ServiceAnswer(call.id, {"error": {"type": kind, "message": message, "trace": []}, "objects": []})


def for_server_code(service: Service) -> Service:
    """Return the service as it answers server code alone: clients are refused."""

    async def checked(call: ServiceCall) -> ServiceAnswer:
        if call.caller not in TRUSTED:
            text = f'"{call.command}" can be called from server code only.'
            return refusal(call, "anvil.server.PermissionDenied", text)
        return await service(call)

    return checked


async def echo(call: ServiceCall) -> ServiceAnswer:
    """Give back the first argument, objects and media included."""
    args = call.message.get("args") or []
    objects = [
        {**item, "path": ["response", *item["path"][2:]]}
        for item in call.message.get("objects") or ()
        if list(item.get("path", ()))[:2] == ["args", 0]
    ]
    return ServiceAnswer(call.id, {"response": args[0] if args else None, "objects": objects}, call.media)


async def get_app_origin(call: ServiceCall) -> ServiceAnswer:
    """Give the widget's public origin, whatever environment is asked for: there is one."""
    return answer(call, call.origin or None)


async def get_api_origin(call: ServiceCall) -> ServiceAnswer:
    """Give the address below which ``http_endpoint`` functions answer."""
    return answer(call, f"{call.origin}/_/api" if call.origin else None)


CORE: Mapping[str, Service] = {
    "anvil.private.echo": echo,
    "anvil.private.get_app_origin": get_app_origin,
    "anvil.private.get_api_origin": get_api_origin,
}


async def unknown(call: ServiceCall) -> ServiceAnswer:
    """Refuse what there is no service for, by name."""
    name = call.command.removeprefix(PREFIX)[:200]
    return refusal(
        call,
        "anvil.server.NoServerFunctionError",
        f'No server function matching "{name}" has been registered, and no service of this site has that name.',
    )


async def unavailable(call: ServiceCall) -> ServiceAnswer:
    """Answer for a site that has not begun yet, or has ended."""
    return refusal(call, "anvil.server.RuntimeUnavailableError", "The site is starting. Please try again in a moment.")
