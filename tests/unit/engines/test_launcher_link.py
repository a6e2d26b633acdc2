"""The runner's connection to a launcher that misbehaves."""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from widget_runner.engines import launcher_link
from widget_runner.engines.base import EngineError
from widget_runner.engines.launcher_link import LauncherLink


async def test_a_sandbox_whose_end_nobody_tells_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher_link, "KILL_TIMEOUT_S", 0.05)
    path = tmp_path / "launcher.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        link = LauncherLink(path, {})
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            launching = asyncio.create_task(link.launch("w-a-1", theirs))
            peer, _ = await asyncio.to_thread(listener.accept)
            with peer:
                peer.send(json.dumps({"ev": "launched", "name": "w-a-1", "pid": 4711}).encode())
                assert await launching == 4711

                with pytest.raises(EngineError, match="did not end within"):
                    await link.kill("w-a-1")
                await link.close()
