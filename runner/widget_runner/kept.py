"""Kept children (S-14): one child of a widget serves its calls, several at once, and its globals last.

What a process holds is of one widget at one *generation* (``widget_wire.submit``): after any change to what the widget
serves the next call gets a new process, and calls under way finish in the old one. A process takes no further call,
and ends with its last one, when it is *retired*: because of such a change, because a call in it does not end when its
time is over, or because its code can't be loaded. So a call that hangs costs nobody else theirs.
"""

import asyncio
import contextlib
import json
import logging
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from widget_runner.channel import Channel, ChildExit, Descriptors, make_descriptors
from widget_runner.child_link import ChildLink, LinkError
from widget_runner.masking import Masker
from widget_runner.sandbox import Child, Sandbox, SandboxGone
from widget_wire import frames
from widget_wire.runs import RunRequest
from widget_wire.start import ENDED, READY, SERVE, SPENT

_log = logging.getLogger(__name__)

#: A process whose every thread was told to end gets so long before its sandbox is killed.
_KILL_GRACE_S = 5.0
#: How long the end of a process that closed its link is waited for before it is killed.
_CLOSED_GRACE_S = 1.0
#: Bytes in its own pipes for each call; above that it is ended.
_MAX_SAID_BYTES = 10_000_000
_MAX_NUMBER = 1e9


class KeptCall(Channel):
    """One call in a kept child."""

    needs_start = False

    def __init__(self, process: "KeptChild", number: int, ours: Descriptors, theirs: list[int]) -> None:
        super().__init__(number, ours, process.masker)
        self._process = process
        #: What is to be handed over; empty once it was.
        self.theirs = theirs

    def kill(self) -> None:
        """Close its socket: a call that reads or writes it ends by that."""
        if not self.exit.done() and not self.killed:
            self.killed = True
            with contextlib.suppress(OSError):
                self.data.shutdown(socket.SHUT_RDWR)

    def note_answered(self) -> None:
        """Say that the run has answered, and only ends."""
        self.answered = True

    async def finish(self, grace_s: float = 1.0) -> ChildExit:
        """Return its exit; when it goes on after ``grace_s`` it is left behind, in a process that is retired."""
        self.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                return await asyncio.shield(self.exit)
        self._process.leave_behind(self)
        return await self.exit

    def end(self, how: ChildExit) -> None:
        """Resolve ``exit`` (the process calls this)."""
        for fd in self.theirs:
            os.close(fd)
        self.theirs = []
        if not self.exit.done():
            self.exit.set_result(how)


class KeptChild:
    """A child that serves many calls, as the runner sees it; it hears what that says of itself."""

    def __init__(self, child: Child, sandbox: Sandbox, request: RunRequest, start: list[bytes]) -> None:
        self.sandbox = sandbox
        self.account = request.account
        self.generation = request.keep or 0
        self.used_at = time.monotonic()
        #: What any of its calls has read of secrets is hidden in the output of all.
        self.masker: Masker = child.masker
        self.is_retired = False
        #: Why it was ended with calls under way.
        self._why = ""
        #: Called once, when it is retired.
        self.on_retired: Callable[[], None] = lambda: None
        self._name = f"the kept child of widget {request.widget_id}"
        self._child = child
        self._calls: dict[int, KeptCall] = {}
        self._left_behind: set[int] = set()
        self._numbers = 0
        #: Bytes that came in its own pipes since a call began.
        self._said_bytes = 0
        self._is_ready = False
        self._loop = asyncio.get_running_loop()
        self._killing: asyncio.Task[ChildExit] | None = None
        self._link = ChildLink(child, self, self._loop)
        self._link.send(start)
        child.exit.add_done_callback(self._on_exit)
        sandbox.keeps += 1

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way."""
        return not self._calls

    def call(self) -> KeptCall:
        """Return a new call, which the process takes at once or when it is ready; SandboxGone when it can't."""
        if self.is_retired:
            raise SandboxGone("its kept child is over")
        self._numbers += 1
        self.used_at = time.monotonic()
        self._said_bytes = 0
        ours, theirs = make_descriptors()
        call = KeptCall(self, self._numbers, ours, theirs)
        self._calls[call.number] = call
        if self._is_ready and not self._hand_over(call):
            call.close()
            raise SandboxGone("its kept child takes no calls")
        return call

    def retire(self, why: str) -> None:
        """Take no further call; end with the last one."""
        if not self.is_retired:
            self.is_retired = True
            _log.info("%s is retired: %s", self._name, why)
            self.on_retired()
        if not self._calls:
            self._kill()

    def leave_behind(self, call: KeptCall) -> None:
        """Wait no longer for the end of this call: the process must go for it."""
        self._left_behind.add(call.number)
        self._end(call.number, ChildExit(None, text="it did not end"))
        self.retire("a call did not end")

    # --- what the process says of itself

    def on_message(self, message: dict[str, Any], size_bytes: int) -> None:
        """Act on what it says of itself; LinkError for anything else."""
        kind, number = message.get("type"), message.get("id")
        if kind == READY and not self._is_ready:
            self._is_ready = True
            for call in list(self._calls.values()):
                self._hand_over(call)
        elif kind == ENDED and type(number) is int and (number in self._calls or number in self._left_behind):
            self._left_behind.discard(number)
            self._end(number, ChildExit(0, _number(message.get("cpu_s")), int(_number(message.get("rss_kb")))))
        elif kind == SPENT:
            self.retire("its code could not be loaded")
        else:
            raise LinkError("a kept child said what means nothing")

    def on_chunk(self, header: dict[str, Any], content: bytes) -> None:
        """Take no media: calls have links of their own."""
        raise LinkError("media that belong to no call")

    def on_body(self, data: bytes) -> None:
        """Take no body either."""
        raise LinkError("bytes that belong to no call")

    def on_output(self, stream: str, data: bytes) -> None:
        """Take what no thread of a call printed: it counts as the latest call's, and without one it has no reader."""
        self._said_bytes += len(data)
        if self._said_bytes > _MAX_SAID_BYTES:
            self._abandon("it prints without end")
        elif self._calls:
            list(self._calls.values())[-1].hear(stream, data)

    def on_closed(self, error: LinkError | None) -> None:
        """It closed its socket, or broke the protocol: nothing can be handed over any more."""
        if error is not None:
            self._abandon(str(error))
            return
        # Most likely it ended; how, is told in a moment.
        self.retire("it closed its link")
        self._loop.call_later(_CLOSED_GRACE_S, self._abandon, "it closed its link")

    # --- inside

    def _abandon(self, why: str) -> None:
        """End it now, with the calls under way."""
        self.retire(why)
        self._why = self._why or why
        self._kill()

    def _kill(self) -> None:
        if self._killing is None and not self._child.exit.done():
            self._killing = self._loop.create_task(self._child.finish(_KILL_GRACE_S))

    def _hand_over(self, call: KeptCall) -> bool:
        """Hand a call's descriptors over; whether the process took them."""
        message = json.dumps({"type": SERVE, "id": call.number}, separators=(",", ":")).encode()
        frame = frames.pack(frames.TEXT, message)
        try:
            if socket.send_fds(self._child.data, [frame], [*call.theirs, call.began]) == len(frame):
                for fd in call.theirs:
                    os.close(fd)
                call.theirs = []
                return True
        except OSError as error:  # also when its queue is full: it no longer reads
            _log.warning("%s took no call: %s", self._name, error.strerror)
        self._end(call.number, ChildExit(None, text="its kept child takes no calls"))
        self.retire("it takes no calls")
        return False

    def _end(self, number: int, how: ChildExit) -> None:
        call = self._calls.pop(number, None)
        if call is not None:
            self.used_at = time.monotonic()
            call.end(how)
        if self.is_retired:
            self.retire("")

    def _on_exit(self, ended: "asyncio.Future[ChildExit]") -> None:
        how = ended.result()
        if self._child.killed:
            how = ChildExit(None, text=f"its kept child was ended: {self._why}")
        self._link.close()
        self.sandbox.keeps -= 1
        for number in list(self._calls):
            # CPU time and memory are of all its calls together.
            self._end(number, ChildExit(how.status, oom_killed=how.oom_killed, text=how.text))
        self.retire("it ended")


