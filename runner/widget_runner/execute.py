"""A run from its place to its end: claim a sandbox, run in it, try another one while none of its code has begun."""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from functools import partial

from widget_model.limits import KEPT, KEPT_PER_ACCOUNT, Limits
from widget_runner import endings
from widget_runner.body_stream import BodyStreams
from widget_runner.channel import Channel
from widget_runner.codes import Revision
from widget_runner.compiled_codes import CompiledCodes
from widget_runner.endings import Ending
from widget_runner.handovers import FileAllowances
from widget_runner.inputs import Inputs
from widget_runner.kept import KeptChildren
from widget_runner.output_allowance import OutputAllowance
from widget_runner.pool import NoSandbox, Pool
from widget_runner.records import Records, busy
from widget_runner.relay import Relay
from widget_runner.run import Run
from widget_runner.sandbox import Sandbox, SandboxGone

_log = logging.getLogger(__name__)

_ATTEMPTS = 2


@dataclass(frozen=True)
class Executor:
    """What every run needs."""

    pool: Pool
    records: Records
    relay: Relay
    inputs: Inputs
    streams: BodyStreams
    limits: Limits
    compiled: CompiledCodes
    #: Modules of the image that may be imported in a widget's supervisor when its code imports them.
    preloadable: frozenset[str] = frozenset()
    allowance: OutputAllowance = field(default_factory=OutputAllowance)
    files: FileAllowances = field(default_factory=FileAllowances)
    kept: KeptChildren = field(default_factory=lambda: KeptChildren(KEPT, KEPT_PER_ACCOUNT))

    async def execute(self, run: Run) -> Ending:
        """Run to the end, answer and record; never raises for what user code or a sandbox does."""
        widget_id = run.request.widget_id
        run.output.keep_at_most(self.allowance.kept_bytes(widget_id, self.limits.output_kept_bytes))
        try:
            ending = await self._attempt_until_started(run)
        except Exception as error:
            _log.exception("run %s failed", run.request.id)
            ending = endings.lost(run.request.id, f"{type(error).__name__}")
        self.allowance.spend(widget_id, run.output.kept_bytes)
        if ending is not None:
            run.conclude(ending)
            return ending
        self.records.reply(run.request, busy(run.request))
        return endings.lost(run.request.id, "no place in time")

    async def _attempt_until_started(self, run: Run) -> Ending | None:
        """Try again in another sandbox while no line of user code has run; None when no sandbox was free in time."""
        request = run.request
        run.compiled = self.compiled.of(request, run.revision)
        for _ in range(_ATTEMPTS):
            wait_s = request.start_before_ms / 1000 - time.time()
            try:
                async with asyncio.timeout(max(wait_s, 0.1)):
                    sandbox = await self.pool.claim(request.widget_id, request.environment, self._preload(run.revision))
            except TimeoutError:
                return None
            except NoSandbox as error:
                _log.warning("run %s: %s", request.id, error)
                return None
            try:
                ending = await run.attempt(partial(self._channel, run, sandbox))
            except SandboxGone as error:
                ending = endings.lost(request.id, str(error))
            finally:
                self.pool.release(sandbox)
            if not ending.lost or run.user_code_started:
                self.compiled.note_call(request, run.revision)
                return ending
            # Others may be running in it: it ends with the last of them.
            self.pool.recycle(sandbox, "a run did not start in it")
            _log.warning("run %s: %s", request.id, ending.error)
        return ending

    def _channel(self, run: Run, sandbox: Sandbox) -> Channel:
        return self.kept.channel(sandbox, run.request, partial(run.start_frame, kept=True))

    def _preload(self, revision: Revision) -> tuple[str, ...]:
        return tuple(sorted(revision.imports & self.preloadable))
