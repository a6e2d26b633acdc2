"""The files of a widget in a folder: which of them count, and how they are read and written."""

import base64
import fnmatch
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from widget_cli.errors import CliError

IGNORE = ".widgetryignore"
MAX_FILES = 200
MAX_BYTES = 4 * 1024 * 1024
_FOLDERS = frozenset({"__pycache__", "node_modules", "venv"})
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99}")


def read(root: Path) -> dict[str, bytes]:
    """Return the files that a push sends: no hidden ones, no links, nothing that ``.widgetryignore`` names."""
    patterns = _patterns(root)
    found: dict[str, bytes] = {}
    total = 0
    for path in _walk(root, root, patterns):
        name = path.relative_to(root).as_posix()
        check(name)
        found[name] = path.read_bytes()
        total += len(found[name])
        if len(found) > MAX_FILES or total > MAX_BYTES:
            raise CliError(
                f"{root} holds more than the {MAX_FILES} files or {MAX_BYTES // 2**20} MB that a widget may have. "
                f"Name what does not belong to it in {IGNORE}, one pattern a line."
            )
    return found


def write(root: Path, path: str, content: bytes) -> None:
    """Write one file below ``root``; never through a link that leads out of it."""
    check(path)
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(root.resolve()) or target.is_symlink():
        raise CliError(f"{target} is, or lies behind, a link; nothing is written there.")
    new = target.with_name(f".{target.name}.widgetry")
    new.write_bytes(content)
    new.replace(target)


def remove(root: Path, path: str) -> None:
    """Delete one file below ``root``, and its folder when that is empty then."""
    check(path)
    target = root / path
    target.unlink(missing_ok=True)
    folder = target.parent
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def check(path: str) -> None:
    """Refuse a name that no widget may have, above all one that a site would have us write elsewhere."""
    parts = path.split("/")
    if len(path) > 200 or not all(_PART.fullmatch(part) and not part.endswith((".", " ")) for part in parts):
        raise CliError(f"The file name {path[:80]!a} is not taken: letters, digits, _ - . and spaces, not hidden.")


def decode(content: str | Mapping[str, str]) -> bytes:
    """Return a file's bytes from how the API shows it."""
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"])


def encode(content: bytes) -> str | dict[str, str]:
    """Return a file as the API takes it."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def decoded(files: Mapping[str, Any]) -> dict[str, bytes]:
    """Return all files of an answer; CliError for a name that could lead out of the folder."""
    for path in files:
        check(path)
    return {path: decode(content) for path, content in files.items()}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return what tells one content from another, by path."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}


def _patterns(root: Path) -> list[str]:
    try:
        lines = (root / IGNORE).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")]


def _walk(root: Path, folder: Path, patterns: list[str]) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = Path(entry.path).relative_to(root).as_posix()
        ignored = any(fnmatch.fnmatch(name, one) or fnmatch.fnmatch(entry.name, one) for one in patterns)
        if ignored or entry.name.startswith(".") or entry.is_symlink() or entry.name.endswith(".pyc"):
            continue
        if entry.is_dir():
            if entry.name not in _FOLDERS:
                yield from _walk(root, Path(entry.path), patterns)
        elif entry.is_file():
            yield Path(entry.path)
