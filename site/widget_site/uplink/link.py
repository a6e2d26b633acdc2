"""One connected uplink: its registrations, calls both ways, their media (spec/anvil-protocol.md 1.2 to 1.7).

Every byte that arrives may be hostile. A peer that breaks the protocol loses its link (``LinkError``); a message that
breaks a bound is answered with an error. Who calls, and after whom, is known here and never read from the peer.
"""

import asyncio
import contextlib
import dataclasses
import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from widget_model.http_response import session_data
from widget_model.ids import new_id
from widget_site.services.registry import Service
from widget_site.store.uplink_keys import SERVER
from widget_site.store.values import UplinkHolder
from widget_site.uplink import failures, names, task_answers
from widget_site.uplink.asked import MAX_ID_CHARS, Asker, asked
from widget_site.uplink.boundary import Boundary
from widget_site.uplink.conversation import GoneError, Incoming, LinkError, Pending, Wire
from widget_wire import functions
from widget_wire.media_budget import MediaBudget
from widget_wire.media_intake import MediaError, MediaIntake, link_full_text
from widget_wire.parcel import ParcelError
from widget_wire.parcels import Parcels
from widget_wire.runs import ServiceAnswer, ServiceCall

#: Calls that wait for this link's answer, and calls of its own that are being answered.
MAX_PENDING = 500
MAX_SERVING = 200
#: No function may take longer; uplinks have no other limit (K-15).
MAX_CALL_S = 24 * 3600.0
#: A Media object of which no chunk comes for so long is given up (S-46), and a peer that takes nothing is cut off.
STALL_S = 60.0
#: How long a background task's state is waited for.
STATE_S = 5.0
_MAX_STRAYS = 1000
_ENVELOPE_BYTES = 64 * 1024
#: Header and bytes.
_Chunk = tuple[dict[str, Any], bytes | memoryview]
#: Waits for the peer's next message; None when there is none any more.
Heard = Callable[[], Awaitable[str | bytes | None]]
_encode = json.JSONEncoder(separators=(",", ":")).encode
_ID = re.compile(r'"id": ?"([A-Za-z0-9_.-]{1,100})"')
_CALL = re.compile(r'"type": ?"CALL"')


@dataclass(frozen=True)
class LinkParts:
    """What every link of this process uses."""

    #: Answers what an uplink calls.
    answer: Service
    #: Large media on their way.
    parcels: Parcels
    #: Bytes of a message that is not Media; of the Media of one message; of those that one uplink has on their way.
    payload_bytes: int
    media_bytes: int
    link_bytes: int
    #: Called when a link has registered a name.
    changed: Callable[["Link"], None]
    stall_s: float = STALL_S


