"""Bodies of responses on their way in parts: no further ahead of the caller than a window, in bounded memory.

child → its socket → here → Redis → site → caller. The site says which parts its caller has read (``keys.PARTS_READ``);
what is not read fills the window, then the child is read no further, and it waits. Media, whose length is known, is
taken in further ahead where there is room: the code that made it is done, and its place is free for others.

Large bodies of requests come by the same lists, the other way (``request_body``).
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from widget_model.http_response import HttpAnswer
from widget_runner.outbox import Outbox
from widget_runner.redis_line import AWAY, RedisLine
from widget_runner.request_body import Reader, RequestBody
from widget_wire import keys
from widget_wire.body_parts import WANTED, BodyPart
from widget_wire.envelope import EnvelopeError
from widget_wire.media_budget import MediaBudget
from widget_wire.routes import BODY_ID
from widget_wire.runs import PartsRead, RunReply, RunRequest

_log = logging.getLogger(__name__)

#: Bytes of one body that may be between us and its caller.
WINDOW_BYTES = 1024 * 1024
#: The most of one body of known length that is held here, so that its child need not wait for a slow caller.
AHEAD_BYTES = 8 * 1024 * 1024
PART_BYTES = 256 * 1024
#: What a piece or part counts for at least, so that endless tiny ones are bounded, too.
_MIN_BYTES = 256
#: A caller who reads nothing for so long is gone; the site's own limit is shorter.
IDLE_S = 60.0
#: Pieces below this size are rationed: each costs us as much as a large one.
_SMALL_BYTES = 1024
_SMALL_AT_ONCE = 1000
_SMALL_PAUSE_S = 20e-6
_RETRY_S = 0.5
_POLL_S = 2
_SILENCE_S = 5.0


class Source(Protocol):
    """The run that makes a body."""

    def pause_body(self) -> None:
        """Read no further from the child."""

    def resume_body(self) -> None:
        """Read on."""

    def abandon(self) -> None:
        """Nobody reads the body any more."""


@dataclass(frozen=True)
class _Head:
    request: RunRequest
    answer: HttpAnswer
    #: Of the whole body; None when it is not known before its end.
    length: int | None


class BodyStream:
    """One body: ``add`` bytes as they come, then ``finish`` or ``break_off``."""

    def __init__(self, streams: "BodyStreams", head: _Head, source: Source) -> None:
        self._streams = streams
        self._head = head
        self._source: Source | None = source
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        #: Number of each part that is not read yet, and what it counts for.
        self._unread: deque[tuple[int, int]] = deque()
        self._unread_bytes = 0
        self._next_part = 0
        self._counted = 0
        self._small = 0
        self._paused = False
        self._is_whole = False
        self._is_broken = False
        self._is_over = False
        self._push_soon: asyncio.Handle | None = self._loop.call_soon(self._push)
        self._resume_later: asyncio.TimerHandle | None = None
        self._idle = self._loop.call_later(IDLE_S, self._give_up)
        #: Bytes of the body so far.
        self.size_bytes = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._is_over:
            return
        self.size_bytes += len(data)
        self._small += len(data) < _SMALL_BYTES
        self._waiting.append(data)
        self._waiting_bytes += max(len(data), _MIN_BYTES)
        if self._push_soon is None:
            self._push_soon = self._loop.call_soon(self._push)
        if self._is_ahead() and not self._paused and self._source is not None:
            self._paused = True
            self._source.pause_body()

    def finish(self) -> None:
        """The body is whole; what waits is still sent. The run may end."""
        self._is_whole = True
        self._let_go()

    def break_off(self) -> None:
        """There will be no more, and the body is not whole: the caller's connection is broken off at its end."""
        if not self._is_whole:
            self._is_broken = True
            self._let_go()

    def read(self, part: int, *, gone: bool) -> None:
        """The caller has read everything up to this part, or will read nothing more."""
        if gone:
            self._give_up()
            return
        while self._unread and self._unread[0][0] <= part:
            self._unread_bytes -= self._unread.popleft()[1]
        self._idle.cancel()
        self._idle = self._loop.call_later(IDLE_S, self._give_up)
        self._push()

    @property
    def is_over(self) -> bool:
        """Whether everything was handed to Redis, or nobody wants it."""
        return self._is_over

    def _let_go(self) -> None:
        self._source = None
        self._cancel_resume()
        if self._push_soon is None and not self._is_over:
            self._push_soon = self._loop.call_soon(self._push)

    def _is_ahead(self) -> bool:
        """Whether the child is to wait."""
        held = self._waiting_bytes + self._unread_bytes
        if held < WINDOW_BYTES:
            return False
        if self._head.length is None or self._waiting_bytes >= AHEAD_BYTES:
            return True
        # What is above the window is in our own memory, which all bodies share.
        return not self._count(self._waiting_bytes)

    def _count(self, size_bytes: int) -> bool:
        """Count so many bytes of our memory for this body; whether there is room for them."""
        more = size_bytes - self._counted
        if more > 0 and not self._streams.budget.take(more):
            return False
        if more < 0:
            self._streams.budget.give(-more)
        self._counted = size_bytes
        return True

    def _push(self) -> None:
        """Send what the window has room for, and let the child go on."""
        if self._push_soon is not None:
            self._push_soon.cancel()
            self._push_soon = None
        if self._is_over:
            return
        while (self._waiting or self._next_part == 0) and self._unread_bytes < WINDOW_BYTES:
            self._push_part()
        if not self._waiting and (self._is_whole or self._is_broken):
            self._push_end()
            return
        if self._counted:
            self._count(min(self._counted, self._waiting_bytes))
        if self._paused and self._source is not None and self._resume_later is None and not self._is_ahead():
            pause_s = self._small * _SMALL_PAUSE_S if self._small > _SMALL_AT_ONCE else 0.0
            self._small = 0
            self._resume_later = self._loop.call_later(pause_s, self._resume)

    def _push_part(self) -> None:
        pieces: list[bytes] = []
        size = charge = 0
        while self._waiting and (not pieces or size + len(self._waiting[0]) <= PART_BYTES):
            piece = self._waiting.popleft()
            pieces.append(piece)
            size += len(piece)
            charge += max(len(piece), _MIN_BYTES)
        self._waiting_bytes -= charge
        self._unread.append((self._next_part, size + _MIN_BYTES))
        self._unread_bytes += size + _MIN_BYTES
        self._send(b"".join(pieces), more=True)

    def _push_end(self) -> None:
        if self._is_whole:
            self._send(b"", more=False)
        else:
            self._streams.send(self._head.request, RunReply(self._head.request.id, "lost", part=self._next_part))
        self._close()

    def _send(self, data: bytes, *, more: bool) -> None:
        head, number = self._head, self._next_part
        self._next_part += 1
        if number:
            reply = RunReply(head.request.id, "done", part=number, more=more, body=data)
        else:
            answer, length = head.answer, -1 if head.length is None else head.length
            reply = RunReply(
                head.request.id,
                "done",
                http_status=answer.status,
                headers=answer.headers,
                more=more,
                length=length,
                runner=self._streams.runner_id,
                session_data=answer.session_data,
                visited=answer.visited,
                body=data,
            )
        self._streams.send(head.request, reply)

    def _resume(self) -> None:
        self._resume_later = None
        self._paused = False
        if self._source is not None:
            self._source.resume_body()

    def _give_up(self) -> None:
        source, self._source = self._source, None
        self._close()
        if source is not None:
            source.abandon()

    def _close(self) -> None:
        self._is_over = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self._count(0)
        self._idle.cancel()
        self._cancel_resume()
        if self._push_soon is not None:
            self._push_soon.cancel()
            self._push_soon = None
        self._streams.forget(self._head.request.id)

    def _cancel_resume(self) -> None:
        if self._resume_later is not None:
            self._resume_later.cancel()
            self._resume_later = None


