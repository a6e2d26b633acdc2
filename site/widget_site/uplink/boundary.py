"""What crosses between a widget's server code and a client key: values are checked, and signed for that key alone.

Server code, uplinks with a server key and the site share one signature; a client has its own, so that it can widen
nothing, and a value of another client is worth nothing to it. Classes that it names must be the widget's own, or of
``anvil``: the library would import whatever module stands in front of them (spec/anvil-protocol.md 1.9).
"""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from widget_wire import functions, media_chunks
from widget_wire.frames import FrameError
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import Signer, WireValueError, flatten, inflate

_CLASSES = (["ValueType"], ["ClassType"])


class Boundary:
    """The boundary around one client."""

    def __init__(self, inside: Signer, outside: Signer, modules: Callable[[], Awaitable[frozenset[str]]]) -> None:
        self._inside = inside
        self._outside = outside
        #: Returns the names of the widget's own modules.
        self._modules = modules

    async def taken_in(self, call: ServiceCall) -> tuple[ServiceAnswer | None, ServiceCall]:
        """Return the call as server code may see it, or the answer that refuses it."""
        try:
            await self._check_classes(call.message.get("objects") or [])
            message, media = _signed_anew(call.message, call.media, self._outside, self._inside, trusted=False)
            if "liveObjectCall" in message:
                message["liveObjectCall"] = self._object_taken_in(message["liveObjectCall"])
        except (WireValueError, FrameError, ValueError) as error:
            kind = error.kind if isinstance(error, WireValueError) else "anvil.server.SerializationError"
            return functions.failed(call.id, kind, str(error)), call
        return None, dataclasses.replace(call, message=message, media=media)

    def given_out(self, answer: ServiceAnswer) -> ServiceAnswer:
        """Return an answer as the client may see it."""
        if "error" in answer.message:
            return answer
        try:
            message, media = _signed_anew(answer.message, answer.media, self._inside, self._outside, trusted=True)
        except (WireValueError, FrameError, ValueError) as error:
            return functions.failed(answer.id, "anvil.server.SerializationError", str(error))
        return dataclasses.replace(answer, message=message, media=media)

    def _object_taken_in(self, called: Any) -> dict[str, Any]:
        """Return the call of a method of an object of ours, which this client was handed, as the inside signs it."""
        named = called if isinstance(called, dict) else {}
        signed = [named.get("backend"), named.get("id"), named.get("permissions")]
        mac = named.get("mac")
        if not isinstance(mac, str) or not self._outside.is_valid("live object", signed, mac):
            raise WireValueError("A live object was not made here, or was changed", "anvil.server.InvalidObjectError")
        return {**named, "mac": self._inside.sign("live object", signed)}

    async def _check_classes(self, objects: Any) -> None:
        own: frozenset[str] | None = None
        for item in objects if isinstance(objects, list) else ():
            if not isinstance(item, dict) or item.get("type") not in _CLASSES:
                continue
            name = item.get("typeName")
            module, dot, _ = name.partition(".") if isinstance(name, str) else ("", ".", "")
            if not dot or module == "anvil":
                continue
            own = await self._modules() if own is None else own
            if module not in own:
                raise WireValueError(f"No such serializable type: {str(name)[:100]}")


def _signed_anew(
    message: dict[str, Any], media: bytes, checked_by: Signer, signed_by: Signer, *, trusted: bool
) -> tuple[dict[str, Any], bytes]:
    inflated = inflate(dict(message), media_chunks.read(media), checked_by, trusted=trusted)
    flat = flatten(inflated, signed_by)
    return flat.message, media_chunks.write({name: one.content for name, one in flat.media.items()})
