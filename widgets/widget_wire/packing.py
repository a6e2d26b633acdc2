"""A folder as a stream of bytes: how an installed environment leaves its sandbox.

Entries follow each other: kind (``D`` folder, ``F`` file, ``X`` executable file, ``E`` end), length of the name (2
bytes), size of the content (8 bytes), name, content. Names are relative with ``/``. Nothing else can be said, so no
link, device, owner or time can come along. The reader believes nothing: a sandbox writes what it likes.
"""

import os
import struct
from collections.abc import Callable
from typing import BinaryIO

_HEAD = struct.Struct("!cHQ")
_CHUNK_BYTES = 1 << 20
MAX_NAME_BYTES = 1000


class PackingError(ValueError):
    """The stream is not a folder, or a larger one than agreed; the text says what."""


def pack(folder: str, out: BinaryIO) -> None:
    """Write the files of ``folder``; symbolic links and whatever is no file are left out."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        below = os.path.relpath(place, folder)
        if below != ".":
            _head(out, b"D", below, 0)
        for name in sorted(files):
            path = os.path.join(place, name)
            if not os.path.islink(path) and os.path.isfile(path):
                _file(out, path, name if below == "." else f"{below}/{name}")
    out.write(_HEAD.pack(b"E", 0, 0))
    out.flush()


def unpack(source: BinaryIO, folder: str, *, max_bytes: int, max_entries: int, tick: Callable[[], None]) -> int:
    """Make the files in ``folder``, which is there and empty; return their bytes. ``tick`` is called now and then.

    PackingError for a bad name, a duplicate, more than allowed, or an end before the end.
    """
    total, entries = 0, 0
    while True:
        kind, name_length, size = _HEAD.unpack(_exactly(source, _HEAD.size))
        if kind == b"E":
            return total
        name = _checked_name(_exactly(source, name_length) if name_length <= MAX_NAME_BYTES else b"")
        entries += 1
        total += size
        if total > max_bytes or entries > max_entries:
            raise PackingError(f"more than {max_bytes} bytes or {max_entries} files")
        path = os.path.join(folder, name)
        try:
            if kind == b"D" and size == 0:
                os.mkdir(path, 0o755)
            elif kind in (b"F", b"X"):
                _make(source, path, size, 0o755 if kind == b"X" else 0o644)
            else:
                raise PackingError("an entry of unknown kind")
        except OSError as error:
            raise PackingError(f"{name!r}: {error.strerror}") from error
        tick()


def _head(out: BinaryIO, kind: bytes, name: str, size: int) -> None:
    encoded = os.fsencode(name)
    out.write(_HEAD.pack(kind, len(encoded), size) + encoded)


def _file(out: BinaryIO, path: str, name: str) -> None:
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        _head(out, b"X" if status.st_mode & 0o100 else b"F", name, status.st_size)
        left = status.st_size
        while left:
            chunk = file.read(min(left, _CHUNK_BYTES))
            if not chunk:
                raise PackingError(f"{name} became shorter")
            out.write(chunk)
            left -= len(chunk)


def _make(source: BinaryIO, path: str, size: int, mode: int) -> None:
    # What is there is never opened: folders are ours, and links can't be made.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        while size:
            chunk = source.read(min(size, _CHUNK_BYTES))
            if not chunk:
                raise PackingError("it ends in the middle of a file")
            file.write(chunk)
            size -= len(chunk)


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = source.read(size - len(data))
        if not chunk:
            raise PackingError("it ends early")
        data += chunk
    return data


def _checked_name(raw: bytes) -> str:
    parts = raw.split(b"/")
    if not raw or b"\0" in raw or any(part in (b"", b".", b"..") for part in parts):
        raise PackingError(f"a name that is not taken: {raw[:80]!r}")
    return os.fsdecode(raw)
