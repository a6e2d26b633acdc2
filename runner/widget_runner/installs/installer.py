"""One install from its requirements to an environment: without builds where that is possible, else in a second sandbox.

What packages build by their own code goes into an environment of its owner's alone (the salt): that code could put
anything into it, and nobody else shall get that for a popular package's name (security.md 39).
"""

import asyncio
import contextlib
import itertools
import time
from dataclasses import dataclass

from widget_runner.egress_link import EgressLink
from widget_runner.engines.base import EngineError, SandboxEngine, SandboxSpec, sandbox_prefix
from widget_runner.installs.environment_store import EnvironmentStore, packages_of
from widget_runner.installs.failures import Bounds, Failure, explain, needs_build
from widget_runner.installs.install_sandbox import InstallSandbox
from widget_wire.installs import LOG_CHARS, InstallProgress, InstallRequest, InstallResult

_MB = 1_000_000
#: Memory of uv and of builds, beside what is unpacked.
_WORK_MB = 1024
_PHASES = (("Building", "build"), ("Downloading", "download"), ("Prepared", "install"), ("Installed", "install"))
_LOG_SHOWN = 4000


@dataclass
class InstallState:
    """How far one install is."""

    limit_bytes: int
    phase: str = "resolve"
    log: str = ""
    downloaded_bytes: int = 0

    def hear(self, text: str) -> None:
        """Take what uv said."""
        self.log = (self.log + text)[-LOG_CHARS:]
        for word, phase in _PHASES:
            if word in text:
                self.phase = phase

    def progress(self) -> InstallProgress:
        """Return it as people see it."""
        return InstallProgress(self.phase, self.downloaded_bytes, self.limit_bytes, self.log[-_LOG_SHOWN:])


class Installer:
    """Resolves and installs; any number at once."""

    def __init__(
        self, engine: SandboxEngine, egress: EgressLink, store: EnvironmentStore, bounds: Bounds, owner: str
    ) -> None:
        self._engine = engine
        self._egress = egress
        self._store = store
        self._bounds = bounds
        self._prefix = f"{sandbox_prefix(owner)}i"
        self._numbers = itertools.count(1)

    def state(self) -> InstallState:
        """Return the state of an install that begins."""
        return InstallState(int(self._bounds.max_mb * _MB))

    async def install(self, request: InstallRequest, state: InstallState) -> InstallResult:
        """Return how it ended; whatever packages or the index do is a result, never an exception."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._bounds.timeout_s):
                done = await self._either_way(request, state)
        except TimeoutError:
            done = self._failed(request, self._bounds.time)
        except Failure as failure:
            done = self._failed(request, failure)
        except EngineError as error:
            found = explain(state.log, self._bounds)
            if found.reason == "internal":
                found = Failure("internal", f"The install was interrupted: {error}. Try again.")
            done = self._failed(request, found)
        seconds = round(time.monotonic() - began, 2)
        more = {"log": state.log, "downloaded_bytes": state.downloaded_bytes, "seconds": seconds}
        return InstallResult(**{**vars(done), **more})

    @staticmethod
    def _failed(request: InstallRequest, failure: Failure) -> InstallResult:
        return InstallResult(request.id, "failed", failure.message, failure.reason)

    async def _either_way(self, request: InstallRequest, state: InstallState) -> InstallResult:
        done = await self._attempt(request, state, builds=False)
        if done is None:
            state.hear("\nThese packages have to be built; trying again with builds allowed.\n")
            done = await self._attempt(request, state, builds=True)
        assert done is not None
        return done

    async def _attempt(self, request: InstallRequest, state: InstallState, builds: bool) -> InstallResult | None:
        """Return the result; None when only a build could bring one."""
        heard_before = len(state.log)
        used = state.downloaded_bytes
        spec = SandboxSpec(
            f"{self._prefix}{next(self._numbers)}", self._bounds.unpacked_mb + _WORK_MB, pids=512, kind="install"
        )
        state.phase = "resolve"
        sandbox = await InstallSandbox.start(self._engine, spec, self._egress, used, state.hear)
        metering = asyncio.create_task(_meter(sandbox, state))
        try:
            lock = await sandbox.resolve(request.requirements, builds)
            if lock is None:
                self._refused(sandbox, state.log[heard_before:], may_build=not builds)
                return None
            if not packages_of(lock):
                return InstallResult(request.id, "ready")
            digest = self._store.digest(lock, request.salt if builds else "")
            if not self._store.has(digest):
                state.phase = "download"
                kept = await sandbox.install(self._store, digest)
                if kept == -1:
                    raise self._bounds.unpacked
                if kept is None:
                    self._refused(sandbox, state.log[heard_before:], may_build=not builds)
                    return None
            return InstallResult(
                request.id, "ready", environment=digest, packages=packages_of(lock), built=builds,
                size_bytes=await asyncio.to_thread(self._store.size_bytes, digest),
            )  # fmt: skip
        except EngineError:
            # The proxy cut it off and its own sandbox may have died of that.
            await _last_word(sandbox)
            if sandbox.spent:
                raise self._bounds.limit from None
            raise
        finally:
            metering.cancel()
            state.downloaded_bytes = max(state.downloaded_bytes, sandbox.downloaded_bytes)
            await asyncio.shield(sandbox.close())

    def _refused(self, sandbox: InstallSandbox, log: str, may_build: bool) -> None:
        """Return when a build is what it takes; else raise the Failure."""
        if sandbox.spent:
            raise self._bounds.limit
        if not (may_build and needs_build(log)):
            raise explain(log, self._bounds)


async def _meter(sandbox: InstallSandbox, state: InstallState) -> None:
    """Keep the state's count of bytes current, and end the sandbox at its limit: uv would try again and again."""
    with contextlib.suppress(asyncio.CancelledError):
        while not sandbox.spent:
            state.downloaded_bytes = max(state.downloaded_bytes, sandbox.downloaded_bytes)
            await asyncio.sleep(0.1)
        await sandbox.close()


async def _last_word(sandbox: InstallSandbox) -> None:
    """Let what the proxy has sent already arrive."""
    if not sandbox.spent:
        await asyncio.sleep(0.3)
