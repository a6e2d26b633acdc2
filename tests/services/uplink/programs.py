"""Programs outside: the real anvil-uplink from PyPI, in a process and a virtual environment of its own."""

import asyncio
import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.fixtures.processes import start, stop
from tests.services.fake_runner import eventually_true
from tests.services.site_server import SiteServer

from widget_model.ids import new_id
from widget_site.services.signing import PURPOSE, WidgetSigner
from widget_site.store import uplink_keys
from widget_site.store.values import Widget
from widget_site.uplink.handshake import new_key
from widget_wire import media_chunks
from widget_wire.runs import ServiceCall
from widget_wire.values import flatten, inflate

UPLINK = "anvil-uplink==0.7.0"
OLDEST = (3, 8)
#: A Python starts, imports and connects within this, on a machine that does other things too.
WAIT_S = 40.0
HEAD = "import sys, json, anvil, anvil.server\nKEY, URL = sys.argv[1:3]\n"
TAIL = "\nanvil.server.connect(KEY, url=URL)\nanvil.server.wait_forever()\n"


class CallError(Exception):
    """What a server function raised: type and message."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["type"], error["message"])
        self.kind, self.text, self.trace = error["type"], error["message"], error["trace"]


@functools.cache
def pythons() -> dict[str, str]:
    """Return every CPython of this machine that the client runs on, by its version: "3.8" to an executable."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [sys.executable, *(str(path) for path in sorted(pyenv.glob("*/bin/python")))]
    found += [path for minor in range(8, 20) if (path := shutil.which(f"python3.{minor}"))]
    known: dict[str, str] = {}
    for path in found:
        asked = [path, "-c", "import sys; print(sys.implementation.name, *sys.version_info[:2])"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False).stdout.split()
        if len(said) == 3 and said[0] == "cpython" and (int(said[1]), int(said[2])) >= OLDEST:
            known.setdefault(f"{said[1]}.{said[2]}", path)
    return known


def environment(folder: Path, version: str) -> str:
    """Return a Python of this version that has the real client; made once in ``folder``."""
    home = folder / version
    python = home / "bin/python"
    if not python.exists():
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "-q", "--python", pythons()[version], str(home)], check=True, timeout=120)
        install = [*uv, "pip", "install", "-q", "--python", str(python), UPLINK]
        subprocess.run(install, check=True, timeout=300)
    return str(python)


class Caller:
    """Calls server functions of a widget as its server code does, with Python values."""

    def __init__(self, served: SiteServer, widget: Widget) -> None:
        self.served = served
        self.widget = widget
        self._signer = WidgetSigner(served.parts.secret_box.derived_keys(PURPOSE), widget.id)

    async def call(self, command: str, *args: Any, **kwargs: Any) -> Any:
        """Return what the function returned; CallError when it raised."""
        flat = flatten({"args": list(args), "kwargs": kwargs}, self._signer)
        media = media_chunks.write({name: one.content for name, one in flat.media.items()})
        client = {"type": "http", "ip": "192.0.2.7", "location": None}
        call = ServiceCall(
            new_id(), "", "r1", self.widget.id, "route", "", command, flat.message, media,
            slug=self.widget.slug, client=client, call_stack=({"type": "server_module"}, {"type": "http"}),
        )  # fmt: skip
        answer = await self.served.application.call(call)
        if "error" in answer.message:
            raise CallError(answer.message["error"])
        frames = await self.served.parts.parcels.frames(answer.media, answer.parcel, 1 << 30)
        return inflate(dict(answer.message), media_chunks.read(frames), self._signer)["response"]

    async def error(self, command: str, *args: Any) -> tuple[str, str]:
        """Return type and message of what the function raises."""
        try:
            answer = await self.call(command, *args)
        except CallError as error:
            return error.kind, error.text
        raise AssertionError(f"{command} answered {answer!r}")

    async def key(self, kind: str = "server") -> str:
        """Return a new key of the widget."""
        key, key_hash = new_key(kind)
        await uplink_keys.add(self.served.parts.store, self.widget.slug, self.served.owner.id, kind, key_hash)
        return key

    def has(self, name: str, count: int = 1) -> bool:
        """Whether so many uplinks answer this name."""
        return len(self.served.parts.uplinks.directory.find(self.widget.id, name)) == count

    async def until_has(self, name: str, count: int = 1) -> None:
        """Wait until so many uplinks answer this name."""

        async def has() -> bool:
            return self.has(name, count)

        await eventually_true(has, WAIT_S)

    @contextlib.asynccontextmanager
    async def program(
        self, python: str, source: str, folder: Path, *more: str, key: str = ""
    ) -> AsyncIterator["Program"]:
        """Run a program with ``KEY`` and ``URL`` inside the block."""
        key = key or await self.key()
        file = folder / f"{new_id()}.py"
        file.write_text(HEAD + source + TAIL)
        url = f"ws://127.0.0.1:{self.served.port}/_/uplink"
        log = file.with_suffix(".log")
        process = start([python, "-u", file, key, url, *more], log, env={**os.environ, "TZ": "UTC"})
        try:
            yield Program(process, log)
        finally:
            await asyncio.to_thread(stop, process)


class Program:
    """A running program."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self._log = log

    def said(self) -> str:
        """What it printed and logged."""
        return self._log.read_text(errors="replace")

    async def until_says(self, pattern: str) -> str:
        """Wait until it has said this; return the first group, or all."""
        found: list[str] = []

        async def says() -> bool:
            match = re.search(pattern, self.said())
            found[:] = [match[match.lastindex or 0]] if match else []
            return bool(match)

        try:
            await eventually_true(says, WAIT_S)
        except Exception as error:
            raise AssertionError(f"it did not say {pattern!r}:\n{self.said()}") from error
        return found[0]
