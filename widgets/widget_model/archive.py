"""A widget as a zip file: its files as they are, and beside them ``.widgetry/widget.json`` with what else it is.

No file of a widget can have that name (``check_path`` takes none that begins with a dot), so nothing collides. What
somebody sends as a zip is hostile until ``unpack`` has read it: bounded before anything is decompressed, and nothing of
it is ever written to a disk.
"""

import base64
import io
import json
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from widget_model.files import (
    MAX_FILES,
    MAX_TOTAL_BYTES,
    FileContent,
    FileError,
    Files,
    check_files,
    check_path,
    content_bytes,
)

#: Where the manifest lies; the folder is also the CLI's, in a working folder.
MANIFEST = ".widgetry/widget.json"
VERSION = 1
#: What an Anvil app's tree has.
_APP = "anvil.yaml"
MAX_MANIFEST_BYTES = 64 * 1024
#: Entries of a zip, folders and what is left out included.
MAX_ENTRIES = 2000
#: What operating systems and tools leave behind: left out without a word.
_JUNK_FOLDERS = frozenset({"__MACOSX", "__pycache__", ".git", ".venv", "node_modules"})
_JUNK_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".gitignore"})
#: The first bytes of an entry in a zip's list of contents.
_ENTRY = b"PK\x01\x02"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
#: What the zipfile module raises for what is no zip, or only looks like one.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    struct.error,
    UnicodeError,
    ValueError,
)


class ArchiveError(ValueError):
    """An archive that is not taken; the text says why."""


@dataclass(frozen=True)
class Manifest:
    """What a widget is besides its files; nothing secret, nothing of its runs."""

    kind: str
    title: str
    description: str = ""
    #: As the API shows it; None for none.
    schedule: dict[str, Any] | None = None
    tags: tuple[str, ...] = ()
    keep_server_running: bool = False
    #: Schedules of its background tasks, by name, as the API shows them.
    scheduled_tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: What runs a GUI's client code: full | light
    client_engine: str = "full"


@dataclass(frozen=True)
class Archive:
    """What was in an archive; ``manifest`` is None where somebody packed files by hand."""

    files: dict[str, FileContent] = field(default_factory=dict)
    manifest: Manifest | None = None
    #: Files of an Anvil app that no widget can have, because of their names: an app is not refused for them.
    left_out: tuple[str, ...] = ()


def pack(manifest: Manifest, files: Files, changed_at: float) -> bytes:
    """Return the zip of a widget; the same widget gives the same bytes."""
    shown: dict[str, Any] = {
        "widgetry": VERSION,
        "kind": manifest.kind,
        "title": manifest.title,
        "description": manifest.description,
    }
    if manifest.schedule is not None:
        shown["schedule"] = manifest.schedule
    if manifest.scheduled_tasks:
        shown["scheduled_tasks"] = manifest.scheduled_tasks
    if manifest.tags:
        shown["tags"] = list(manifest.tags)
    if manifest.keep_server_running:
        shown["keep_server_running"] = True
    if manifest.client_engine != "full":
        shown["client_engine"] = manifest.client_engine
    entries = {MANIFEST: json.dumps(shown, indent=2, ensure_ascii=False).encode() + b"\n"}
    entries |= {path: content_bytes(path, files[path]) for path in sorted(files)}
    # Zip knows no time before 1980, and shows one without a zone.
    when = max(time.gmtime(changed_at)[:6], (1980, 1, 1, 0, 0, 0))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries.items():
            info = zipfile.ZipInfo(path, when)
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return written.getvalue()


