"""The widget's files, written into the run's own /work."""

import base64
import contextlib
import os
from collections.abc import Mapping
from typing import Any

_PIECE = 1 << 16


def place(files: Mapping[str, Any], folder: str) -> None:
    """Write each file below ``folder``: text as it is, anything else from ``{"base64": ...}``."""
    made = {folder}
    for path, content in files.items():
        target = f"{folder}/{path}"
        _make_folder(target.rpartition("/")[0], made)
        data = content_bytes(content)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)


def _make_folder(folder: str, made: set[str]) -> None:
    """Make a folder and those that it lies in, but for what is ``made`` already; os.makedirs would look at each."""
    if folder not in made:
        _make_folder(folder.rpartition("/")[0], made)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder)
        made.add(folder)


def remove(files: Mapping[str, Any], folder: str) -> None:
    """Remove files that were written below ``folder``, each in a folder of its own there, and these."""
    for path in files:
        os.unlink(f"{folder}/{path}")
        os.rmdir(f"{folder}/{os.path.dirname(path)}")


def read(path: str) -> bytes:
    """Return a file's bytes; OSError when it can't be read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        pieces = [os.read(descriptor, os.fstat(descriptor).st_size + 1)]
        while pieces[-1]:
            pieces.append(os.read(descriptor, _PIECE))
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def content_bytes(content: Any) -> bytes:
    """Return a file's bytes from how they travel in START."""
    if isinstance(content, str):
        return content.encode()
    return base64.b64decode(content["base64"])
