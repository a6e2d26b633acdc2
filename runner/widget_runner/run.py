"""One run: feed its child, hear what it says, wait for its end, answer, clean up, record."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from widget_model.http_response import media_bodies, session_data
from widget_model.limits import Limits
from widget_model.outcomes import Outcome
from widget_runner import endings, function_call
from widget_runner.background_task import BackgroundTask
from widget_runner.body_stream import BodyStreams
from widget_runner.channel import Channel, ChildExit
from widget_runner.child_link import ChildLink, LinkError
from widget_runner.codes import Revision
from widget_runner.endings import Ending
from widget_runner.handovers import FileAllowances, Handovers, Shown
from widget_runner.inputs import Inputs
from widget_runner.output import LiveOutput, Output
from widget_runner.records import Records, asked, finished_event_data
from widget_runner.relay import Relay
from widget_runner.request_body import arrival_s
from widget_runner.route_call import call_frames
from widget_runner.run_clock import RunClock
from widget_runner.streamed_answer import StreamedAnswer
from widget_wire import media_chunks
from widget_wire.media_intake import MediaError, MediaIntake, MediaOrderError
from widget_wire.runs import RunEvent, RunRecord, RunReply, RunRequest
from widget_wire.spool import Spool
from widget_wire.start import ASK, BODY_END, DISPLAY, END, FILE, HANDOVER, PRINTED, TASK_STATE

#: User code begins within this; a later start is our fault.
START_TIMEOUT_S = 10.0
#: A child with a result may end by itself for this long before it is killed. Where CPUs are scarce an ordinary end
#: takes 20 ms and more, and killing what ends anyway costs the runner and the supervisor more than the place does.
LEAVE_S = 0.1
#: How long the exit of a child that closed its socket is waited for before it is killed.
CLOSED_GRACE_S = 0.25
#: The pipes of a run that nobody watches live are looked at from here on, or when it says that it printed much.
OUTPUT_DELAY_S = 0.05
KILL_GRACE_S = 1.0
#: The same for a run that has answered: nobody waits for its end, and where CPUs are scarce that may take a while;
#: killing its sandbox for it would cost others their runs.
ANSWERED_GRACE_S = 10.0
#: Messages that mean nothing to us and are passed over before the child counts as broken.
_MAX_STRAYS = 1000
#: Seconds after the longest run in which the site worker has to fetch files.
_FETCH_S = 300
#: What a message has around its payload: our own limit is on the payload, the child's on the message.
_ENVELOPE_BYTES = 64 * 1024


class Run:
    """One run: it hears what its child says, and decides how it ended."""

    def __init__(
        self,
        request: RunRequest,
        revision: Revision,
        limits: Limits,
        records: Records,
        relay: Relay,
        inputs: Inputs,
        streams: BodyStreams,
        files: FileAllowances | None = None,
        media: Spool | None = None,
    ) -> None:
        self.request = request
        self.revision = revision
        self._limits = limits
        self._records = records
        self._loop = asyncio.get_running_loop()
        self.output = Output(self._limits)
        self._live = LiveOutput(self.output, self._send_events, self._loop) if request.live else None
        self._calls = relay.calls_of(self)
        self._input = inputs.of_run(self) if request.interactive and request.live else None
        self._task = BackgroundTask(request, records, self.output.masked_value) if request.task else None
        self._streams = streams
        self._streamed = StreamedAnswer(request, limits, streams, self)
        self._relay = relay
        #: What its files compile to, as START brings it; empty when that is not known.
        self.compiled = b""
        #: What the request calls its parcel, fetched; whoever made the run lets go of it.
        self._media = media
        ttl_s = int(request.timeout_s) + _FETCH_S
        allowances, masked = files or FileAllowances(), self.output.masked_bytes
        self._handovers = Handovers(
            request.id, request.widget_id, ttl_s, limits, relay.budget, allowances, records, masked
        )
        self._link: ChildLink | None = None
        self._ending: asyncio.Future[Ending | None] = self._loop.create_future()
        self._clock = RunClock(self._loop, request.timeout_s, START_TIMEOUT_S + arrival_s(request), self._on_time)
        self._told_start = False
        self._finished_at = 0.0
        self._response: dict[str, Any] | None = None
        self._intake: MediaIntake | None = None
        self._strays = 0
        self._replied = False
        self._broken = ""
        self._exit = ChildExit(None)
        self._expelling: asyncio.Task[ChildExit] | None = None

    # --- the steps

    async def attempt(self, open_channel: Callable[[], Channel]) -> Ending:
        """Run in what ``open_channel`` returns; SandboxGone when it is not there."""
        if self._ending.done() and self._ending.result() is not None:
            return self._known_ending()  # stopped while it waited
        child = open_channel()
        self._ending = self._loop.create_future()
        self.output.share(child.masker)
        child.hear = self.on_output
        self._link = ChildLink(child, self, self._loop, 0.0 if self.request.live else OUTPUT_DELAY_S)
        try:
            if child.needs_start:
                self.send(self.start_frame())
            self._feed()
            self._clock.watch(child, self._tell_start if self._live is not None else None)
            child.exit.add_done_callback(self._on_exit)
            ending = await self._ending
            if ending is None:
                ending = await self._ending_of_exit(child)
            self._finish_output()
            self._streamed.break_off()
            if self._live is None and (not ending.lost or self.user_code_started):
                self._reply(ending)
            if ending.outcome is Outcome.OK and not child.exit.done():
                # What waits for the reply goes first: the loop writes it at the end of its next turn.
                self._loop.call_soon(self._loop.call_soon, child.note_answered)
            self._exit = await self._leave(child, ending)
            return ending
        finally:
            self._clean_up()

    def start_frame(self, *, kept: bool = False) -> list[bytes]:
        """Return START for the process that is to execute it; ``kept`` for one that is to execute others, too."""
        most = self._limits.payload_bytes + _ENVELOPE_BYTES
        random_hex = secrets.token_hex(16)
        keep = self._limits.keep()
        return self.revision.start_frame(self.request, random_hex, most, keep, self.compiled, kept=kept)

    def _feed(self) -> None:
        if self.request.route is not None:
            self.send(call_frames(self.request))
            self._streams.take_in(self.request, self)
        elif self.request.function is not None:
            self.send(function_call.call_frames(self.request))
            if self._media is not None:
                self._calls.feed(self._media.share(), self.request.id)

    @property
    def user_code_started(self) -> bool:
        """Whether a line of user code may have run; before that the run may be tried elsewhere."""
        return self._clock.has_begun

    def _on_time(self) -> None:
        if self._clock.has_begun:
            self._end(endings.timed_out())
        else:
            self._end(endings.lost(self.request.id, f"it did not start within {self._clock.start_timeout_s:g} s"))

    def _tell_start(self) -> None:
        """Tell whoever watches that user code has begun, before anything that it says."""
        if self._live is not None and not self._told_start and self._clock.has_begun:
            self._told_start = True
            self._clock.stop_listening()
            self.output.add("status", "", {"status": "running"})
            self._live.announce()

    async def _ending_of_exit(self, child: Channel) -> Ending:
        """The child closed its socket without a result: its exit status says why."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSED_GRACE_S):
                await asyncio.shield(child.exit)
        if not child.exit.done():
            await child.finish(KILL_GRACE_S)
            return endings.broken(self._broken or "it closed its socket")
        if self._broken:
            return endings.broken(self._broken)
        return endings.exited(child.exit.result(), self.request.id, started=self.user_code_started)

    async def _leave(self, child: Channel, ending: Ending) -> ChildExit:
        """Wait until the child is gone; only then its place is free."""
        if child.exit.done():
            return child.exit.result()
        timer = self._loop.call_later(LEAVE_S if ending.outcome is Outcome.OK else 0.0, self._expel, child)
        try:
            return await child.exit
        finally:
            timer.cancel()

    def _expel(self, child: Channel) -> None:
        """Kill the child, and its sandbox when that does not help: its exit is certain then."""
        grace_s = ANSWERED_GRACE_S if child.answered else KILL_GRACE_S
        self._expelling = self._loop.create_task(child.finish(grace_s))

    def _finish_output(self) -> None:
        self._finished_at = time.time()
        self._tell_start()
        if self._link is not None:
            self._link.stop_reading()
            self._link.drain()
        self._clock.stop()

    def _clean_up(self) -> None:
        self._clock.stop()
        self._streams.forget_request(self.request.id)
        self._calls.close()
        if self._input is not None:
            self._input.close()
        self._handovers.close()
        if self._task is not None:
            self._task.close()
        if self._intake is not None:
            self._intake.close()
        if self._live is not None:
            self._live.close()
        if self._link is not None:
            self._link.close()
            self._link = None

    def conclude(self, ending: Ending) -> None:
        """Everything is over: say so in events, reply and record."""
        if self._live is None:
            self._reply(ending)
        self.output.finish()
        if ending.text:
            self.output.add("error", ending.text, ending.data)
        if self._live is None:
            self._records.record(self._record(ending, self.output.take()))
            return
        record = self._record(ending, ())
        self.output.add("status", "", finished_event_data(record))
        self._live.flush()
        self._records.record(record)
        self._reply(ending)

    def _reply(self, ending: Ending) -> None:
        """Answer the site that waits, once. A live run's ending is in its events, so even a lost one is "done"."""
        if self._replied:
            return
        self._replied = True
        if self._live is not None:
            reply = RunReply(self.request.id, "done", ending.outcome.value)
        elif self.request.function is not None and not ending.lost:
            body = ending.value or function_call.failed(self.request.id, ending)
            left = session_data(self._response or {})
            visited = self._calls.visited
            reply = RunReply(
                self.request.id, "done", ending.outcome.value, session_data=left, visited=visited, body=body
            )
        elif ending.lost:
            reply = RunReply(self.request.id, "lost", ending.outcome.value, 502)
        elif ending.answer is None:
            reply = RunReply(self.request.id, "done", ending.outcome.value)
        else:
            answer = ending.answer
            reply = RunReply(
                self.request.id,
                "done",
                ending.outcome.value,
                answer.status,
                answer.headers,
                length=answer.length,
                session_data=answer.session_data,
                visited=self._calls.visited,
                body=answer.body,
            )
        self._records.reply(self.request, reply)

    def _record(self, ending: Ending, events: Sequence[RunEvent]) -> RunRecord:
        request, now = self.request, time.time()
        answer = self._streamed.head or ending.answer
        status = answer.status if answer is not None else 502
        return RunRecord(
            request.id,
            request.widget_id,
            request.trigger,
            request.revision,
            ending.outcome.value,
            self._clock.started_at or now,
            self._finished_at or now,
            self.output.masked(ending.error),
            self._exit.cpu_s,
            self._exit.rss_kb,
            ending.exit_code,
            asked(request, status),
            tuple(event.as_dict() for event in events),
            tuple(file.as_dict() for file in self._handovers.files),
            self.output.masked_value(ending.returned),
            None if self._task is None else self._task.told(self._response, ending),
        )

    # --- what others say

    def stop(self) -> None:
        """Its owner wants it stopped."""
        self._end(endings.stopped())

    def lose(self, why: str) -> None:
        """We can't go on with it."""
        self._end(endings.lost(self.request.id, why))

    def send(self, buffers: list[bytes]) -> None:
        """Send bytes to the child."""
        if self._link is not None:
            self._link.send(buffers)

    def mask(self, values: tuple[str, ...]) -> None:
        """Hide these texts in whatever the run says from now on."""
        self.output.mask(values)

    def unsent_bytes(self) -> int:
        """Return how many bytes the child has not read."""
        return self._link.unsent_bytes if self._link is not None else 0

    def pause(self) -> None:
        """Read no further messages of the child."""
        if self._link is not None:
            self._link.pause("calls")

    def resume(self) -> None:
        """Read its messages again."""
        if self._link is not None:
            self._link.resume("calls")

    def pause_body(self) -> None:
        """Read no further: the body's caller does not either."""
        if self._link is not None:
            self._link.pause("body")

    def resume_body(self) -> None:
        """Read its body again."""
        if self._link is not None:
            self._link.resume("body")

    def abandon(self) -> None:
        """Nobody reads its body any more."""
        self._end(endings.abandoned())

    def catch_up(self) -> None:
        """Read what it has printed until now."""
        if self._link is not None:
            self._link.drain()

    def show(self) -> None:
        """Show what it said so far at once, to those who follow it live."""
        if self._live is not None:
            self._live.flush()

    # --- what the child says

    def on_message(self, message: dict[str, Any], size_bytes: int) -> None:
        """Act on a message of the child."""
        kind = message.get("type")
        is_answer = kind is None and message.get("id") == self.request.id
        answers = self.request.runs_file is None
        if self._ending.done() or self._response is not None:
            return
        self._tell_start()
        if kind == END:
            self._end(endings.ended(message, self.request.id, answers=answers))
        elif kind in (DISPLAY, FILE):
            self._show(self._handovers.begin(message, size_bytes))
        elif kind == "CALL":
            self._calls.call(message)
        elif kind == TASK_STATE and self._task is not None:
            self._task.tell_state(message, size_bytes)
        elif kind == ASK and self._input is not None:
            self._input.ask(message)
        elif kind == PRINTED and self._link is not None and self._link.watch_output():
            return  # what it printed is read now
        elif answers and (is_answer or kind == BODY_END):
            self._on_answer(message) if self.request.route is not None else self._on_returned(message, size_bytes)
        else:
            self._strays += 1
            if self._strays > _MAX_STRAYS:
                raise LinkError("too many messages that mean nothing")

    def on_chunk(self, header: dict[str, Any], content: bytes) -> None:
        """Take a chunk of media of the response or of a call."""
        if self._ending.done():
            return
        if header.get("requestId") == HANDOVER:
            self._show(self._handovers.chunk(header, content))
            return
        if self._response is None or self._intake is None:
            self._calls.chunk(header, content)
            return
        if header.get("requestId") != self.request.id:
            return
        try:
            self._intake.add(header, content)
        except MediaOrderError as error:
            raise LinkError(str(error)) from error
        except MediaError as error:
            self._end(endings.media_refused(error, None if self.request.function is not None else self._limits))
            return
        if self._intake.is_complete:
            self._on_complete_answer(self._intake)

    def on_body(self, data: bytes) -> None:
        """Take a piece of the answer's body."""
        if not self._ending.done():
            self._end_if(self._streamed.add(data))

    def on_output(self, stream: str, data: bytes) -> None:
        """Take bytes of stdout or stderr."""
        self._tell_start()
        self.output.write(stream, data)
        if self._live is not None:
            self._live.touch()
        if self.output.flooded:
            self._end(endings.flooded(self._limits))

    def on_closed(self, error: LinkError | None) -> None:
        """The child closed its socket, or broke the protocol."""
        self._broken = str(error) if error is not None else ""
        self._end(None)

    def _show(self, shown: Shown | None) -> None:
        if shown is None:
            return
        self.output.display(shown.data, shown.size_bytes)
        if self._live is not None:
            self._live.touch()
        if self.output.flooded:
            self._end(endings.flooded(self._limits))

    def _on_answer(self, message: dict[str, Any]) -> None:
        if message.get("type") == BODY_END:
            self._end(self._streamed.end())
            return
        if isinstance(message.get("stream"), dict) and "error" not in message:
            self._end_if(self._streamed.begin(message, visited=self._calls.visited))
            self._replied = self._streamed.head is not None
            return
        if self._replied:
            # Only an error can follow on a head.
            self._end(endings.responded({"error": {}, **message}, {}, self.request.id, self._limits))
            return
        self._expect_media(message)

    def _on_returned(self, message: dict[str, Any], size_bytes: int) -> None:
        """Take what a server function returned or raised."""
        if size_bytes > self._limits.payload_bytes + _ENVELOPE_BYTES:
            self._end(endings.returned_too_much())
        elif self._task is not None and (refusal := self._task.refusal(message, size_bytes)) is not None:
            self._end(refusal)
        else:
            self._expect_media(message)

    def _expect_media(self, message: dict[str, Any]) -> None:
        self._response = message
        most = None if self.request.function is not None else self._limits.response_bytes
        self._intake = self._relay.intake(message.get("objects"), most)
        if self._intake.is_complete:
            self._on_complete_answer(self._intake)

    def _on_complete_answer(self, intake: MediaIntake) -> None:
        message, spool = self._response or {}, intake.take()
        if self.request.function is not None:
            value = function_call.returned(self.request.id, message, *self._relay.parcels.post(spool))
            self._end(endings.called(message, value, self.request.id))
            return
        with contextlib.closing(spool):
            media = media_bodies(message.get("objects"), media_chunks.read(spool.everything()))
        opens_pages = self.request.opens_pages
        self._end(endings.responded(message, media, self.request.id, self._limits, opens_pages=opens_pages))

    def _on_exit(self, exit_: "asyncio.Future[ChildExit]") -> None:
        # Its last words may still be in the socket: let the loop read them before its end counts.
        if not self._ending.done():
            self._loop.call_later(CLOSED_GRACE_S, _end_if_open, self._ending)

    def _end_if(self, ending: Ending | None) -> None:
        if ending is not None:
            self._end(ending)

    def _end(self, ending: Ending | None) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)

    def _known_ending(self) -> Ending:
        ending = self._ending.result()
        assert ending is not None
        return ending

    def _send_events(self, events: list[RunEvent]) -> None:
        self._records.events(self.request.id, events)


def _end_if_open(ending: "asyncio.Future[Ending | None]") -> None:
    if not ending.done():
        ending.set_result(None)
