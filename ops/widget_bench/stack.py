"""The site that is measured: started by ``ops/up`` for this benchmark alone, or one that runs already."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from widget_bench.samples import BenchError

_READY = re.compile(r"Widgetry is ready at (\S+)")
_READY_S = 300.0


@dataclass(frozen=True)
class Stack:
    """A running site."""

    url: str
    #: Of our own ``ops/up``; None for a site that ran already.
    pid: int | None


@contextlib.contextmanager
def own_stack(data: Path, engine: str, rootfs: Path | None, settings: Mapping[str, str]) -> Iterator[Stack]:
    """Start everything on a free port with an empty database and no environments in ``data``, and stop it in the end.

    The image in ``data`` is kept for the next time; ``rootfs`` is one to use instead.
    """
    for left in ("site", "redis", "run", "logs", "environments", "spool"):
        for folder in (data / left).rglob("*/"):
            folder.chmod(0o755)  # environments are read-only
        shutil.rmtree(data / left, ignore_errors=True)
    data.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **settings}
    if rootfs is not None:
        environment["WIDGETRY_ROOTFS"] = str(rootfs)
    command = [
        sys.executable,
        "-m",
        "widget_all_in_one",
        "up",
        "--port",
        str(port),
        "--data",
        str(data),
        "--engine",
        engine,
    ]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: list[str] = []
    ready = threading.Event()
    reader = threading.Thread(target=_read, args=(process, lines, ready), daemon=True)
    reader.start()
    try:
        yield Stack(_wait(process, lines, ready), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        process.wait()
        reader.join(5)


def _read(process: "subprocess.Popen[str]", lines: list[str], ready: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if _READY.search(line):
            ready.set()
    ready.set()


def _wait(process: "subprocess.Popen[str]", lines: list[str], ready: threading.Event) -> str:
    deadline = time.monotonic() + _READY_S
    ready.wait(max(0.0, deadline - time.monotonic()))
    found = _READY.search("".join(lines))
    if found is None:
        raise BenchError(f"ops/up did not become ready (exit {process.poll()}):\n{''.join(lines[-40:])}")
    return found[1]
