"""Server push (X-11): server code of any kind raises an event, and the widget's open pages get it.

An event goes through Redis to every site process, and from there to the pages that it holds (``public.gui.pushes``).
Nobody keeps it: who is not connected misses it. Channels are a visitor's session's, and end with it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from redis.exceptions import RedisError

from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.public.limits import RateLimit
from widget_site.services.native import Answer, NativeCall, NativeError, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service
from widget_wire import keys
from widget_wire.runs import ServiceCall
from widget_wire.values import Signer, flatten

#: Bytes of what travels with an event.
MAX_BYTES = 64 * 1024
MAX_NAME_CHARS = 200
#: Events of one widget a second, in the long run and at once; each KB counts as another one.
PER_SECOND, AT_ONCE = 50.0, 200.0
#: Sessions that one event names, and channels of one session.
MAX_SESSIONS, MAX_CHANNELS = 1000, 50
#: How long channels last after the last ``subscribe``.
SUBSCRIBED_S = 7 * 86_400
#: Values that mean the same to whoever has them; what is signed for one page is not among them.
_PORTABLE = ("DateTime", "Date", "Float", "Long", "Primitive", "ValueType", "ClassType")
_NO_VISITOR = "Only a function that a page called has a session to subscribe."


#: Returns the id of the session that a page's call is in, and lets that session last.
LastingSession = Callable[[ServiceCall], Awaitable[str]]


def push_services(link: RedisLink, lasting: LastingSession, signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""
    desk = _Desk(link, lasting, signer_of)
    natives = {
        "raise_event": desk.raise_event,
        "subscribe": desk.subscribe,
        "unsubscribe": desk.unsubscribe,
        "get_subscriptions": desk.get_subscriptions,
    }
    return {PREFIX + name: native_service(native, signer_of) for name, native in natives.items()}


def subscribed_key(widget_id: str, session: str) -> str:
    """Return the key of the set of a session's channels."""
    return f"{keys.SUBSCRIBED}{widget_id}:{session}"


class _Desk:
    def __init__(self, link: RedisLink, lasting: LastingSession, signer_of: SignerOf) -> None:
        self._link = link
        self._lasting = lasting
        self._signer_of = signer_of
        self._rate = RateLimit(PER_SECOND, AT_ONCE)

    async def raise_event(self, call: NativeCall) -> None:
        """Tell the widget's open pages: all of them, those of some sessions, or of a channel."""
        name = _name(call.args[0] if call.args else None, "an event")
        event: dict[str, Any] = {
            "widget": call.widget_id,
            "slug": call.source.slug,
            "message": _message(call, name, self._signer_of(call.source)),
            "sessions": _sessions(call.kwargs),
            "channel": None,
        }
        if call.kwargs.get("channel") is not None:
            event["channel"] = _name(call.kwargs["channel"], "a channel")
        text = json.dumps(event)
        if len(text) > MAX_BYTES:
            raise NativeError(
                "anvil.server.SerializationError",
                f"This event has {len(text)} bytes; at most {MAX_BYTES} are pushed. Let pages call for the rest.",
            )
        if not self._rate.take(call.widget_id, 1 + len(text) / 1024):
            raise NativeError("anvil.server.RuntimeUnavailableError", "Too many events at once: wait a moment.")
        try:
            await self._link.client.publish(keys.PUSH_CHANNEL, text)
        except (*GONE, RedisError) as error:
            raise _away() from error

    async def subscribe(self, call: NativeCall) -> Answer:
        """Let the pages of the caller's session get the events of a channel."""
        name = _name(call.args[0] if call.args else None, "a channel")
        key = await self._key(call)
        try:
            if cast(int, await self._link.client.scard(key)) >= MAX_CHANNELS:  # type: ignore[misc]
                raise NativeError("ValueError", f"A session has at most {MAX_CHANNELS} channels.")
            async with self._link.client.pipeline(transaction=False) as pipe:
                pipe.sadd(key, name)
                pipe.expire(key, SUBSCRIBED_S)
                await pipe.execute()
        except (*GONE, RedisError) as error:
            raise _away() from error
        return Answer(None, visited=True)

    async def unsubscribe(self, call: NativeCall) -> Answer:
        """End that."""
        name = _name(call.args[0] if call.args else None, "a channel")
        try:
            await cast(Awaitable[int], self._link.client.srem(await self._key(call), name))
        except (*GONE, RedisError) as error:
            raise _away() from error
        return Answer(None, visited=True)

    async def get_subscriptions(self, call: NativeCall) -> Answer:
        """Give the channels of the caller's session."""
        try:
            held = await cast(Awaitable[set[bytes]], self._link.client.smembers(await self._key(call)))
        except (*GONE, RedisError) as error:
            raise _away() from error
        return Answer(sorted(name.decode() for name in held), visited=True)

    async def _key(self, call: NativeCall) -> str:
        if not call.source.visit:
            raise NativeError("RuntimeError", _NO_VISITOR)
        return subscribed_key(call.widget_id, await self._lasting(call.source))


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise NativeError("TypeError", f"The name of {what} is a text of at most {MAX_NAME_CHARS} characters.")
    return value


def _sessions(kwargs: dict[str, Any]) -> list[str] | None:
    one, several = kwargs.get("session_id"), kwargs.get("session_ids")
    if one is None and several is None:
        return None
    named = [*([] if one is None else [one]), *(several if isinstance(several, list) else [])]
    is_list = several is None or isinstance(several, list)
    if not is_list or len(named) > MAX_SESSIONS or not all(isinstance(each, str) for each in named):
        raise NativeError("TypeError", f"session_id is a text and session_ids a list of at most {MAX_SESSIONS}.")
    return named


def _message(call: NativeCall, name: str, signer: Signer) -> dict[str, Any]:
    """Return the event as pages are told it."""
    payload = call.args[1] if len(call.args) > 1 else call.kwargs.get("payload")
    shared = {} if call.shared is None else {"vt_global": call.shared}
    flat = flatten({"type": "EVENT", "name": name, "payload": payload, **shared}, signer).message
    if any(item["type"][0] not in _PORTABLE for item in flat["objects"]):
        raise NativeError(
            "anvil.server.SerializationError",
            "Media, rows and other objects of the server can't go with an event. Push what says which they are, and "
            "let pages call for them.",
        )
    return flat


def _away() -> NativeError:
    return NativeError("anvil.server.RuntimeUnavailableError", "The site can't push events now. Try again.")
