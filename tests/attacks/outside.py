"""The same attack code without a sandbox: a plain CPython of an ordinary account, in a cgroup that bounds it."""

import asyncio
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fixtures.engines import CONTROL_UID

from widget_runner.cgroups import Cgroup

#: What attack code may use: raw system calls, and errors as values.
PRELUDE = """
import ctypes, errno, json, os, signal, socket, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    return result if result >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")
def attempt(function):
    try:
        return function()
    except BaseException as error:
        return type(error).__name__ + ":" + str(errno.errorcode.get(getattr(error, "errno", None), error))[:80]
def say(value):
    print(json.dumps(value), flush=True)
"""

#: Enter the cgroups named on the command line up to "--", drop to an account, then execute the rest.
_ENTER = """
uid=$1; shift
while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
"""


@dataclass
class Outside:
    """Runs code outside of any sandbox."""

    python: list[str]
    cgroup: Cgroup

    def command(self, code: str, uid: int = CONTROL_UID) -> list[str]:
        """Return the command line that runs ``code``."""
        files = [str(folder / "cgroup.procs") for folder in self.cgroup.folders.values()]
        return ["/bin/sh", "-c", _ENTER, "enter", str(uid), *files, "--", *self.python, "-c", PRELUDE + code]

    async def start(self, code: str, uid: int = CONTROL_UID, **more: Any) -> asyncio.subprocess.Process:
        """Start ``code`` in a session of its own."""
        return await asyncio.create_subprocess_exec(
            *self.command(code, uid), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            cwd="/tmp", **more,
        )  # fmt: skip

    async def run(self, code: str, uid: int = CONTROL_UID, timeout_s: float = 20.0, **more: Any) -> tuple[int, bytes]:
        """Run ``code``; return its exit status and what it printed."""
        process = await self.start(code, uid, **more)
        try:
            async with asyncio.timeout(timeout_s):
                out, err = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        assert process.returncode is not None
        assert process.returncode <= 0 or out, err.decode()[-2000:]
        return process.returncode, out

    async def said(self, code: str, uid: int = CONTROL_UID, timeout_s: float = 20.0) -> Any:
        """Run ``code``; return what it printed last, as JSON."""
        _, out = await self.run(code, uid, timeout_s)
        return json.loads(out.splitlines()[-1])


def find_python(rootfs: Path) -> list[str]:
    """Return how the image's own CPython 3.10 is started outside, by an ordinary account."""
    command = ["/usr/bin/env", f"LD_LIBRARY_PATH={rootfs}/usr/local/lib", f"{rootfs}/usr/local/bin/python3.10", "-I"]
    drop: dict[str, Any] = {"user": CONTROL_UID, "group": CONTROL_UID, "extra_groups": []} if os.geteuid() == 0 else {}
    answer = subprocess.run([*command, "-c", "import ctypes, json; print(1)"], capture_output=True, **drop)
    assert answer.stdout == b"1\n", f"the image's CPython does not run outside it: {answer.stderr.decode()}"
    return command
