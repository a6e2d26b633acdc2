"""What a run says: bytes of two pipes and messages of its child become events in order, bounded in size and rate."""

import asyncio
import codecs
import time
from collections.abc import Callable, Iterable
from typing import Any

from widget_model.clean import clean_json, clean_text
from widget_model.limits import Limits
from widget_runner.masking import MASK, MIN_CHARS, Masker
from widget_wire.runs import RunEvent

STDOUT = "stdout"
STDERR = "stderr"
#: Text of one stream is gathered into one event for this long, and up to this many characters.
GATHER_S = 0.05
GATHER_CHARS = 32 * 1024
#: More events than this are not kept: a child that alternates its streams byte by byte costs no more than any other.
MAX_EVENTS = 10_000
TRUNCATED = "\n… truncated\n"


class Output:
    """The events of one run.

    The first ``output_kept_bytes`` of text and displays are kept; then one event says "… truncated" and the rest is
    counted only (decisions 14). ``flooded`` turns true at ``output_stop_factor`` times that.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.time) -> None:
        self._limits = limits
        self._kept_bytes = limits.output_kept_bytes
        self._clock = clock
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {STDOUT: decoder("replace"), STDERR: decoder("replace")}
        self._events: list[RunEvent] = []
        self._taken = 0
        self._seq = 0
        self._open_kind = ""
        self._open_at = 0.0
        self._open_text: list[str] = []
        self._open_chars = 0
        self._truncated = False
        self._masker = Masker()
        #: The ends of both streams that may be the beginning of a secret.
        self._held = {STDOUT: "", STDERR: ""}
        #: Bytes said so far, kept or not.
        self.said_bytes = 0

    @property
    def flooded(self) -> bool:
        """Whether the run said so much that it is to be stopped."""
        return self.said_bytes > self._limits.output_kept_bytes * self._limits.output_stop_factor

    def keep_at_most(self, kept_bytes: int) -> None:
        """Keep less than the limits say: the widget's other runs said much."""
        self._kept_bytes = min(kept_bytes, self._limits.output_kept_bytes)

    @property
    def kept_bytes(self) -> int:
        """Bytes that were kept so far."""
        return min(self.said_bytes, self._kept_bytes)

    @property
    def pending_chars(self) -> int:
        """Characters gathered since the last event was closed."""
        return self._open_chars

    def share(self, masker: Masker) -> None:
        """Hide what ``masker`` knows or comes to know, before anything was said."""
        self._masker = masker

    def mask(self, values: Iterable[str]) -> None:
        """Hide these texts in whatever is said from now on (D-25)."""
        self._masker.add(values)

    def masked(self, text: str) -> str:
        """Return a text of the run without what is to be hidden; a secret that it was cut in is hidden, too."""
        if not self._masker:
            return text
        shown, held = self._masker.part(text)
        return shown + (MASK if len(held) >= MIN_CHARS else held)

    def masked_bytes(self, content: bytes) -> bytes:
        """Return UTF-8 text that is all there without what is to be hidden."""
        return self._masker.whole(content.decode("utf-8", "replace")).encode() if self._masker else content

    def masked_value(self, value: Any) -> Any:
        """Return decoded JSON of the run without what is to be hidden."""
        return self._masker.value(value) if self._masker else value

    def write(self, stream: str, data: bytes) -> None:
        """Add what a pipe held: UTF-8, cut anywhere, what is no UTF-8 replaced."""
        left = self._kept_bytes - self.said_bytes
        self.said_bytes += len(data)
        if left <= 0 or self._seq >= MAX_EVENTS:
            self._truncate(stream)
            return
        text = self._decoders[stream].decode(data[:left])
        if text and self._masker:
            text, self._held[stream] = self._masker.part(self._held[stream] + text)
        if text:
            self._gather(stream, clean_text(text))
        if len(data) > left:
            self._truncate(stream)

    def display(self, data: dict[str, Any], size_bytes: int) -> None:
        """Add something to show: an event's data, ``size_bytes`` on the wire. A bad one is said to be bad."""
        left = self._kept_bytes - self.said_bytes
        self.said_bytes += size_bytes
        if size_bytes > left or self._seq >= MAX_EVENTS:
            self._truncate(STDOUT)
            return
        try:
            shown = clean_json(data)
        except ValueError as error:
            self.add(STDERR, f"A display was not shown: {error}.\n")
            return
        self.add("display", "", shown)

    def add(self, kind: str, text: str, data: dict[str, Any] | None = None) -> None:
        """Add an event of our own: it is always kept."""
        self._close()
        if self._masker:
            text, data = self._masker.whole(text), self._masker.value(data)
        self._push(kind, self._clock(), clean_text(text), data)

    def echo(self, text: str, data: dict[str, Any]) -> None:
        """Add what somebody typed; over the bound it is kept that they did, and no text."""
        left = self._kept_bytes - self.said_bytes
        self.said_bytes += len(text)
        self.add("input", text if len(text) <= left else TRUNCATED, data)

    def finish(self) -> None:
        """Both streams ended: what is left of cut characters is added."""
        for stream, decoder in self._decoders.items():
            text = self._held[stream] + decoder.decode(b"", final=True)
            self._held[stream] = ""
            if text and not self._truncated:
                self._gather(stream, self._masker.whole(text))
        self._close()

    def take(self) -> list[RunEvent]:
        """Return the events since the last call."""
        self._close()
        new = self._events[self._taken :]
        self._taken = len(self._events)
        return new

    def take_and_forget(self) -> list[RunEvent]:
        """Return the events since the last call, and keep none of them here."""
        new = self.take()
        self._events.clear()
        self._taken = 0
        return new

    def _gather(self, kind: str, text: str) -> None:
        now = self._clock()
        if kind != self._open_kind or now - self._open_at > GATHER_S or self._open_chars >= GATHER_CHARS:
            self._close()
            self._open_kind, self._open_at = kind, now
        self._open_text.append(text)
        self._open_chars += len(text)

    def _close(self) -> None:
        if self._open_text:
            text = "".join(self._open_text)
            self._open_text = []
            self._open_chars = 0
            self._push(self._open_kind, self._open_at, text, None)
        self._open_kind = ""

    def _push(self, kind: str, at: float, text: str, data: dict[str, Any] | None) -> None:
        self._seq += 1
        self._events.append(RunEvent(self._seq, round(at, 6), kind, text, data))

    def _truncate(self, stream: str) -> None:
        if not self._truncated:
            self._truncated = True
            self._close()
            self._push(stream, self._clock(), TRUNCATED, None)


class LiveOutput:
    """Sends the events of a live run on: the first at once, then gathered for ``GATHER_S`` or ``GATHER_CHARS``."""

    def __init__(self, output: Output, send: Callable[[list[RunEvent]], None], loop: asyncio.AbstractEventLoop) -> None:
        self._output = output
        self._send = send
        self._loop = loop
        self._last = -GATHER_S
        self._timer: asyncio.TimerHandle | None = None

    def touch(self) -> None:
        """Something was added: send it now, or soon."""
        due = self._last + GATHER_S
        if self._loop.time() >= due or self._output.pending_chars >= GATHER_CHARS:
            self.flush()
        elif self._timer is None:
            self._timer = self._loop.call_at(due, self.flush)

    def announce(self) -> None:
        """Send what was added by us; the first output of user code still goes at once."""
        events = self._output.take_and_forget()
        if events:
            self._send(events)

    def flush(self) -> None:
        """Send everything that was not sent."""
        self.close()
        self._last = self._loop.time()
        events = self._output.take_and_forget()
        if events:
            self._send(events)

    def close(self) -> None:
        """Stop the timer; what was not sent stays with the output."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