class KeptChildren:
    """The kept children of this runner: one of a widget, and no more than there may be."""

    def __init__(self, most: int, most_of_account: int) -> None:
        self._most = most
        self._most_of_account = most_of_account
        self._processes: dict[str, KeptChild] = {}

    def __len__(self) -> int:
        return len(self._processes)

    def channel(self, sandbox: Sandbox, request: RunRequest, start: Callable[[], list[bytes]]) -> Channel:
        """Return what is to execute this run in ``sandbox``: the widget's kept child, or a child of its own.

        ``start`` returns the START frame of a kept child. A run gets a child of its own where its widget keeps none,
        where there are too many, or when it was asked for before the widget was changed. SandboxGone as ``run``.
        """
        sandbox.is_app = request.kind == "gui"
        if request.keep is None:
            return sandbox.run()
        process = self._processes.get(request.widget_id)
        if process is not None and process.generation > request.keep:
            return sandbox.run()
        if process is not None and (process.generation < request.keep or process.sandbox is not sandbox):
            process.retire("the widget was changed" if process.sandbox is sandbox else "its sandbox goes")
            process = None
        if process is None:
            if not self._make_room(request.account):
                return sandbox.run()
            process = self._start(sandbox, request, start())
        return process.call()

    def forget(self, widget_id: str) -> None:
        """Retire the process of a widget that was changed."""
        process = self._processes.get(widget_id)
        if process is not None:
            process.retire("the widget was changed")

    def _start(self, sandbox: Sandbox, request: RunRequest, start: list[bytes]) -> KeptChild:
        process = KeptChild(sandbox.run(), sandbox, request, start)
        self._processes[request.widget_id] = process

        def forget() -> None:
            if self._processes.get(request.widget_id) is process:
                del self._processes[request.widget_id]

        process.on_retired = forget
        return process

    def _make_room(self, account: str) -> bool:
        """See to it that one more may be kept, if need be by ending the longest idle one; whether that worked."""
        of_account = [one for one in self._processes.values() if one.account == account]
        for kept, most in ((of_account, self._most_of_account), (list(self._processes.values()), self._most)):
            alive = [one for one in kept if not one.is_retired]
            if len(alive) < most:
                continue
            idle = sorted((one for one in alive if one.is_idle), key=lambda one: one.used_at)
            if not idle or most == 0:
                return False
            idle[0].retire("room for another widget's")
        return True


def _number(value: Any) -> float:
    """Return a number that a process says of itself, within reason."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value  # NaN
    return min(max(float(value), 0.0), _MAX_NUMBER) if is_number else 0.0
