"""What crosses between a widget's server code and a client key: values are checked, and signed for that key alone.

Server code, uplinks with a server key and the site share one signature; a client has its own, so that it can widen
nothing, and a value of another client is worth nothing to it. Classes that it names must be the widget's own, or of
``anvil``: the library would import whatever module stands in front of them (spec/anvil-protocol.md 1.9).
"""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from widget_wire import functions
from widget_wire.media_intake import MediaError, described
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
            message = _signed_anew(call.message, self._outside, self._inside, trusted=False)
            if "liveObjectCall" in message:
                message["liveObjectCall"] = self._object_taken_in(message["liveObjectCall"])
        except (WireValueError, MediaError, ValueError) as error:
            kind = error.kind if isinstance(error, WireValueError) else "anvil.server.SerializationError"
            return functions.failed(call.id, kind, str(error)), call
        return None, dataclasses.replace(call, message=message)

    def given_out(self, answer: ServiceAnswer) -> ServiceAnswer:
        """Return an answer as the client may see it."""
        if "error" in answer.message:
            return answer
        try:
            message = _signed_anew(answer.message, self._inside, self._outside, trusted=True)
        except (WireValueError, MediaError, ValueError) as error:
            return functions.failed(answer.id, "anvil.server.SerializationError", str(error))
        return dataclasses.replace(answer, message=message)

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


def _signed_anew(message: dict[str, Any], checked_by: Signer, signed_by: Signer, *, trusted: bool) -> dict[str, Any]:
    """Return the message with its values checked and signed; its media go beside it as they came."""
    # Each stands for itself by its id: what is in it is nobody's affair here.
    ids = {media_id: media_id.encode() for media_id in described(message.get("objects"))}
    flat = flatten(inflate(dict(message), ids, checked_by, trusted=trusted), signed_by)
    for item in flat.message["objects"]:
        if item["type"] == ["DataMedia"]:
            item["id"] = flat.media[item["id"]].content.decode()
    if sorted(described(flat.message["objects"])) != sorted(ids):
        # Whoever gets the message could do nothing with the chunks of one that is nowhere in it.
        raise WireValueError("Each Media of a message stands in it once")
    return flat.message
