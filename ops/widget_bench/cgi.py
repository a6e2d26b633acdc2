"""CGI scripts under lighttpd: the classic way to have a fresh interpreter per request."""

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from widget_bench.baseline import Baseline
from widget_bench.http_client import Connection, request_bytes
from widget_bench.programs import find_program
from widget_bench.samples import BenchError

_MINIMAL = """import sys
sys.stdout.write('Content-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{}')
"""
#: What the benchmark's route does: read the query, answer JSON.
_EQUAL = """import json, os, sys, time, urllib.parse
query = dict(urllib.parse.parse_qsl(os.environ.get('QUERY_STRING', '')))
body = json.dumps({'hello': query.get('name', 'world'), 'loaded_ns': time.time_ns()})
sys.stdout.write('Content-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s' % (len(body), body))
"""


@dataclass(frozen=True)
class CgiServer:
    """A running lighttpd."""

    port: int
    pid: int

    def request(self, script: str) -> bytes:
        """Return the request for "minimal" or "equal"."""
        return request_bytes("GET", f"/{script}.cgi?name=bench", f"127.0.0.1:{self.port}")

    def measurer(self, script: str) -> "CgiCall":
        """Return who measures one script."""
        return CgiCall(Connection("127.0.0.1", self.port), self.request(script), script)


@dataclass
class CgiCall:
    """One script, called over a connection that is kept."""

    connection: Connection
    sent: bytes
    script: str

    def __call__(self) -> float:
        """Return the ms of one call; BenchError unless it answers 200 and what it should."""
        began = time.perf_counter()
        answer = self.connection.request(self.sent)
        took_ms = (time.perf_counter() - began) * 1e3
        if answer.status != 200:
            raise BenchError(f"CGI {self.script} answered {answer.status}: {answer.body[:200]!r}")
        if self.script == "equal" and json.loads(answer.body)["hello"] != "bench":
            raise BenchError(f"CGI {self.script} answered {answer.body[:200]!r}")
        return took_ms


@contextlib.contextmanager
def cgi_server(folder: Path, baseline: Baseline) -> Iterator[CgiServer]:
    """Serve both scripts, run by the image's own interpreter, from ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, code in (("minimal", _MINIMAL), ("equal", _EQUAL)):
        script = folder / f"{name}.cgi"
        script.write_text(f"#!{baseline.python} -I\n{code}")
        script.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "lighttpd.conf"
    config.write_text(
        f'server.modules = ("mod_cgi")\nserver.document-root = "{folder}"\nserver.bind = "127.0.0.1"\n'
        f'server.port = {port}\ncgi.assign = (".cgi" => "")\nserver.max-keep-alive-requests = 1000000\n'
        'server.errorlog = "/dev/stderr"\n'
    )
    lighttpd = find_program("lighttpd")
    if lighttpd is None:
        raise BenchError("no lighttpd: apt-get install lighttpd")
    environment = {**os.environ, **baseline.environment}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [lighttpd, "-D", "-f", str(config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        _wait(server, port, folder / "log")
        yield CgiServer(port, server.pid)
    finally:
        server.terminate()
        server.wait(10)


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise BenchError(f"lighttpd does not answer:\n{log.read_text(errors='replace')[-1000:]}")
