"""Which sandbox runs what: a few unassigned ones in reserve, one warm one per widget, and when each must go.

A claim takes the widget's warm sandbox, else an unassigned one and binds it, else one that is launched for it at once;
it never waits for the reserve to be refilled while a launch of its own is possible. A sandbox that must go takes no
new run and ends with its last one: nobody's run is killed by age.
"""

import asyncio
import contextlib
import itertools
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from widget_model.limits import KEPT_IDLE_S
from widget_runner.engines.base import EngineError, SandboxEngine, SandboxSpec, sandbox_prefix
from widget_runner.sandbox import EgressKind, Sandbox, SandboxGone

log = logging.getLogger(__name__)

#: How long ``close`` waits for sandboxes, each of which has its own bounds; then it says what is left.
CLOSE_TIMEOUT_S = 20.0


class NoSandbox(Exception):  # noqa: N818 - named like its outcome
    """No sandbox can be had now; the text says why, for the operator."""


@dataclass(frozen=True)
class PoolPolicy:
    """How many sandboxes are kept, and when one must go (spec/sandbox.md 5)."""

    #: Unassigned sandboxes in reserve.
    spare: int = 2
    memory_mb: int = 512
    pids: int = 256
    cpus: float = 0.0
    #: Sandboxes that may exist, all together; beyond it idle ones go, the longest unused first.
    total: int = 100
    #: No sandbox is launched while less memory than this is available.
    memory_reserve_mb: int = 256
    #: A warm sandbox without runs goes after this long.
    idle_s: float = 600.0
    #: The same for one with a kept child, whose age does not matter either.
    keep_idle_s: float = KEPT_IDLE_S
    #: A sandbox takes no new run after this long, or this many (its children share one hash seed).
    age_s: float = 3600.0
    runs: int = 10_000
    #: How often each is asked whether it lives, and how long it may take to say so.
    ping_every_s: float = 30.0
    ping_timeout_s: float = 5.0
    launch_timeout_s: float = 20.0
    #: How many launches go on at once.
    launches: int = 4
    #: The wait after a failed launch, doubled by each further one up to ``backoff_most_s``.
    backoff_first_s: float = 0.5
    backoff_most_s: float = 30.0


class Egress(Protocol):
    """Who lets sandboxes out to the network; told of each sandbox's beginning, owner and end."""

    def adopt(self, name: str, kind: EgressKind, fds: list[int]) -> None:
        """Take over the egress descriptors of a new sandbox (and close them in the end)."""

    def bind(self, name: str, widget_id: str) -> None:
        """Count what the sandbox sends from now on as this widget's."""

    def release(self, name: str) -> None:
        """Forget a sandbox that is gone."""


@dataclass(eq=False)
class _Place:
    """What the pool knows of one sandbox."""

    sandbox: Sandbox
    #: Claims not yet released.
    claims: int = 0
    used_at: float = field(default_factory=time.monotonic)
    pinged_at: float = field(default_factory=time.monotonic)
    #: Takes no new run.
    draining: bool = False

    def worn(self, policy: PoolPolicy, now: float) -> str:
        """Return why it must take no new run, "" when it may."""
        if self.sandbox.oom_kills_seen:
            return "out of memory"
        if now - self.sandbox.started_at > policy.age_s and not self.sandbox.keeps:
            return "age"
        if self.sandbox.runs >= policy.runs:
            return "runs"
        return ""

    def may_idle_s(self, policy: PoolPolicy) -> float:
        """Return for how long it may be without runs."""
        return policy.keep_idle_s if self.sandbox.keeps else policy.idle_s


