"""A hundred megabytes through a route, both ways: site and runner hold little of them (M-12)."""

import hashlib
import http.client
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures.stack import Stack

MAIN = """
import hashlib
import anvil
from anvil.server import request, route

@route("/digest", methods=["POST"])
def digest():
    content = request.body.get_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

@route("/large")
def large():
    return anvil.BlobMedia("application/x-large", bytes(range(256)) * (100 * 4096), name="large.bin")
"""
MB = 1024 * 1024
SIZE = 100 * MB
#: What either process may need more than before: windows, buffers of sockets, and what malloc keeps of them.
MOST_BYTES = 48 * MB
PIECE = bytes(range(256)) * 256


def pieces() -> Iterator[bytes]:
    return itertools.repeat(PIECE, SIZE // len(PIECE))


def memory(pid: int, field: str) -> int:
    """Return "VmRSS" or "VmHWM" (its peak) of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


class Watched:
    """The memory of site and runner, and more, from here on."""

    def __init__(self, stack: Stack, *more: str) -> None:
        self.pids = {name: pid for name, pid in stack.pids().items() if name in ("site", "runner", *more)}
        for pid in self.pids.values():
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak
        self.before = {name: memory(pid, "VmRSS") for name, pid in self.pids.items()}

    def more(self) -> dict[str, int]:
        """Return by how many bytes each has grown at its peak."""
        return {name: memory(pid, "VmHWM") - self.before[name] for name, pid in self.pids.items()}


def opened(stack: Stack, slug: str, method: str, path: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=100)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", f"{slug}.localhost:{stack.port}")
    return connection


@pytest.mark.root
@pytest.mark.timeout(300)  # 200 MB on machines that do other things, too
def test_m_12_a_hundred_megabytes_through_a_route_in_bounded_memory(stack: Stack) -> None:
    slug = stack.sign_up().make("api", MAIN)["slug"]
    stack.widget(slug, "/digest", "POST", b"warm")
    watched = Watched(stack)

    sending = opened(stack, slug, "POST", "/digest")
    sending.putheader("Content-Length", str(SIZE))
    sending.endheaders()
    for piece in pieces():
        sending.send(piece)
    answer = sending.getresponse()
    received = json.loads(answer.read())
    sending.close()
    after_request = watched.more()

    reading = opened(stack, slug, "GET", "/large")
    reading.endheaders()
    large = reading.getresponse()
    digest, size = hashlib.sha256(), 0
    while piece := large.read(64 * 1024):
        digest.update(piece)
        size += len(piece)
    reading.close()
    expected = hashlib.sha256()
    for piece in pieces():
        expected.update(piece)

    assert received == {"bytes": SIZE, "sha256": expected.hexdigest()}
    assert (large.status, size, digest.hexdigest()) == (200, SIZE, expected.hexdigest())
    assert max(after_request.values()) < MOST_BYTES, after_request
    assert max(watched.more().values()) < MOST_BYTES, watched.more()
