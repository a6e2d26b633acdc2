"""What the launcher takes from a runner: a name and a socket, nothing more."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from widget_runner import launcher


@pytest.fixture
def connection(launcher: Path | None) -> socket.socket:
    """A runner's connection to a launcher that listens."""
    if launcher is None:
        pytest.skip("without root the launcher has no socket of its own")
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(20)
    link.connect(str(launcher))
    return link


def answer(link: socket.socket, packet: bytes, fds: list[int] | None = None) -> dict[str, object]:
    socket.send_fds(link, [packet], fds or [])
    said: dict[str, object] = json.loads(link.recv(launcher.MAX_PACKET_BYTES))
    return said


@pytest.mark.parametrize(
    "packet",
    [
        b'{"op":"launch","name":"../../etc"}',
        b'{"op":"launch","name":"w-a --bind / /"}',
        b'{"op":"launch","name":"w-a/../../cpu/x"}',
        b'{"op":"launch","name":["w-a"]}',
        b'{"op":"launch","name":"w-a","argv":["sh"],"rootfs":"/"}',
        b'{"op":"exec","name":"w-a"}',
        b'{"op":"launch"}',
        b'"launch"',
        b"\x00\xff",
        b"[" * 4000,
        b'{"op":"launch","name":"w-' + b"a" * 100 + b'"}',
        b'{"pad":"' + b"x" * 5000 + b'"}',
    ],
)
def test_it_refuses_what_is_not_a_plain_request_and_goes_on(packet: bytes, connection: socket.socket) -> None:
    with connection:
        read, write = os.pipe()
        refused = answer(connection, packet, [read, write] if b"argv" in packet else None)
        os.close(read)
        os.close(write)
        assert refused["ev"] == "failed"
        assert refused["text"]
        # It serves on; a name without its cgroup, which only the runner may make, starts nothing either.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            later = answer(connection, b'{"op":"launch","name":"w-nobody-made-its-cgroup"}', [theirs.fileno()])
        assert later["ev"] == "failed"


def test_its_command_line_is_the_policys_and_holds_nothing_of_the_request() -> None:
    settings = launcher.LauncherSettings(rootfs="/image", cgroup_folders={"memory": Path("/c")}, runner_uid=1)
    command = settings.command(7, "run")
    assert command[0] == "bwrap"
    assert {f"--unshare-{kind}" for kind in ("user", "pid", "net", "ipc", "uts", "cgroup")} <= set(command)
    assert "--die-with-parent" in command
    assert command[command.index("--cap-drop") + 1] == "ALL"
    root = command.index("/image")
    assert command[root - 1 : root + 2] == ["--ro-bind", "/image", "/"]
    assert "--bind" not in command
    assert json.loads(command[command.index("--") - 1])["control"] == 7


def test_a_machine_without_room_for_one_more_process_costs_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_arguments: object, **_options: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    made = launcher.Launcher(launcher.LauncherSettings(rootfs="/image", cgroup_folders={}, runner_uid=1))
    monkeypatch.setattr(subprocess, "Popen", no_room)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        made.adopt(theirs)
        before = len(os.listdir("/proc/self/fd"))
        socket.send_fds(ours, [b'{"op":"launch","name":"w-a"}'], [ours.fileno()])
        for key, _ in made._selector.select(5):
            key.data()
        said = json.loads(ours.recv(launcher.MAX_PACKET_BYTES))
        after = len(os.listdir("/proc/self/fd"))

    assert after == before
    assert said["ev"] == "failed"
    assert "can't be started" in said["text"]
