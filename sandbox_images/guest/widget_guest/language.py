"""What runs in the sandbox of an editor's language tools: it starts them on the runner's pipes.

No code of a user runs in here, but what the tools read is written by strangers, so whatever they say may be hostile.

Runner to us
    ``{"op": "run", "id": <int>, "tool": "check", "format" or "server"}`` + its standard input and output. Answered by
    ``{"ev": "ended", "id": ..., "status": <exit code>}``.
    ``{"op": "file", "id": <int>, "path": ...}`` + a pipe: keep its text as this file of the widget; ``ended`` answers.
    ``{"op": "remove", "path": ...}``
We to the runner
    ``{"ev": "ready"}``, and ``ended``.
"""

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import socket

import widget_policy
from widget_guest import seccomp, syscalls
from widget_wire.control import MAX_PACKET_BYTES, packet
from widget_wire.language import CLIENT_FOLDER, CLIENT_LIBRARY, WIDGET_FOLDER

#: Where the tools' settings lie: ours, above the widget's files, so that none of those counts as settings.
_WORK = Path("/work")
_RUFF = [widget_policy.RUFF]
#: Nothing of the tree counts as settings; rules that find mistakes, none of taste.
_OPTIONS = ["--isolated", "--no-cache", "--target-version", "py310", "--stdin-filename", "module.py"]
#: `from anvil import *` is how forms begin, so that names out of it are no mistakes.
_RULES = ["--select", "E4,E7,E9,F,B,PLE,W605", "--ignore", "F403,F405"]
#: What every run has beside Python's own; ``stubs/__builtins__.pyi`` tells the language server of it.
_NAMES = ["--config", 'builtins = ["display"]']
TOOLS = {
    "check": [*_RUFF, "check", *_OPTIONS, *_RULES, *_NAMES, "--output-format", "json", "--exit-zero", "-"],
    "format": [*_RUFF, "format", *_OPTIONS, "--quiet", "-"],
    "server": [widget_policy.PYREFLY, "lsp"],
}
_HERE = Path(__file__).resolve().parent
#: Nobody is asked for an interpreter, and nothing outside of these folders is looked at.
_SETTINGS = f"""
project-includes = ["{WIDGET_FOLDER}/**/*.py"]
search-path = ["{WIDGET_FOLDER}"]
disable-search-path-heuristics = true
site-package-path = [
    "/env", "{_HERE / "stubs"}", "/opt/anvil", "/usr/local/lib/python3.10/site-packages", "{_HERE / "offered"}",
]
python-version = "3.10"
python-platform = "linux"
skip-interpreter-query = true
use-ignore-files = false
"""
#: Client code runs in a browser: nothing of the server's packages is there, and its Python is another one.
_CLIENT_SETTINGS = f"""
project-includes = ["**/*.py"]
search-path = ["{WIDGET_FOLDER}/{CLIENT_FOLDER}", "{WIDGET_FOLDER}/{CLIENT_LIBRARY}"]
disable-search-path-heuristics = true
site-package-path = []
python-version = "3.14"
python-platform = "emscripten"
skip-interpreter-query = true
use-ignore-files = false
"""


class Tools:
    """Obeys the runner until it goes away."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    def serve(self) -> None:
        """Serve ops one after the other; tools run beside."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._control, MAX_PACKET_BYTES, 2)
            if not data:
                return
            message = json.loads(data)
            try:
                if message["op"] == "run":
                    self._start(message["id"], message["tool"], descriptors)
                elif message["op"] == "file":
                    _keep(message["path"], descriptors.pop())
                    self._control.send(packet(ev="ended", id=message["id"], status=0))
                else:
                    _place(message["path"]).unlink(missing_ok=True)
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    def _start(self, number: int, tool: str, descriptors: "list[int]") -> None:
        process = subprocess.Popen(  # noqa: S603 - one of our own command lines
            TOOLS[tool],
            stdin=descriptors[0],
            stdout=descriptors[1],
            stderr=subprocess.DEVNULL,
            cwd=_WORK,
            preexec_fn=None if tool == "server" else _bound,
        )
        threading.Thread(target=self._await, args=(number, process), daemon=True).start()

    def _await(self, number: int, process: "subprocess.Popen[bytes]") -> None:
        status = process.wait()
        with contextlib.suppress(OSError):  # the runner has gone
            self._control.send(packet(ev="ended", id=number, status=status))


def _bound() -> None:
    for line in widget_policy.page("limits")["language_tool"]:
        resource.setrlimit(getattr(resource, f"RLIMIT_{line['name']}"), (line["value"], line["value"]))


def _keep(path: str, pipe: int) -> None:
    place = _place(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(pipe, "rb") as source, place.open("wb") as out:
        out.write(source.read())


def _place(path: str) -> Path:
    """Return where a file of the widget is kept; the runner has checked the name, and so do we."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or pure.suffix != ".py":
        raise ValueError(f"not a module of a widget: {path!r}")
    return Path(WIDGET_FOLDER) / pure


def main() -> None:
    """Close this process in and serve."""
    config = json.loads(os.environ.pop(widget_policy.CONFIG_VARIABLE))
    control = socket.socket(fileno=config["control"])
    control.set_inheritable(False)
    for line in widget_policy.page("limits")["language"]:
        resource.setrlimit(getattr(resource, f"RLIMIT_{line['name']}"), (line["value"], line["value"]))
    Path(WIDGET_FOLDER).mkdir()
    (_WORK / "pyrefly.toml").write_text(_SETTINGS)
    for folder in (CLIENT_FOLDER, CLIENT_LIBRARY):
        Path(WIDGET_FOLDER, folder).mkdir()
        Path(WIDGET_FOLDER, folder, "pyrefly.toml").write_text(_CLIENT_SETTINGS)
    widget_policy.page("limits")  # read before the fork of a thread's process needs it
    syscalls.install_filter(seccomp.boot_filter())
    syscalls.install_filter(seccomp.child_filter())
    control.send(packet(ev="ready"))
    Tools(control).serve()


if __name__ == "__main__":
    main()
