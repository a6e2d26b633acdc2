"""The bytes between the runner and one child: frames on its data socket, text on its two pipes.

Every byte may be hostile. Nothing here waits: the event loop calls in when there is something, one call reads a bounded
amount, and what can't be written yet is kept until the child reads on.
"""

import asyncio
import itertools
import json
import os
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

from widget_runner.channel import Channel
from widget_runner.output import STDERR, STDOUT
from widget_wire import frames

_READ_BYTES = 256 * 1024
_PIPE_BYTES = 64 * 1024
#: Reads of one pipe before the others get their turn (also the most that ``drain`` takes of each).
_DRAIN_READS = 64
_MAX_IOVEC = 64
#: After so many reads without a pause the pipes are read only every SLOW_S: who prints without end, above all to both
#: streams in turn, gets no more of the event loop than that.
_EAGER_READS = 500
SLOW_S = 0.002


class LinkError(Exception):
    """The child sent what the protocol does not know; its run ends."""


class Listener(Protocol):
    """Who hears what a child says."""

    def on_message(self, message: dict[str, Any], size_bytes: int) -> None:
        """Take a decoded text frame; LinkError ends the run."""

    def on_chunk(self, header: dict[str, Any], content: bytes) -> None:
        """Take the bytes that a CHUNK_HEADER announced; LinkError ends the run."""

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body of a streamed answer, which nothing announced; LinkError ends the run."""

    def on_output(self, stream: str, data: bytes) -> None:
        """Take bytes of stdout or stderr."""

    def on_closed(self, error: LinkError | None) -> None:
        """The child closed its socket, or broke the protocol; called at most once."""


class ChildLink:
    """Reads and writes one child's descriptors on the event loop, until ``close``."""

    def __init__(
        self, child: Channel, listener: Listener, loop: asyncio.AbstractEventLoop, output_delay_s: float = 0.0
    ) -> None:
        self._child = child
        self._listener = listener
        self._loop = loop
        self._decoder = frames.FrameDecoder()
        self._chunk_header: dict[str, Any] | None = None
        self._unsent: deque[memoryview] = deque()
        #: Bytes that the child has not read yet.
        self.unsent_bytes = 0
        self._writing = False
        #: Why no frames are read now; empty while they are.
        self._paused_for: set[str] = set()
        self._data_fd = child.data.fileno()
        self._data_open = True
        self._pipes = {STDOUT: child.stdout, STDERR: child.stderr}
        self._watching = False
        #: How often a pipe was read since it was last found empty.
        self._reads = 0
        self._slow_timer: asyncio.TimerHandle | None = None
        loop.add_reader(self._data_fd, self._read_data)
        # Watching two pipes costs more than a quick run prints: those are read once, when it has answered.
        self._watch_timer = loop.call_later(output_delay_s, self._watch_pipes) if output_delay_s else None
        if self._watch_timer is None:
            self._watch_pipes()

    def send(self, buffers: Sequence[bytes]) -> None:
        """Send these bytes in order; what the child does not take now is kept. Nothing happens once it is gone."""
        if not self._data_open:
            return
        for buffer in buffers:
            if buffer:
                self._unsent.append(memoryview(buffer))
                self.unsent_bytes += len(buffer)
        if not self._writing:
            self._write()

    def pause(self, reason: str) -> None:
        """Read no further frames: the child says more than is taken now."""
        if self._data_open and not self._paused_for:
            self._loop.remove_reader(self._data_fd)
        self._paused_for.add(reason)

    def resume(self, reason: str) -> None:
        """Read frames again, unless there is another reason not to."""
        if reason not in self._paused_for:
            return
        self._paused_for.discard(reason)
        if self._data_open and not self._paused_for:
            self._loop.add_reader(self._data_fd, self._read_data)

    def watch_output(self) -> bool:
        """Read the pipes from now on as they fill: the child waits for it. False when they were read so already."""
        if self._watching or self._slow_timer is not None:
            return False
        if self._watch_timer is not None:
            self._watch_timer.cancel()
        self._watch_pipes()
        return True

    def drain(self) -> None:
        """Take what both pipes hold now."""
        for stream in list(self._pipes):
            for _ in range(_DRAIN_READS):
                if not self._read_pipe(stream):
                    break

    def stop_reading(self) -> None:
        """Take no further frames: what the run answered is known."""
        self._shut_data()

    def close(self) -> None:
        """Stop listening and close the descriptors; idempotent."""
        self._shut_data()
        for timer in (self._watch_timer, self._slow_timer):
            if timer is not None:
                timer.cancel()
        for stream in list(self._pipes):
            self._shut_pipe(stream)
        self._child.close()

    def _shut_data(self) -> None:
        if not self._data_open:
            return
        self._data_open = False
        if not self._paused_for:
            self._loop.remove_reader(self._data_fd)
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._data_fd)
        self._forget_unsent()

    def _forget_unsent(self) -> None:
        self._unsent.clear()
        self.unsent_bytes = 0

    def _shut_pipe(self, stream: str) -> None:
        fd = self._pipes.pop(stream, None)
        if fd is not None and self._watching:
            self._loop.remove_reader(fd)

    def _watch_pipes(self) -> None:
        self._watching = True
        for stream, fd in self._pipes.items():
            self._loop.add_reader(fd, self._read_watched, stream)

    def _read_watched(self, stream: str) -> None:
        self._read_pipe(stream)
        self._reads += 1
        if self._reads > _EAGER_READS and self._watching:
            for fd in self._pipes.values():
                self._loop.remove_reader(fd)
            self._watching = False
            self._slow_timer = self._loop.call_later(SLOW_S, self._read_slowly)

    def _read_slowly(self) -> None:
        """Read each pipe once; watch them again when both are empty."""
        if any([self._read_pipe(stream) for stream in list(self._pipes)]):
            self._slow_timer = self._loop.call_later(SLOW_S, self._read_slowly)
            return
        self._slow_timer = None
        self._reads = 0
        self._watch_pipes()

    def _read_pipe(self, stream: str) -> bool:
        """Read once; whether there may be more."""
        fd = self._pipes.get(stream)
        if fd is None:
            return False
        try:
            data = os.read(fd, _PIPE_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._shut_pipe(stream)
            return False
        self._listener.on_output(stream, data)
        return True

    def _read_data(self) -> None:
        try:
            data = self._child.data.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._shut_data()
            self._listener.on_closed(None)
            return
        try:
            for kind, payload in self._decoder.feed(data):
                self._take_frame(kind, payload)
                if not self._data_open:
                    return
        except (LinkError, frames.FrameError) as error:
            self._shut_data()
            self._listener.on_closed(LinkError(str(error)))

    def _take_frame(self, kind: bytes, payload: bytes) -> None:
        header, self._chunk_header = self._chunk_header, None
        if kind == frames.BINARY:
            if header is None:
                self._listener.on_body(payload)
            else:
                self._listener.on_chunk(header, payload)
            return
        if header is not None:
            raise LinkError("a message between a CHUNK_HEADER and its bytes")
        message = _decode(payload)
        if message.get("type") == "CHUNK_HEADER":
            self._chunk_header = message
        else:
            self._listener.on_message(message, len(payload))

    def _write(self) -> None:
        while self._unsent:
            try:
                sent = self._child.data.sendmsg(list(itertools.islice(self._unsent, _MAX_IOVEC)))
            except BlockingIOError:
                if not self._writing:
                    self._writing = True
                    self._loop.add_writer(self._data_fd, self._write)
                return
            except OSError:  # the child is gone; its exit tells why
                self._forget_unsent()
                break
            self._sent(sent)
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._data_fd)

    def _sent(self, count: int) -> None:
        self.unsent_bytes -= count
        while count:
            first = self._unsent[0]
            if count < len(first):
                self._unsent[0] = first[count:]
                return
            count -= len(first)
            self._unsent.popleft()


def _decode(payload: bytes) -> dict[str, Any]:
    try:
        message = json.loads(payload.decode())
    except (ValueError, RecursionError) as error:
        raise LinkError(f"a message that is not JSON: {type(error).__name__}") from error
    if not isinstance(message, dict):
        raise LinkError("a message that is not a JSON object")
    return message
