"""What an install may download is counted over both of its tries: without builds, and with them."""

from collections.abc import Callable
from typing import Any

import pytest

from widget_runner.installs import installer
from widget_runner.installs.failures import Bounds
from widget_runner.installs.installer import Installer
from widget_wire.installs import InstallRequest


class Sandbox:
    """An install sandbox that downloads 700 bytes and finds no wheels, and with builds nothing to install."""

    spent = False

    def __init__(self, used: int, heard: Callable[[str], None]) -> None:
        self.downloaded_bytes = used
        self._heard = heard

    async def resolve(self, requirements: Any, builds: bool) -> str | None:
        self.downloaded_bytes += 700
        if builds:
            return ""
        self._heard("error: x has no usable wheels and building from source is disabled\n")
        return None

    async def close(self) -> None: ...


async def test_p_03_the_second_try_may_download_only_what_the_first_left(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, int]] = []

    class Start:
        @staticmethod
        async def start(_engine: Any, spec: Any, _egress: Any, used: int, heard: Callable[[str], None]) -> Sandbox:
            begun.append((spec.name, used))
            return Sandbox(used, heard)

    monkeypatch.setattr(installer, "InstallSandbox", Start)
    nothing: Any = None
    made = Installer(nothing, nothing, nothing, Bounds(1.0, 60.0, 10), "r1")

    done = await made.install(InstallRequest("s", ("x==1",), "salt"), made.state())

    assert [used for _, used in begun] == [0, 700]
    # Each try has a sandbox of its own, of which nothing is left for the next.
    assert begun[0][0] != begun[1][0]
    assert (done.status, done.downloaded_bytes) == ("ready", 1400)
