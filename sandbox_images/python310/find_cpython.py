"""Finds a CPython 3.10 on this machine to put into the image (design/decisions.md 1)."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TELL = """
import json, sys, sysconfig
assert sys.version_info[:2] == (3, 10) and sys.implementation.name == "cpython", sys.version
paths = sysconfig.get_paths()
print(json.dumps({
    "version": sys.version, "executable": sys.executable,
    "stdlib": paths["stdlib"], "library_folder": sysconfig.get_config_var("LIBDIR") or "",
    "library": sysconfig.get_config_var("INSTSONAME") if sysconfig.get_config_var("Py_ENABLE_SHARED") else "",
}))
"""
_TIMEOUT_S = 20


@dataclass(frozen=True)
class CPython:
    """A CPython 3.10 that really executes."""

    version: str
    executable: str
    #: The folder lib/python3.10.
    stdlib: str
    library_folder: str
    #: File name of the shared libpython, or "" when the interpreter holds it.
    library: str


def find() -> CPython | None:
    """Return the first that executes; None when this machine has none.

    The order: WIDGETRY_PYTHON310, a python3.10 on the PATH, pyenv's versions, then the one that uv finds or installs.
    """
    for candidate in _candidates():
        found = _try(candidate)
        if found:
            return found
    return None


def _candidates() -> Iterator[str]:
    if chosen := os.environ.get("WIDGETRY_PYTHON310"):
        yield chosen
    for folder in os.get_exec_path():
        yield f"{folder}/python3.10"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in sorted(pyenv.glob("versions/3.10.*/bin/python3.10"), reverse=True))
    if uv := shutil.which("uv"):
        yield _uv_python([uv, "python", "find", "--no-project", "3.10"])
        if _uv_python([uv, "python", "install", "3.10"]) is not None:
            yield _uv_python([uv, "python", "find", "--no-project", "3.10"])


def _uv_python(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _try(candidate: str) -> CPython | None:
    """Ask the candidate about itself; None when it does not execute (a pyenv shim may answer 127)."""
    if not candidate or not os.access(candidate, os.X_OK):
        return None
    try:
        done = subprocess.run(  # noqa: S603  # a path that the operator's machine offers
            [candidate, "-I", "-c", _TELL], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
        return CPython(**json.loads(done.stdout)) if done.returncode == 0 else None
    except (OSError, ValueError, TypeError, subprocess.TimeoutExpired):
        return None
