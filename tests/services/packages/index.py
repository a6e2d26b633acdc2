"""A package index on this machine, over plain HTTP, with packages made in memory."""

import hashlib
import http.server
import io
import tarfile
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Index:
    """Serves what was added; ``asked`` holds the paths of every request."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    #: Seconds before each file is sent; when it becomes less, files that wait are sent sooner, too.
    slow_s: float = 0.0
    #: Every answer is cut off in its middle.
    is_down: bool = False

    def __enter__(self) -> "Index":
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.add_wheel("pip", "1.0", {"pip/__init__.py": ""})
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What the operator sets."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple"

    def add_wheel(self, name: str, version: str, files: Mapping[str, str | bytes], requires: str = "") -> None:
        """Offer a wheel of these files."""
        info = f"{name}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {line}\n" for line in requires.splitlines())
        held: dict[str, str | bytes] = {
            **files,
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        held[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*held, f"{info}/RECORD"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as wheel:
            for path, content in held.items():
                wheel.writestr(path, content)
        self.files.setdefault(name, {})[f"{name}-{version}-py3-none-any.whl"] = packed.getvalue()

    def add_sdist(self, name: str, version: str, backend: str) -> None:
        """Offer a source distribution whose build is the code ``backend``, with a ``wheel(folder)`` to end with."""
        project = f'[project]\nname = "{name}"\nversion = "{version}"\n'
        project += '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        files = {"pyproject.toml": project, "backend.py": _BACKEND.format(name=name, version=version) + backend}
        files["PKG-INFO"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as sdist:
            for path, text in files.items():
                entry = tarfile.TarInfo(f"{name}-{version}/{path}")
                entry.size = len(text.encode())
                sdist.addfile(entry, io.BytesIO(text.encode()))
        self.files.setdefault(name, {})[f"{name}-{version}.tar.gz"] = packed.getvalue()


#: A build backend without dependencies; ``attack()`` runs first and returns what the package then says.
_BACKEND = """
import json, os, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    found = attack()
    name = "{name}-{version}-py3-none-any.whl"
    info = "{name}-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("{name}.py", "FOUND = " + repr(found) + chr(10))
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1" + chr(10) + "Name: {name}" + chr(10) + "Version: {version}" + chr(10))
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0" + chr(10) + "Root-Is-Purelib: true" + chr(10) + "Tag: py3-none-any" + chr(10))
        wheel.writestr(info + "/RECORD", "")
    return name

"""  # noqa: E501


def _links(name: str, files: Mapping[str, bytes]) -> bytes:
    """Return the index's page of a package."""
    links = "".join(
        f'<a href="/files/{name}/{file}#sha256={hashlib.sha256(data).hexdigest()}">{file}</a>\n'
        for file, data in files.items()
    )
    return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()


def _found(index: Index, path: str) -> tuple[bytes, str] | None:
    """Return what is there and its type."""
    match path.strip("/").split("/"):
        case ["files", package, name] if name in index.files.get(package, {}):
            _wait(index)
            return index.files[package][name], "application/octet-stream"
        case ["simple", package] if package in index.files:
            return _links(package, index.files[package]), "text/html"
    return None


def _wait(index: Index) -> None:
    begun = time.monotonic()
    while time.monotonic() < begun + index.slow_s:
        time.sleep(0.02)


def _handler(index: Index) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            found = _found(index, self.path)
            if found is None:
                self.send_error(404)
                return
            body, kind = found
            try:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body[: len(body) // 2] if index.is_down else body)
            except OSError:
                return  # cut off at a limit

        do_HEAD = do_GET

        def log_message(self, *_words: Any) -> None:
            pass

    return Handler
