"""Bytes by the hash of their content: a folder of files behind a small interface."""

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobError(Exception):
    """A blob that should be there is not, or is not what its name says."""


def blob_digest(content: bytes) -> str:
    """Return the name of these bytes."""
    return hashlib.sha256(content).hexdigest()


class Blobs(Protocol):
    """Keeps bytes; what was put is there until it is removed, also after a power cut."""

    async def put(self, contents: Iterable[bytes]) -> list[str]:
        """Keep each of these; return their digests in order. Durable when this returns."""

    async def get(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of each digest; BlobError when one is missing."""

    async def remove_unused(self, start: str, used: Collection[str], before: float) -> int:
        """Remove blobs whose names begin with ``start``, unless used or put since ``before``; return how many."""


class NoBlobs:
    """Keeps nothing: for processes and tests that have no files of runs."""

    async def put(self, contents: Iterable[bytes]) -> list[str]:
        """Refuse."""
        raise BlobError("there is no place for these")

    async def get(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Return nothing for nothing; BlobError for anything else."""
        for digest in digests:
            raise BlobError(f"the blob {digest} is missing")
        return {}

    async def remove_unused(self, start: str, used: Collection[str], before: float) -> int:
        """Remove nothing."""
        return 0


class FolderBlobs:
    """Blobs as files, ``ab/abcdef…``, of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, contents: Iterable[bytes]) -> list[str]:
        """Keep each of these; return their digests in order. Durable when this returns."""
        return await asyncio.to_thread(lambda: [self._put(content) for content in contents])

    async def get(self, digests: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of each digest; BlobError when one is missing."""
        return await asyncio.to_thread(lambda: {digest: self._get(digest) for digest in digests})

    async def remove_unused(self, start: str, used: Collection[str], before: float) -> int:
        """Remove blobs whose names begin with ``start``, unless used or put since ``before``; return how many.

        What a process that died left half-written is removed, too.
        """
        return await asyncio.to_thread(self._remove_unused, start, used, before)

    def _remove_unused(self, start: str, used: Collection[str], before: float) -> int:
        folders = self.folder.glob(f"{start[:2]}*")
        old = [path for folder in folders for path in folder.iterdir() if path.stat().st_mtime < before]
        unused = [path for path in old if path.name not in used]
        return sum(_remove(path, before) for path in unused if path.name.startswith(start) or not _is_blob(path))

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise BlobError(f"{digest!r} is no digest")
        return self.folder / digest[:2] / digest

    def _get(self, digest: str) -> bytes:
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise BlobError(f"the blob {digest} is missing") from error

    def _put(self, content: bytes) -> str:
        digest = blob_digest(content)
        path = self._path(digest)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # it is wanted again: ``remove_unused`` leaves it, or has taken it away before
            return digest
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return digest


def _is_blob(path: Path) -> bool:
    return _DIGEST.fullmatch(path.name) is not None


def _remove(path: Path, before: float) -> bool:
    """Remove a blob, unless somebody puts it at this moment: they touch it, or find it gone and write it anew."""
    aside = path.with_name(f"{path.name}.removed")
    os.rename(path, aside)
    if aside.stat().st_mtime >= before:
        os.rename(aside, path)
        return False
    aside.unlink()
    return True


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may forget the name of a file whose bytes are safe.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
