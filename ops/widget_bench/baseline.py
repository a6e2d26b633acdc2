"""The yardstick: starting the image's own CPython 3.10 that does nothing."""

import os
import time
from pathlib import Path

from widget_bench.samples import BenchError


class Baseline:
    """``python3.10 -I -c pass`` with the interpreter of the sandbox image, run outside of any sandbox."""

    def __init__(self, rootfs: Path) -> None:
        self.python = (rootfs / "usr/local/bin/python3.10").resolve()
        if not self.python.exists():
            raise BenchError(f"the image at {rootfs} has no usr/local/bin/python3.10")
        # Its library lies beside it, where only the image's own loader would look.
        self.environment = {"LD_LIBRARY_PATH": str(rootfs.resolve() / "usr/local/lib"), "PATH": "/usr/bin:/bin"}
        self._silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]

    def measure(self) -> float:
        """Return the ms from the start of the process to its end."""
        began = time.perf_counter()
        command = [str(self.python), "-I", "-c", "pass"]
        pid = os.posix_spawn(command[0], command, self.environment, file_actions=self._silent)
        _, status = os.waitpid(pid, 0)
        took_ms = (time.perf_counter() - began) * 1e3
        if status:
            raise BenchError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
        return took_ms
