"""Files that a script wrote below its working folder, handed over at its end.

Only plain files: a link leads elsewhere, and reading a pipe or device may never end. Hidden files and folders are
caches of programs.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from typing import Any

from widget_guest.files import content_bytes
from widget_guest.link import Link
from widget_wire.start import FILE

_SKIPPED_FOLDERS = ("__pycache__",)
#: More names than this are not even looked at.
_MAX_SEEN = 5000
#: So many files that are too much are named beside those that are kept.
_MAX_TOLD = 30


def hand_over(link: Link, folder: str, own: Mapping[str, Any]) -> None:
    """Send the files below ``folder`` that are not as in ``own`` (the widget's files), within ``link.keep``."""
    keep = link.keep
    count, left, told = 0, keep["files_bytes"], 0
    if not keep["files"]:
        return
    for name, descriptor in _plain_files(folder):
        try:
            size = os.fstat(descriptor).st_size
            if name in own and _is_same(descriptor, size, content_bytes(own[name])):
                continue
            if count < keep["files"] and size <= min(keep["file_bytes"], left):
                content = _read(descriptor, size)
                link.hand_over({"type": FILE, "name": name, "bytes": len(content), "kept": True}, [content])
                count, left = count + 1, left - len(content)
            elif told < _MAX_TOLD:
                link.send({"type": FILE, "name": name, "bytes": size, "kept": False})
                told += 1
        finally:
            os.close(descriptor)


def _plain_files(folder: str) -> Iterator[tuple[str, int]]:
    """Yield (path below the folder, open descriptor) of each plain file, by name; links are not followed."""
    seen = 0
    for place, folders, names, place_fd in os.fwalk(folder, follow_symlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            seen += 1
            if seen > _MAX_SEEN:
                return
            if name.startswith("."):
                continue
            descriptor = _open_plain(name, place_fd)
            if descriptor is not None:
                yield os.path.join(place, name)[len(folder) + 1 :].encode("utf-8", "replace").decode(), descriptor


def _open_plain(name: str, place_fd: int) -> int | None:
    try:
        if not stat.S_ISREG(os.lstat(name, dir_fd=place_fd).st_mode):
            return None
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place_fd)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def _is_same(descriptor: int, size: int, content: bytes) -> bool:
    return size == len(content) and os.pread(descriptor, size, 0) == content


def _read(descriptor: int, size: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(size)
