"""A hundred megabytes of Media through the real uplink: site, runner and Redis hold little of them (M-12).

Here a task of the widget calls the uplink; the tour (``uplink_tour``) calls the other way round.
"""

import hashlib
from pathlib import Path

import pytest
from tests.fixtures.processes import start, stop, wait_until
from tests.fixtures.stack import Stack
from tests.ops.test_large_bodies import MOST_BYTES, SIZE, Watched, pieces
from tests.services.uplink.programs import environment, pythons

MAIN = """
import hashlib
import anvil, anvil.server

@anvil.server.background_task
def through():
    media = anvil.BlobMedia("application/x-large", bytes(range(256)) * (100 * 4096), name="large.bin")
    back = anvil.server.call("outside", media)
    return [back.length, hashlib.sha256(back.get_bytes()).hexdigest(), back.name]
"""
PROGRAM = """
import sys, time
import anvil, anvil.server

@anvil.server.callable
def outside(media):
    return anvil.BlobMedia("application/x-turned", media.get_bytes()[::-1], name="turned " + media.name)

anvil.server.connect(sys.argv[1], url=sys.argv[2])
task = anvil.server.launch_background_task("through")
while task.is_running():
    time.sleep(0.5)
print("OUTSIDE", task.get_return_value(), flush=True)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with the real client."""
    return environment(tmp_path_factory.mktemp("uplink-venvs"), next(iter(pythons())))


def forgotten(pid: int) -> bool:
    """Whether a process has no file open that has no name."""
    return not any(str(fd.readlink()).endswith("(deleted)") for fd in Path(f"/proc/{pid}/fd").iterdir())


@pytest.mark.root
@pytest.mark.timeout(500)  # 200 MB, which the client masks byte by byte, on machines that do other things, too
def test_m_12_a_hundred_megabytes_through_the_uplink_in_bounded_memory(
    stack: Stack, python: str, tmp_path: Path
) -> None:
    owner = stack.sign_up()
    slug = owner.make("api", MAIN)["slug"]
    key = owner.call("POST", f"/widgets/{slug}/uplink-keys", {"kind": "server"}).json["key"]
    program, log = tmp_path / "program.py", tmp_path / "log"
    program.write_text(PROGRAM)
    turned = hashlib.sha256()
    for piece in pieces():
        turned.update(piece[::-1])
    watched = Watched(stack, "redis")

    process = start([python, "-u", program, key, f"ws://127.0.0.1:{stack.port}/_/uplink"], log)
    try:
        process.wait(420)
    finally:
        stop(process)

    assert f"OUTSIDE {[SIZE, turned.hexdigest(), 'turned large.bin']}\n" in log.read_text()
    assert max(watched.more().values()) < MOST_BYTES, watched.more()
    for name in ("site", "runner"):
        wait_until(lambda pid=watched.pids[name]: forgotten(pid), f"{name} to forget the Media")  # type: ignore[misc]
    assert list((stack.data / "spool").iterdir()) == []
