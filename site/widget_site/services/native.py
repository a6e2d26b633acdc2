"""Functions of the platform that user code calls by name (``anvil.private.*``), written with Python values.

A native function takes a ``NativeCall`` and returns a value, or an ``Answer`` where more than a value goes back. What
user code did wrong is a NativeError: it gets it as the Anvil error that ``kind`` names. ``native_service`` makes a
``Service`` of it: it checks who calls, verifies and takes apart what was sent, signs and puts together what goes back.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from widget_site.services.registry import TRUSTED as TRUSTED
from widget_site.services.registry import Service, refusal
from widget_wire import media_chunks
from widget_wire.frames import FrameError
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import Signer, WireValueError, flatten, inflate


class NativeError(Exception):
    """What user code gets as the error ``kind`` (``anvil.tables.TableError``, ``KeyError`` ...), in words."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class NativeCall:
    """One call, its arguments as Python values (``widget_wire.values``)."""

    #: What the platform knows of it: widget, run, session, caller.
    source: ServiceCall
    args: list[Any]
    kwargs: dict[str, Any]
    #: ``vt_global``: what rows in the arguments share; flat list or dict, or None.
    shared: Any = None

    @property
    def widget_id(self) -> str:
        """The widget whose code calls."""
        return self.source.widget_id

    @property
    def is_trusted(self) -> bool:
        """Whether server code calls, not somebody's browser or a client key."""
        return self.source.caller in TRUSTED

    def take(self, *kinds: type | tuple[type, ...]) -> list[Any]:
        """Return the arguments when there are as many and of these types; else NativeError that says which is wrong."""
        if len(self.args) != len(kinds):
            raise NativeError("TypeError", f"{self.name}() takes {len(kinds)} arguments, {len(self.args)} were given")
        for number, (value, kind) in enumerate(zip(self.args, kinds, strict=True), 1):
            if not isinstance(value, kind):
                raise NativeError("TypeError", f"Argument {number} of {self.name}() can't be {type(value).__name__}")
        return self.args

    @property
    def name(self) -> str:
        """The function's name as its module has it."""
        return self.source.command.rpartition(".")[2]


@dataclass(frozen=True)
class Answer:
    """A response with what may come beside it."""

    response: Any
    #: ``vt_global`` of the answer.
    shared: Any = None
    #: Updates of capabilities that were passed in, by the JSON text of their scope (1.7).
    cap_updates: dict[str, Any] = field(default_factory=dict)
    #: Texts that are hidden in what the run says from then on.
    mask: tuple[str, ...] = ()
    #: The call changed the visit of its run (``services.sessions``): whoever answers the browser has to look.
    visited: bool = False


Native = Callable[[NativeCall], Awaitable[Any]]
#: Returns the signer of whoever made a call.
SignerOf = Callable[[ServiceCall], Signer]


def native_service(native: Native, signer_of: SignerOf, *, for_clients: bool = False) -> Service:
    """Return the service that answers with ``native``; unless ``for_clients``, only server code may call it."""

    async def service(call: ServiceCall) -> ServiceAnswer:
        if not for_clients and call.caller not in TRUSTED:
            return refusal(
                call, "anvil.server.PermissionDenied", f'"{call.command}" can be called from server code only.'
            )
        signer = signer_of(call)
        try:
            made = await native(_taken_apart(call, signer))
            return _put_together(call, made if isinstance(made, Answer) else Answer(made), signer)
        except (NativeError, WireValueError) as error:
            return refusal(call, error.kind, str(error))

    return service


def _taken_apart(call: ServiceCall, signer: Signer) -> NativeCall:
    kept = {name: call.message.get(name) for name in ("args", "kwargs", "vt_global", "objects")}
    try:
        media = media_chunks.read(call.media)
    except (FrameError, ValueError) as error:
        raise WireValueError("The media of this call are not in order") from error
    message = inflate(kept, media, signer, trusted=call.caller in TRUSTED)
    args, kwargs = message["args"] or [], message["kwargs"] or {}
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise WireValueError("args is a list and kwargs a dict of a call")
    return NativeCall(call, args, kwargs, message["vt_global"])


def _put_together(call: ServiceCall, made: Answer, signer: Signer) -> ServiceAnswer:
    message: dict[str, Any] = {"response": made.response}
    if made.shared is not None:
        message["vt_global"] = made.shared
    if made.cap_updates:
        message["capUpdates"] = made.cap_updates
    flat = flatten(message, signer)
    chunks = media_chunks.write({name: media.content for name, media in flat.media.items()})
    return ServiceAnswer(call.id, flat.message, chunks, made.mask, visited=made.visited)
