"""A process that is kept: it serves one call after another and several at once, each in a thread of its own (S-14).

The runner hands over each call with the descriptors that a run has (``widget_wire.start``), so a call here is what it
is in a process of its own: a link, two pipes, one CALL. What the widget's code keeps in its globals is still there for
the next one.
"""

import contextlib
import os
import resource
import socket
import threading
import time
from collections import deque
from typing import Any, NoReturn

from widget_guest import anvil_adapter, calls, output
from widget_guest.calls import Call
from widget_guest.descriptors import receive
from widget_guest.link import DATA, Link, decoded, leave
from widget_guest.program import Loads
from widget_wire import frames
from widget_wire.start import ENDED, PRINTED, READY, SPENT

_NO_CALL = (
    "This thread works for no call any more, so it can't talk to the site: use anvil.server functions while the call "
    "that started the thread is being answered."
)


class CallOver(SystemExit):
    """Nobody waits for this call's answer any more: its thread ends."""


class CallLink(Link):
    """The link of one call; ``close`` frees its descriptors while threads may still try to use them."""

    def __init__(self, data: int, began: int) -> None:
        super().__init__(data, began)
        self._is_closed = False
        self._thread = threading.get_ident()

    def over(self) -> NoReturn:
        """Nobody listens any more: end the call's thread; others that work for it have no call from now on."""
        raise CallOver if threading.get_ident() == self._thread else RuntimeError(_NO_CALL)

    def receive(self) -> tuple[bytes, bytes]:
        """Return the next frame's (kind, payload); ``over`` when the call is given up."""
        if self._is_closed:
            self.over()
        return super().receive()

    def _write(self, data: bytes) -> None:
        with self._sending:
            if self._is_closed:
                raise RuntimeError(_NO_CALL)
            super()._write(data)

    def begin_to_close(self) -> None:
        """Let whoever reads come to the end."""
        with self._sending:
            self._is_closed = True
        with contextlib.suppress(OSError), socket.socket(fileno=self._descriptor) as connection:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.detach()

    def close(self) -> None:
        """Free the descriptors; no thread reads any more."""
        for descriptor in (self._descriptor, self._began):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._began = -1


class _NoCall(Link):
    """Where threads talk to that are in no call."""

    def _write(self, data: bytes) -> None:
        raise RuntimeError(_NO_CALL)


def serve(link: Link, program: Loads) -> NoReturn:
    """Serve calls until the runner closes ``link``, or ``program`` can't be loaded; ends the process."""
    calls.make_default(anvil_adapter.make_call(_NoCall()))
    output.own.tell(None)
    output.divide(lambda: calls.current().streams)
    _let_threads_inherit()
    handed_over = _HandedOver()
    link.send({"type": READY})
    while True:
        number, descriptors = handed_over.next()
        threading.Thread(target=_serve_one, args=(link, program, number, descriptors), daemon=True).start()


def _serve_one(process: Link, program: Loads, number: int, descriptors: list[int]) -> None:
    data, out, err, began = descriptors
    link, streams = CallLink(data, began), output.Streams(out, err)
    link.payload_bytes, link.keep = process.payload_bytes, process.keep
    link.belongs_here()
    call = anvil_adapter.make_call(link, streams)
    streams.tell(lambda: _tell_that_it_printed(link))
    calls.enter(call)
    try:
        anvil_adapter.serve_call(call, program)
    except BaseException:  # noqa: S110  # of a call that nobody waits for: what it raised has no reader
        pass
    output.flush()
    if program.failure is not None:
        process.send({"type": SPENT})
    _close(call, link)
    used, most = time.thread_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    process.send({"type": ENDED, "id": number, "cpu_s": round(used, 6), "rss_kb": most})


def _tell_that_it_printed(link: Link) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        link.send({"type": PRINTED})


def _close(call: Call, link: CallLink) -> None:
    call.streams.give_up()
    link.begin_to_close()
    call.answers.close()
    link.close()


def _let_threads_inherit() -> None:
    """Let a thread that user code starts work for the call that started it."""
    start = threading.Thread.start

    def start_in_call(self: threading.Thread) -> None:
        call = calls.of_this_thread()
        if call is not None:
            run = self.run

            def run_in_call() -> None:
                calls.enter(call)
                run()

            self.run = run_in_call  # type: ignore[method-assign]
        start(self)

    threading.Thread.start = start_in_call  # type: ignore[method-assign]


class _HandedOver:
    """The calls that the runner hands over on the process's own socket."""

    def __init__(self) -> None:
        self._connection = socket.socket(fileno=DATA)
        self._decoder = frames.FrameDecoder()
        self._messages: deque[dict[str, Any]] = deque()
        self._descriptors: deque[list[int]] = deque()

    def next(self) -> tuple[int, list[int]]:
        """Return the number and the descriptors of the next call; ends the process when the runner has closed."""
        while not self._messages:
            data, descriptors = receive(self._connection, 4096)
            if not data:
                leave(0)
            if descriptors:
                self._descriptors.append(descriptors)
            self._messages.extend(decoded(payload) for _, payload in self._decoder.feed(data))
        return int(self._messages.popleft()["id"]), self._descriptors.popleft()
