"""Lazy media (M-04, M-17): described when they are given, fetched when they are read, or by a browser at an address.

Who gave them is their *manager*: a service that keeps content (tables), or ``py``, a function of the widget's own code
(``anvil.create_lazy_media``). Which managers there are is told by ``offered``.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from widget_model.ids import new_id
from widget_site.services.media.addresses import MAX_ID_CHARS, PURPOSE, Addressed, Addresses
from widget_site.services.native import NativeCall, NativeError, SignerOf, native_service
from widget_site.services.offered import Offered
from widget_site.services.registry import PREFIX, Service
from widget_wire import media_chunks
from widget_wire.values import LazyMedia, Media, WireValueError, flatten, inflate

__all__ = ["PURPOSE", "Addresses", "media_services"]

#: The manager of what a function of the widget makes.
FUNCTION = "py"
_INVALID = "anvil.server.InvalidObjectError"
#: Functions that make media, at once in one process: each waits for a run, which may itself fetch media.
_MAX_FUNCTIONS = 64

#: Whether this widget has this session: a visitor whose browser will come again with it.
HasSession = Callable[[str, str], Awaitable[bool]]


def media_services(
    offers: Sequence[Offered],
    functions: Service,
    addresses: Addresses,
    has_session: HasSession,
    signer_of: SignerOf,
) -> Mapping[str, Service]:
    """Return the services by command, for the lazy media and configuration of all ``offers``."""
    lazy = _LazyMedia(offers, functions, addresses, has_session, signer_of)
    config = {path: value for one in offers for path, value in one.client_config.items()}

    async def client_config(call: NativeCall) -> Any:
        """Give the configuration of a service; None for what has none."""
        found = config.get(call.args[0]) if call.args and isinstance(call.args[0], str) else None
        return await found(call) if callable(found) else found

    natives = {"fetch_lazy_media": lazy.fetch, "get_lazy_media_url": lazy.address, "get_client_config": client_config}
    return {
        **{PREFIX + name: native_service(native, signer_of, for_clients=True) for name, native in natives.items()},
        f"{PREFIX}mk_LazyMedia": native_service(lazy.make, signer_of),
    }


class _LazyMedia:
    def __init__(
        self,
        offers: Sequence[Offered],
        functions: Service,
        addresses: Addresses,
        has_session: HasSession,
        signer_of: SignerOf,
    ) -> None:
        self._managers = {name: fetch for one in offers for name, fetch in one.lazy_media.items()}
        self._managers[FUNCTION] = self._by_function
        self._functions = functions
        self._running = asyncio.Semaphore(_MAX_FUNCTIONS)
        self._addresses = addresses
        self._has_session = has_session
        self._signer_of = signer_of

    async def fetch(self, call: NativeCall) -> Media:
        """Give the content of media that was given lazily; its signature says that it was given."""
        [spec] = call.take((dict, LazyMedia))
        media = self._verified(call, spec) if isinstance(spec, dict) else spec
        fetch = self._managers.get(media.manager)
        if fetch is None:
            raise NativeError(_INVALID, "This media is of a kind that this site does not know")
        return await fetch(call, media)

    async def address(self, call: NativeCall) -> str | None:
        """Give an address where a browser has the media for an hour; None where the widget has no origin."""
        if len(call.args) == 1:
            call.args.append(True)
        media, download = call.take(LazyMedia, (bool, type(None)))
        source = call.source
        if len(media.id) > MAX_ID_CHARS:
            raise NativeError("ValueError", "This media is described in too many words for an address; answer with it")
        bound = source.session if source.session and await self._has_session(call.widget_id, source.session) else ""
        addressed = Addressed(
            call.widget_id, media.manager, media.id, media.content_type, media.name, not download, source.caller, bound
        )
        return source.origin + self._addresses.path(addressed) if source.origin else None

    async def make(self, call: NativeCall) -> LazyMedia:
        """Describe media that a server function will make: its type, the function's name and arguments."""
        if len(call.args) < 2 or not all(isinstance(one, str) for one in call.args[:2]):
            raise NativeError("TypeError", "create_lazy_media() takes a media type and the name of a server function")
        kind, function, *arguments = call.args
        try:
            what = json.dumps([function, arguments, call.kwargs], separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise NativeError(
                "anvil.server.SerializationError",
                "The arguments of lazy media are text, numbers, lists and dictionaries: they are part of its address",
            ) from error
        return LazyMedia(FUNCTION, what, kind)

    def _verified(self, call: NativeCall, spec: dict[str, Any]) -> LazyMedia:
        manager, media_id, key = spec.get("manager"), spec.get("id"), spec.get("key")
        is_ours = isinstance(key, str) and self._signer_of(call.source).is_valid("media", [manager, media_id], key)
        if not is_ours or not isinstance(manager, str) or not isinstance(media_id, str):
            raise NativeError(_INVALID, "A media was not made here, or was changed")
        kind, name = spec.get("mime-type"), spec.get("name")
        return LazyMedia(
            manager, media_id, kind if isinstance(kind, str) else None, name if isinstance(name, str) else None
        )

    async def _by_function(self, call: NativeCall, media: LazyMedia) -> Media:
        """Call the function; what it returns is the media, in the type that was promised."""
        function, arguments, named = json.loads(media.id)
        source, signer = call.source, self._signer_of(call.source)
        asked = replace(
            source,
            id=new_id(),
            command=function,
            message=flatten({"args": arguments, "kwargs": named}, signer).message,
            media=b"",
            # The platform asks for what server code promised, whoever reads it.
            caller="server_module",
            call_stack=({"type": "lazy_media_server"}, *source.call_stack),
        )
        if self._running.locked():
            raise NativeError("anvil.server.RuntimeUnavailableError", "Too many media are being made; try again.")
        async with self._running:
            answer = await self._functions(asked)
        error = answer.message.get("error")
        if error is not None:
            raise NativeError(str(error.get("type")), str(error.get("message")))
        try:
            made = inflate(dict(answer.message), media_chunks.read(answer.media), signer)["response"]
        except (WireValueError, ValueError) as broken:
            raise NativeError("anvil.server.InternalError", f"What {function}() returned is not in order") from broken
        if not isinstance(made, Media):
            raise NativeError("TypeError", f"{function}() makes lazy media, and returned {type(made).__name__}")
        return Media(media.content_type or made.content_type, made.content, made.name)
