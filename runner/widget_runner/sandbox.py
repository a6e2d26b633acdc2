"""The runner's side of one sandbox: its supervisor's control link, and the children it forks.

Whatever arrives from a sandbox may be hostile: a packet that the protocol does not know ends the sandbox, descriptors
that nobody asked for are closed, and nothing here waits for a sandbox without a limit.
"""

import asyncio
import contextlib
import json
import math
import os
import socket
import time
from collections.abc import Callable
from typing import Any, Literal, get_args

from widget_runner.channel import Channel, ChildExit, Descriptors, make_descriptors
from widget_runner.engines.base import EngineError, SandboxEngine, SandboxProcess, SandboxSpec
from widget_runner.masking import Masker
from widget_wire import control

EgressKind = Literal["transparent", "proxy", "none"]
#: Takes over the descriptors that a sandbox's egress needs (listener, and with "transparent" the DNS socket).
OnEgress = Callable[[str, EgressKind, list[int]], None]

#: How long a supervisor may take to bind; it only mounts and imports modules of the image.
BIND_TIMEOUT_S = 10.0
#: The most descriptors one packet of a supervisor may bring.
_MAX_FDS = 4
#: How many packets are read before others get their turn.
_PACKETS_PER_TURN = 64
#: A run that comes so soon after an answer is one of several in a row: the spare may not be ready yet, so two are kept
#: ([M]: server calls of a page, back to back, a fifth quicker).
_IN_A_ROW_S = 0.05


class SandboxGone(Exception):  # noqa: N818 - named like its outcome: the sandbox is gone
    """The sandbox ended, or no longer keeps the protocol; its runs are lost."""


class Child(Channel):
    """The process of one run as the runner sees it."""

    def __init__(self, sandbox: "Sandbox", number: int, descriptors: Descriptors) -> None:
        super().__init__(number, descriptors, Masker())
        self._sandbox = sandbox
        self._oom_kills_before = sandbox.oom_kills_seen

    def is_taken(self) -> None:
        """Note that it has a run from now on, and may have waited for it."""
        self._oom_kills_before = self._sandbox.oom_kills_seen

    def kill(self) -> None:
        """Ask the supervisor to end the child and all it started; ``exit`` follows. Harmless when it has ended."""
        if not self.exit.done():
            self.killed = True
            self._sandbox.send_kill(self.number)

    def note_answered(self) -> None:
        """Say that the run has answered: the sandbox may get ready for the next one while this child ends."""
        self.answered = True
        self._sandbox.note_answered()

    async def finish(self, grace_s: float = 1.0) -> ChildExit:
        """Kill the child and return its exit; without one within ``grace_s`` the whole sandbox is killed."""
        self.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                return await asyncio.shield(self.exit)
        with contextlib.suppress(EngineError):  # its pool hears of it, too
            await self._sandbox.close()
        return await self.exit

    def end(self, status: int | None, cpu_s: float = 0.0, rss_kb: int = 0, text: str = "") -> None:
        """Resolve ``exit`` (the sandbox calls this)."""
        if self.exit.done():
            return
        # A kill that nobody asked for is the kernel's when its counter says so.
        oom = status == -9 and not self.killed and self._sandbox.oom_kills() > self._oom_kills_before
        self.exit.set_result(ChildExit(status, cpu_s, rss_kb, oom, text))


