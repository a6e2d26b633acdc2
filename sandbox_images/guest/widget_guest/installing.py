"""What runs in the throw-away sandbox of an install: uv, and a link to the runner that says how far it is.

The control socket is that of ``widget_wire.control``; after ``ready`` (with the listener for the egress proxy):

Runner to us
    ``{"op": "resolve", "requirements": [...], "index": <url>, "builds": <bool>}``: find the versions.
    ``{"op": "install"}`` + a pipe: install what was found and write the environment to the pipe (``packing``).
We to the runner
    ``{"ev": "log", "text": ...}`` what uv said; ``{"ev": "lock", "text": ...}`` parts of the lock;
    ``{"ev": "resolved"}``, ``{"ev": "installed"}`` or ``{"ev": "failed", "op": ...}``, each ending its op.

Where ``builds`` is false no code of a package runs in here, so what is said can be believed; otherwise nothing can.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import socket

import widget_policy
from widget_guest import seccomp, syscalls
from widget_wire import packing
from widget_wire.control import EGRESS_PORT, MAX_PACKET_BYTES, packet

_PYTHON = "/usr/local/bin/python3.10"
_WORK = "/work"
_PIECE_CHARS = 8000
_PROXY = f"http://127.0.0.1:{EGRESS_PORT}"


class Installer:
    """Obeys the runner until it goes away."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._options: list[str] = []

    def serve(self) -> None:
        """Serve ops one after the other."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._control, MAX_PACKET_BYTES, 1)
            if not data:
                return
            message = json.loads(data)
            if message["op"] == "resolve":
                done = self._resolve(message)
            else:
                done = self._install(descriptors[0])
            if not done:
                self._say(ev="failed", op=message["op"])

    def _resolve(self, message: dict[str, Any]) -> bool:
        self._options = [
            "--python", _PYTHON, "--default-index", message["index"], "--color", "never", "--no-progress",
        ]  # fmt: skip
        if not message["builds"]:
            self._options += ["--only-binary", ":all:"]
        Path(_WORK, "asked.txt").write_text("".join(f"{line}\n" for line in message["requirements"]))
        command = ["compile", *self._options, "--generate-hashes", "--no-header", "--no-annotate"]
        if not self._uv([*command, "--quiet", "--output-file", "lock.txt", "asked.txt"]):
            return False
        lock = Path(_WORK, "lock.txt").read_text()
        for start in range(0, len(lock), _PIECE_CHARS):
            self._say(ev="lock", text=lock[start : start + _PIECE_CHARS])
        self._say(ev="resolved")
        return True

    def _install(self, pipe: int) -> bool:
        options = [
            "--require-hashes",
            "--no-deps",
            "--compile-bytecode",
            "--target",
            "env",
            "--requirements",
            "lock.txt",
        ]
        done = self._uv(["install", *self._options, *options, "--requirements", "lock.txt"])
        with os.fdopen(pipe, "wb") as out:
            if done:
                packing.pack(f"{_WORK}/env", out)
                self._say(ev="installed")
        return done

    def _uv(self, arguments: list[str]) -> bool:
        """Run uv and pass on what it says; whether it was content."""
        environment = {
            **os.environ,
            "HTTP_PROXY": _PROXY, "HTTPS_PROXY": _PROXY, "http_proxy": _PROXY, "https_proxy": _PROXY,
            "UV_NO_CONFIG": "1", "UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "30", "UV_CACHE_DIR": f"{_WORK}/cache",
            "UV_LINK_MODE": "hardlink", "UV_PYTHON_DOWNLOADS": "never",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            # By content and never looked at again: the environment is read-only, and copying changes its files' times.
            "PYC_INVALIDATION_MODE": "UNCHECKED_HASH",
        }  # fmt: skip
        command = [widget_policy.UV, "pip", *arguments]
        pipe, null = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(  # noqa: S603 - the installer; what people ask for is in files, checked before
            command, cwd=_WORK, env=environment, stdin=null, stdout=pipe, stderr=subprocess.STDOUT
        ) as uv:
            assert uv.stdout is not None
            while chunk := os.read(uv.stdout.fileno(), _PIECE_CHARS):
                self._say(ev="log", text=chunk.decode(errors="replace"))
        return uv.returncode == 0

    def _say(self, **fields: Any) -> None:
        self._control.send(packet(**fields))


def main() -> None:
    """Close this process in, hand out the way to the index, serve."""
    config = json.loads(os.environ.pop(widget_policy.CONFIG_VARIABLE))
    control = socket.socket(fileno=config["control"])
    control.set_inheritable(False)
    for line in widget_policy.page("limits")["install"]:
        resource.setrlimit(getattr(resource, f"RLIMIT_{line['name']}"), (line["value"], line["value"]))
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", EGRESS_PORT))
    listener.listen(128)
    syscalls.install_filter(seccomp.boot_filter())
    syscalls.install_filter(seccomp.child_filter())
    socket.send_fds(control, [packet(ev="ready")], [listener.fileno()])
    listener.close()
    Installer(control).serve()


if __name__ == "__main__":
    main()
