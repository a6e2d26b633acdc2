"""Calls of user code for services of the site and for server functions: to Redis and back, within bounds.

What the child says is hostile: which run and widget a call is from is set here, and an answer reaches only the child
that asked, under the id it asked with.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any, Protocol

from widget_model.ids import new_id
from widget_runner.child_link import LinkError
from widget_runner.media_feed import MediaFeed
from widget_runner.outbox import Outbox
from widget_runner.redis_line import AWAY, RedisLine
from widget_runner.sealing import Seal, SealError
from widget_wire import frames, functions, keys, media_chunks
from widget_wire.envelope import EnvelopeError
from widget_wire.media_budget import MediaBudget
from widget_wire.media_intake import MediaError, MediaIntake, MediaOrderError
from widget_wire.parcel import Parcel, ParcelError
from widget_wire.parcels import Parcels
from widget_wire.runs import RunRequest, ServiceAnswer, ServiceCall
from widget_wire.spool import Spool

_log = logging.getLogger(__name__)

#: Calls of one run that wait for an answer; above it the child is read no further until some are answered.
MAX_PENDING = 16
#: Calls that one read may bring above that before they are refused.
_MAX_EXCESS = 4096
_MAX_REFUSED = 1000
#: Seconds that one call may take.
CALL_TIMEOUT_S = 30.0
_MAX_UNSENT_BYTES = 128 * 1024 * 1024
_MAX_ID_CHARS = 100
_RETRY_S = 0.5
_POLL_S = 2
#: A link that is silent for so much longer is broken.
_SILENCE_S = 5.0


class Caller(Protocol):
    """A run, as the relay needs it."""

    request: RunRequest

    def send(self, buffers: list[bytes]) -> None:
        """Send bytes to the child."""

    def mask(self, values: tuple[str, ...]) -> None:
        """Hide these texts in whatever the run says from now on."""

    def unsent_bytes(self) -> int:
        """Bytes that the child has not read."""

    def pause(self) -> None:
        """Read no further from the child."""

    def resume(self) -> None:
        """Read on."""


@dataclass
class _Pending:
    """One call on its way."""

    id: str
    command: str
    message: dict[str, Any]
    media: MediaIntake
    #: Why its media are not taken; told once they have come to their end.
    refused: MediaError | None = None
    #: Large media, kept until the call is answered.
    parcel: Parcel | None = None
    timer: asyncio.TimerHandle | None = None
    #: Fetches the media of its answer.
    fetching: asyncio.Task[None] | None = None


class RunCalls:
    """The calls of one run."""

    def __init__(self, relay: "Relay", caller: Caller) -> None:
        self._relay = relay
        self._caller = caller
        #: By the id that the child gave.
        self._pending: dict[str, _Pending] = {}
        self._refused = 0
        #: Media on their way into the child.
        self._feeds: list[MediaFeed] = []
        #: An answer changed what the run's browser is to be told.
        self.visited = False

    def call(self, message: dict[str, Any]) -> None:
        """Take a CALL of the child; LinkError when it is not in order."""
        call_id = message.get("id")
        if not isinstance(call_id, str) or not 0 < len(call_id) <= _MAX_ID_CHARS or call_id in self._pending:
            raise LinkError("a call without an id of its own")
        if self._caller.unsent_bytes() > _MAX_UNSENT_BYTES or len(self._pending) > _MAX_EXCESS:
            raise LinkError("more calls than are answered")
        command = functions.command_of(message)
        if command is None:
            self._refused += 1
            if self._refused > _MAX_REFUSED:
                raise LinkError("too many calls of nothing")
            self._refuse(call_id, "anvil.server.InvalidObjectError", "This object has no methods on this server.")
            return
        pending = _Pending(call_id, command[:200], message, self._relay.intake(message.get("objects")))
        self._pending[call_id] = pending
        if len(self._pending) >= MAX_PENDING:
            self._caller.pause()
        if pending.media.is_complete:
            self._relay.forward(self, self._caller.request, pending)

    def chunk(self, header: dict[str, Any], content: bytes) -> None:
        """Take a chunk of a call's media; LinkError when no call waits for it."""
        pending = self._pending.get(str(header.get("requestId")))
        if pending is None or pending.media.is_complete:
            raise LinkError("a chunk of media that nobody expects")
        try:
            pending.media.add(header, content)
        except MediaOrderError as error:
            raise LinkError(str(error)) from error
        except MediaError as error:
            # The child sends all of them before it hears anything.
            pending.refused = error
        if not pending.media.is_complete:
            return
        if pending.refused is not None:
            self.fail(pending.id, pending.refused.kind, str(pending.refused))
        else:
            self._relay.forward(self, self._caller.request, pending)

    def answer(self, call_id: str, answer: ServiceAnswer) -> None:
        """Hand the site's answer to the child, once all of it is here."""
        pending = self._pending.get(call_id)
        if pending is None or pending.fetching is not None:
            return
        if answer.parcel is None:
            self._hand_over(call_id, answer)
            self._caller.send(media_chunks.addressed(answer.media, call_id))
            return
        if pending.timer is not None:
            pending.timer.cancel()
        pending.fetching = asyncio.create_task(self._fetch(call_id, answer, answer.parcel))

    async def _fetch(self, call_id: str, answer: ServiceAnswer, parcel: Parcel) -> None:
        try:
            spool = await self._relay.parcels.fetch(parcel)
        except ParcelError as error:
            self.fail(call_id, error.kind, str(error))
            return
        self._hand_over(call_id, answer)
        self.feed(spool, call_id)

    def feed(self, media: Spool, request_id: str) -> None:
        """Take over media of a message that the child has as ``request_id``, and send them as it reads."""
        feed = MediaFeed(media, request_id, self._caller)
        self._feeds = [*(one for one in self._feeds if not one.is_over), feed]
        feed.go_on()

    def _hand_over(self, call_id: str, answer: ServiceAnswer) -> None:
        self._forget(call_id)
        if answer.mask:
            self._caller.mask(answer.mask)
        self.visited |= answer.visited
        kept = {name: answer.message[name] for name in _ANSWER_FIELDS if name in answer.message}
        self._caller.send([frames.pack(frames.TEXT, _encode({"id": call_id, **kept}))])

    def fail(self, call_id: str, kind: str, text: str) -> None:
        """Tell the child that a call failed."""
        if self._forget(call_id):
            self._refuse(call_id, kind, text)

    def close(self) -> None:
        """The run ended: nothing is answered any more."""
        for call_id, pending in list(self._pending.items()):
            self._forget(call_id)
            if pending.fetching is not None:
                pending.fetching.cancel()
        while self._feeds:
            self._feeds.pop().close()

    def _forget(self, call_id: str) -> bool:
        pending = self._pending.pop(call_id, None)
        if pending is None:
            return False
        self._relay.forget(pending.id)
        pending.media.close()
        self._relay.parcels.drop(pending.parcel)
        if pending.timer is not None:
            pending.timer.cancel()
        if len(self._pending) < MAX_PENDING:
            self._caller.resume()
        return True

    def _refuse(self, call_id: str, kind: str, text: str) -> None:
        error = {"type": kind, "message": text, "trace": []}
        self._caller.send([frames.pack(frames.TEXT, _encode({"id": call_id, "error": error, "objects": []}))])