class Sandbox:
    """One sandbox whose supervisor said ``ready``. Made by ``start``; ends with ``close`` or by itself (``gone``)."""

    def __init__(self, process: SandboxProcess) -> None:
        self.name = process.name
        self.process = process
        #: The widget it belongs to, and with which packages; None until ``bind``.
        self.widget_id: str | None = None
        self.environment: str | None = None
        self.egress: EgressKind = "none"
        self.preloaded: tuple[str, ...] = ()
        self.boot_ms = 0.0
        #: Children ever started for runs, and how many of those that live are kept (``kept.py``).
        self.runs = 0
        self.keeps = 0
        self.started_at = time.monotonic()
        #: Set when the supervisor is gone; the engine's side is freed by ``close``.
        self.gone = asyncio.Event()
        #: Why it is gone, in words.
        self.gone_text = ""
        #: What ``oom_kills`` said last; asking costs a file.
        self.oom_kills_seen = 0
        self._control = process.control
        self._control.setblocking(False)
        #: Those with a run, by number, and those that wait for the next.
        self._children: dict[int, Child] = {}
        self._spares: dict[int, Child] = {}
        self._spares_kept = 1
        self._may_have_spares = True
        self._answered_at = -math.inf
        #: Its widget is a GUI, as its last run says: the next one's child is made ready for that.
        self.is_app = False
        self._started = 0
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self._closing: asyncio.Task[None] | None = None
        self._answers: dict[str, list[asyncio.Future[dict[str, Any]]]] = {"ready": [], "bound": [], "pong": []}
        self._on_egress: OnEgress | None = None

    @classmethod
    async def start(
        cls, engine: SandboxEngine, spec: SandboxSpec, timeout_s: float, on_egress: OnEgress | None = None
    ) -> "Sandbox":
        """Launch a sandbox and wait for its supervisor; EngineError when there is none after ``timeout_s``."""
        try:
            async with asyncio.timeout(timeout_s):
                sandbox = cls(await engine.launch(spec))
                try:
                    sandbox._on_egress = on_egress
                    await sandbox._wait_ready()
                except BaseException:
                    await asyncio.shield(sandbox.close())
                    raise
        except TimeoutError as error:
            raise EngineError(f"sandbox {spec.name} was not ready after {timeout_s:g} s") from error
        except SandboxGone as error:
            raise EngineError(f"sandbox {spec.name} ended while starting: {error}") from error
        return sandbox

    @property
    def running(self) -> int:
        """Return how many children with a run live."""
        return len(self._children)

    def oom_kills(self) -> int:
        """Return how many of its processes the kernel killed for memory (0 where the engine can't tell)."""
        self.oom_kills_seen = self.process.oom_kills()
        return self.oom_kills_seen

    async def bind(self, widget_id: str, environment: str | None = None, preload: tuple[str, ...] = ()) -> None:
        """Give the sandbox to one widget for good, with its packages; SandboxGone when it can't be."""
        if self.widget_id is not None:
            raise ValueError(f"sandbox {self.name} already belongs to a widget")
        self.widget_id, self.environment = widget_id, environment
        answer = await self._ask(
            "bound", control.packet(op="bind", environment=environment, preload=list(preload)), BIND_TIMEOUT_S
        )
        self.preloaded += _names(answer.get("preloaded"))

    async def ping(self, timeout_s: float) -> bool:
        """Return whether the supervisor answers within ``timeout_s``."""
        try:
            await self._ask("pong", control.packet(op="ping"), timeout_s)
        except SandboxGone:
            return False
        return True

    def run(self) -> Child:
        """Return a child, unfed: the caller sends START on its ``data``. SandboxGone when there is no supervisor."""
        if self.gone.is_set():
            raise SandboxGone(self.gone_text)
        self._spares_kept = 2 if self._loop.time() - self._answered_at < _IN_A_ROW_S else 1
        if self._spares:
            child = self._spares.pop(next(iter(self._spares)))
        else:
            child = self._start_child(ahead=False)
        child.is_taken()
        self._children[child.number] = child
        self.runs += 1
        return child

    def note_answered(self) -> None:
        """Say that a run has answered: there may be time for the children of the next ones."""
        self._answered_at = self._loop.time()
        self.keep_spares()

    def keep_spares(self) -> None:
        """Start the child of the next run, or of two, unless a run that has not answered is still at work.

        Made under load it costs more than it saves ([M]: p95 x2.5). Runs that only end don't count: whoever calls again
        at once would never meet a spare.
        """
        if not self._may_have_spares or self.gone.is_set():
            return
        if all(child.answered for child in self._children.values()):
            with contextlib.suppress(SandboxGone):
                while len(self._spares) < self._spares_kept:
                    spare = self._start_child(ahead=True)
                    self._spares[spare.number] = spare

    def _start_child(self, *, ahead: bool) -> Child:
        self._started += 1
        ours, theirs = make_descriptors()
        child = Child(self, self._started, ours)
        try:
            self._send(control.packet(op="run", id=child.number, ahead=ahead, app=self.is_app), [*theirs, child.began])
        except BaseException:
            child.close()
            raise
        finally:
            for fd in theirs:
                os.close(fd)
        return child

    def send_kill(self, number: int) -> None:
        """Ask the supervisor to kill child ``number``."""
        with contextlib.suppress(SandboxGone):  # then it is dead already, and its exit is resolved
            self._send(control.packet(op="kill", id=number))

    async def close(self) -> None:
        """Kill every process of the sandbox and free what it holds; idempotent, and not undone by a cancellation."""
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self._lost("closed")
        try:
            await self.process.kill()
        finally:
            self._control.close()

    async def _wait_ready(self) -> None:
        answer = self._loop.create_future()
        self._answers["ready"].append(answer)
        self._loop.add_reader(self._control.fileno(), self._read)
        self._reading = True
        ready = await answer
        self.preloaded = _names(ready.get("preloaded"))
        boot_ms = ready.get("boot_ms")
        self.boot_ms = float(boot_ms) if isinstance(boot_ms, int | float) else 0.0

    async def _ask(self, event: str, packet: bytes, timeout_s: float) -> dict[str, Any]:
        """Send ``packet`` and return the next ``event``; SandboxGone when none comes in time."""
        answer: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._send(packet)
        self._answers[event].append(answer)
        try:
            async with asyncio.timeout(timeout_s):
                return await answer
        except TimeoutError as error:
            raise SandboxGone(f"no {event} within {timeout_s:g} s") from error
        finally:
            with contextlib.suppress(ValueError):
                self._answers[event].remove(answer)

    def _send(self, packet: bytes, fds: list[int] | None = None) -> None:
        if self.gone.is_set():
            raise SandboxGone(self.gone_text)
        try:
            socket.send_fds(self._control, [packet], fds or [])
        except OSError as error:  # also when its queue is full: a supervisor that no longer reads
            self._lost(f"its control link failed: {error.strerror}")
            raise SandboxGone(self.gone_text) from error

    def _read(self) -> None:
        for _ in range(_PACKETS_PER_TURN):
            try:
                data, fds, flags, _ = socket.recv_fds(self._control, control.MAX_PACKET_BYTES, _MAX_FDS)
            except BlockingIOError:
                return
            except OSError as error:
                return self._lost(f"its control link failed: {error.strerror}")
            if not data and not fds:
                return self._lost("its supervisor ended")
            try:
                if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                    raise ValueError("a packet larger than agreed")
                self._take(json.loads(data), fds)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                return self._lost(f"it broke the control protocol: {type(error).__name__}: {error}"[:300])
            finally:
                for fd in fds:
                    os.close(fd)
            if self.gone.is_set():
                return None
        return None

    def _take(self, event: dict[str, Any], fds: list[int]) -> None:
        """Act on one packet; ValueError, TypeError or KeyError when it is none of the protocol's."""
        kind = event["ev"]
        if kind == "exit":
            status = event["status"]
            if type(status) is not int:
                raise TypeError("an exit status that is no integer")
            self._end_child(event["id"], status, float(event["cpu_s"]), int(event["rss_kb"]), "")
        elif kind == "failed":
            self._take_failed(event)
        elif kind == "ready":
            self._take_ready(event, fds)
        elif kind in self._answers:
            self._answer(kind, event)
        else:
            raise ValueError(f"unknown event {kind!r}")

    def _take_failed(self, event: dict[str, Any]) -> None:
        text = str(event["text"])[:500]
        if event["op"] == "run":
            self._end_child(event["id"], None, 0.0, 0, text)
        elif event["op"] == "bind":
            for answer in self._answers["bound"]:
                if not answer.done():
                    answer.set_exception(SandboxGone(f"it could not be bound: {text}"))
        elif event["op"] not in ("kill", "answered"):
            raise ValueError(f"a failure of an unknown op: {text}")

    def _take_ready(self, event: dict[str, Any], fds: list[int]) -> None:
        if not self._answers["ready"]:
            raise ValueError("ready a second time")
        egress = event["egress"]
        if egress not in get_args(EgressKind):
            raise ValueError(f"unknown egress {egress!r}")
        if event["mode"] != "userns":
            raise ValueError(f"it isolates its children by {event['mode']!r}, not by user namespaces")
        if len(fds) != {"transparent": 2, "proxy": 1, "none": 0}[egress]:
            raise ValueError(f"egress {egress} with {len(fds)} descriptors")
        self.egress = egress
        if self._on_egress is not None and fds:
            handed = [os.dup(fd) for fd in fds]  # ours are closed when the packet is done with
            self._on_egress(self.name, egress, handed)
        self._answer("ready", event)
        self._answers["ready"].clear()

    def _answer(self, kind: str, event: dict[str, Any]) -> None:
        waiting = self._answers[kind]
        if not waiting:
            if kind == "pong":
                return  # the answer to a ping whose time was over
            raise ValueError(f"{kind}, which nobody asked for")
        answer = waiting.pop(0)
        if not answer.done():
            answer.set_result(event)

    def _end_child(self, number: object, status: int | None, cpu_s: float, rss_kb: int, text: str) -> None:
        if type(number) is int and number in self._spares:
            # It died unasked, for want of memory most likely: no other one until a run has ended.
            self._may_have_spares = False
            self._spares.pop(number).close()
            return
        child = self._children.pop(number, None) if type(number) is int else None
        if child is None:
            raise ValueError("the end of a child that does not live")
        self._may_have_spares = True
        child.end(status, cpu_s, rss_kb, text)
        if not self._children:
            self.keep_spares()

    def _lost(self, text: str) -> None:
        """Note that there is no supervisor any more; every wait on it ends now."""
        if self.gone.is_set():
            return
        if self._reading:
            self._loop.remove_reader(self._control.fileno())
            self._reading = False
        self.gone_text = text
        self.gone.set()
        while self._spares:
            self._spares.popitem()[1].close()
        for child in self._children.values():
            child.end(None, text=text)
        self._children.clear()
        for waiting in self._answers.values():
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(SandboxGone(text))
            waiting.clear()
        # Its processes may still be there (a broken protocol, a supervisor that hangs): end them with it.
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(item)[:100] for item in value[:200]) if isinstance(value, list) else ()
