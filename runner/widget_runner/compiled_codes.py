"""What the revisions of widgets compile to, brought to every call from the third on (``guest/compiled_code.py``).

Code is kept by widget as well as by revision, and only the widget's own sandbox compiles it: two widgets may have the
same files and owners that don't trust each other. It is compiled after the second call of a revision, so that
whoever edits and tries in turn pays for no code that is never used; and only in a sandbox that is there anyway, so that
nobody's has to go for it.
"""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass

from widget_runner.codes import Revision
from widget_runner.compilation import Compilation
from widget_runner.pool import Pool
from widget_runner.sandbox import SandboxGone
from widget_wire.runs import RunRequest
from widget_wire.tasks import end_tasks

_log = logging.getLogger(__name__)

#: Bytes of code kept; the oldest unused goes first.
CODE_BYTES = 64 * 1024 * 1024
#: Calls that are counted, or known to have no code, at the same time.
_MAX_ENTRIES = 20_000
#: The call of a revision after which it is compiled.
_WORTH_CALLS = 2
#: When that failed for what is no fault of the code, it is tried again after so many more.
_AGAIN_CALLS = 100
#: Revisions that wait to be compiled; others do at a later call.
_MAX_WAITING = 8


@dataclass(slots=True)
class _Entry:
    #: Calls until it is compiled; None once it has been, or is being.
    calls_left: int | None = _WORTH_CALLS
    #: The JSON object of START's ``compiled``; empty while there is none.
    code: bytes = b""


class CompiledCodes:
    """The code of the widgets that are called most recently; makes it, one at a time, in their own sandboxes."""

    def __init__(self, pool: Pool, max_bytes: int = CODE_BYTES) -> None:
        self._pool = pool
        self._max_bytes = max_bytes
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._bytes = 0
        self._one_at_a_time = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, request: RunRequest, revision: Revision) -> bytes:
        """Return the code that START brings to a run, as a JSON object; empty when there is none."""
        if request.runs_file is not None:
            return b""  # a script compiles itself, and shows its last line
        entry = self._entries.get((request.widget_id, revision.digest))
        return entry.code if entry is not None else b""

    def note_call(self, request: RunRequest, revision: Revision) -> None:
        """Note that user code of a call was executed; its revision may be worth compiling now."""
        if request.runs_file is not None:
            return
        key = request.widget_id, revision.digest
        entry = self._entries.setdefault(key, _Entry())
        self._entries.move_to_end(key)
        if entry.calls_left is not None:
            entry.calls_left -= 1
            if entry.calls_left <= 0 and len(self._tasks) < _MAX_WAITING:
                entry.calls_left = None
                self._begin(request, revision, entry)
        self._forget_oldest()

    async def close(self) -> None:
        """End what is being compiled."""
        await end_tasks(*self._tasks)

    def _begin(self, request: RunRequest, revision: Revision, entry: _Entry) -> None:
        task = asyncio.create_task(self._compile(request.widget_id, request.environment, request.kind, revision, entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _compile(
        self, widget_id: str, environment: str | None, kind: str, revision: Revision, entry: _Entry
    ) -> None:
        try:
            async with self._one_at_a_time:
                code = await self._compiled(widget_id, environment, revision.compile_frame(kind))
        except (SandboxGone, TimeoutError) as error:
            _log.info("widget %s was not compiled: %s", widget_id, error)
            entry.calls_left = _AGAIN_CALLS
            return
        if self._entries.get((widget_id, revision.digest)) is entry:
            entry.code = code
            self._bytes += len(code)
            self._forget_oldest()

    async def _compiled(self, widget_id: str, environment: str | None, asked: list[bytes]) -> bytes:
        sandbox = self._pool.claim_warm(widget_id, environment)
        if sandbox is None:
            raise SandboxGone("it has no sandbox now")
        try:
            return await Compilation(sandbox.run()).attempt(asked)
        finally:
            self._pool.release(sandbox)

    def _forget_oldest(self) -> None:
        while len(self._entries) > _MAX_ENTRIES or (self._bytes > self._max_bytes and len(self._entries) > 1):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= len(oldest.code)