#: What of a site's answer a child may see (spec/anvil-protocol.md 1.2).
_ANSWER_FIELDS = (*functions.ANSWER_FIELDS, "error")


class Relay:
    """The calls of all runs of this runner."""

    def __init__(
        self, outbox: Outbox, runner_id: str, parcels: Parcels, media_bytes: int, timeout_s: float = CALL_TIMEOUT_S
    ) -> None:
        self._outbox = outbox
        self._runner_id = runner_id
        self._timeout_s = timeout_s
        self._seal = Seal()
        self._loop = asyncio.get_running_loop()
        #: Large media of calls and answers.
        self.parcels = parcels
        #: Bytes of media of one call or answer.
        self._media_bytes = media_bytes
        #: What is shown, written and answered by all runs together, in memory.
        self.budget = MediaBudget()
        #: By the id that the site sees: the run, and the id that its child gave.
        self._calls: dict[str, tuple[RunCalls, str]] = {}

    def calls_of(self, caller: Caller) -> RunCalls:
        """Return the calls of one run."""
        return RunCalls(self, caller)

    def intake(self, objects: Any, max_bytes: int | None = None) -> MediaIntake:
        """Return what takes in the media that a message announces; LinkError when it does not do so as it should.

        ``max_bytes`` is for answers of routes, whose bound is another.
        """
        spool: Spool = self.parcels.spool()
        try:
            return MediaIntake(objects, spool, self._media_bytes if max_bytes is None else max_bytes)
        except MediaOrderError as error:
            spool.close()
            raise LinkError(str(error)) from error

    def forward(self, calls: RunCalls, request: RunRequest, pending: _Pending) -> None:
        """Push a complete call to the site."""
        child_id, pending.id = pending.id, new_id()
        self._calls[pending.id] = (calls, child_id)
        media, pending.parcel = self.parcels.post(pending.media.take(), keep=True)
        call = ServiceCall(
            pending.id,
            self._runner_id,
            request.id,
            request.widget_id,
            request.trigger,
            request.origin,
            pending.command,
            pending.message,
            media,
            self._seal.public,
            parcel=pending.parcel,
            **functions.made_by(request),
        )
        self._outbox.add("RPUSH", keys.SERVICE_QUEUE, call.to_envelope(), valid_s=self._timeout_s)
        if functions.is_native(call.command):
            pending.timer = self._loop.call_later(
                self._timeout_s,
                calls.fail,
                child_id,
                "anvil.server.TimeoutError",
                "The service took too long to answer.",
            )
        # A function has the time limit of whoever runs it, and an uplink has none: this run's own limit ends the wait.

    def forget(self, service_id: str) -> None:
        """Expect no answer to this call any more."""
        self._calls.pop(service_id, None)

    def take_answer(self, data: bytes) -> None:
        """Take what a site pushed; an answer that nobody waits for is dropped."""
        try:
            answer = ServiceAnswer.from_envelope(data)
            if answer.is_sealed:
                answer = ServiceAnswer.from_envelope(self._seal.open(answer.media, answer.id))
        except (EnvelopeError, SealError):
            _log.exception("an answer of a service could not be read")
            return
        found = self._calls.get(answer.id)
        if found is not None:
            calls, child_id = found
            calls.answer(child_id, answer)

    async def run(self, line: RedisLine) -> None:
        """Read answers, for ever; it ends by cancellation."""
        key = keys.SERVICE_REPLY + self._runner_id
        while True:
            try:
                (popped,) = await line.execute([("BLPOP", key, _POLL_S)], _POLL_S + _SILENCE_S)
            except AWAY as error:
                _log.warning("no answers of services: %s", type(error).__name__)
                popped = error
            if isinstance(popped, list):
                self.take_answer(popped[1])
            elif popped is not None:
                await asyncio.sleep(_RETRY_S)


def _encode(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()
