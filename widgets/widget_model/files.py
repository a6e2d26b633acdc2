"""The files of a revision: which names and sizes are taken, and the digest that names them."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import TypeAlias

#: Text as a string, anything else as ``{"base64": "..."}`` (decisions 20).
FileContent: TypeAlias = str | dict[str, str]
Files: TypeAlias = Mapping[str, FileContent]

MAIN = "main.py"
#: What a widget tells of itself.
README = "README.md"
MAX_FILES = 200
MAX_PATH_CHARS = 200
MAX_TOTAL_BYTES = 4 * 1024 * 1024
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99}")


class FileError(ValueError):
    """A file name or content that is not taken; the text names it and says what would be."""


def check_path(path: str) -> None:
    """Raise FileError unless ``path`` is relative, without ``..``, and made of ordinary names."""
    if not path or len(path) > MAX_PATH_CHARS:
        raise FileError(f"The file name {path[:60]!r} must have 1 to {MAX_PATH_CHARS} characters.")
    for part in path.split("/"):
        if not _PART.fullmatch(part) or part.endswith((".", " ")):
            raise FileError(
                f"The file name {path!r} is not taken: each part starts with a letter, a digit or _ and holds "
                "letters, digits, _ - . and spaces."
            )


def content_bytes(path: str, content: FileContent) -> bytes:
    """Return a file's bytes; FileError when ``content`` is neither text nor ``{"base64": ...}``."""
    if isinstance(content, str):
        try:
            return content.encode()
        except UnicodeEncodeError as error:
            raise FileError(f"The file {path!r} holds characters that are not Unicode text.") from error
    if isinstance(content, dict) and set(content) == {"base64"} and isinstance(content["base64"], str):
        try:
            return base64.b64decode(content["base64"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise FileError(f"The file {path!r} is not valid base64.") from error
    raise FileError(f'The file {path!r} must be text, or {{"base64": "..."}}.')


def check_files(files: Files) -> None:
    """Raise FileError unless these can be a revision's files."""
    if len(files) > MAX_FILES:
        raise FileError(f"A widget has at most {MAX_FILES} files; this one would have {len(files)}.")
    total = 0
    for path, content in files.items():
        check_path(path)
        total += len(content_bytes(path, content))
    if total > MAX_TOTAL_BYTES:
        raise FileError(f"The files have {total} bytes together; at most {MAX_TOTAL_BYTES} are taken.")
    folders = {"/".join(path.split("/")[:depth]) for path in files for depth in range(1, path.count("/") + 1)}
    for path in folders & set(files):
        raise FileError(f"{path!r} is both a file and a folder.")


def encode_files(files: Files) -> bytes:
    """Return the files as canonical JSON: what ``keys.CODE`` holds and what the digest is of."""
    return json.dumps(dict(files), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(files: Files) -> str:
    """Return the sha256 hex of the encoded files."""
    return hashlib.sha256(encode_files(files)).hexdigest()
