"""Names of files that user code chose, made safe to show and to save under."""

import mimetypes
import unicodedata

_PART_CHARS = 100
_PARTS = 8
UNKNOWN = "application/octet-stream"


def safe_name(name: str) -> str:
    """Return a relative path without control characters, ``..`` or empty parts; "file" when nothing is left."""
    parts = [_safe_part(part) for part in name.replace("\\", "/").split("/")[-_PARTS:]]
    return "/".join(part for part in parts if part) or "file"


def mime_of(name: str) -> str:
    """Return what a file seems to be by its name; it is only told, never served so."""
    return mimetypes.guess_type(name.rpartition("/")[2], strict=True)[0] or UNKNOWN


def _safe_part(part: str) -> str:
    # Control, format (writing direction), private and unassigned characters.
    clean = "".join("_" if unicodedata.category(char)[0] == "C" else char for char in part).strip()
    if not clean.strip("."):
        return ""
    if len(clean) <= _PART_CHARS:
        return clean
    stem, dot, ending = clean.rpartition(".")
    kept = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
    return clean[: _PART_CHARS - len(kept) - 1] + "…" + kept