class BodyStreams:
    """The bodies that this runner sends; ``run`` hears how far they are read."""

    def __init__(self, outbox: Outbox, runner_id: str, budget: MediaBudget) -> None:
        self._outbox = outbox
        self.runner_id = runner_id
        self.budget = budget
        self._open: dict[str, BodyStream] = {}
        #: Bodies of requests on their way here, by run.
        self._taken: dict[str, RequestBody] = {}
        self._emptied: asyncio.Event = asyncio.Event()
        self._emptied.set()

    def __len__(self) -> int:
        return len(self._open)

    def open(self, request: RunRequest, answer: HttpAnswer, length: int | None, source: Source) -> BodyStream:
        """Begin to send a body with this head."""
        stream = self._open[request.id] = BodyStream(self, _Head(request, answer, length), source)
        self._emptied.clear()
        return stream

    def send(self, request: RunRequest, reply: RunReply) -> None:
        """Hand a part to Redis."""
        key = keys.REPLY + (request.site or "")
        self._outbox.add("RPUSH", key, reply.to_envelope(), valid_s=keys.REPLY_TTL_S)
        self._outbox.add("EXPIRE", key, keys.REPLY_TTL_S, valid_s=keys.REPLY_TTL_S)

    def take_in(self, request: RunRequest, reader: Reader) -> None:
        """Begin to ask for the body of a request, unless it is here; it goes to its child as the CALL names it."""
        if not request.body_bytes:
            return

        def ask(part: int) -> None:
            self.send(request, RunReply(request.id, WANTED, part=part, runner=self.runner_id))

        body = self._taken[request.id] = RequestBody(request.id, request.body_bytes, BODY_ID, reader, ask)
        body.begin()

    def forget_request(self, run_id: str) -> None:
        """A run needs its request's body no more."""
        body = self._taken.pop(run_id, None)
        if body is not None:
            body.close()

    def forget(self, run_id: str) -> None:
        """A body is over."""
        self._open.pop(run_id, None)
        if not self._open:
            self._emptied.set()

    async def drain(self, timeout_s: float) -> None:
        """Wait until every body was sent, within this time."""
        try:
            await asyncio.wait_for(self._emptied.wait(), timeout_s)
        except TimeoutError:
            _log.warning("%d responses were not sent to their end", len(self._open))

    async def run(self, line: RedisLine) -> None:
        """Hear what callers have read, for ever; it ends by cancellation."""
        key = keys.PARTS_READ + self.runner_id
        while True:
            try:
                (popped,) = await line.execute([("BLPOP", key, _POLL_S)], _POLL_S + _SILENCE_S)
            except AWAY as error:
                _log.warning("not heard how far responses are read: %s", type(error).__name__)
                popped = error
            if isinstance(popped, list):
                self._take(popped[1])
            elif popped is not None:
                await asyncio.sleep(_RETRY_S)

    def _take(self, data: bytes) -> None:
        try:
            given = BodyPart.from_envelope(data)
            if given is not None:
                body = self._taken.get(given.id)
                if body is not None:
                    body.take(given)
                return
            said = PartsRead.from_envelope(data)
        except EnvelopeError:
            _log.exception("a message about parts that were read could not be read")
            return
        stream = self._open.get(said.id)
        if stream is not None:
            stream.read(said.part, gone=said.gone)
