"""The environments on this machine's disk: one folder per digest, read-only, shown to sandboxes as ``/envs``."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import threading
import uuid
from pathlib import Path
from typing import BinaryIO

from widget_wire import packing

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: No sandbox can be bound to a name that starts so.
_UNFINISHED = ".new-"
MAX_FILES = 200_000
_PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", re.MULTILINE)


class EnvironmentStore:
    """A folder of environments. Only whole ones are ever seen under their digest."""

    def __init__(self, folder: Path, image: str, max_bytes: int) -> None:
        self._folder = folder
        self._image = image
        self._max_bytes = max_bytes

    def prepare(self) -> None:
        """Make the folder, and remove what an earlier runner left unfinished."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(f"{_UNFINISHED}*"):
            _remove(left)

    def digest(self, lock: str, salt: str) -> str:
        """Return the name of the environment with these versions, for this image, this Python and this installer."""
        installer = importlib.metadata.version("uv").split(".")[:2]
        lines = sorted(line.strip() for line in lock.replace("\\\n", " ").splitlines() if line.strip())
        return hashlib.sha256(json.dumps([self._image, "cp310", installer, lines, salt]).encode()).hexdigest()

    def has(self, digest: str) -> bool:
        """Whether this environment is here."""
        return (self._folder / digest).is_dir()

    def size_bytes(self, digest: str) -> int:
        """Return the bytes of its files."""
        return sum(path.lstat().st_size for path in (self._folder / digest).rglob("*") if path.is_file())

    def put(self, digest: str, source: BinaryIO, stop: threading.Event) -> int:
        """Keep the environment that ``source`` brings (``packing``) and return its bytes; PackingError for a bad one.

        Blocks: call it from a thread. ``stop`` ends it early, as a PackingError.
        """
        unfinished = self._folder / f"{_UNFINISHED}{uuid.uuid4().hex}"
        unfinished.mkdir(0o755)

        def tick() -> None:
            if stop.is_set():
                raise packing.PackingError("stopped")

        try:
            size = packing.unpack(source, str(unfinished), max_bytes=self._max_bytes, max_entries=MAX_FILES, tick=tick)
            _make_read_only(unfinished)
            with contextlib.suppress(OSError):  # another install of the same was quicker
                unfinished.rename(self._folder / digest)
            return size
        finally:
            _remove(unfinished)

    def forget(self, digest: str) -> None:
        """Remove an environment, if it is here."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a digest: {digest[:80]!r}")
        gone = self._folder / f"{_UNFINISHED}{uuid.uuid4().hex}"
        with contextlib.suppress(FileNotFoundError):
            (self._folder / digest).rename(gone)
        _remove(gone)


def packages_of(lock: str) -> tuple[str, ...]:
    """Return ``name==version`` of what a lock holds."""
    return tuple(_PINNED.findall(lock))


def _make_read_only(folder: Path) -> None:
    for place, folders, files in os.walk(folder, topdown=False):
        for name in files:
            path = os.path.join(place, name)
            os.chmod(path, 0o555 if os.stat(path).st_mode & 0o100 else 0o444)
        for name in folders:
            os.chmod(os.path.join(place, name), 0o555)  # noqa: S103 - everybody may read, nobody may write
    folder.chmod(0o555)


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    folder.chmod(0o755)
    for place, folders, _ in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(place, name), 0o755)  # noqa: S103 - about to go
    shutil.rmtree(folder, ignore_errors=True)