class Pool:
    """The sandboxes of one runner. ``start`` first, ``close`` last."""

    def __init__(
        self,
        engine: SandboxEngine,
        policy: PoolPolicy,
        *,
        owner: str,
        egress: Egress | None = None,
        available_mb: Callable[[], int] | None = None,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._owner = owner
        self._egress = egress
        self._available_mb = available_mb or memory_available_mb
        self._numbers = itertools.count(1)
        self._places: dict[str, _Place] = {}
        self._unassigned: deque[_Place] = deque()
        self._warm: dict[str, _Place] = {}
        self._binding: dict[str, asyncio.Future[_Place]] = {}
        self._waiting: deque[asyncio.Future[_Place]] = deque()
        self._launching = 0
        self._failures = 0
        self._retry_at = 0.0
        self._closed = False
        self._tasks: set[asyncio.Task[Any]] = set()
        #: Sandboxes that are being freed: waited for, never cancelled.
        self._ends: set[asyncio.Task[Any]] = set()
        self._wake = asyncio.Event()

    async def start(self) -> None:
        """Remove what an earlier runner left, and begin to fill the reserve in the background."""
        await self._engine.sweep()
        self._spawn(self._keep())

    async def claim(self, widget_id: str, environment: str | None = None, preload: tuple[str, ...] = ()) -> Sandbox:
        """Return the widget's sandbox, counted as in use until ``release``; NoSandbox when none can be had."""
        while True:
            if self._closed:
                raise NoSandbox("the runner is stopping")
            place = self._warm.get(widget_id)
            if place is not None and not self._fits(place, environment):
                place = None
            if place is None:
                place = await self._bound(widget_id, environment, preload)
            # Another's claim may have bound it meanwhile, to the packages before a change or after it.
            if self._fits(place, environment):
                place.claims += 1
                place.used_at = time.monotonic()
                return place.sandbox

    def claim_warm(self, widget_id: str, environment: str | None) -> Sandbox | None:
        """Return the sandbox that the widget has with these packages, counted as in use; makes none, and ends none."""
        place = self._warm.get(widget_id)
        if self._closed or place is None or place.draining or place.sandbox.gone.is_set():
            return None
        if place.sandbox.environment != environment:
            return None
        place.claims += 1
        return place.sandbox

    def release(self, sandbox: Sandbox) -> None:
        """Give a claimed sandbox back; it goes now if it must."""
        place = self._places.get(sandbox.name)
        if place is None:
            return
        place.claims -= 1
        place.used_at = time.monotonic()
        sandbox.oom_kills()
        if reason := place.worn(self._policy, place.used_at):
            self._drain(place, reason)
        elif place.draining and not place.claims:
            self._end(place)

    def recycle(self, sandbox: Sandbox, reason: str) -> None:
        """Let a sandbox take no new run; it ends with its last one."""
        if place := self._places.get(sandbox.name):
            self._drain(place, reason)

    def forget(self, widget_id: str) -> None:
        """Let the widget's warm sandbox end with its runs (the widget or its packages changed)."""
        if place := self._warm.get(widget_id):
            self._drain(place, "forgotten")

    def counts(self) -> dict[str, int]:
        """Return how many sandboxes are warm (bound), unassigned, draining and being launched."""
        draining = sum(place.draining for place in self._places.values())
        return {
            "warm": len(self._warm),
            "unassigned": len(self._unassigned),
            "draining": draining,
            "launching": self._launching,
        }

    async def close(self) -> None:
        """Kill every sandbox and wait until all are gone, for CLOSE_TIMEOUT_S at most."""
        self._closed = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(NoSandbox("the runner is stopping"))
        for task in list(self._tasks):
            task.cancel()
        for place in list(self._places.values()):
            self._end(place)
        # A launch that was cancelled ends the sandbox it had begun; what it still listed until then goes here.
        stuck = await _end_of(self._tasks, CLOSE_TIMEOUT_S / 2)
        for place in list(self._places.values()):
            self._end(place)
        stuck |= await _end_of(self._ends, CLOSE_TIMEOUT_S / 2)
        for task in stuck:
            log.error("the pool leaves behind: %s", task)

    def shows(self, environment: str) -> bool:
        """Whether a sandbox shows this environment now."""
        return any(place.sandbox.environment == environment for place in self._places.values())

    def _fits(self, place: _Place, environment: str | None) -> bool:
        """Return whether the warm sandbox may take one more run; if not, it drains."""
        if place.draining or place.sandbox.gone.is_set():
            return False
        reason = "other packages" if place.sandbox.environment != environment else ""
        reason = reason or place.worn(self._policy, time.monotonic())
        if reason:
            self._drain(place, reason)
        return not reason

    async def _bound(self, widget_id: str, environment: str | None, preload: tuple[str, ...]) -> _Place:
        """Return a sandbox newly bound to the widget; concurrent claims of one widget share it."""
        binding = self._binding.get(widget_id)
        if binding is None:
            binding = self._spawn(self._bind(widget_id, environment, preload))
            self._binding[widget_id] = binding
        try:
            return await asyncio.shield(binding)
        except asyncio.CancelledError:
            if self._closed:
                raise NoSandbox("the runner is stopping") from None
            raise

    async def _bind(self, widget_id: str, environment: str | None, preload: tuple[str, ...]) -> _Place:
        try:
            return await self._bind_anew(widget_id, environment, preload)
        finally:
            # Not a turn of the loop later: a claim that finds what was bound unfit would get it again, without end.
            del self._binding[widget_id]

    async def _bind_anew(self, widget_id: str, environment: str | None, preload: tuple[str, ...]) -> _Place:
        for attempt in (1, 2, 3):
            place = await self._unbound()
            # While it waited in reserve it was not the widget's: it must not seem idle before its first run.
            place.used_at = time.monotonic()
            try:
                await place.sandbox.bind(widget_id, environment, preload)
            except SandboxGone as error:
                self._end(place)
                if attempt == 3:
                    raise NoSandbox(f"sandboxes end while a widget is bound: {error}") from error
                continue
            except BaseException:
                self._end(place)
                raise
            break
        if self._egress is not None:
            self._egress.bind(place.sandbox.name, widget_id)
        self._warm[widget_id] = place
        return place

    async def _unbound(self) -> _Place:
        """Return an unassigned sandbox: one in reserve, else the first that a launch brings."""
        while self._unassigned:
            place = self._unassigned.popleft()
            self._wake.set()
            if not place.sandbox.gone.is_set():
                return place
        self._make_room()
        waiting: asyncio.Future[_Place] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            if self._launching < min(self._policy.launches, len(self._waiting)):
                self._spawn_launch()
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and waiting.exception() is None:
                self._deliver(waiting.result())
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiting)

    def _make_room(self) -> None:
        """Let idle sandboxes go, the longest unused first and those with kept children last, until one more may exist.

        NoSandbox when none is idle.
        """
        # Who waits already gets the next one that is launched, so each of them needs room, too, launch or not.
        expected = max(self._launching, len(self._waiting))
        over = len(self._places) + expected + 1 - self._policy.total
        low = self._available_mb() < self._policy.memory_reserve_mb
        wanted = max(over, 1 if low else 0)
        idle = [place for place in self._warm.values() if not place.claims]
        idle.sort(key=lambda place: (place.sandbox.keeps, place.used_at))
        for place in idle[: max(wanted, 0)]:
            self._drain(place, "room for another widget")
        if wanted > len(idle):
            if over > len(idle):
                raise NoSandbox(f"all {self._policy.total} sandboxes of this runner are in use")
            raise NoSandbox(f"less than {self._policy.memory_reserve_mb} MB of memory is available on this machine")

    def _spawn_launch(self) -> None:
        self._launching += 1
        self._spawn(self._launch())

    async def _launch(self) -> None:
        """Launch one sandbox and hand it to the first who waits, else to the reserve."""
        name = f"{sandbox_prefix(self._owner)}{next(self._numbers)}-{secrets.token_hex(4)}"
        spec = SandboxSpec(name, self._policy.memory_mb, self._policy.pids, self._policy.cpus)
        adopt = self._egress.adopt if self._egress is not None else None
        try:
            sandbox = await Sandbox.start(self._engine, spec, self._policy.launch_timeout_s, adopt)
        except Exception as error:
            self._launch_failed(error)
            return
        finally:
            self._launching -= 1
        self._failures = 0
        place = _Place(sandbox)
        self._places[name] = place
        self._spawn(self._watch(place))
        self._deliver(place)

    def _launch_failed(self, error: Exception) -> None:
        if not isinstance(error, EngineError | OSError):
            log.exception("launching a sandbox failed unexpectedly", exc_info=error)
        else:
            log.warning("no sandbox: %s", error)
        self._failures += 1
        wait = min(self._policy.backoff_first_s * 2 ** (self._failures - 1), self._policy.backoff_most_s)
        self._retry_at = time.monotonic() + wait
        # Those who can't be served by the launches still going on learn why.
        while len(self._waiting) > self._launching - 1:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(NoSandbox(f"no sandbox could be started: {error}"))

    def _deliver(self, place: _Place) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(place)
                break
        else:
            self._unassigned.append(place)
        self._wake.set()

    async def _watch(self, place: _Place) -> None:
        """Free a sandbox that ended by itself."""
        await place.sandbox.gone.wait()
        if place.sandbox.name in self._places:
            log.warning(
                "sandbox %s of widget %s: %s", place.sandbox.name, place.sandbox.widget_id, place.sandbox.gone_text
            )
            self._end(place)

    def _drain(self, place: _Place, reason: str) -> None:
        if not place.draining:
            place.draining = True
            log.info("sandbox %s of widget %s goes: %s", place.sandbox.name, place.sandbox.widget_id, reason)
            self._unlist(place)
        if not place.claims:
            self._end(place)

    def _unlist(self, place: _Place) -> None:
        """See to it that nobody gets this sandbox any more."""
        widget_id = place.sandbox.widget_id
        if widget_id is not None and self._warm.get(widget_id) is place:
            del self._warm[widget_id]
        with contextlib.suppress(ValueError):
            self._unassigned.remove(place)

    def _end(self, place: _Place) -> None:
        """Begin to kill a sandbox and to free what it holds, once."""
        if self._places.pop(place.sandbox.name, None) is None:
            return
        place.draining = True
        self._unlist(place)
        self._wake.set()
        ending = asyncio.get_running_loop().create_task(self._free(place.sandbox))
        self._ends.add(ending)
        ending.add_done_callback(self._ends.discard)

    async def _free(self, sandbox: Sandbox) -> None:
        try:
            await sandbox.close()
        except EngineError:
            log.exception("sandbox %s could not be removed", sandbox.name)
        finally:
            if self._egress is not None:
                self._egress.release(sandbox.name)

    async def _keep(self) -> None:
        """Refill the reserve, let idle and worn sandboxes go, ask the others whether they live."""
        tick_s = max(0.05, min(self._policy.idle_s, self._policy.ping_every_s, 2.0) / 2)
        while not self._closed:
            now = time.monotonic()
            self._refill(now)
            for place in list(self._places.values()):
                self._look_after(place, now)
            self._wake.clear()
            wait_s = tick_s if not 0 < self._retry_at - now < tick_s else self._retry_at - now
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    def _refill(self, now: float) -> None:
        if now < self._retry_at:
            return
        # After a failure one launch is tried at a time.
        at_once = 1 if self._failures else self._policy.launches
        missing = self._policy.spare + len(self._waiting) - len(self._unassigned) - self._launching
        room = self._policy.total - len(self._places) - self._launching
        for _ in range(min(missing, room, at_once - self._launching)):
            if self._available_mb() >= self._policy.memory_reserve_mb:
                self._spawn_launch()

    def _look_after(self, place: _Place, now: float) -> None:
        bound = place.sandbox.widget_id is not None
        if reason := place.worn(self._policy, now):
            self._drain(place, reason)
        elif bound and not place.claims and now - place.used_at > place.may_idle_s(self._policy):
            self._drain(place, "idle")
        elif now - place.pinged_at > self._policy.ping_every_s:
            place.pinged_at = now
            self._spawn(self._ping(place))

    async def _ping(self, place: _Place) -> None:
        if not await place.sandbox.ping(self._policy.ping_timeout_s):
            log.warning("sandbox %s of widget %s does not answer", place.sandbox.name, place.sandbox.widget_id)
            self._end(place)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _end_of(tasks: set[asyncio.Task[Any]], timeout_s: float) -> set[asyncio.Task[Any]]:
    """Wait for these tasks; return those that did not end in time."""
    return (await asyncio.wait(set(tasks), timeout=timeout_s))[1] if tasks else set()


def memory_available_mb() -> int:
    """Return how much memory the kernel could give to new processes."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0
