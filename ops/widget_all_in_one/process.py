"""One process that is watched: started as its own user, logged, and started again when it dies."""

import asyncio
import ctypes
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from widget_all_in_one.identities import Identity

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_libc = ctypes.CDLL(None, use_errno=True)

#: Waits between a death and the next start; a process that lived LONG_LIFE_S starts again at the first.
BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
LONG_LIFE_S = 30.0
LOG_BYTES, LOG_FILES = 5_000_000, 3


@dataclass(frozen=True)
class ProcessSpec:
    """What to run, as whom."""

    name: str
    command: tuple[str, ...]
    #: The whole environment: nothing is inherited.
    env: Mapping[str, str]
    who: Identity
    #: How long it may take to end after SIGTERM.
    drain_s: float = 10.0
    #: A cgroup.procs file to enter first.
    cgroup: Path | None = None
    #: Whether to switch users (we are root).
    switch_user: bool = field(default_factory=lambda: os.geteuid() == 0)
    #: How far it steps back for the others when CPUs are scarce.
    nice: int = 0


class WatchedProcess:
    """Keeps one process alive until ``stop``."""

    def __init__(self, spec: ProcessSpec, log: Path, say: Callable[[str], None]) -> None:
        self.spec = spec
        self.starts = 0
        self.pid: int | None = None
        #: The last lines it printed, for whoever has to say why it died.
        self.tail: deque[str] = deque(maxlen=25)
        self._say = say
        self._log = log
        self._handler: RotatingFileHandler | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def started(self) -> bool:
        """Whether ``start`` was called."""
        return self._task is not None

    def start(self) -> None:
        """Start the process and watch it from now on."""
        self._handler = RotatingFileHandler(self._log, maxBytes=LOG_BYTES, backupCount=LOG_FILES, errors="replace")
        self._handler.terminator = ""
        self._task = asyncio.create_task(self._watch(), name=self.spec.name)

    async def stop(self) -> None:
        """Ask it to end, wait ``drain_s``, then kill what is left of it and its children."""
        self._stopping = True
        if self._task is None:
            return
        self.signal(signal.SIGTERM)
        _, late = await asyncio.wait([self._task], timeout=self.spec.drain_s)
        if late:
            self._say(f"{self.spec.name} did not end in {self.spec.drain_s:.0f} s and is killed")
            self.kill()
            await asyncio.wait([self._task], timeout=5)
        if self._handler:
            self._handler.close()

    def kill(self) -> None:
        """SIGKILL to the process and whatever it started in its session."""
        self._stopping = True
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, to the whole process group when it is SIGKILL."""
        if self.pid is None:
            return
        with suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)

    async def _watch(self) -> None:
        failures = 0
        while not self._stopping:
            started = time.monotonic()
            status = await self._run_once()
            if self._stopping:
                return
            failures = 1 if time.monotonic() - started > LONG_LIFE_S else failures + 1
            wait_s = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
            self._say(f"{self.spec.name} ended ({_in_words(status)}); starting it again in {wait_s} s")
            await asyncio.sleep(wait_s)

    async def _run_once(self) -> int:
        reading, writing = os.pipe()
        loop = asyncio.get_running_loop()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.spec.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                env=dict(self.spec.env),
                cwd="/",
                start_new_session=True,
                preexec_fn=self._become,
                **self._user(),
            )
        finally:
            os.close(writing)
        self.starts += 1
        self.pid = self._process.pid
        if self.spec.cgroup:
            # By us: to leave the cgroup it was born in takes rights on that one, which its own user lacks.
            self.spec.cgroup.write_text(str(self.pid))
        os.set_blocking(reading, False)
        # A pipe of our own, not asyncio's: grandchildren that hold it open must not hide that the process ended.
        loop.add_reader(reading, self._read, reading)
        try:
            return await self._process.wait()
        finally:
            self._read(reading)
            loop.remove_reader(reading)
            os.close(reading)
            # What it started in its session goes with it: a half-dead process must not hold sockets or locks.
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.pid = None

    def _user(self) -> dict[str, Any]:
        who = self.spec.who
        if not self.spec.switch_user:
            return {}
        return {"user": who.uid, "group": who.gid, "extra_groups": list(who.groups), "umask": 0o022}

    def _become(self) -> None:
        """Run in the new process, already as its user: dies with us, gains no privileges."""
        os.nice(self.spec.nice)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def _read(self, fd: int) -> None:
        with suppress(BlockingIOError):
            while data := os.read(fd, 65536):
                text = data.decode(errors="replace")
                self.tail.extend(text.splitlines())
                if self._handler:
                    self._handler.handle(logging.makeLogRecord({"msg": text, "levelno": logging.INFO}))
            # End of file: a reader left in place would be called for ever.
            asyncio.get_running_loop().remove_reader(fd)


def _in_words(status: int) -> str:
    if status >= 0:
        return f"exit {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