@dataclass(eq=False)
class Link:
    """A connected uplink."""

    id: str
    holder: UplinkHolder
    address: str
    origin: str
    wire: Wire
    parts: LinkParts
    #: Takes and gives values across to a client key; None for a server key, which is trusted like server code.
    boundary: Boundary | None = None
    names: set[str] = field(default_factory=set)
    draining: bool = False

    def __post_init__(self) -> None:
        # Its session is of what the program calls by itself: it lasts as long as the link is used.
        self._asker = Asker(self.id, self.holder, self.address, self.origin, new_id())
        self._writing = asyncio.Lock()
        self._room = MediaBudget(self.parts.link_bytes, link_full_text(self.parts.link_bytes))
        self._header: dict[str, Any] | None = None
        self._pending: dict[str, Pending] = {}
        #: Calls of the uplink whose media are on their way, by its own id; and those that are being answered.
        self._incoming: dict[str, Incoming] = {}
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._strays = 0
        #: Whether the connection has ended.
        self.is_gone = False

    @property
    def is_server(self) -> bool:
        """Whether it came with a server key."""
        return self.holder.kind == SERVER

    # --- what others want of it

    async def call(self, call: ServiceCall, *, is_task: bool = False) -> ServiceAnswer | None:
        """Call a function of this uplink and return its answer; None when the call could not be sent at all.

        ``is_task``: as a background task, whose end is waited for however long; its last state is in the answer.
        """
        if self.is_gone:
            return None
        if len(self._pending) >= MAX_PENDING:
            text = f"Too many calls wait for this uplink: {MAX_PENDING}."
            return functions.failed(call.id, "anvil.server.RuntimeUnavailableError", text)
        call_id = _task_id(call) if is_task else f"server-{new_id()}"
        pending = self._pending[call_id] = Pending(call, asyncio.get_running_loop().create_future())
        try:
            function, app = functions.function_of(call), functions.app_info(self.holder.widget_id)
            message = functions.call_message(call_id, function, app, call.session, call.session_data)
            if is_task:
                message["type"] = "LAUNCH_BACKGROUND"
            async with self.parts.parcels.chunks(call.media, call.parcel) as chunks:
                await self._send(message, chunks)
            async with asyncio.timeout(None if is_task else MAX_CALL_S):
                answer = await pending.answer
            if is_task:
                self.parts.parcels.drop(answer.parcel)  # Media are nothing that a task may return
                return task_answers.with_state(answer, pending.state)
            return answer
        except GoneError:
            return failures.disconnected(call)
        except ParcelError as error:
            return functions.failed(call.id, error.kind, str(error))
        except TimeoutError:
            return functions.failed(call.id, "anvil.server.TimeoutError", "Server code took too long")
        finally:
            self._forget(call_id)

    async def task_state(self, call: ServiceCall) -> ServiceAnswer | None:
        """Return the state of a background task that runs here; None when it can't be had."""
        request_id = f"state-{new_id()}"
        if self.is_gone or len(self._pending) >= MAX_PENDING:
            return None
        pending = self._pending[request_id] = Pending(call, asyncio.get_running_loop().create_future())
        try:
            await self._send({"type": "GET_TASK_STATE", "id": request_id, "task": _task_id(call)})
            async with asyncio.timeout(STATE_S):
                return await pending.answer
        except (GoneError, TimeoutError):
            return None
        finally:
            self._forget(request_id)

    def _forget(self, request_id: str) -> None:
        """Wait no longer for an answer."""
        pending = self._pending.pop(request_id)
        self._forget_media(request_id)
        if pending.incoming is not None:
            pending.incoming.media.close()

    async def refuse_to_kill(self, call: ServiceCall) -> None:
        """Tell the peer that somebody wants the end of a background task: it says in its log that it can't be had."""
        with contextlib.suppress(GoneError):
            await self._send({"type": "KILL_TASK", "task": _task_id(call)})

    async def refuse(self, text: str) -> None:
        """Tell the peer that it is not wanted any more, and close."""
        with contextlib.suppress(GoneError):
            await self._send({"error": text})
        self.wire.cut()

    def close(self) -> None:
        """The connection is gone: who waits for it is told, what it asked for is not done any more."""
        self.is_gone = True
        for pending in self._pending.values():
            pending.settle(failures.disconnected(pending.call))
        for timer in self._timers.values():
            timer.cancel()
        for incoming in self._incoming.values():
            incoming.media.close()
        for task in self._serving.values():
            task.cancel()

    # --- what it says

    async def converse(self, heard: Heard) -> None:
        """Take one message after the other until there is none; who breaks the protocol is told so, and refused."""
        try:
            while (said := await heard()) is not None:
                if isinstance(said, str):
                    self.on_text(said)
                else:
                    self.on_binary(said)
        except LinkError as error:
            await self.refuse(str(error))
        finally:
            self.close()

    def on_text(self, text: str) -> None:
        """Take a text message; LinkError ends the link."""
        if self._header is not None:
            raise LinkError("A message came between the header of a chunk and its bytes")
        if len(text) > self.parts.payload_bytes + _ENVELOPE_BYTES:
            self._refuse_large(text)
            return
        try:
            message = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise LinkError("A message is not JSON") from error
        if not isinstance(message, dict):
            raise LinkError("A message is not a JSON object")
        self._act_on(message)

    def on_binary(self, data: bytes) -> None:
        """Take the bytes of a chunk; LinkError when none was announced."""
        header, self._header = self._header, None
        if header is None:
            raise LinkError("Bytes came that no header announced")
        request_id = str(header.get("requestId"))
        pending = self._pending.get(request_id)
        if pending is not None:
            incoming = None if pending.answer.done() else pending.incoming
        else:
            incoming = self._incoming.get(request_id)
        if incoming is None or incoming.media.is_complete:
            return  # it was refused, or nobody waits for it any more
        try:
            incoming.media.add(header, data)
        except MediaError as error:
            self._fail(request_id, error.kind, str(error))
            return
        if incoming.media.is_complete:
            self._on_complete(request_id, incoming)
        else:
            self._expect_chunk(request_id)

    def _act_on(self, message: dict[str, Any]) -> None:
        match message.get("type"):
            case "CHUNK_HEADER":
                self._header = message
            case "CALL":
                self._take_call(message)
            case "REGISTER":
                self._register(message.get("name"))
            case "REGISTER_LIVE_OBJECT_BACKEND":
                raise LinkError("Live object backends cannot be registered here.")
            case "MEDIA_ERROR":
                cause = message.get("cause")
                said = cause.get("message") if isinstance(cause, dict) else ""
                self._fail(
                    str(message.get("requestId")), "anvil.server.SerializationError", f"Media failed: {said}"[:500]
                )
            case None if "response" in message or "error" in message:
                self._take_answer(message)
            case _:
                self._strays += 1
                if self._strays > _MAX_STRAYS:
                    raise LinkError("Too many messages that mean nothing")

    def _register(self, name: object) -> None:
        if not self.is_server:
            raise LinkError(failures.NO_REGISTRATION)
        try:
            self.names.add(names.check(name))
        except names.PatternError as error:
            raise LinkError(str(error)) from error
        if len(self.names) > names.MAX_NAMES:
            raise LinkError(f"An uplink registers at most {names.MAX_NAMES} functions.")
        self.parts.changed(self)

    def _take_call(self, message: dict[str, Any]) -> None:
        call_id = message.get("id")
        if not isinstance(call_id, str) or not 0 < len(call_id) <= MAX_ID_CHARS:
            raise LinkError("A call has no id")
        if call_id in self._incoming or call_id in self._serving or call_id in self._pending:
            raise LinkError("A call has the id of another one")
        if functions.command_of(message) is None:
            self._refuse_call(call_id, "anvil.server.InvalidObjectError", "This object has no methods on this server.")
        elif len(self._incoming) + len(self._serving) >= MAX_SERVING:
            text = f"Too many calls at once: at most {MAX_SERVING} of one uplink are answered at a time."
            self._refuse_call(call_id, "anvil.server.RuntimeUnavailableError", text)
        else:
            self._expect_media(call_id, message)

    def _take_answer(self, message: dict[str, Any]) -> None:
        pending = self._pending.get(str(message.get("id")))
        if pending is None or pending.incoming is not None:
            return  # nobody waits for it any more
        pending.state = task_answers.take_state(message)
        self._expect_media(str(message["id"]), message)

    def _expect_media(self, request_id: str, message: dict[str, Any]) -> None:
        pending = self._pending.get(request_id)
        spool = self.parts.parcels.spool(self._room)
        try:
            incoming = Incoming(message, MediaIntake(message.get("objects"), spool, self.parts.media_bytes))
        except MediaError as error:
            spool.close()
            if pending is not None:
                self._fail(request_id, error.kind, str(error))
            else:
                self._refuse_call(request_id, error.kind, str(error))
            return
        if pending is not None:
            pending.incoming = incoming
        else:
            self._incoming[request_id] = incoming
        if incoming.media.is_complete:
            self._on_complete(request_id, incoming)
        else:
            self._expect_chunk(request_id)

    def _on_complete(self, request_id: str, incoming: Incoming) -> None:
        self._forget_media(request_id)
        pending = self._pending.get(request_id)
        if pending is not None:
            pending.settle(self._answered(pending.call, incoming))
            return
        self._incoming.pop(request_id, None)
        self._serve_task(request_id, self._serve(request_id, incoming), incoming)

    # --- what goes wrong

    def _expect_chunk(self, request_id: str) -> None:
        self._forget_media(request_id)
        loop = asyncio.get_running_loop()
        stalled = (request_id, "anvil.server.TimeoutError", "Timeout during media transfer")
        self._timers[request_id] = loop.call_later(self.parts.stall_s, self._fail, *stalled)

    def _forget_media(self, request_id: str) -> None:
        timer = self._timers.pop(request_id, None)
        if timer is not None:
            timer.cancel()

    def _fail(self, request_id: str, kind: str, text: str) -> None:
        """End a message that can't be taken: its other side hears why."""
        self._forget_media(request_id)
        pending = self._pending.get(request_id)
        if pending is not None:
            pending.settle(functions.failed(pending.call.id, kind, text))
            return
        incoming = self._incoming.pop(request_id, None)
        if incoming is not None:
            incoming.media.close()
            self._refuse_call(request_id, kind, text)

    def _refuse_large(self, text: str) -> None:
        """Answer a message that is too large to be read: whose it is stands at its beginning."""
        beginning = text[:2000]
        found = _ID.search(beginning)
        if found is None:
            raise LinkError(failures.TOO_MUCH_PASSED)
        if found[1] in self._pending:
            self._fail(found[1], "anvil.server.SerializationError", failures.TOO_MUCH_RETURNED)
        elif _CALL.search(beginning):
            self._refuse_call(found[1], "anvil.server.SerializationError", failures.TOO_MUCH_PASSED)

    def _refuse_call(self, call_id: str, kind: str, text: str) -> None:
        if call_id in self._serving or len(self._serving) > 2 * MAX_SERVING:
            raise LinkError("More calls than are answered")
        self._serve_task(call_id, self._reply(call_id, functions.failed(call_id, kind, text)))

    # --- answering

    def _serve_task(self, call_id: str, work: Coroutine[Any, Any, None], incoming: Incoming | None = None) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._serving[call_id] = task

        def done(_: object) -> None:
            self._serving.pop(call_id, None)
            if incoming is not None:
                incoming.media.close()
                self.parts.parcels.drop(incoming.parcel)
                if incoming.spool is not None:
                    incoming.spool.close()

        task.add_done_callback(done)

    async def _serve(self, call_id: str, incoming: Incoming) -> None:
        await self._reply(call_id, await self._answer_of(incoming))

    async def _answer_of(self, incoming: Incoming) -> ServiceAnswer:
        call = self._service_call(incoming)
        if self.boundary is None:
            return await self.parts.answer(call)
        refused, call = await self.boundary.taken_in(call)
        if refused is not None:
            return refused
        return self.boundary.given_out(await self.parts.answer(call))

    async def _reply(self, call_id: str, answer: ServiceAnswer) -> None:
        kept = {name: answer.message[name] for name in (*functions.ANSWER_FIELDS, "error") if name in answer.message}
        with contextlib.suppress(GoneError):
            try:
                async with self.parts.parcels.chunks(answer.media, answer.parcel) as chunks:
                    await self._send({"id": call_id, **kept}, chunks)
            except ParcelError as error:
                await self._send({"id": call_id, **functions.failed(call_id, error.kind, str(error)).message})

    def _answered(self, call: ServiceCall, incoming: Incoming) -> ServiceAnswer:
        """Return what this uplink answered."""
        message = incoming.message
        if message.get("error") is not None:
            return failures.answered(call, message["error"])
        kept = {name: message[name] for name in functions.ANSWER_FIELDS if name in message}
        left = session_data(message)
        unchanged = left == (call.session_data or functions.NO_SESSION_DATA)
        media, parcel = self.parts.parcels.post(incoming.media.take())
        return ServiceAnswer(call.id, kept, media, session_data=None if unchanged else left, parcel=parcel)

    def _service_call(self, incoming: Incoming) -> ServiceCall:
        message = incoming.message
        incoming.spool = incoming.media.take()
        media, incoming.parcel = self.parts.parcels.post(incoming.spool.share(), keep=True)
        before = self._pending.get(str(message.get("originating-call")))
        call = asked(self._asker, message, None if before is None else before.call)
        return dataclasses.replace(call, media=media, parcel=incoming.parcel)

    async def _send(self, message: dict[str, Any], media: Iterable[_Chunk] = ()) -> None:
        """Send a message, then its media; a peer that takes nothing for ``STALL_S`` is cut off (GoneError)."""
        async with self._writing:
            await self._write(_encode(message))
        for header, content in media:
            async with self._writing:
                # Nothing may come between the two.
                await self._write(_encode({**header, "requestId": message["id"]}))
                await self._write(bytes(content))

    async def _write(self, data: str | bytes) -> None:
        try:
            async with asyncio.timeout(self.parts.stall_s):
                await self.wire.send(data)
        except (OSError, TimeoutError) as error:
            self.wire.cut()
            raise GoneError from error


def _task_id(call: ServiceCall) -> str:
    return f"task-{call.id}"


__all__ = ["MAX_CALL_S", "MAX_SERVING", "GoneError", "Heard", "Incoming", "Link", "LinkError", "LinkParts"]
