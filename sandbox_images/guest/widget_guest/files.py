"""The widget's files, written into the run's own /work."""

import base64
import os
from collections.abc import Mapping
from typing import Any


def place(files: Mapping[str, Any], folder: str) -> None:
    """Write each file below ``folder``: text as it is, anything else from ``{"base64": ...}``."""
    made = {folder}
    for path, content in files.items():
        target = f"{folder}/{path}"
        parent = target.rpartition("/")[0]
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        data = content_bytes(content)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)


def remove(files: Mapping[str, Any], folder: str) -> None:
    """Remove files that were written below ``folder``, each in a folder of its own there, and these."""
    for path in files:
        os.unlink(f"{folder}/{path}")
        os.rmdir(f"{folder}/{os.path.dirname(path)}")


def content_bytes(content: Any) -> bytes:
    """Return a file's bytes from how they travel in START."""
    if isinstance(content, str):
        return content.encode()
    return base64.b64decode(content["base64"])
