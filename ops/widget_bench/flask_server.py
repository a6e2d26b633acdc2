"""Flask under gunicorn with one sync worker: the classic way to keep one process for all requests."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from widget_bench.baseline import Baseline
from widget_bench.http_client import request_bytes
from widget_bench.samples import BenchError

#: Installed into a virtual environment of their own beside the benchmark's data.
PACKAGES = ("flask==3.1.2", "gunicorn==23.0.0")
#: What the benchmark's route does: read the query, answer JSON, count in a global.
_APP = """
from flask import Flask, request

app = Flask(__name__)
count = 0


@app.get("/json")
def answer():
    global count
    count += 1
    return {"hello": request.args.get("name", "world"), "count": count}
"""


@dataclass(frozen=True)
class FlaskServer:
    """A running gunicorn."""

    port: int
    #: What it runs.
    about: str

    def request(self) -> bytes:
        """Return the request that is sent."""
        return request_bytes("GET", "/json?name=bench", f"127.0.0.1:{self.port}")


@contextlib.contextmanager
def flask_server(folder: Path, baseline: Baseline) -> Iterator[FlaskServer]:
    """Serve the app from ``folder`` by the interpreter that widgets run on."""
    home, environment = folder / "venv", {**os.environ, **baseline.environment}
    if not (home / "bin/gunicorn").exists():
        _install(home, baseline.python, environment)
    (folder / "app.py").write_text(_APP)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(home / "bin/gunicorn"), "--workers=1", "--worker-class=sync", f"--bind=127.0.0.1:{port}", "app:app"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        _wait(server, port, folder / "log")
        yield FlaskServer(port, f"{', '.join(PACKAGES)} on {baseline.python}")
    finally:
        server.terminate()
        server.wait(10)


def _install(home: Path, python: Path, environment: dict[str, str]) -> None:
    # The home of root may be covered by a folder of 1 MB (``widget_all_in_one.reach``), and uv's cache is there.
    uv = [sys.executable, "-m", "uv", "--no-cache"]
    for command in (
        [*uv, "venv", "-q", "--clear", "--python", str(python), str(home)],
        [*uv, "pip", "install", "-q", "--python", str(home / "bin/python"), *PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
        if done.returncode:
            raise BenchError(f"{' '.join(command)} failed:\n{done.stderr[-1000:]}")


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise BenchError(f"gunicorn does not answer:\n{log.read_text(errors='replace')[-1000:]}")