def unpack(data: bytes) -> Archive:
    """Read a zip; ArchiveError for one that is broken, too large, encrypted, or holds anything but ordinary files.

    FileError for names and sizes that no widget may have.
    """
    # Before the list of contents is read, which makes an object of every entry.
    if data.count(_ENTRY) > MAX_ENTRIES:
        raise ArchiveError(f"The zip file has more than {MAX_ENTRIES} entries; a widget has at most {MAX_FILES} files.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return gather(_entries(archive))
    except (ArchiveError, FileError):
        raise
    except _BROKEN as error:
        raise ArchiveError(f"This is no zip file that can be read ({error}).") from error


def gather(entries: Iterable[tuple[str, bytes]]) -> Archive:
    """Return the archive of these (path, content) pairs: a zip's, or those of an uploaded folder.

    A folder around everything is taken off, as archives of a repository have one.
    """
    found: dict[str, bytes] = {}
    for path, content in entries:
        if path in found:
            raise ArchiveError(f"{path[:80]!r} is in it twice.")
        if not _is_junk(path):
            found[path] = content
    found = _without_common_folder(found)
    manifest = found.pop(MANIFEST, None)
    left_out = tuple(sorted(path for path in found if _APP in found and not _is_taken(path)))
    files = {path: as_content(content) for path, content in found.items() if path not in left_out}
    if not files:
        raise ArchiveError("There are no files in it.")
    check_files(files)
    return Archive(files, None if manifest is None else read_manifest(manifest), left_out)


def as_content(content: bytes) -> FileContent:
    """Return a file's content as the API takes it: text where it is UTF-8, else base64."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest; what it says of kind, title, schedule and tags is checked by whoever makes a widget of it."""
    if len(content) > MAX_MANIFEST_BYTES:
        raise ArchiveError(f"{MANIFEST} is larger than {MAX_MANIFEST_BYTES} bytes.")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{MANIFEST} is not JSON: {error}.") from error
    version = value.get("widgetry") if isinstance(value, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise ArchiveError(f'{MANIFEST} is not a manifest of Widgetry: it has no "widgetry": {VERSION}.')
    if version > VERSION:
        raise ArchiveError(f"It was made by a newer Widgetry (format {version}; this one reads {VERSION}).")
    schedule = value.get("schedule")
    if schedule is not None and not isinstance(schedule, dict):
        raise ArchiveError(f"In {MANIFEST}, 'schedule' is not an object.")
    tags = value.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ArchiveError(f"In {MANIFEST}, 'tags' is not a list of texts.")
    tasks = value.get("scheduled_tasks", {})
    if not isinstance(tasks, dict) or not all(isinstance(one, dict) for one in tasks.values()):
        raise ArchiveError(f"In {MANIFEST}, 'scheduled_tasks' is not an object of schedules.")
    keeps = value.get("keep_server_running") is True
    words = (_text(value, "kind"), _text(value, "title"), _text(value, "description"))
    engine = "light" if value.get("client_engine") == "light" else "full"
    return Manifest(*words, schedule, tuple(tags), keeps, tasks, engine)


def _text(value: dict[str, Any], name: str) -> str:
    text = value.get(name, "")
    if not isinstance(text, str):
        raise ArchiveError(f"In {MANIFEST}, {name!r} is not text.")
    return text


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    left = MAX_TOTAL_BYTES + MAX_MANIFEST_BYTES
    for info in archive.infolist():
        _check_entry(info)
        if info.is_dir():
            continue
        # What it says of its size may be a lie: no more than this is ever decompressed.
        with archive.open(info) as opened:
            content = opened.read(left + 1)
        left -= len(content)
        if left < 0:
            raise ArchiveError(f"It holds more than {MAX_TOTAL_BYTES} bytes when unpacked, which is the most.")
        yield info.filename, content


def _check_entry(info: zipfile.ZipInfo) -> None:
    shown = repr(info.orig_filename[:80])
    if info.filename != info.orig_filename:
        raise ArchiveError(f"{shown} is no name that is taken.")
    if info.flag_bits & _ENCRYPTED:
        raise ArchiveError(f"{shown} is encrypted. Make a zip file without a password.")
    if info.compress_type not in _METHODS:
        raise ArchiveError(f"{shown} is compressed in a way that is not taken; use the ordinary one (deflate).")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if kind == stat.S_IFLNK else "not an ordinary file"
        raise ArchiveError(f"{shown} is {what}; only ordinary files are taken.")


def _is_taken(path: str) -> bool:
    try:
        check_path(path)
    except FileError:
        return False
    return True


def _is_junk(path: str) -> bool:
    *folders, name = path.split("/")
    return name in _JUNK_FILES or name.endswith(".pyc") or not _JUNK_FOLDERS.isdisjoint(folders)


def _without_common_folder(found: dict[str, bytes]) -> dict[str, bytes]:
    tops = {path.partition("/")[0] for path in found}
    if len(tops) != 1 or not all("/" in path for path in found) or tops == {MANIFEST.partition("/")[0]}:
        return found
    [top] = tops
    return {path.removeprefix(f"{top}/"): content for path, content in found.items()}
